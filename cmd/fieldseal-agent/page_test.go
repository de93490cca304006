//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"fieldseal/simulators/line"
)

// blocks are the indented examples of a page, in their order, without their indent.
func blocks(page string) (out []string) {
	var b strings.Builder
	end := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for l := range strings.Lines(page) {
		if text, ok := strings.CutPrefix(l, "       "); ok {
			b.WriteString(text)
		} else if strings.TrimSpace(l) != "" {
			end()
		}
	}
	end()
	return out
}

// TestAnInstrumentIsAddedAsThePageSays follows the four steps of docs/drivers/text.md
// to the letter: it saves what the page shows where the page says, runs the command
// that the page names, and looks at what the instrument prints. No Go is written.
func TestAnInstrumentIsAddedAsThePageSays(t *testing.T) {
	raw, err := os.ReadFile("../../docs/drivers/text.md")
	if err != nil {
		t.Fatal(err)
	}
	_, steps, _ := strings.Cut(string(raw), "## Add an instrument\n")
	steps, _, _ = strings.Cut(steps, "\n| key of a message")
	shown := blocks(steps)
	where := regexp.MustCompile("such as `([^`]+\\.yaml)`").FindStringSubmatch(steps)
	if len(shown) != 2 || where == nil || !strings.Contains(steps, "`fieldseal-agent check`") {
		t.Fatalf("the page shows %d files, the first at %v", len(shown), where)
	}
	dir := t.TempDir()
	profile := filepath.Join(dir, where[1])
	if err := os.MkdirAll(filepath.Dir(profile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(profile, []byte(shown[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	// What the page's lines are named in: the file that the site has already.
	tty := filepath.Join(dir, "tty")
	site := "version: 1\nsite: {id: shop}\ngateway: {id: gw, data: " + dir + "}\nlisten: {health: \"off\"}\n" + strings.Replace(shown[1], "/dev/ttyUSB0", tty, 1)
	file := filepath.Join(dir, "site.yaml")
	if err := os.WriteFile(file, []byte(site), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(ctx context.Context, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		cmd := newRoot()
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(args)
		if err := cmd.ExecuteContext(ctx); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out.String())
		}
		return out.String()
	}
	if out := run(t.Context(), "check", "--config", file); !strings.Contains(out, "The site file is good.") || !strings.Contains(out, "scale-1") {
		t.Errorf("check says:\n%s", out)
	}
	p, err := line.NewPTY(tty)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	defer p.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		for range 10 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(200 * time.Millisecond): // as often as the scale prints
			}
			if _, err := p.Slave().Write([]byte("ST,GS,+  12.34kg\r\n")); err != nil {
				t.Error(err)
				return
			}
		}
		stop()
	}()
	if out := run(ctx, "read", "--live", "--config", file); !strings.Contains(out, "weight 12.34 kg ST") {
		t.Errorf("read --live shows:\n%s", out)
	}
	<-printed
}
