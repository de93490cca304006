package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/wire"
	"fieldseal/notary/service"
)

// notary runs the command line and gives what it printed.
func notary(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(io.Discard)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

var codeLine = regexp.MustCompile(`--code ([0-9a-z-]+)`)

func TestGatewayCommandsWorkOnARunningAndAStoppedNotary(t *testing.T) {
	dir := t.TempDir()
	d := service.Folder(dir)
	quiet := slog.New(slog.DiscardHandler)
	if _, err := service.Init(t.Context(), d, service.InitOptions{Origin: "log.example/1", Now: time.Now(), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	order := func(gateway string) {
		t.Helper()
		out, err := notary(t, "gateway", "enrol", "--data", dir, "--site", "north-yard", "--name", "North yard", "--gateway", gateway)
		if err != nil {
			t.Fatal(err)
		}
		m := codeLine.FindStringSubmatch(out)
		if m == nil || !strings.Contains(out, "fieldseal-agent enrol --config site.yaml --notary 127.0.0.1:7411") {
			t.Fatalf("no command to type: %s", out)
		}
		if _, err := wire.ParseCode(m[1]); err != nil {
			t.Error(err)
		}
	}
	order("gw-1")
	c := service.DefaultConfig()
	c.Listen.MQTT, c.Listen.HTTP = "127.0.0.1:0", "127.0.0.1:0"
	s, err := service.Open(t.Context(), d, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	// The socket is bound since Open; the first answer waits for Run.
	order("gw-2")
	if out, err := notary(t, "gateway", "list", "--data", dir); err != nil || !strings.Contains(out, "No gateway yet") {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := notary(t, "gateway", "revoke", "--data", dir, "--gateway", "0123", "--reason", "stolen"); err == nil || !strings.Contains(err.Error(), "fits 0 gateways") {
		t.Errorf("an unknown gateway was revoked: %v", err)
	}
	if _, err := notary(t, "gateway", "enrol", "--data", dir, "--site", "North", "--gateway", "x"); err == nil || !strings.Contains(err.Error(), "lower-case") {
		t.Errorf("a wrong id: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	order("gw-3")
	if _, err := notary(t, "gateway", "list", "--data", t.TempDir()); err == nil || !strings.Contains(err.Error(), "init") {
		t.Errorf("a folder without notary: %v", err)
	}
}
