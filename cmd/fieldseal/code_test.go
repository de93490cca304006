package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/verify/worldtest"
)

// evidenceFile writes an anchored reading.
func evidenceFile(t *testing.T) (path string, text []byte) {
	t.Helper()
	w := worldtest.New("code")
	g := w.Enrol()
	list := w.StatusList(1)
	b := g.Seal(worldtest.Minute, 10*worldtest.Second)
	w.Admit(b)
	h := w.Checkpoint()
	w.Anchor(h)
	text, err := file.Marshal(w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "reading.fseal.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, text
}

func run(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := newRoot()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err := cmd.Execute()
	return out.String(), err
}

func TestACodeNamesTheFilesDigestBehindTheFragment(t *testing.T) {
	path, text := evidenceFile(t)
	address := fmt.Sprintf("https://notary.example:7411/desk#sha256=%x", sha256.Sum256(text))
	out, err := run("evidence", "code", "--desk", "https://notary.example:7411/desk", path)
	if err != nil || !strings.Contains(out, address) {
		t.Fatalf("%v\n%s", err, out)
	}
	rows := strings.Split(strings.TrimSpace(out), "\n")
	if len(rows) < 20 || !strings.HasPrefix(rows[0], "\x1b[30;107m") {
		t.Errorf("no code is drawn: %q", rows[0])
	}
	picture := filepath.Join(t.TempDir(), "code.svg")
	if _, err := run("evidence", "code", "--desk", "https://notary.example:7411/desk", "-o", picture, path); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(picture)
	if err != nil || !bytes.Contains(svg, []byte(address)) || !bytes.Contains(svg, []byte("<path")) {
		t.Errorf("%v %.80s", err, svg)
	}
	if _, err := run("evidence", "code", "--desk", "https://notary.example:7411/desk", "-o", picture, path); err == nil {
		t.Error("a file was written over")
	}
}

func TestACodeIsDrawnForEvidenceAndARealAddressOnly(t *testing.T) {
	path, _ := evidenceFile(t)
	for _, desk := range []string{"notary.example/desk", "ftp://notary.example/desk", "https://notary.example/desk#x", "https://u:p@notary.example/desk", "https://notary.example/desk?a=1"} {
		if _, err := run("evidence", "code", "--desk", desk, path); err == nil || !strings.Contains(err.Error(), "--desk") {
			t.Errorf("%s: %v", desk, err)
		}
	}
	other := filepath.Join(t.TempDir(), "x.json")
	if err := os.WriteFile(other, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run("evidence", "code", "--desk", "https://notary.example/desk", other); err == nil {
		t.Error("a code was drawn for what is no evidence")
	}
}

func TestVerifierWithoutThePageSaysHowToGetIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "verify.html")
	out, err := run("verifier", "-o", path)
	if err == nil {
		// Built with the page: the whole file is there.
		b, err := os.ReadFile(path)
		if err != nil || !bytes.HasSuffix(bytes.TrimSpace(b), []byte("</html>")) || !strings.Contains(out, "SHA-256") {
			t.Errorf("%v, %d bytes, %s", err, len(b), out)
		}
		return
	}
	if !strings.Contains(err.Error(), "make") {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written all the same")
	}
}
