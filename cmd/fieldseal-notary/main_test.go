package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/internal/command"
	"fieldseal/notary/service"
)

// call runs a command line and gives its exit code and what it printed.
func call(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	root := newRoot()
	root.SetOut(&b)
	root.SetErr(&b)
	code = command.Execute(t.Context(), root, args)
	return code, b.String()
}

func TestUsageErrorsExit64(t *testing.T) {
	for _, args := range [][]string{
		{"run"}, {"init", "--data", "x"}, {"log", "export", "--data", "x"}, {"nonsense"}, {"run", "--data", "x", "--nonsense"},
		{"run", "--data", "x", "surplus"}, {"gateway", "list"}, {"gateway", "list", "--data", "x", "--notary", "y"}, {"init", "--data", "x", "--origin", "y", "--chain-depth", "many"},
	} {
		if code, out := call(t, args...); code != command.Usage || !strings.Contains(out, "--help") {
			t.Errorf("%q: exit code %d, %q", args, code, out)
		}
	}
}

func TestInitThenExport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "notary")
	if code, out := call(t, "run", "--data", dir); code != command.Failed || !strings.Contains(out, "fieldseal-notary init") {
		t.Fatalf("run without init: exit code %d, %q", code, out)
	}
	if code, out := call(t, "init", "--data", dir, "--origin", "Not An Origin"); code != command.Failed {
		t.Fatalf("exit code %d, %q", code, out)
	}
	if code, out := call(t, "init", "--data", dir, "--origin", "log.example/cmd"); code != 0 || !strings.Contains(out, "Next: fieldseal-notary run --data") {
		t.Fatalf("exit code %d, %q", code, out)
	}
	if code, out := call(t, "init", "--data", dir, "--origin", "log.example/cmd"); code != command.Failed {
		t.Fatalf("a second init: exit code %d, %q", code, out)
	}
	if code, out := call(t, "log", "check", "--data", dir); code != 0 || !strings.HasPrefix(out, "1 entries of log.example/cmd") {
		t.Fatalf("exit code %d, %q", code, out)
	}
	out := filepath.Join(t.TempDir(), "out")
	if code, text := call(t, "log", "export", "--data", dir, "--out", out); code != 0 || !strings.Contains(text, "1 entries of log.example/cmd") {
		t.Fatalf("exit code %d, %q", code, text)
	}
}

func TestLogCheckKnowsAnOldCopy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "notary")
	if code, out := call(t, "init", "--data", dir, "--origin", "log.example/cmd"); code != 0 {
		t.Fatalf("exit code %d, %q", code, out)
	}
	old := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(old, os.DirFS(filepath.Join(dir, "store"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := service.DefaultConfig()
	c.Listen.MQTT, c.Listen.HTTP, c.Log.CheckpointEvery = "127.0.0.1:0", "127.0.0.1:0", time.Millisecond
	s, err := service.Open(ctx, service.Folder(dir), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	if _, err := s.Log.WaitSigned(ctx, 1); err != nil { // the first status list
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if code, out := call(t, "log", "check", "--data", dir); code != 0 {
		t.Fatalf("exit code %d, %q", code, out)
	}
	if err := os.RemoveAll(filepath.Join(dir, "store")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "store"), os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	if code, out := call(t, "log", "check", "--data", dir); code != command.Failed || !strings.Contains(out, "old copy") {
		t.Fatalf("exit code %d, %q", code, out)
	}
}
