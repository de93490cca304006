package intake_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/wire"
	"fieldseal/notary/intake"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

const origin = "log.example/test"

// house is a notary without broker and chain.
type house struct {
	testing.TB
	log   *log.Log
	in    *intake.Intake
	store store.Store

	mu        sync.Mutex
	logSigner note.Signer
	down      map[batch.ID]chan wire.Down
	gateways  map[batch.ID]intake.Gateway
	block     *batch.Block
	covered   uint64
	offline   bool
}

func (h *house) Enrolled(g batch.ID) (intake.Gateway, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	gw, ok := h.gateways[g]
	if !ok {
		return gw, errors.New("gateway is not enrolled")
	}
	return gw, nil
}

func (h *house) Newest() (*batch.Block, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.block, h.covered
}

func (h *house) Down(g batch.ID, raw []byte) error {
	m, err := wire.ParseDown(raw)
	if err != nil {
		h.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.offline || h.down[g] == nil {
		return errors.New("offline")
	}
	h.down[g] <- m
	return nil
}

func open(t testing.TB, s store.Store, change func(*log.Options, *intake.Config)) *house {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	lo := log.Options{Store: s, Signer: log.NewSigner(origin, key), Key: v, Log: quiet, CheckpointEvery: 5 * time.Millisecond, GroupDelay: time.Microsecond}
	h := &house{TB: t, store: s, logSigner: lo.Signer, down: map[batch.ID]chan wire.Down{}, gateways: map[batch.ID]intake.Gateway{}}
	c := intake.Config{Store: s, Registry: h, Anchors: h, Down: h.Down, Logger: quiet}
	if change != nil {
		change(&lo, &c)
	}
	signer := cose.Ed25519Signer(key)
	gen, body, err := statement.Sign(signer, rand.Reader, origin, 1, &statement.Genesis{LogKey: signer.Public(), Authority: signer.Public()})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Create(lo, gen, body); err != nil && !errors.Is(err, log.ErrExists) {
		t.Fatal(err)
	}
	if h.log, err = log.Open(lo); err != nil {
		t.Fatal(err)
	}
	c.Log = h.log
	if h.in, err = intake.New(c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { h.log.Run(ctx) })
	wg.Go(func() { h.in.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return h
}

// gateway seals batches and believes receipts only when they verify.
type gateway struct {
	*house
	id      batch.ID
	signer  cose.Signer
	boot    record.BootID
	seq     uint64
	prev    *batch.Signed
	own     *batch.Checkpoint
	note    []byte // own, signed
	journal map[string][]byte
	in      chan wire.Down
}

var site = batch.ID{9}

func (h *house) enrol(n byte) *gateway {
	g := &gateway{house: h, id: batch.ID{n}, boot: record.BootID{n}, journal: map[string][]byte{}, in: make(chan wire.Down, 1000),
		signer: cose.Ed25519Signer(ed25519.NewKeyFromSeed(append(make([]byte, 31), n)))}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gateways[g.id] = intake.Gateway{Site: site, Key: g.signer.Public()}
	h.down[g.id] = g.in
	return g
}

const t0 = 1_700_000_000_000_000

func (g *gateway) seal(records int, change func(*batch.Header)) (*batch.Signed, []byte) {
	g.Helper()
	b := batch.NewBuilder()
	at := int64(t0 + g.seq*1e6)
	for i := range records - 1 {
		if err := b.AddReading(&record.Reading{
			Point: fmt.Sprintf("dust-%d/pm10", i%10), Unit: "ug/m3", Value: decimal.New(int64(i), 1), Time: at + int64(i), Mono: uint64(i), Path: record.PathSerial,
		}, batch.NoFrame); err != nil {
			g.Fatal(err)
		}
	}
	h := &batch.Header{Gateway: g.id, Site: site, Origin: origin, Boot: g.boot, Seq: g.seq, NoPrev: batch.PreviousFirst, First: at, Last: at + 1e6}
	if g.prev != nil {
		h.Prev, h.NoPrev = g.prev.Digest(), batch.PreviousKnown
	}
	h.Checkpoint = g.own
	payload, err := b.Close(batch.Secret{g.id[0], byte(g.seq)}, h)
	if err != nil {
		g.Fatal(err)
	}
	if change != nil {
		change(h)
	}
	s, err := batch.Sign(g.signer, h)
	if err != nil {
		g.Fatal(err)
	}
	g.prev, g.seq = s, g.seq+1
	g.journal[fmt.Sprint(h.Boot, h.Seq)] = s.Raw()
	return s, payload
}

func (g *gateway) send(m wire.Up) error {
	return g.house.in.Handle(context.Background(), g.id, wire.EncodeUp(m))
}

func (g *gateway) mustSend(m wire.Up) {
	g.Helper()
	if err := g.send(m); err != nil {
		g.Fatal(err)
	}
}

func (g *gateway) next() wire.Down {
	g.Helper()
	select {
	case m := <-g.in:
		return m
	case <-time.After(5 * time.Second):
		g.Fatal("no message came down")
	}
	return nil
}

// receipt takes the next receipt and verifies it as the agent does.
func (g *gateway) receipt() *wire.Receipt {
	g.Helper()
	r, ok := g.next().(*wire.Receipt)
	if !ok {
		g.Fatal("not a receipt")
	}
	c, err := r.Verify(g.log.Key(), g.own, func(b record.BootID, seq uint64) []byte { return g.journal[fmt.Sprint(b, seq)] })
	if err != nil {
		g.Fatal(err)
	}
	g.own, g.note = &c, r.Note
	return r
}

func (g *gateway) refusal(class wire.Class) *wire.Refusal {
	g.Helper()
	r, ok := g.next().(*wire.Refusal)
	if !ok || r.Class != class {
		g.Fatalf("refusal %+v, want class %v", r, class)
	}
	return r
}

func TestABatchIsLoggedAndReceipted(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), nil)
	h.block, h.covered = &batch.Block{Number: 7}, 1
	g := h.enrol(1)
	g.mustSend(&wire.Hello{Software: "test"})
	if r := g.receipt(); len(r.Entries) != 0 || r.Block == nil || r.Block.Number != 7 {
		t.Fatalf("first receipt %+v", r)
	}
	seen := map[uint64]bool{}
	for i := range 300 { // more than one receipt can hold
		s, payload := g.seal(5, nil)
		g.mustSend(&wire.Batch{Header: s.Raw(), Payload: payload})
		stored, err := h.log.Payload(uint64(1 + i))
		if err != nil || !bytes.Equal(stored, payload) {
			t.Fatalf("acknowledged, but the payload is not there: %v", err)
		}
	}
	for len(seen) < 300 {
		for _, e := range g.receipt().Entries {
			if seen[e.Seq] {
				t.Fatalf("batch %d was receipted twice", e.Seq)
			}
			seen[e.Seq] = true
		}
	}
}

func TestADuplicateGetsItsReceiptAgain(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), nil)
	g := h.enrol(1)
	g.mustSend(&wire.Hello{Software: "test"})
	g.receipt()
	s, payload := g.seal(5, nil)
	g.mustSend(&wire.Batch{Header: s.Raw()})
	first := g.receipt()
	// The line is cut, and the journal now sends the payload too.
	h.in.Disconnected(g.id)
	g.mustSend(&wire.Hello{Software: "test", Note: g.note})
	g.receipt()
	g.mustSend(&wire.Batch{Header: s.Raw(), Payload: payload})
	second := g.receipt()
	if len(second.Entries) != 1 || second.Entries[0].Index != first.Entries[0].Index || h.log.Size() != 2 {
		t.Fatalf("first %+v, second %+v, %d entries", first.Entries, second.Entries, h.log.Size())
	}
	if p, err := h.log.Payload(first.Entries[0].Index); err != nil || !bytes.Equal(p, payload) {
		t.Fatalf("the late payload was not kept: %v", err)
	}
}

