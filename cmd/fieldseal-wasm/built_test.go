package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fieldseal/internal/peers"
)

// maxPacked is what a phone may have to load, gzip of the whole verifier, in bytes.
const maxPacked = 3_500_000

// build makes the verifier as `make page` does.
func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "fieldseal.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return out
}

func packedSize(t *testing.T, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Len()
}

// task is one line of the list that testdata/judge.mjs works through.
type task struct {
	File   string `json:"file"`
	Trust  string `json:"trust"` // "": none
	Now    int64  `json:"now"`
	Offset int    `json:"offset"`
}

// inNode has the built verifier judge files, as a page's Worker would.
func inNode(t *testing.T, node, wasm string, tasks []task) (answers []json.RawMessage, millis []float64) {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(tasks)
	if err != nil {
		t.Fatal(err)
	}
	listed := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(listed, list, 0o600); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js")
	var failed bytes.Buffer
	cmd := exec.CommandContext(t.Context(), node, "testdata/judge.mjs", exe, wasm, listed)
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, failed.String())
	}
	d := json.NewDecoder(bytes.NewReader(out))
	for d.More() {
		var line struct {
			MS     float64 `json:"ms"`
			Answer struct {
				OK    json.RawMessage `json:"ok"`
				Error string          `json:"error"`
			} `json:"answer"`
		}
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Answer.Error != "" {
			t.Fatalf("%s: %s", tasks[len(answers)].File, line.Answer.Error)
		}
		answers, millis = append(answers, line.Answer.OK), append(millis, line.MS)
	}
	if len(answers) != len(tasks) {
		t.Fatalf("%d answers to %d files", len(answers), len(tasks))
	}
	return answers, millis
}

// TestTheBrowsersVerifierSaysWhatTheTerminalSays builds the verifier for browsers,
// holds it to its size, and compares its answers with the terminal's on recorded
// files of every kind of instrument, on made ones, and on each of them spoiled.
func TestTheBrowsersVerifierSaysWhatTheTerminalSays(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("this is the browser's side")
	}
	if testing.Short() {
		t.Skip("builds a WebAssembly program")
	}
	node := peers.Need(t, peers.Node)[0]
	wasm := build(t)
	size := packedSize(t, wasm)
	t.Logf("the verifier for browsers is %d bytes in gzip", size)
	if size > maxPacked {
		t.Errorf("above the %d bytes that a phone may have to load: see what evidence began to import", maxPacked)
	}
	samples := agreed(t)
	tasks := make([]task, len(samples))
	for i, s := range samples {
		tasks[i] = s.task
	}
	answers, millis := inNode(t, node, wasm, tasks)
	worst := 0.0
	seen := map[string]int{}
	for i, s := range samples {
		got := decoded(t, answers[i])
		compare(t, s, got)
		seen[got.Verdict]++
		if i > 0 { // the first call is the slower for it
			worst = max(worst, millis[i])
		}
	}
	for _, v := range []string{"genuine", "altered", "uncheckable", "pending"} {
		if seen[v] == 0 {
			t.Errorf("no file is %s: the comparison would miss it", v)
		}
	}
	t.Logf("%d files: %v; the slowest took %.0f ms in Node", len(samples), seen, worst)
}
