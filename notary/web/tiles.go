package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"
)

// TilesPath is where the page asks for a map to draw on.
const TilesPath = "/map/tiles.pmtiles"

// pmtiles begins a file of version 3, the one there is.
var pmtiles = []byte("PMTiles\x03")

// Tiles is a map that the operator put beside the notary as a PMTiles file. It is
// no content of ours: anyone may load it.
type Tiles struct{ path string }

// OpenTiles looks at the file; an empty path is none.
func OpenTiles(path string) (*Tiles, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("page.tiles: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(pmtiles))
	if _, err := io.ReadFull(f, head); err != nil || !bytes.Equal(head, pmtiles) {
		return nil, fmt.Errorf("page.tiles: %s is no PMTiles file of version 3: make one with the pmtiles command", path)
	}
	return &Tiles{path}, nil
}

// serve answers ranges of the file; without one it says that there is none, which
// is not an error.
func (t *Tiles) serve(w http.ResponseWriter, r *http.Request) {
	if t == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	f, err := os.Open(t.path)
	if err != nil {
		// Where the file lies is nobody's business.
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		http.Error(w, "the map cannot be read: "+err.Error(), http.StatusInternalServerError)
		return
	}
	defer f.Close()
	var changed time.Time
	if i, err := f.Stat(); err == nil {
		changed = i.ModTime()
		w.Header().Set("ETag", etag(fmt.Appendf(nil, "%d %d", i.Size(), changed.UnixNano())))
	}
	w.Header().Set("Content-Type", "application/vnd.pmtiles")
	w.Header().Set("Cache-Control", "no-cache")
	if !strings.HasPrefix(r.Header.Get("Range"), "bytes=") {
		r.Header.Del("Range") // of another unit, it is to be ignored (RFC 9110 §14.2)
	}
	http.ServeContent(w, r, "", changed, f)
}