func TestASessionThatWasLostStartsFromTheGatewaysOwnCheckpoint(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), nil)
	g := h.enrol(1)
	g.mustSend(&wire.Hello{Software: "test"})
	g.receipt()
	h.mu.Lock()
	h.offline = true
	h.mu.Unlock()
	s, payload := g.seal(5, nil)
	g.mustSend(&wire.Batch{Header: s.Raw(), Payload: payload})
	if _, err := h.log.WaitSigned(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	h.offline = false
	h.mu.Unlock()
	h.in.Disconnected(g.id)
	g.mustSend(&wire.Hello{Software: "test", Note: g.note})
	g.receipt() // verifies consistency from g.own
}

func TestWhatIsRefusedForGoodIsKeptAnsweredAndAcknowledged(t *testing.T) {
	for _, c := range []struct {
		name  string
		class wire.Class
		named bool // the refusal names the batch
		spoil func(g *gateway) []byte
	}{
		{"garbage", wire.Malformed, false, func(*gateway) []byte { return []byte("garbage") }},
		{"too big", wire.Malformed, false, func(*gateway) []byte { return make([]byte, wire.MaxUp+1) }},
		{"header cut off", wire.Malformed, false, func(g *gateway) []byte {
			s, p := g.seal(5, nil)
			return wire.EncodeUp(&wire.Batch{Header: s.Raw()[:40], Payload: p})
		}},
		{"another gateway's header", wire.Uncheckable, false, func(g *gateway) []byte {
			s, p := g.seal(5, func(h *batch.Header) { h.Gateway = batch.ID{7} })
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p})
		}},
		{"signed by another key", wire.Altered, true, func(g *gateway) []byte {
			g.signer = cose.Ed25519Signer(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32)))
			s, p := g.seal(5, nil)
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p})
		}},
		{"another site", wire.Uncheckable, true, func(g *gateway) []byte {
			s, p := g.seal(5, func(h *batch.Header) { h.Site = batch.ID{7} })
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p})
		}},
		{"another log", wire.Uncheckable, true, func(g *gateway) []byte {
			s, p := g.seal(5, func(h *batch.Header) { h.Origin = "other.example" })
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p})
		}},
		{"a record changed", wire.Altered, true, func(g *gateway) []byte {
			s, p := g.seal(5, nil)
			p[10] ^= 1 // in the secret, so that it parses
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p})
		}},
		{"a record of no form", wire.Malformed, true, func(g *gateway) []byte {
			s, p := g.seal(5, nil)
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: append(p, 0)})
		}},
		{"equivocation", wire.Conflict, true, func(g *gateway) []byte {
			s, p := g.seal(5, nil)
			g.mustSend(&wire.Batch{Header: s.Raw(), Payload: p})
			g.seq, g.prev = 0, nil
			s, p = g.seal(6, nil)
			return wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p})
		}},
		{"configuration of no form", wire.Malformed, false, func(*gateway) []byte { return wire.EncodeUp(&wire.Config{Leaves: [][]byte{{1}}}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, storetest.NewDisk().Open(), nil)
			g := h.enrol(1)
			raw := c.spoil(g)
			before := h.log.Size()
			if err := h.in.Handle(t.Context(), g.id, raw); err != nil {
				t.Fatalf("the connection ends with %v", err)
			}
			r := g.refusal(c.class)
			if c.named != (r.Boot == g.boot) || r.Reason == "" {
				t.Errorf("refusal %+v", r)
			}
			kept, err := intake.ListRefused(h.store, 10)
			if err != nil || len(kept) != 1 || !bytes.Equal(kept[0].Message, raw) || kept[0].Class != c.class.String() {
				t.Errorf("kept %d, %v", len(kept), err)
			}
			if h.log.Size() != before {
				t.Error("it was logged")
			}
		})
	}
}

