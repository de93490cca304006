//go:build peers

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fieldseal/internal/consortium"
	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/notary/chain"
)

// TestTheCeremonyOfTheDocsWorks runs the commands of docs/consortium.md, as they stand
// there and in their order, on four sealers.
func TestTheCeremonyOfTheDocsWorks(t *testing.T) {
	geth := peers.Need(t, peers.Geth)[0]
	root, err := peers.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "consortium.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, m := range regexp.MustCompile("(?s)<!-- ceremony: (\\w+) -->\n```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks[m[1]] = strings.Split(strings.TrimSpace(m[2]), "\n")
	}
	dir := t.TempDir()
	s := &stage{}
	env := map[string]string{}
	run := func(block string) (out string) {
		t.Helper()
		if len(blocks[block]) == 0 {
			t.Fatalf("docs/consortium.md has no block %q", block)
		}
		for _, line := range blocks[block] {
			cmd := exec.CommandContext(t.Context(), "bash", "-c", line)
			cmd.Dir, cmd.Env = dir, []string{"PATH=" + binaries + ":" + os.Getenv("PATH")}
			for k, v := range env {
				cmd.Env = append(cmd.Env, k+"="+v)
			}
			var b []byte
			var err error
			if s.net == nil {
				b, err = cmd.CombinedOutput()
			} else {
				s.net.Tended(t.Context(), t.Logf, func() { b, err = cmd.CombinedOutput() })
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", line, err, b)
			}
			for name, key := range map[string]string{"GOVERNANCE": "governance", "ANCHORS": "anchors", "PROPOSAL": "proposed", "WRITER": "writer", "REGISTRY": "registry", "GRANT": "grant"} {
				if m := regexp.MustCompile(`(?m)^` + key + `\s+([0-9a-fx]+)`).FindStringSubmatch(string(b)); m != nil {
					env[name] = m[1]
				}
			}
			// What an issuer reads aloud to the others.
			if m := regexp.MustCompile(`--issuer-key (\w+)\.issuer\.key`).FindStringSubmatch(line); m != nil && strings.HasPrefix(string(b), "ed25519:") {
				env[strings.ToUpper(m[1])+"_ISSUER"], _, _ = strings.Cut(string(b), "\n")
			}
			out += string(b)
		}
		return out
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var funded [][20]byte
	yaml := "version: 1\nthreshold: 3\nperiod: 168h\norganisations:\n"
	for i, name := range []string{"city", "builder", "watch", "court", "deployer", "notary"} {
		write(name+".pass", "of "+name+"\n")
		if name == "notary" {
			continue // init makes it
		}
		if name == "city" {
			run("city") // with the work that a real passphrase is worth
		} else if _, err := chain.NewKeystore(filepath.Join(dir, name+".json"), filepath.Join(dir, name+".pass"), nil, true); err != nil {
			t.Fatal(err)
		}
		a, err := chain.KeySource{File: filepath.Join(dir, name+".json"), Passphrase: filepath.Join(dir, name+".pass")}.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if funded = append(funded, a.Address()); i < 4 {
			yaml += fmt.Sprintf("  - {name: %s, key: \"0x%x\"}\n", name, a.Address())
		}
	}
	write("organisations.yaml", yaml)
	w, err := consortium.New(geth, filepath.Join(dir, "net"), 4, 1, funded...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	s.net = w
	s.blocks(t, 0)
	env["RPC"] = w.Sealers[0].URL
	run("found")
	if out := run("list"); !strings.Contains(out, "A decision needs weight 3.") || !strings.Contains(out, "court") {
		t.Fatal(out)
	}
	if out := run("join"); !strings.Contains(out, "wait until the organisations have registered the log") {
		t.Fatal(out)
	}
	if out := run("decide"); !strings.Contains(out, "Register the log log.example.org/yard. Only the account "+env["WRITER"]) || !strings.Contains(out, "Nothing was approved") {
		t.Fatal(out)
	}
	env["CITY"] = fmt.Sprintf("0x%x", funded[0])
	env["SITE"], env["DEPARTMENT"], env["READER"] = strings.Repeat("3e", 16), strings.Repeat("d0", 16), strings.Repeat("7f", 32)
	if out := run("register"); !strings.Contains(out, "may write in the register: sites.") || !strings.Contains(out, "The site "+env["SITE"]+" belongs to the department "+env["DEPARTMENT"]+" since ") {
		t.Fatal(out)
	}
	if out := run("share"); !strings.Contains(out, "It stands.") || !strings.Contains(out, "is taken back") {
		t.Fatal(out)
	}
	var sealing []string
	for _, x := range w.Sealers {
		sealing = append(sealing, fmt.Sprintf("\"0x%x\"", x.Address))
	}
	r := newRig(t)
	if err := os.Rename(filepath.Join(dir, "notary"), r.NotaryDir()); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(r.NotaryDir(), filepath.Join(dir, "notary")); err != nil {
		t.Fatal(err)
	}
	if err := r.Settle(t.Context(), fmt.Sprintf("  passphrase: %s\n  depth: 3\n  anchor_every: 5s\n  profile: clique\n  validators:\n    - from: 1\n      accounts: [%s]\n",
		filepath.Join(dir, "notary.pass"), strings.Join(sealing, ", "))); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	env["NOTARY"] = "https://" + r.HTTP
	if out := run("cosign"); !strings.Contains(out, "Cosigned size ") && !strings.Contains(out, "Nothing waits") {
		t.Fatal(out)
	}
	env["CITY_VALIDATOR"] = fmt.Sprintf("0x%x", w.Sealers[0].Address)
	issued := run("trust")
	for _, want := range []string{"signed       by 2 of 2 issuers, 2 needed", "log          log.example.org/yard", "profile clique", "City", strings.TrimPrefix(env["ANCHORS"], "0x"), env["CITY_ISSUER"]} {
		if !strings.Contains(issued, want) {
			t.Errorf("the trust file says nothing of %q:\n%s", want, issued)
		}
	}
	if out := run("update"); !strings.Contains(out, "builder") || !strings.Contains(out, "version 2") {
		t.Fatal(out)
	}
	if err := notary.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(notary)
	if out := run("successor"); !strings.Contains(out, "log.example.org/yard ends with") || !strings.Contains(out, "succeeds   log.example.org/yard") {
		t.Fatal(out)
	}
}
