package log_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

const origin = "log.example/test"

// house is a log's keys and a store to put it in.
type house struct {
	seed ed25519.PrivateKey
	opt  log.Options
	disk *storetest.Disk
}

func noteSigner(key ed25519.PrivateKey) (note.Signer, note.Verifier) {
	vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		panic(err)
	}
	return log.NewSigner(origin, key), v
}

func newHouse(t testing.TB) *house {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	h := &house{seed: key, disk: storetest.NewDisk()}
	h.opt = log.Options{Store: h.disk.Open(), Log: slog.New(slog.DiscardHandler), CheckpointEvery: time.Millisecond, GroupDelay: time.Microsecond}
	h.opt.Signer, h.opt.Key = noteSigner(key)
	return h
}

func (h *house) genesis(t testing.TB) (*statement.Signed, []byte) {
	t.Helper()
	signer := cose.Ed25519Signer(h.seed)
	s, body, err := statement.Sign(signer, rand.Reader, origin, 1, &statement.Genesis{LogKey: signer.Public(), Authority: signer.Public(), ChainID: 7})
	if err != nil {
		t.Fatal(err)
	}
	return s, body
}

func (h *house) create(t testing.TB) {
	t.Helper()
	s, body := h.genesis(t)
	if err := log.Create(h.opt, s, body); err != nil {
		t.Fatal(err)
	}
}