func TestARevokedGatewayIsRefused(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), nil)
	g := h.enrol(1)
	h.gateways[g.id] = intake.Gateway{Site: site, Key: g.signer.Public(), Refused: errors.New("revoked: stolen")}
	s, p := g.seal(5, nil)
	g.mustSend(&wire.Batch{Header: s.Raw(), Payload: p})
	if r := g.refusal(wire.Uncheckable); r.Reason != "revoked: stolen" {
		t.Fatalf("reason %q", r.Reason)
	}
	g.mustSend(&wire.Hello{Software: "test"})
	g.refusal(wire.Uncheckable)
}

func TestAGatewayNotYetSignedInIsToldToComeBack(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), func(_ *log.Options, c *intake.Config) { c.Registry = pending{} })
	g := h.enrol(1)
	s, p := g.seal(5, nil)
	if err := g.send(&wire.Batch{Header: s.Raw(), Payload: p}); !errors.Is(err, intake.ErrBusy) {
		t.Fatalf("answered %v", err)
	}
}

type pending struct{}

func (pending) Enrolled(batch.ID) (intake.Gateway, error) {
	return intake.Gateway{}, fmt.Errorf("%w: the authority has not signed yet", intake.ErrBusy)
}

// foreign are checkpoints of this log's name that it never had.
var foreign = []struct {
	name string
	size uint64
}{{"beyond the log", 50}, {"another history", 1}}

