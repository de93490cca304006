package main

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/internal/command"
)

func TestTheSampleUnitStartsWhatThereIs(t *testing.T) {
	raw, err := os.ReadFile("../../firmware-config/gateway/fieldseal-agent.service")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for _, l := range strings.Split(string(raw), "\n") {
		if k, v, ok := strings.Cut(l, "="); ok && !strings.HasPrefix(l, "#") {
			keys[k] = v
		}
	}
	args := strings.Fields(keys["ExecStart"])
	if len(args) == 0 || path.Base(args[0]) != newRoot().Name() {
		t.Fatalf("it starts %q", args)
	}
	cmd, rest, err := newRoot().Find(args[1:])
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s does not take %q: %v", cmd.Name(), rest, err)
	}
	// The agent says READY=1 and feeds the watchdog, which only this type hears.
	if keys["Type"] != "notify" || keys["WatchdogSec"] == "" || keys["RestartPreventExitStatus"] != "64" || command.Usage != 64 {
		t.Errorf("the unit says %q", keys)
	}
}

func TestASecretOutlivesARestart(t *testing.T) {
	name := filepath.Join(t.TempDir(), "jt808.secret")
	first, err := keptSecret(name)
	if err != nil || len(first) != 32 {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	if again, err := keptSecret(name); err != nil || !bytes.Equal(again, first) {
		t.Errorf("another one after a restart: %v", err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(name, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keptSecret(name); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("%v", err)
	}
}
