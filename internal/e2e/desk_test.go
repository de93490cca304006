//go:build peers

package e2e

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rsc.io/qr"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

// TestTheInspectorsDesk has a real Chromium verify recorded evidence on the desk of
// a real notary, the network on and cut, and on verify.html opened from disk:
// desk/desk.test.mjs says what it must find. Screenshots are kept in bin/screens.
func TestTheInspectorsDesk(t *testing.T) {
	found := peers.Need(t, peers.Node, peers.Chromium, peers.Playwright, peers.Page)
	root, err := peers.Root()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	ctx := patience(t, 8*time.Minute)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// A site that reports, to be found from the desk.
	siteFile, _ := play(t, r, site.ColdStore, "1s")
	if err := r.Enrol(ctx, site.ColdStore.ID, "东码头冷库 East quay", siteFile); err != nil {
		t.Fatal(err)
	}
	if _, err := r.StartAgent(site.ColdStore.ID, siteFile); err != nil {
		t.Fatal(err)
	}
	if err := r.Trust(ctx, "test"); err != nil {
		t.Fatal(err)
	}
	samples := filepath.Join(root, "cmd", "fieldseal-wasm", "testdata", "demo")
	offered, err := os.ReadFile(filepath.Join(samples, "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.NotaryDir(), "trust.json"), offered, 0o644); err != nil {
		t.Fatal(err)
	}
	html, code := filepath.Join(r.Dir, "verify.html"), filepath.Join(r.Dir, "code.svg")
	if out, err := r.Output(ctx, "fieldseal", "verifier", "-o", html); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := r.Output(ctx, "fieldseal", "evidence", "code", "--desk", "https://"+r.HTTP+"/desk", "-o", code, filepath.Join(samples, "reading.fseal.json")); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	menu, err := qr.Encode("https://example.com/menu", qr.M)
	if err != nil {
		t.Fatal(err)
	}
	otherCode, trusts := filepath.Join(r.Dir, "menu.png"), filepath.Join(r.Dir, "trusts")
	if err := os.WriteFile(otherCode, menu.PNG(), 0o644); err != nil {
		t.Fatal(err)
	}
	layTrusts(t, trusts, offered)
	// The script cuts the network by ending the notary.
	hand, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path != "/stop" {
			http.NotFound(w, q)
			return
		}
		if err := notary.Stop(rig.Grace); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		r.Forget(notary)
	})}
	go func() { _ = s.Serve(hand) }() // it ends with the listener
	t.Cleanup(func() { _ = s.Close() })

	browse(t, ctx, found, r, "desk/desk.test.mjs", "HAND=http://"+hand.Addr().String(), "SAMPLES="+samples, "TRUST="+r.TrustFile(), "VERIFIER="+html, "CODE="+code, "OTHERCODE="+otherCode,
		"TRUSTS="+trusts, "SCRATCH="+r.Dir, "MEANING="+filepath.Join(root, "notary", "web", "app", "src", "lib", "meaning.ts"), "CERTIFICATE="+fingerprint(t, r.HTTP))
}

// layTrusts writes trust files as inspectors come with: before (it does not know the
// log of the recorded evidence yet), after (its next version, which does), ended, and
// three that nobody can use: a draft, one touched after it was signed, and a torn one.
func layTrusts(t *testing.T, dir string, good []byte) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(dir, 0o755))
	_, key, err := ed25519.GenerateKey(nil)
	must(err)
	signer := cose.Ed25519Signer(key)
	issued := func(name string) *trust.File {
		f, err := trust.Parse(good)
		must(err)
		f.Name, f.Signatures = name, nil
		f.Issuers = []trust.Issuer{{Name: "District office", Key: trust.Key{Key: signer.Public()}}}
		return f
	}
	write := func(name string, f *trust.File, signed bool) []byte {
		t.Helper()
		if signed {
			must(f.Sign(signer))
		}
		text, err := f.Marshal()
		must(err)
		must(os.WriteFile(filepath.Join(dir, name+".json"), text, 0o644))
		return text
	}
	before := issued("North district")
	logs, chains := before.Logs, before.Chains
	before.Logs, before.Chains = nil, nil
	write("before", before, true)
	after := before.Next()
	after.Logs, after.Chains = logs, chains
	write("after", after, true)
	ended := issued("South district")
	ended.From, ended.Until = trust.At(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)), trust.At(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	write("ended", ended, true)
	write("draft", issued("East district"), false)
	whole := write("whole", issued("West district"), true)
	must(os.WriteFile(filepath.Join(dir, "touched.json"), bytes.Replace(whole, []byte("West district"), []byte("Best district"), 1), 0o644))
	must(os.WriteFile(filepath.Join(dir, "torn.json"), whole[:len(whole)/2], 0o644))
}

// fingerprint is how Chromium is told to believe the notary's certificate: a service
// worker is kept for a page of a believed one only.
func fingerprint(t *testing.T, address string) string {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only its key is read
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