// run opens the log and runs it; stop stops it and gives what Run returned.
func (h *house) run(t testing.TB) (l *log.Log, stop func() error) {
	t.Helper()
	l, err := log.Open(h.opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	var once sync.Once
	var result error
	stop = func() error {
		once.Do(func() { cancel(); result = <-done })
		return result
	}
	t.Cleanup(func() { stop() })
	return l, stop
}

// gateway seals headers.
type gateway struct {
	id     batch.ID
	boot   record.BootID
	seq    uint64
	prev   *batch.Signed
	signer cose.Signer
}

func newGateway(n byte) *gateway {
	return &gateway{id: batch.ID{n}, boot: record.BootID{n, 1}, signer: cose.Ed25519Signer(ed25519.NewKeyFromSeed(append(make([]byte, 31), n)))}
}

func (g *gateway) header() *batch.Header {
	const t0 = 1_700_000_000_000_000
	h := &batch.Header{Gateway: g.id, Site: batch.ID{9}, Origin: origin, Boot: g.boot, Seq: g.seq, NoPrev: batch.PreviousFirst, First: t0 + int64(g.seq)*1e6, Last: t0 + int64(g.seq+1)*1e6, Count: 1}
	if g.prev != nil {
		h.Prev, h.NoPrev = g.prev.Digest(), batch.PreviousKnown
	}
	return h
}

func (g *gateway) sign(t testing.TB, h *batch.Header) *batch.Signed {
	t.Helper()
	s, err := batch.Sign(g.signer, h)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (g *gateway) next(t testing.TB) *batch.Signed {
	t.Helper()
	s := g.sign(t, g.header())
	g.prev, g.seq = s, g.seq+1
	return s
}

// reboot draws a new boot id; the next header links to the last.
func (g *gateway) reboot(n byte) *gateway {
	g.boot, g.seq = record.BootID{byte(g.id[0]), n}, 0
	return g
}

func appendOK(t testing.TB, l *log.Log, s *batch.Signed) log.Admission {
	t.Helper()
	a, err := l.Append(t.Context(), s, []byte("payload of "+s.Name()))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestProofsAgreeWithTheReferenceTree(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, stop := h.run(t)
	ref := testonly.New(rfc6962.DefaultHasher)
	g := newGateway(1)
	var raws [][]byte
	gen, err := l.Entry(0)
	if err != nil {
		t.Fatal(err)
	}
	raws = append(raws, gen)
	const n = 700 // crosses two full tiles
	for range n {
		s := g.next(t)
		raws = append(raws, s.Raw())
	}
	g = newGateway(1)
	for range n {
		appendOK(t, l, g.next(t))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, r := range raws {
		ref.AppendData(r)
	}
	c := l.Head()
	if c.Size != n+1 || string(c.Root[:]) != string(ref.Hash()) {
		t.Fatalf("size %d, root %x; the reference has %d and %x", c.Size, c.Root, ref.Size(), ref.Hash())
	}
	// From a fresh log, so that tiles come from the store too.
	l, err = log.Open(h.opt)
	if err != nil {
		t.Fatal(err)
	}
	same := func(got []merkle.Hash, want [][]byte) bool {
		if len(got) != len(want) {
			return false
		}
		for i := range got {
			if string(got[i][:]) != string(want[i]) {
				return false
			}
		}
		return true
	}
	for _, size := range []uint64{1, 2, 3, 255, 256, 257, 511, 512, 513, n + 1} {
		root, err := l.RootAt(size)
		if err != nil {
			t.Fatal(err)
		}
		if string(root[:]) != string(ref.HashAt(size)) {
			t.Fatalf("root at %d differs", size)
		}
		at := checkpoint.Checkpoint{Origin: origin, Size: size, Root: root}
		for i := uint64(0); i < size; i += 1 + size/37 {
			p, err := l.Inclusion(merkle.Leaf(raws[i]), i, at)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ref.InclusionProof(i, size)
			if err != nil || !same(p, want) {
				t.Fatalf("inclusion of %d in %d differs (%v)", i, size, err)
			}
			if i == 0 {
				continue
			}
			from, err := l.RootAt(i)
			if err != nil {
				t.Fatal(err)
			}
			p, err = l.Consistency(i, from, at)
			if err != nil {
				t.Fatal(err)
			}
			want, err = ref.ConsistencyProof(i, size)
			if err != nil || !same(p, want) {
				t.Fatalf("consistency of %d with %d differs (%v)", i, size, err)
			}
		}
	}
	if _, err := l.Inclusion(merkle.Leaf([]byte("never logged")), 5, checkpoint.Checkpoint{Size: c.Size, Root: c.Root}); !errors.Is(err, merkle.ErrProof) {
		t.Fatalf("a proof of a leaf that is not there was handed out: %v", err)
	}
	if _, err := l.Consistency(5, merkle.Hash{1}, c.Checkpoint); !errors.Is(err, merkle.ErrProof) {
		t.Fatalf("a consistency proof from a foreign root was handed out: %v", err)
	}
}

func TestTheSameBatchAgainHasTheSameIndex(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	s := newGateway(1).next(t)
	first, err := l.Append(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Payload(first.Index); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("payload of a header that came alone: %v", err)
	}
	again, err := l.Append(t.Context(), s, []byte("late payload"))
	if err != nil {
		t.Fatal(err)
	}
	if !again.Duplicate || again.Index != first.Index || first.Duplicate {
		t.Fatalf("first %+v, again %+v", first, again)
	}
	p, err := l.Payload(first.Index)
	if err != nil || string(p) != "late payload" {
		t.Fatalf("payload %q, %v", p, err)
	}
	// Within one group too.
	s = newGateway(2).next(t)
	var wg sync.WaitGroup
	indices := make([]uint64, 16)
	for i := range indices {
		wg.Go(func() {
			a, err := l.Append(context.Background(), s, nil)
			if err != nil {
				t.Error(err)
			}
			indices[i] = a.Index
		})
	}
	wg.Wait()
	for _, i := range indices {
		if i != indices[0] {
			t.Fatalf("indices %v", indices)
		}
	}
	if l.Size() != 3 {
		t.Fatalf("%d entries", l.Size())
	}
}

func TestEquivocationIsRefusedKeptAndReported(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	g := newGateway(1)
	other := g.header()
	other.Root[0] = 1
	twin := g.sign(t, other)
	first := appendOK(t, l, g.next(t))
	_, err := l.Append(t.Context(), twin, nil)
	var e *log.Equivocation
	if !errors.As(err, &e) || !errors.Is(err, log.ErrConflict) || e.Index != first.Index {
		t.Fatalf("error %v", err)
	}
	found, err := l.Findings(g.id)
	if err != nil || len(found) != 1 || found[0].Kind != log.FindingEquivocation || string(found[0].Header) != string(twin.Raw()) {
		t.Fatalf("findings %+v, %v", found, err)
	}
	if l.Size() != 2 || l.Stats().Findings != 1 {
		t.Fatalf("%d entries, %d findings counted", l.Size(), l.Stats().Findings)
	}
}

func TestEquivocationsAreBounded(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	g := newGateway(1)
	base := g.header()
	appendOK(t, l, g.next(t))
	for i := range log.MaxGatewayFindings + 20 {
		base.Root = merkle.Hash{1, byte(i)}
		if _, err := l.Append(t.Context(), g.sign(t, base), nil); !errors.Is(err, log.ErrConflict) {
			t.Fatal(err)
		}
	}
	found, err := l.Findings(g.id)
	if err != nil || len(found) != log.MaxGatewayFindings {
		t.Fatalf("%d kept, %v", len(found), err)
	}
}

func TestWithdrawnFindingsLeaveRoomForOthers(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	g := newGateway(1)
	// Each restart speaks first and sends what it linked to afterwards.
	for i := range log.MaxGatewayFindings + 5 {
		before := g.next(t)
		after := *g
		appendOK(t, l, after.reboot(byte(i+2)).next(t))
		if got := kinds(t, l, g.id); got != "[unknown predecessor]" {
			t.Fatalf("restart %d: findings %q", i, got)
		}
		appendOK(t, l, before)
		if got := kinds(t, l, g.id); got != "" {
			t.Fatalf("restart %d: findings %q after the predecessor came", i, got)
		}
		*g = after
	}
	twin := g.header()
	twin.Root[0] = 1
	other := g.sign(t, twin)
	appendOK(t, l, g.next(t))
	if _, err := l.Append(t.Context(), other, nil); !errors.Is(err, log.ErrConflict) {
		t.Fatal(err)
	}
	if got := kinds(t, l, g.id); got != "[equivocation]" {
		t.Fatalf("findings %q", got)
	}
}

func TestACheckpointComesWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.opt.CheckpointEvery = 0 // the default
		h.create(t)
		l, stop := h.run(t)
		g := newGateway(1)
		for range 5 {
			a := appendOK(t, l, g.next(t))
			time.Sleep(time.Second)
			if head := l.Head(); head.Size <= a.Index {
				t.Fatalf("a second after entry %d the newest checkpoint is of %d", a.Index, head.Size)
			}
		}
		n := l.Stats().Checkpoints
		time.Sleep(time.Hour)
		if l.Stats().Checkpoints != n {
			t.Fatal("checkpoints were signed while nothing was new")
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func kinds(t *testing.T, l *log.Log, g batch.ID) string {
	t.Helper()
	found, err := l.Findings(g)
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, f := range found {
		out += fmt.Sprintf("[%s]", f.Kind)
	}
	return out
}

func TestTwoBootsGrowingFromOneHeaderAreAdmittedAndFound(t *testing.T) {
	for _, c := range []struct {
		name string
		send func(g *gateway, t *testing.T) []*batch.Signed
		want string
	}{
		{"an honest restart", func(g *gateway, t *testing.T) []*batch.Signed {
			return []*batch.Signed{g.next(t), g.next(t), g.reboot(2).next(t), g.next(t)}
		}, ""},
		{"out of order", func(g *gateway, t *testing.T) []*batch.Signed {
			a, b, c := g.next(t), g.next(t), g.reboot(2).next(t)
			return []*batch.Signed{c, b, a}
		}, ""},
		{"rollback", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			image := *g
			b := g.next(t)
			return []*batch.Signed{a, b, image.reboot(2).next(t)}
		}, "[rollback]"},
		{"two boots of one image", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			one, two := *g, *g
			return []*batch.Signed{a, one.reboot(2).next(t), two.reboot(3).next(t)}
		}, "[rollback]"},
		{"two speakers", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			clone := *g
			return []*batch.Signed{a, clone.reboot(2).next(t), g.next(t)}
		}, "[two speakers]"},
		{"two firsts", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			g.prev = nil
			return []*batch.Signed{a, g.reboot(2).next(t)}
		}, "[rollback]"},
		{"a predecessor that never came", func(g *gateway, t *testing.T) []*batch.Signed {
			g.next(t)
			return []*batch.Signed{g.reboot(2).next(t)}
		}, "[unknown predecessor]"},
		{"a broken link", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			h := g.header()
			h.Prev[0] ^= 1
			return []*batch.Signed{a, g.sign(t, h)}
		}, "[broken link]"},
		{"a broken link, last first", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			h := g.header()
			h.Prev[0] ^= 1
			return []*batch.Signed{g.sign(t, h), a}
		}, "[broken link]"},
		{"a journal lost", func(g *gateway, t *testing.T) []*batch.Signed {
			a := g.next(t)
			h := g.reboot(2).header()
			h.Prev, h.NoPrev = [32]byte{}, batch.PreviousLost
			return []*batch.Signed{a, g.sign(t, h)}
		}, "[no predecessor]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.create(t)
			l, _ := h.run(t)
			g := newGateway(1)
			send := c.send(g, t)
			for _, s := range send {
				appendOK(t, l, s)
			}
			if got := kinds(t, l, g.id); got != c.want {
				t.Fatalf("findings %q, want %q", got, c.want)
			}
			if l.Size() != uint64(1+len(send)) {
				t.Fatalf("%d of %d batches were admitted", l.Size()-1, len(send))
			}
		})
	}
}

