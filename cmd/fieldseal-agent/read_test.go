//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/internal/command"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

// serveRooms puts two transmitters on a pseudo-terminal and returns its path.
func serveRooms(t *testing.T, dir string) string {
	t.Helper()
	p, err := line.NewPTY(filepath.Join(dir, "tty"))
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	image := func(unit, _ byte, _, _ uint16) ([]uint16, byte) {
		return []uint16{705, 0xFF00 + uint16(unit)}, 0
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() { defer close(served); _ = device.New(1, image, 1, 7).ServeLine(ctx, p.Slave()) }()
	t.Cleanup(func() { stop(); <-served; p.Close() })
	return p.Path()
}

func siteFile(t *testing.T, dir, tty string, units ...int) string {
	t.Helper()
	text := fmt.Sprintf("version: 1\nsite: {id: cold}\ngateway: {id: gw, data: %s}\nbuses:\n  - {id: rooms, kind: serial, path: %s, baud: 9600, timeout: 100ms, quiet: 50ms}\ndevices:\n", dir, tty)
	for _, u := range units {
		text += fmt.Sprintf("  - {id: room-%d, bus: rooms, unit: %d, profile: coldroom/rs-ws}\n", u, u)
	}
	file := filepath.Join(dir, "site.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// command runs the agent's command line and returns exit code and output.
func call(t *testing.T, args ...string) (int, string) {
	t.Helper()
	out := &bytes.Buffer{}
	root := newRoot()
	root.SetOut(out)
	root.SetErr(out)
	code := command.Execute(t.Context(), root, args)
	return code, out.String()
}

func TestReadExitsBySuccess(t *testing.T) {
	dir := t.TempDir()
	tty := serveRooms(t, dir)
	code, out := call(t, "read", "--config", siteFile(t, dir, tty, 1, 7))
	if code != 0 || !strings.Contains(out, "70.5 %RH") || !strings.Contains(out, "-25.5 Cel") || !strings.Contains(out, "-24.9 Cel") {
		t.Errorf("two living devices: exit %d\n%s", code, out)
	}
	code, out = call(t, "read", "--config", siteFile(t, dir, tty, 1, 5))
	if code != command.Failed || !strings.Contains(out, "No answer. room-1 answers on this line") || !strings.Contains(out, "1 of 2 not read") {
		t.Errorf("one dead device: exit %d\n%s", code, out)
	}
	code, out = call(t, "read", "--config", siteFile(t, dir, tty, 1, 5), "--device", "room-1")
	if code != 0 || strings.Contains(out, "room-5") {
		t.Errorf("only the living one: exit %d\n%s", code, out)
	}
	code, out = call(t, "read", "--config", siteFile(t, dir, tty, 5), "--scan")
	if code != 0 || !strings.Contains(out, "answers as unit 1 at 9600 8N1; the site file says unit 5 at 9600 8N1") {
		t.Errorf("scan: exit %d\n%s", code, out)
	}
}

func TestWhatIsTypedWronglyExits64(t *testing.T) {
	dir := t.TempDir()
	file := siteFile(t, dir, "/dev/null", 1)
	for _, args := range [][]string{{"read"}, {"check"}, {"read", "--config", file, "--device", "nobody"},
		{"read", "--config", file, "--live", "--scan"}, {"check", "--config", file, "more"}, {"look"}} {
		if code, out := call(t, args...); code != command.Usage {
			t.Errorf("%v: exit %d\n%s", args, code, out)
		}
	}
}

func TestCheckSaysWhatToTypeNext(t *testing.T) {
	dir := t.TempDir()
	file := siteFile(t, dir, "/dev/ttyUSB0", 1, 7)
	code, out := call(t, "check", "--config", file)
	if code != 0 || !strings.Contains(out, "Next: fieldseal-agent read --config "+file) || strings.Contains(out, "\x1b") {
		t.Errorf("exit %d\n%s", code, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte("unit: 7"), []byte("unit: 1"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out = call(t, "check", "--config", file); code != command.Failed || !strings.Contains(out, file+":8: device room-7: unit 1 of bus \"rooms\" is device room-1 in line 7 already") {
		t.Errorf("exit %d\n%s", code, out)
	}
}
