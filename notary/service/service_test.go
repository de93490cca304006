package service_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/enrol"
	"fieldseal/notary/log"
	"fieldseal/notary/service"
	"fieldseal/notary/store"
)

const patience = 10 * time.Second

var quiet = slog.New(slog.DiscardHandler)

func config() service.Config {
	c := service.DefaultConfig()
	c.Listen.MQTT, c.Listen.HTTP = "127.0.0.1:0", "127.0.0.1:0"
	c.Log.CheckpointEvery, c.Chain.AnchorEvery = 20*time.Millisecond, time.Second
	return c
}

func initFolder(t *testing.T) service.Folder {
	t.Helper()
	d := service.Folder(filepath.Join(t.TempDir(), "notary"))
	if _, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/yard", Now: time.Now(), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	return d
}

// start runs a notary; stop stops it cleanly.
func start(t *testing.T, d service.Folder) (s *service.Service, stop func()) {
	t.Helper()
	return startWith(t, d, config())
}

func startWith(t *testing.T, d service.Folder, c service.Config) (s *service.Service, stop func()) {
	t.Helper()
	s, err := service.Open(t.Context(), d, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("notary stopped with %v", err)
		}
	}
	t.Cleanup(stop)
	return s, stop
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// gateway is an enrolled gateway with a real connection.
type gateway struct {
	t      *testing.T
	entry  enrol.Entry
	signer cose.Ed25519Signer
	cert   tls.Certificate
	client mqtt.Client
	down   chan []byte
	boot   record.BootID
	seq    uint64
	prev   *batch.Signed
	own    *batch.Checkpoint
	note   []byte // own, signed
	raws   map[uint64][]byte
}

func enrolGateway(t *testing.T, s *service.Service, name string) *gateway {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, tlsKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(tlsKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := s.Registry.Order(enrol.Order{Site: "yard", SiteName: "North yard", Gateway: name}, s.Keys.CA, s.Keys.LogText)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{t: t, signer: cose.Ed25519Signer(key), down: make(chan []byte, 100), raws: map[uint64][]byte{}}
	rand.Read(g.boot[:])
	proof, err := g.signer.Sign(wire.ProofMessage(code.Secret[:], g.signer.Public(), der))
	if err != nil {
		t.Fatal(err)
	}
	req := wire.EnrolRequest{Secret: code.Secret[:], Alg: int64(cose.EdDSA), Key: g.signer.Public().Raw, Proof: proof, TLSKey: der, Software: "test"}
	entry, pem, err := s.Registry.Enrol(req, s.Keys.CA)
	if err != nil {
		t.Fatal(err)
	}
	g.entry = entry
	cert, err := access.ParseCertificate(pem)
	if err != nil {
		t.Fatal(err)
	}
	g.cert = tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: tlsKey}
	eventually(t, "the authority signs the enrolment", func() bool { return s.Registry.Admit(entry.Gateway) == nil })
	return g
}

func (g *gateway) connect(s *service.Service) {
	g.t.Helper()
	o := mqtt.NewClientOptions().AddBroker("ssl://" + s.MQTTAddr.String()).SetClientID(g.entry.Gateway.String()).
		SetTLSConfig(&tls.Config{RootCAs: s.Keys.CA.Pool(), Certificates: []tls.Certificate{g.cert}}).
		SetCleanSession(true).SetAutoReconnect(false).SetProtocolVersion(4).SetOrderMatters(false)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { g.down <- m.Payload() })
	g.client = mqtt.NewClient(o)
	g.wait("connect", g.client.Connect())
	g.wait("subscribe", g.client.Subscribe(wire.DownTopic(g.entry.Gateway), 1, nil))
	g.t.Cleanup(func() { g.client.Disconnect(0) })
	g.publish(&wire.Hello{Software: "test", Note: g.note})
}

func (g *gateway) wait(what string, token mqtt.Token) {
	g.t.Helper()
	if !token.WaitTimeout(patience) || token.Error() != nil {
		g.t.Fatalf("%s: %v", what, token.Error())
	}
}

func (g *gateway) publish(m wire.Up) {
	g.t.Helper()
	g.wait("publish", g.client.Publish(wire.UpTopic(g.entry.Gateway), 1, false, wire.EncodeUp(m)))
}

func (g *gateway) seal(origin string) {
	g.t.Helper()
	b := batch.NewBuilder()
	now := time.Now().UnixMicro()
	if err := b.AddReading(&record.Reading{Point: "dust-1/pm10", Value: decimal.New(1, 1), Time: now, Path: record.PathSerial}, batch.NoFrame); err != nil {
		g.t.Fatal(err)
	}
	h := &batch.Header{Gateway: g.entry.Gateway, Site: g.entry.Site, Origin: origin, Boot: g.boot, Seq: g.seq, NoPrev: batch.PreviousFirst, First: now, Last: now, Checkpoint: g.own}
	if g.prev != nil {
		h.Prev, h.NoPrev = g.prev.Digest(), batch.PreviousKnown
	}
	payload, err := b.Close(batch.Secret{1}, h)
	if err != nil {
		g.t.Fatal(err)
	}
	s, err := batch.Sign(g.signer, h)
	if err != nil {
		g.t.Fatal(err)
	}
	g.prev, g.raws[g.seq] = s, s.Raw()
	g.seq++
	g.publish(&wire.Batch{Header: s.Raw(), Payload: payload})
}