func TestBatchesAreFoundByTime(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	g, other := newGateway(1), newGateway(2)
	for range 10 {
		appendOK(t, l, g.next(t))
		appendOK(t, l, other.next(t))
	}
	const t0 = 1_700_000_000_000_000
	var seqs []uint64
	for s, err := range l.Batches(g.id, t0+3_500_000, t0+6_500_000) {
		if err != nil {
			t.Fatal(err)
		}
		raw, err := l.Entry(s.Index)
		if err != nil {
			t.Fatal(err)
		}
		b, err := batch.ParseHeader(raw)
		if err != nil || b.Gateway != g.id || b.First != s.First || b.Last != s.Last {
			t.Fatalf("%+v is %v, %v", s, b, err)
		}
		seqs = append(seqs, b.Seq)
	}
	if fmt.Sprint(seqs) != "[3 4 5 6]" {
		t.Fatalf("batches %v", seqs)
	}
	sites, err := l.SiteGateways(batch.ID{9})
	if err != nil || len(sites) != 2 {
		t.Fatalf("gateways of the site: %v, %v", sites, err)
	}
}

func TestAnOldCopyOfTheStoreIsReadOnly(t *testing.T) {
	h := newHouse(t)
	h.opt.HeadFile = filepath.Join(t.TempDir(), "head")
	h.create(t)
	l, stop := h.run(t)
	g := newGateway(1)
	appendOK(t, l, g.next(t))
	old := h.disk.Clone()
	appendOK(t, l, g.next(t))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	seen := l.Head()
	h.opt.Store = old.Open()
	l, _ = h.run(t)
	if l.ReadOnly() == "" {
		t.Fatal("a store behind its head file was opened for writing")
	}
	if _, err := l.Append(t.Context(), g.next(t), nil); !errors.Is(err, log.ErrReadOnly) {
		t.Fatalf("a read-only log answered %v", err)
	}
	h.opt.HeadFile = ""
	l, _ = h.run(t)
	if err := l.Witness("gateway 1", seen.Size, &seen.Root); !errors.Is(err, log.ErrReadOnly) || l.ReadOnly() == "" {
		t.Fatalf("a checkpoint beyond the log was answered %v", err)
	}
	root := seen.Root
	root[0] ^= 1
	h.opt.Store = h.disk.Open()
	l, _ = h.run(t)
	if err := l.Witness("gateway 1", seen.Size, &root); !errors.Is(err, log.ErrDamaged) || l.ReadOnly() == "" {
		t.Fatalf("another history was answered %v", err)
	}
}

