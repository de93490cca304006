package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"fieldseal/notary/web"
)

const script = "export const name = 'fieldseal'\n"

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// page is a built page: a packed script without its plain form, as pack.mjs leaves it.
func page(t *testing.T) http.Handler {
	t.Helper()
	h, err := web.Handler(fstest.MapFS{
		"index.html":                {Data: []byte("<!doctype html><title>page</title>")},
		"icon.svg":                  {Data: []byte("<svg/>")},
		"assets/index-1a2b.js.gz":   {Data: packed(t, script)},
		"assets/index-1a2b.js.br":   {Data: []byte("as brotli")},
		"assets/verifier-77aa.js":   {Data: []byte("worker")},
		"assets/verifier-77aa.wasm": {Data: []byte("\x00asm")},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h(next)
}

var next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "the next one", http.StatusTeapot) })

func ask(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryViewIsThePageAndNothingElseIs(t *testing.T) {
	h := page(t)
	for _, path := range []string{"/", "/site/north-yard", "/point/north-yard/dust-1/pm10?from=1", "/desk", "/sign-in"} {
		if r := ask(h, "GET", path); r.StatusCode != 200 || !strings.Contains(text(t, r), "<title>page") {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	for _, c := range [][2]string{{"GET", "/api/v1/nothing"}, {"GET", "/tile/9/9"}, {"GET", "/assets/gone-1.js"}, {"POST", "/"}, {"DELETE", "/assets/index-1a2b.js"}, {"GET", "/sitemap"}} {
		if r := ask(h, c[0], c[1]); r.StatusCode != http.StatusTeapot {
			t.Errorf("%s %s: %s", c[0], c[1], r.Status)
		}
	}
}

func TestAFileIsServedInTheFormThatIsAskedFor(t *testing.T) {
	h := page(t)
	for _, c := range []struct{ accept, encoding, body string }{
		{"gzip, deflate, br", "br", "as brotli"}, {"br;q=0, gzip", "gzip", string(packed(t, script))}, {"", "", script}, {"identity", "", script},
	} {
		r := ask(h, "GET", "/assets/index-1a2b.js", "Accept-Encoding", c.accept)
		if got := r.Header.Get("Content-Encoding"); got != c.encoding || text(t, r) != c.body {
			t.Errorf("%q: encoding %q", c.accept, got)
		}
		if k := r.Header.Get("Content-Type"); !strings.HasPrefix(k, "text/javascript") {
			t.Errorf("type %q", k)
		}
		if c := r.Header.Get("Cache-Control"); !strings.Contains(c, "immutable") {
			t.Errorf("cache %q", c)
		}
	}
}

func TestWhatIsKnownIsNotSentAgain(t *testing.T) {
	h := page(t)
	seen := map[string]bool{}
	for _, accept := range []string{"", "gzip", "br"} {
		tag := ask(h, "GET", "/assets/index-1a2b.js", "Accept-Encoding", accept).Header.Get("ETag")
		if tag == "" || seen[tag] {
			t.Errorf("accepting %q: tag %q is none, or another form's", accept, tag)
		}
		seen[tag] = true
		r := ask(h, "GET", "/assets/index-1a2b.js", "Accept-Encoding", accept, "If-None-Match", `"x", W/`+tag)
		if r.StatusCode != http.StatusNotModified || text(t, r) != "" {
			t.Errorf("accepting %q: %s", accept, r.Status)
		}
	}
	if r := ask(h, "HEAD", "/"); r.StatusCode != 200 || text(t, r) != "" || r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("HEAD: %s %v", r.Status, r.Header)
	}
}

func TestThePolicyLetsNothingInAndOnlyTheVerifierCompile(t *testing.T) {
	h := page(t)
	for _, path := range []string{"/", "/desk", "/icon.svg", "/assets/index-1a2b.js", "/assets/verifier-77aa.wasm"} {
		p := ask(h, "GET", path).Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "connect-src 'self';", "frame-ancestors 'none'"} {
			if !strings.Contains(p, want) {
				t.Errorf("%s: no %s in %q", path, want, p)
			}
		}
		for _, never := range []string{"unsafe", "http", "*"} {
			if strings.Contains(p, never) {
				t.Errorf("%s: %s in %q", path, never, p)
			}
		}
	}
	if p := ask(h, "GET", "/assets/verifier-77aa.js").Header.Get("Content-Security-Policy"); !strings.Contains(p, "'self' 'wasm-unsafe-eval'") || strings.Contains(p, "'unsafe") {
		t.Errorf("verifier: %q", p)
	}
}

func TestABinaryWithoutThePageSaysSoInBothLanguages(t *testing.T) {
	missing, err := web.Handler(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := missing(next)
	r := ask(h, "GET", "/desk")
	if body := text(t, r); r.StatusCode != 200 || !strings.Contains(body, "built without the page") || !strings.Contains(body, "没有包含页面") || !strings.Contains(body, "<code>make</code>") {
		t.Errorf("%s %s", r.Status, body)
	}
	if p := r.Header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") {
		t.Errorf("policy %q", p)
	}
	if r := ask(h, "GET", "/api/v1/nothing"); r.StatusCode != http.StatusTeapot {
		t.Errorf("API: %s", r.Status)
	}
}

func TestAPageThatIsNotWholeIsRefused(t *testing.T) {
	for name, fs := range map[string]fstest.MapFS{
		"no index":     {"assets/a.js": {Data: []byte("a")}},
		"brotli alone": {"index.html": {Data: []byte("a")}, "assets/a.js.br": {Data: []byte("a")}},
	} {
		if _, err := web.Handler(fs, nil); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAMapOfTheOperatorsIsServedInRanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "district.pmtiles")
	if err := os.WriteFile(path, []byte("PMTiles\x03and what it holds"), 0o600); err != nil {
		t.Fatal(err)
	}
	tiles, err := web.OpenTiles(path)
	if err != nil {
		t.Fatal(err)
	}
	index := fstest.MapFS{"index.html": {Data: []byte("page")}}
	h, err := web.Handler(index, tiles)
	if err != nil {
		t.Fatal(err)
	}
	r := ask(h(next), "GET", web.TilesPath, "Range", "bytes=8-10")
	if r.StatusCode != http.StatusPartialContent || text(t, r) != "and" || r.Header.Get("ETag") == "" {
		t.Errorf("%s %v", r.Status, r.Header)
	}
	if h, err = web.Handler(index, nil); err != nil {
		t.Fatal(err)
	}
	if r := ask(h(next), "GET", web.TilesPath); r.StatusCode != http.StatusNoContent {
		t.Errorf("without a map: %s", r.Status)
	}
	if err := os.WriteFile(path, []byte("SQLite format 3\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".gone"} {
		if _, err := web.OpenTiles(p); err == nil || !strings.Contains(err.Error(), "page.tiles") {
			t.Errorf("%s was taken: %v", p, err)
		}
	}
	if tiles, err := web.OpenTiles(""); tiles != nil || err != nil {
		t.Errorf("no path: %v %v", tiles, err)
	}
}
