package service_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/statement"
	"fieldseal/notary/log"
	"fieldseal/notary/service"
)

// TestASuccessorBindsTheClosedHead closes a log with a gateway's batch in it, opens
// its successor, and compares what the new genesis binds.
func TestASuccessorBindsTheClosedHead(t *testing.T) {
	d := initFolder(t)
	s, stop := start(t, d)
	g := enrolGateway(t, s, "gw-1")
	g.connect(s)
	g.seal(s.Log.Origin())
	index := g.receipt(s, 0).Entries[0].Index
	stop()
	if _, err := d.CloseLog("", time.Now()); err == nil {
		t.Fatal("closed without a reason")
	}
	c, err := d.CloseLog("the chain was reset", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	size, root, err := c.Head()
	if err != nil || size <= index {
		t.Fatalf("%d entries, entry %d was acknowledged, %v", size, index, err)
	}
	if _, err := d.CloseLog("again", time.Now()); err == nil || !strings.Contains(err.Error(), "closed already") {
		t.Fatal(err)
	}

	// The old log serves and takes nothing.
	s, stop = start(t, d)
	if r := s.Log.ReadOnly(); !strings.Contains(r, "the chain was reset") {
		t.Fatalf("read-only: %q", r)
	}
	signed, body, err := s.Log.Statement(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Log.AppendStatement(t.Context(), signed, nil); err == nil {
		t.Fatalf("a closed log took %v", body)
	}
	if s.Log.Size() != size {
		t.Fatalf("%d entries after closing at %d", s.Log.Size(), size)
	}
	stop()

	path := filepath.Join(string(d), service.ClosingFile)
	read, err := service.ReadClosing(path)
	if err != nil {
		t.Fatal(err)
	}
	next := service.Folder(filepath.Join(t.TempDir(), "next"))
	o := service.InitOptions{Origin: c.Origin, Predecessor: read, Now: time.Now(), Log: quiet}
	if _, err := service.Init(t.Context(), next, o); err == nil {
		t.Fatal("a successor took its predecessor's origin")
	}
	next = service.Folder(filepath.Join(t.TempDir(), "next"))
	o.Origin = "log.example/yard-2"
	if _, err := service.Init(t.Context(), next, o); err != nil {
		t.Fatal(err)
	}
	l, _, done, err := next.OpenLog(log.Options{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	_, genesis, err := l.Statement(0)
	if err != nil {
		t.Fatal(err)
	}
	if p := genesis.(*statement.Genesis).Predecessor; p == nil || p.Origin != c.Origin || p.Size != size || p.Root != root {
		t.Fatalf("the successor binds %+v, closed was %d, %x", p, size, root)
	}

	// A closing that was changed is not believed.
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{strings.Replace(string(raw), "log.example/yard", "log.example/yart", 1), "{}", string(raw[:len(raw)/2]), strings.Replace(string(raw), `"note": "`, `"note": "AA`, 1)} {
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := service.ReadClosing(path); err == nil {
			t.Errorf("believed: %s", bad)
		}
	}
}

// TestAWrongChainStopsAnchoringAndNothingElse starts a notary whose chain is another one.
func TestAWrongChainStopsAnchoringAndNothingElse(t *testing.T) {
	d := service.Folder(filepath.Join(t.TempDir(), "notary"))
	url := publicChain(t, d)
	if _, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/yard", ChainURL: url, Depth: 2, Now: time.Now(), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	c := config()
	c.Chain.Depth = 2
	c.Chain.URL = publicChain(t, service.Folder(filepath.Join(t.TempDir(), "other"))) // of the same id, and yet another
	s, err := service.Open(t.Context(), d, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	g := enrolGateway(t, s, "gw-1")
	g.connect(s)
	g.seal(s.Log.Origin())
	g.receipt(s, 0) // sealing and logging go on
	h := s.Health()
	if h.OK || !strings.Contains(h.Alarm, "genesis block") || !strings.Contains(h.Alarm, "log close") || h.ReadOnly != "" {
		t.Fatalf("%+v", h)
	}
	if !strings.HasPrefix(h.Anchoring.Words, "Anchoring has stopped") || h.Anchoring.Since == nil {
		t.Fatalf("%+v", h.Anchoring)
	}
}

func TestAnOpenKeyIsNotMadeOnAChainOfOthers(t *testing.T) {
	d := service.Folder(filepath.Join(t.TempDir(), "notary"))
	_, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/yard", ChainURL: "http://127.0.0.1:1", Now: time.Now(), Log: quiet})
	if !errors.Is(err, service.ErrOpenKey) {
		t.Fatal(err)
	}
}