func TestAFlippedBitIsRefusedAtStart(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, stop := h.run(t)
	g := newGateway(1)
	for range 300 {
		appendOK(t, l, g.next(t))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Open(h.opt); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, d *storetest.Disk) {
		t.Helper()
		opt := h.opt
		opt.Store = d.Open()
		if _, err := log.Open(opt); !errors.Is(err, log.ErrDamaged) {
			t.Fatalf("%s: opened with %v", what, err)
		}
	}
	for i := uint64(0); i <= 300; i += 13 {
		d := h.disk.Clone()
		d.FlipEntry(i, int(i)%50)
		refused(fmt.Sprintf("entry %d", i), d)
	}
	for _, tile := range []struct {
		level uint8
		index uint64
		bytes int
	}{{0, 0, 32 * 256}, {0, 1, 32 * 45}, {1, 0, 32}} {
		for at := 0; at < tile.bytes; at += 31 {
			d := h.disk.Clone()
			d.FlipTile(tile.level, tile.index, at)
			refused(fmt.Sprintf("tile %d/%d byte %d", tile.level, tile.index, at), d)
		}
	}
}

// TestAtEachBreakpointNothingAnsweredIsLost breaks each write of a run in both
// ways, starts again, and sends everything again as gateways do.
func TestAtEachBreakpointNothingAnsweredIsLost(t *testing.T) {
	// Four batches one after the other are four group writes; with the checkpoint
	// of the stop that makes five.
	const writes = 5
	play := func(h *house, f *storetest.Faulty) (answered []uint64, all []*batch.Signed) {
		h.opt.Store, h.opt.CheckpointEvery = f, time.Hour
		l, stop := h.run(t)
		g := newGateway(1)
		for range 4 {
			s := g.next(t)
			all = append(all, s)
			a, err := l.Append(t.Context(), s, []byte("p"))
			if err != nil {
				if !errors.Is(err, log.ErrFatal) {
					t.Fatalf("after a broken write: %v", err)
				}
				continue
			}
			answered = append(answered, a.Index)
		}
		stop()
		return answered, all
	}
	h := newHouse(t)
	h.create(t)
	f := storetest.NewFaulty(h.disk.Open())
	play(h, f)
	if f.Writes() != writes {
		t.Fatalf("%d writes, want %d", f.Writes(), writes)
	}
	for n := 1; n <= writes; n++ {
		for _, how := range []storetest.Fault{storetest.Failed, storetest.FailedPersisted} {
			t.Run(fmt.Sprintf("write %d %v", n, how), func(t *testing.T) {
				h := newHouse(t)
				h.opt.HeadFile = filepath.Join(t.TempDir(), "head")
				h.create(t)
				f := storetest.NewFaulty(h.disk.Open())
				f.Break(n, how)
				answered, all := play(h, f)
				if want := min(n-1, 4); len(answered) != want {
					t.Fatalf("%d answered before write %d broke, want %d", len(answered), n, want)
				}
				h.opt.Store = h.disk.Open()
				l, stop := h.run(t)
				if r := l.ReadOnly(); r != "" {
					t.Fatal(r)
				}
				for i, s := range all {
					a := appendOK(t, l, s)
					if i < len(answered) && (a.Index != answered[i] || !a.Duplicate) {
						t.Fatalf("batch %d was answered with index %d and now has %d", i, answered[i], a.Index)
					}
				}
				if l.Size() != 5 {
					t.Fatalf("%d entries", l.Size())
				}
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if l.Head().Size != 5 {
					t.Fatalf("checkpoint of %d", l.Head().Size)
				}
			})
		}
	}
}