func TestACheckpointThatTheLogSignedAndLostTurnsItReadOnly(t *testing.T) {
	for _, c := range foreign {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, storetest.NewDisk().Open(), nil)
			g := h.enrol(1)
			note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: h.log.Origin(), Size: c.size, Root: merkle.Hash{1}}, h.logSigner)
			if err != nil {
				t.Fatal(err)
			}
			if err := g.send(&wire.Hello{Software: "t", Note: note}); !errors.Is(err, intake.ErrBusy) {
				t.Fatalf("hello answered %v", err)
			}
			if h.log.ReadOnly() == "" {
				t.Fatal("the log goes on")
			}
			s, p := g.seal(5, nil)
			if err := g.send(&wire.Batch{Header: s.Raw(), Payload: p}); !errors.Is(err, intake.ErrBusy) || h.log.Size() != 1 {
				t.Fatalf("answered %v, %d entries", err, h.log.Size())
			}
		})
	}
}

func TestAGatewayThatLiesAboutACheckpointStopsNobodyElse(t *testing.T) {
	for _, c := range foreign {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, storetest.NewDisk().Open(), nil)
			g := h.enrol(1)
			g.own = &batch.Checkpoint{Size: c.size, Root: merkle.Hash{1}}
			s, p := g.seal(5, nil)
			g.mustSend(&wire.Batch{Header: s.Raw(), Payload: p})
			if r := g.refusal(wire.Conflict); r.Boot != s.Boot || r.Seq != s.Seq {
				t.Fatalf("refusal %+v", r)
			}
			forged, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: h.log.Origin(), Size: c.size, Root: merkle.Hash{1}}, log.NewSigner(h.log.Origin(), ed25519.PrivateKey(g.signer.(cose.Ed25519Signer))))
			if err != nil {
				t.Fatal(err)
			}
			g.mustSend(&wire.Hello{Software: "t", Note: forged})
			g.refusal(wire.Uncheckable)
			if kept, err := intake.ListRefused(h.store, 0); err != nil || len(kept) != 2 {
				t.Fatalf("%d kept, %v", len(kept), err)
			}
			honest := h.enrol(2)
			honest.mustSend(&wire.Hello{Software: "t"})
			honest.receipt()
			s, p = honest.seal(5, nil)
			honest.mustSend(&wire.Batch{Header: s.Raw(), Payload: p})
			if h.log.ReadOnly() != "" || h.log.Size() != 2 {
				t.Fatalf("read-only %q, %d entries", h.log.ReadOnly(), h.log.Size())
			}
		})
	}
}

func TestAGatewayAboveItsRateIsHeldBackThenDropped(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), func(_ *log.Options, c *intake.Config) {
		c.Rate, c.Burst, c.Patience = 0.001, 2, 10*time.Millisecond
	})
	g := h.enrol(1)
	for i := range 3 {
		s, p := g.seal(5, nil)
		err := g.send(&wire.Batch{Header: s.Raw(), Payload: p})
		if want := i == 2; errors.Is(err, intake.ErrBusy) != want {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	other := h.enrol(2)
	s, p := other.seal(5, nil)
	other.mustSend(&wire.Batch{Header: s.Raw(), Payload: p})
}

func TestAFloodOfWhatIsRefusedIsHeldBackToo(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), func(_ *log.Options, c *intake.Config) {
		c.Rate, c.Burst, c.Patience = 0.001, 3, 10*time.Millisecond
	})
	for n, m := range [][]byte{[]byte("garbage"), wire.EncodeUp(&wire.Hello{Software: "t"}), wire.EncodeUp(&wire.Batch{Header: []byte{0}})} {
		g := h.enrol(byte(n + 1))
		for i := range 4 {
			err := h.in.Handle(t.Context(), g.id, m)
			if want := i == 3; errors.Is(err, intake.ErrBusy) != want {
				t.Errorf("message kind %d, number %d: %v", n, i, err)
			}
		}
	}
}

