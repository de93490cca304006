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
	"time"

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
	for _, c := range []struct {
		what, ask string
		status    int
		span      string
		body      string
	}{
		{"from a place on", "bytes=8-", 206, "bytes 8-24/25", "and what it holds"},
		{"the last bytes", "bytes=-5", 206, "bytes 20-24/25", "holds"},
		{"more than there is", "bytes=20-16383", 206, "bytes 20-24/25", "holds"},
		{"the whole", "", 200, "", "PMTiles\x03and what it holds"},
		{"another unit, which is ignored", "tiles=1-2", 200, "", "PMTiles\x03and what it holds"},
		{"behind the end", "bytes=25-30", 416, "bytes */25", ""},
		{"backwards", "bytes=9-8", 416, "", ""},
	} {
		r := ask(h(next), "GET", web.TilesPath, "Range", c.ask)
		body := text(t, r)
		if r.StatusCode != c.status || r.Header.Get("Content-Range") != c.span || c.status != 416 && body != c.body {
			t.Errorf("%s: %s, %q, %q", c.what, r.Status, r.Header.Get("Content-Range"), body)
		}
		if r.Header.Get("Content-Encoding") != "" || c.status != 416 && (r.Header.Get("Accept-Ranges") != "bytes" || r.Header.Get("Content-Type") != "application/vnd.pmtiles") {
			t.Errorf("%s: %v", c.what, r.Header)
		}
	}
	if r := ask(h(next), "HEAD", web.TilesPath); r.StatusCode != 200 || r.Header.Get("Content-Length") != "25" || text(t, r) != "" {
		t.Errorf("HEAD: %s %v", r.Status, r.Header)
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

// A map is read piece by piece. Of a file that was exchanged between, no piece is given
// out as one of the old.
func TestAPieceOfAnExchangedMapIsNoPieceOfTheOldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "district.pmtiles")
	put := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	made := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	put("PMTiles\x03the old map", made)
	tiles, err := web.OpenTiles(path)
	if err != nil {
		t.Fatal(err)
	}
	page, err := web.Handler(fstest.MapFS{"index.html": {Data: []byte("page")}}, tiles)
	if err != nil {
		t.Fatal(err)
	}
	h := page(next)
	first := ask(h, "GET", web.TilesPath, "Range", "bytes=8-10")
	tag, modified := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	if !strings.HasPrefix(tag, `"`) {
		t.Fatalf("tag %q is none that If-Range may name", tag)
	}
	is := func(what string, status int, body string, headers ...string) {
		t.Helper()
		r := ask(h, "GET", web.TilesPath, headers...)
		if got := text(t, r); r.StatusCode != status || got != body {
			t.Errorf("%s: %s %q, want %d %q", what, r.Status, got, status, body)
		}
	}
	is("the same file, by its tag", 206, "old", "Range", "bytes=12-14", "If-Range", tag)
	is("the same file, by its time", 206, "old", "Range", "bytes=12-14", "If-Range", modified)
	is("what is known", 304, "", "If-None-Match", tag)
	is("a weak tag names no bytes", 200, "PMTiles\x03the old map", "Range", "bytes=12-14", "If-Range", "W/"+tag)

	// As long as the old one, and of the same second.
	put("PMTiles\x03the new map", made.Add(time.Millisecond))
	is("an exchanged file, by the old tag", 200, "PMTiles\x03the new map", "Range", "bytes=12-14", "If-Range", tag)
	is("an exchanged file, wanted as the old one", 412, "", "Range", "bytes=12-14", "If-Match", tag)
	r := ask(h, "GET", web.TilesPath, "Range", "bytes=12-14")
	if now := r.Header.Get("ETag"); text(t, r) != "new" || now == tag {
		t.Errorf("the new file: %s %s, before %s", r.Status, now, tag)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	r = ask(h, "GET", web.TilesPath, "Range", "bytes=12-14")
	if body := text(t, r); r.StatusCode != 500 || !strings.Contains(body, "the map cannot be read") || strings.Contains(body, path) {
		t.Errorf("a file that is gone: %s %q", r.Status, body)
	}
}