func TestABrokenBeginningIsBegunAgain(t *testing.T) {
	for n := 1; n <= 2; n++ { // the genesis, then its checkpoint
		for _, how := range []storetest.Fault{storetest.Failed, storetest.FailedPersisted} {
			t.Run(fmt.Sprintf("write %d %v", n, how), func(t *testing.T) {
				h := newHouse(t)
				f := storetest.NewFaulty(h.disk.Open())
				f.Break(n, how)
				h.opt.Store = f
				s, body := h.genesis(t)
				if err := log.Create(h.opt, s, body); !errors.Is(err, storetest.ErrInjected) {
					t.Fatalf("created with %v", err)
				}
				if f.Writes() != n {
					t.Fatalf("%d writes after the broken write %d", f.Writes(), n)
				}
				h.opt.Store = h.disk.Open()
				if err := log.Create(h.opt, s, body); err != nil && !errors.Is(err, log.ErrExists) {
					t.Fatal(err)
				}
				l, _ := h.run(t)
				if l.Size() != 1 || l.Head().Size != 1 {
					t.Fatalf("%d entries, checkpoint of %d", l.Size(), l.Head().Size)
				}
				appendOK(t, l, newGateway(1).next(t))
			})
		}
	}
}

func TestAHeadFileThatCannotBeWrittenIsCountedAndStopsNothing(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	h.opt.HeadFile = filepath.Join(t.TempDir(), "unmounted", "head")
	l, stop := h.run(t)
	appendOK(t, l, newGateway(1).next(t))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if l.Head().Size != 2 || l.Stats().HeadErrors == 0 {
		t.Fatalf("checkpoint of %d, %d head errors", l.Head().Size, l.Stats().HeadErrors)
	}
	if l.HeadError() == nil {
		t.Fatal("the newest failure is not told")
	}
}

