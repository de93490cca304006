package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// views are the first parts of the page's addresses (app/src/lib/routes.ts): each
// gives the page, which then shows that view. The root is one too.
var views = []string{"", "site", "point", "record", "alarms", "board", "health", "coverage", "search", "desk", "sign-in", "account"}

// immutable is the folder of files whose name holds their digest.
const immutable = "assets/"

//go:embed missing.html
var missing []byte

// A file is one file of the page in the forms that it was packed in.
type file struct {
	plain  []byte // nil where only the packed forms are held
	gzip   []byte
	brotli []byte
	kind   string
	etag   string
}

// Handler serves a page; whatever is not the page's goes to the handler it is
// given. page is a built page (app/pack.mjs lays it out), or nil; tiles may be nil.
func Handler(page fs.FS, tiles *Tiles) (func(next http.Handler) http.Handler, error) {
	if page == nil {
		return func(next http.Handler) http.Handler { return withoutPage(next) }, nil
	}
	files, err := load(page)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	index, ok := files["index.html"]
	if !ok {
		return nil, fmt.Errorf("page: no index.html: build it with make page")
	}
	return func(next http.Handler) http.Handler { return serve(files, index, tiles, next) }, nil
}

// withoutPage says on every view that the page is missing.
func withoutPage(next http.Handler) http.Handler {
	page := file{plain: missing, kind: "text/html; charset=utf-8", etag: etag(missing)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !asksForView(r) {
			next.ServeHTTP(w, r)
			return
		}
		protect(w.Header(), "index.html")
		page.serve(w, r)
	})
}

func serve(files map[string]file, index file, tiles *Tiles, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		f, known := files[name]
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			next.ServeHTTP(w, r)
		case r.URL.Path == TilesPath:
			protect(w.Header(), name)
			tiles.serve(w, r)
		case known && name != "index.html":
			protect(w.Header(), name)
			if strings.HasPrefix(name, immutable) {
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			} else {
				w.Header().Set("Cache-Control", "no-cache")
			}
			f.serve(w, r)
		case asksForView(r):
			protect(w.Header(), "index.html")
			w.Header().Set("Cache-Control", "no-cache")
			index.serve(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// asksForView tells the address of a view from a mistyped one of the API, which
// must stay a 404.
func asksForView(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return slices.Contains(views, first)
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	body, encoding := f.plain, ""
	accepted := accepts(r.Header.Get("Accept-Encoding"))
	switch {
	case f.brotli != nil && accepted["br"]:
		body, encoding = f.brotli, "br"
	case f.gzip != nil && accepted["gzip"]:
		body, encoding = f.gzip, "gzip"
	case body == nil:
		var err error
		if body, err = unpack(f.gzip); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	h := w.Header()
	tag := f.etag
	if encoding != "" {
		tag = strings.TrimSuffix(tag, `"`) + "-" + encoding + `"`
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", tag)
	h.Set("Content-Type", f.kind)
	if slices.Contains(tags(r.Header.Get("If-None-Match")), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		// An error here is the asker's going away.
		_, _ = w.Write(body)
	}
}

// load reads a built page. A packed file lies beside the plain one or in its place.
func load(page fs.FS) (map[string]file, error) {
	files := map[string]file{}
	err := fs.WalkDir(page, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(page, name)
		if err != nil {
			return err
		}
		name, form := strings.TrimSuffix(strings.TrimSuffix(name, ".br"), ".gz"), path.Ext(name)
		f := files[name]
		switch form {
		case ".br":
			f.brotli = body
		case ".gz":
			f.gzip = body
		default:
			f.plain = body
		}
		files[name] = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, f := range files {
		from := f.plain
		if from == nil {
			if from = f.gzip; from == nil {
				return nil, fmt.Errorf("%s is there in brotli alone", name)
			}
		}
		f.kind, f.etag = kind(name), etag(from)
		files[name] = f
	}
	return files, nil
}

// kinds are types that a machine's own table may lack or name otherwise.
var kinds = map[string]string{".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".wasm": "application/wasm",
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json", ".webmanifest": "application/manifest+json"}

func kind(name string) string {
	ext := path.Ext(name)
	if k, ok := kinds[ext]; ok {
		return k
	}
	if k := mime.TypeByExtension(ext); k != "" {
		return k
	}
	return "application/octet-stream"
}

func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func unpack(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// accepts reads Accept-Encoding (RFC 9110 §12.5.3) as far as there is a choice.
func accepts(header string) map[string]bool {
	out := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		q := strings.TrimSpace(params)
		out[strings.ToLower(strings.TrimSpace(name))] = q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return out
}

func tags(header string) (out []string) {
	for part := range strings.SplitSeq(header, ",") {
		out = append(out, strings.TrimPrefix(strings.TrimSpace(part), "W/"))
	}
	return out
}