func TestAFullDiskHoldsGatewaysBackUntilThereIsRoom(t *testing.T) {
	var full atomic.Bool
	room := func() error {
		if full.Load() {
			return store.ErrFull
		}
		return nil
	}
	h := open(t, storetest.NewDisk().Open(), func(o *log.Options, c *intake.Config) { o.Room, c.Room = room, room })
	g := h.enrol(1)
	g.mustSend(&wire.Hello{Software: "test"})
	g.receipt()
	full.Store(true)
	s, p := g.seal(5, nil)
	for _, m := range [][]byte{wire.EncodeUp(&wire.Batch{Header: s.Raw(), Payload: p}), []byte("garbage")} {
		if err := h.in.Handle(t.Context(), g.id, m); !errors.Is(err, intake.ErrBusy) || !errors.Is(err, store.ErrFull) {
			t.Fatalf("answered %v", err)
		}
	}
	if _, err := h.log.Append(t.Context(), s, p); !errors.Is(err, store.ErrFull) || h.log.Size() != 1 {
		t.Fatalf("the log itself: %v, %d entries", err, h.log.Size())
	}
	full.Store(false)
	g.mustSend(&wire.Batch{Header: s.Raw(), Payload: p})
	if r := g.receipt(); len(r.Entries) != 1 {
		t.Fatalf("receipt %+v", r)
	}
}

func TestABrokenStoreIsFatal(t *testing.T) {
	f := storetest.NewFaulty(storetest.NewDisk().Open())
	h := open(t, f, func(o *log.Options, _ *intake.Config) { o.CheckpointEvery = time.Hour })
	g := h.enrol(1)
	f.Break(1, storetest.FailedPersisted)
	s, p := g.seal(5, nil)
	if err := g.send(&wire.Batch{Header: s.Raw(), Payload: p}); !errors.Is(err, intake.ErrFatal) {
		t.Fatalf("answered %v", err)
	}
}

func TestConfigurationsAndProfilesAreKeptByDigest(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), nil)
	g := h.enrol(1)
	p := &profile.Profile{ID: "dust/x", Protocol: "modbus-rtu", Exchanges: []profile.Exchange{{Request: []byte{0}, Cadence: 1e6}},
		Points: []profile.Point{{Name: "pm10", Unit: "ug/m3", Source: []byte{0}, Scale: decimal.New(1, 0)}}}
	compiled, digest, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	c := &profile.Config{Settings: profile.Settings{Site: "s", Gateway: "g", Software: "t", Interval: 1e6}, Devices: []profile.Device{{ID: "dust-1", Bus: "a", Address: "1", Profile: digest}}}
	g.mustSend(&wire.Config{Leaves: c.Leaves()})
	g.refusal(wire.Uncheckable) // the profile did not come
	g.mustSend(&wire.Config{Leaves: c.Leaves(), Profiles: [][]byte{compiled}})
	g.mustSend(&wire.Config{Leaves: c.Leaves()}) // it is here now
	leaves, err := intake.ReadConfig(h.store, profile.ConfigRoot(c.Leaves()))
	if err != nil || len(leaves) != 2 {
		t.Fatalf("%d leaves, %v", len(leaves), err)
	}
	if b, err := intake.ReadProfile(h.store, digest); err != nil || !bytes.Equal(b, compiled) {
		t.Fatal(err)
	}
}

func TestRefusedMessagesAreBounded(t *testing.T) {
	h := open(t, storetest.NewDisk().Open(), nil)
	for n := range 100 {
		g := h.enrol(byte(n + 1))
		for range 25 {
			if err := h.in.Handle(t.Context(), g.id, []byte("garbage")); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept, err := intake.ListRefused(h.store, 0)
	if err != nil || len(kept) != intake.MaxRefused {
		t.Fatalf("%d kept, %v", len(kept), err)
	}
}