func TestTheWritePrecedesTheAnswer(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	f := storetest.NewFaulty(h.disk.Open())
	release := make(chan struct{})
	f.Before = func(n int, g *store.Group) {
		if len(g.Entries) > 0 {
			<-release
		}
	}
	h.opt.Store = f
	l, _ := h.run(t)
	answered := make(chan error, 1)
	s := newGateway(1).next(t)
	go func() {
		_, err := l.Append(context.Background(), s, nil)
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("answered (%v) while the write was held", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
}

func TestACheckpointNeverForksTheStoredOne(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l1, stop1 := h.run(t)
	h.opt.CheckpointEvery = time.Hour
	l2, stop2 := h.run(t) // a second writer on the same store, as no one should have
	appendOK(t, l1, newGateway(1).next(t))
	if err := stop1(); err != nil {
		t.Fatal(err)
	}
	if _, err := l2.Append(t.Context(), newGateway(2).next(t), nil); !errors.Is(err, log.ErrFatal) || !errors.Is(err, store.ErrConflict) {
		t.Fatalf("the second writer was answered %v", err)
	}
	if err := stop2(); !errors.Is(err, log.ErrFatal) {
		t.Fatalf("the second writer went on: %v", err)
	}
}

func TestTilesAndBundlesEndAtTheCheckpoint(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, stop := h.run(t)
	g := newGateway(1)
	for range 299 {
		appendOK(t, l, g.next(t))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		level uint8
		index uint64
		width int
		ok    bool
	}{{0, 0, 256, true}, {0, 1, 44, true}, {0, 1, 43, true}, {0, 1, 45, false}, {0, 2, 1, false}, {1, 0, 1, true}, {1, 0, 2, false}, {2, 0, 1, false}, {63, 0, 1, false}, {0, 0, 0, false}, {0, 1 << 60, 1, false}} {
		b, err := l.Tile(c.level, c.index, c.width)
		if (err == nil) != c.ok || c.ok && len(b) != 32*c.width {
			t.Errorf("tile %+v: %d bytes, %v", c, len(b), err)
		}
	}
	b, err := l.Bundle(1, 44)
	if err != nil {
		t.Fatal(err)
	}
	first, err := l.Entry(256)
	if err != nil || int(b[0])<<8|int(b[1]) != len(first) || string(b[2:2+len(first)]) != string(first) {
		t.Fatal("the bundle does not begin with its first entry")
	}
	if _, err := l.Bundle(1, 45); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("bundle beyond the log: %v", err)
	}
}

func TestStatementsAreFoundByType(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	signer := cose.Ed25519Signer(h.seed)
	var last uint64
	for i := range 3 {
		s, body, err := statement.Sign(signer, rand.Reader, origin, int64(i), &statement.StatusList{Serial: uint64(i), Next: 9})
		if err != nil {
			t.Fatal(err)
		}
		if last, err = l.AppendStatement(t.Context(), s, body); err != nil {
			t.Fatal(err)
		}
		if again, err := l.AppendStatement(t.Context(), s, body); err != nil || again != last {
			t.Fatalf("again at %d, %v", again, err)
		}
		if _, err := l.AppendStatement(t.Context(), s, body[1:]); err == nil {
			t.Fatal("a body that is not the signed one was taken")
		}
	}
	n := 0
	for i, err := range l.Statements(statement.TypeStatusList) {
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if i != last {
				t.Fatalf("newest is %d, not %d", i, last)
			}
			_, b, err := l.Statement(i)
			if err != nil || b.(*statement.StatusList).Serial != 2 {
				t.Fatalf("%v, %v", b, err)
			}
		}
		n++
	}
	if n != 3 {
		t.Fatalf("%d of 3 statements", n)
	}
	for range l.Statements(statement.TypeGenesis) {
		n++
	}
	if n != 4 {
		t.Fatal("genesis is not listed")
	}
}

func TestPruneKeepsAnchoredCheckpoints(t *testing.T) {
	h := newHouse(t)
	h.create(t)
	l, _ := h.run(t)
	g := newGateway(1)
	for range 5 {
		a := appendOK(t, l, g.next(t))
		if _, err := l.WaitSigned(t.Context(), a.Index); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Prune(5, func(size uint64) bool { return size == 3 }); err != nil {
		t.Fatal(err)
	}
	for size := uint64(1); size <= 6; size++ {
		_, err := l.Note(size)
		if want := size == 3 || size >= 5; (err == nil) != want {
			t.Errorf("checkpoint of %d: %v", size, err)
		}
	}
}
