package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"fieldseal/notary/store"
)

// tiles serves C2SP tlog-tiles. A full tile never changes, nor does a partial
// one of a given width; the checkpoint always may.
func (a *API) tiles(m *http.ServeMux) {
	m.HandleFunc("GET /checkpoint", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Write(a.Log.Head().Note)
	})
	m.HandleFunc("GET /tile/entries/{path...}", func(w http.ResponseWriter, r *http.Request) {
		index, width, ok := parseTile(r.PathValue("path"))
		if !ok {
			notFound(w, r)
			return
		}
		b, err := a.Log.Bundle(index, width)
		a.tile(w, b, err)
	})
	m.HandleFunc("GET /tile/{level}/{path...}", func(w http.ResponseWriter, r *http.Request) {
		level, err := strconv.ParseUint(r.PathValue("level"), 10, 6)
		index, width, ok := parseTile(r.PathValue("path"))
		if err != nil || strconv.FormatUint(level, 10) != r.PathValue("level") || !ok {
			notFound(w, r)
			return
		}
		b, err := a.Log.Tile(uint8(level), index, width)
		a.tile(w, b, err)
	})
}

func (a *API) tile(w http.ResponseWriter, b []byte, err error) {
	switch {
	case errors.Is(err, store.ErrNotFound):
		problem(w, http.StatusNotFound, "the newest checkpoint does not cover this tile", "read /checkpoint first")
	case err != nil:
		a.Logger.Error("tile", "error", err)
		problem(w, http.StatusInternalServerError, "the tile could not be read", "the notary's own log says more")
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "public, max-age=604800, immutable")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Write(b)
	}
}

// parseTile reads x001/x234/067 or x001/x234/067.p/8: groups of three digits, all
// but the last with an x, and the width of a partial tile.
func parseTile(path string) (index uint64, width int, ok bool) {
	width = 256
	if head, w, partial := strings.Cut(path, ".p/"); partial {
		n, err := strconv.ParseUint(w, 10, 8)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != w {
			return 0, 0, false
		}
		path, width = head, int(n)
	}
	groups := strings.Split(path, "/")
	if len(groups) > 7 {
		return 0, 0, false
	}
	for i, g := range groups {
		digits, more := strings.CutPrefix(g, "x")
		if more == (i == len(groups)-1) || len(digits) != 3 {
			return 0, 0, false
		}
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || strings.Trim(digits, "0123456789") != "" || i == 0 && len(groups) > 1 && n == 0 {
			return 0, 0, false
		}
		if index > (1<<63)/1000 {
			return 0, 0, false
		}
		index = index*1000 + n
	}
	return index, width, true
}