// receipt waits for a receipt that verifies and speaks of batch seq.
func (g *gateway) receipt(s *service.Service, seq uint64) *wire.Receipt {
	g.t.Helper()
	for {
		select {
		case raw := <-g.down:
			m, err := wire.ParseDown(raw)
			if err != nil {
				g.t.Fatal(err)
			}
			r, ok := m.(*wire.Receipt)
			if !ok {
				g.t.Fatalf("came down: %+v", m)
			}
			c, err := r.Verify(s.Keys.LogKey, g.own, func(b record.BootID, n uint64) []byte { return g.raws[n] })
			if err != nil {
				g.t.Fatal(err)
			}
			g.own, g.note = &c, r.Note
			for _, e := range r.Entries {
				if e.Seq == seq {
					return r
				}
			}
		case <-time.After(patience):
			g.t.Fatalf("no receipt for batch %d", seq)
		}
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func TestAGatewaysBatchIsAnchoredAndSurvivesARestart(t *testing.T) {
	d := initFolder(t)
	s, stop := start(t, d)
	g := enrolGateway(t, s, "gw-1")
	g.connect(s)
	g.seal(s.Log.Origin())
	r := g.receipt(s, 0)
	index := r.Entries[0].Index
	eventually(t, "an anchor covers the batch", func() bool { _, n := s.Anchors.Newest(); return n > index })
	a, err := s.Anchors.Covering(index)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Log.Note(a.Size); err != nil {
		t.Fatalf("the anchored checkpoint is not kept: %v", err)
	}
	g.seal(s.Log.Origin())
	if r := g.receipt(s, 1); r.Block == nil || r.Covered <= index {
		t.Fatalf("the receipt names block %v and covers %d", r.Block, r.Covered)
	}
	head := s.Log.Head()
	g.client.Disconnect(0)
	stop()

	s, stop = start(t, d)
	if got := s.Log.Head(); got.Size < head.Size {
		t.Fatalf("after a restart the head is of %d, before it was of %d", got.Size, head.Size)
	}
	g.connect(s)
	g.seal(s.Log.Origin())
	g.receipt(s, 2)
	if h := s.Health(); !h.OK || h.Size != s.Log.Size() {
		t.Errorf("health %+v", h)
	}
	// Revocation ends the connection and keeps it out.
	if err := s.Registry.Revoke(g.entry.Gateway, enrol.Revocation{FromIndex: s.Log.Size(), Reason: "stolen"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the revoked gateway is disconnected", func() bool { return !g.client.IsConnectionOpen() })
	stop()
}

func TestAnOldCopyOfTheFolderStartsReadOnly(t *testing.T) {
	for _, c := range []struct {
		name   string
		forget string // what else was restored or lost
		says   string
	}{{"behind its head file", "", "head file"}, {"behind its anchor", "head", "anchor"}} {
		t.Run(c.name, func(t *testing.T) {
			d := initFolder(t)
			backup := filepath.Join(t.TempDir(), "store")
			copyFolder(t, d.StoreDir(), backup)
			s, stop := start(t, d)
			eventually(t, "the status list is anchored", func() bool { _, n := s.Anchors.Newest(); return n >= 2 })
			stop()
			if err := os.RemoveAll(d.StoreDir()); err != nil {
				t.Fatal(err)
			}
			copyFolder(t, backup, d.StoreDir())
			if c.forget != "" {
				if err := os.Remove(filepath.Join(string(d), c.forget)); err != nil {
					t.Fatal(err)
				}
			}
			s, err := service.Open(t.Context(), d, config(), quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if r := s.Log.ReadOnly(); !strings.Contains(r, c.says) {
				t.Fatalf("read-only: %q", r)
			}
			if h := s.Health(); h.OK {
				t.Errorf("health %+v", h)
			}
		})
	}
}

func TestInitLeavesANotaryAlone(t *testing.T) {
	d := initFolder(t)
	o := service.InitOptions{Origin: "log.example/other", Now: time.Now(), Log: quiet}
	if _, err := service.Init(t.Context(), d, o); !errors.Is(err, service.ErrInitialised) {
		t.Fatalf("a second init: %v", err)
	}
	for _, key := range []string{"log.key", "chain-note.key", "chain.key", "authority.key", "ca.key", "admin.token"} {
		info, err := os.Stat(filepath.Join(string(d), key))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", key, info, err)
		}
	}
	// An init that broke off before the last file goes on with the same keys.
	if err := os.Remove(filepath.Join(string(d), "notary.json")); err != nil {
		t.Fatal(err)
	}
	o.Origin = "log.example/yard"
	if _, err := service.Init(t.Context(), d, o); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "Log.example", "log example", "-x", "x/", strings.Repeat("a", 101)} {
		o.Origin = bad
		if _, err := service.Init(t.Context(), service.Folder(t.TempDir()), o); err == nil {
			t.Errorf("origin %q was taken", bad)
		}
	}
}

func TestAnAuthorityElsewhereLeavesNoKeyHere(t *testing.T) {
	d := service.Folder(filepath.Join(t.TempDir(), "notary"))
	k := cose.Ed25519Signer(ed25519.NewKeyFromSeed(make([]byte, 32))).Public()
	id, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/yard", Authority: &k, Now: time.Now(), Log: quiet})
	if err != nil || !id.Authority.Equal(k) {
		t.Fatal(id, err)
	}
	if _, err := os.Stat(filepath.Join(string(d), "authority.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("an authority's key was made: %v", err)
	}
}

func TestTheLogOfAStoppedNotaryIsExported(t *testing.T) {
	d := initFolder(t)
	s, stop := start(t, d)
	if _, _, _, err := d.OpenLog(log.Options{Log: quiet}); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("the log of a running notary was opened: %v", err)
	}
	if _, err := s.Log.WaitSigned(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	stop()
	l, vkey, done, err := d.OpenLog(log.Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	out := filepath.Join(t.TempDir(), "out")
	if err := l.Export(out, vkey); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"checkpoint", "log.vkey", fmt.Sprintf("tile/0/000.p/%d", l.Size()), fmt.Sprintf("tile/entries/000.p/%d", l.Size())} {
		if b, err := os.ReadFile(filepath.Join(out, name)); err != nil || len(b) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.Export(out, vkey); err == nil {
		t.Error("exported over another export")
	}
}

func TestConfigurationIsStrict(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notary.yaml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("version: 1\nlisten:\n  http: 127.0.0.1:9\nchain:\n  anchor_every: 3s\n")
	c, err := service.ReadConfig(path, true)
	if err != nil || c.Listen.HTTP != "127.0.0.1:9" || c.Listen.MQTT != "127.0.0.1:8883" || c.Chain.AnchorEvery != 3*time.Second {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, bad := range []string{
		"listen: {}", "version: 2", "version: 1\nlisten:\n  mqqt: x", "version: 1\nlog:\n  checkpoint_every: 5s",
		"version: 1\nauthority:\n  supervision: [nonsense]", "version: 1\nchain:\n  anchor_every: 10",
	} {
		write(bad)
		if _, err := service.ReadConfig(path, true); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := service.ReadConfig(filepath.Join(t.TempDir(), "none"), true); err == nil {
		t.Error("a file asked for by name was not missed")
	}
}

func TestAStartThatFailsSaysWhyAndFreesTheFolder(t *testing.T) {
	d := initFolder(t)
	_, stop := start(t, d)
	if _, err := service.Open(t.Context(), d, config(), quiet); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("a second notary on the folder: %v", err)
	}
	stop()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := config()
	c.Listen.HTTP = taken.Addr().String()
	if _, err := service.Open(t.Context(), d, c, quiet); !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("a port in use: %v", err)
	}
	start(t, d)
}

func TestHealthSaysWhatIsOverdue(t *testing.T) {
	d := initFolder(t)
	c := config()
	c.Log.HeadFile = filepath.Join(t.TempDir(), "unmounted", "head")
	s, stop := startWith(t, d, c)
	eventually(t, "the status list is logged", func() bool { l, _ := s.Desk.Status(); return l != nil })
	eventually(t, "the head file is missed", func() bool { return len(s.Health().Overdue) == 1 })
	if h := s.Health(); h.OK || !strings.Contains(h.Overdue[0], "head file") {
		t.Errorf("health %+v", h)
	}
	l, _ := s.Desk.Status()
	if got := s.OverdueAt(time.UnixMicro(l.Next + 1)); !strings.Contains(strings.Join(got, "\n"), "status list 1 ended") {
		t.Errorf("a day later: %q", got)
	}
	stop()
	s, _ = start(t, d)
	eventually(t, "all is well", func() bool { return s.Health().OK })
}

func TestAnAnchorThatDoesNotComeIsOverdue(t *testing.T) {
	d := initFolder(t)
	s, err := service.Open(t.Context(), d, config(), quiet) // never run: nothing anchors
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	s.Anchors.Look(now)
	if got := s.OverdueAt(now.Add(time.Minute)); len(got) != 0 {
		t.Errorf("after a minute: %q", got)
	}
	s.Anchors.Look(now.Add(time.Minute))
	if got := s.OverdueAt(now.Add(time.Hour)); len(got) != 1 || !strings.Contains(got[0], "no anchor for 1h0m0s") {
		t.Errorf("after an hour: %q", got)
	}
}
