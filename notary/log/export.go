package log

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Export writes the log under its newest checkpoint as static files (C2SP
// tlog-tiles): checkpoint, tile/…, tile/entries/…, and the verifier key as
// log.vkey. The folder must be empty or not there yet. The checkpoint is written
// last, so that a folder with one is whole.
func (l *Log) Export(dir, vkey string) error {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export log: %w", err)
	}
	if len(files) > 0 {
		return fmt.Errorf("export log: %s is not empty; give a folder of its own", dir)
	}
	head := l.Head()
	write := func(path string, b []byte, err error) error {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, b, 0o644)
		}
		if err != nil {
			return fmt.Errorf("export log: %s: %w", path, err)
		}
		return nil
	}
	for level, n := uint8(0), head.Size; n > 0; level, n = level+1, n>>tileHeight {
		for i := uint64(0); i*tileWidth < n; i++ {
			width := int(min(n-i*tileWidth, tileWidth))
			b, err := l.Tile(level, i, width)
			if err := write(TilePath(strconv.Itoa(int(level)), i, width), b, err); err != nil {
				return err
			}
			if level > 0 {
				continue
			}
			b, err = l.Bundle(i, width)
			if err := write(TilePath("entries", i, width), b, err); err != nil {
				return err
			}
		}
	}
	if err := write("log.vkey", []byte(vkey+"\n"), nil); err != nil {
		return err
	}
	return write("checkpoint", head.Note, nil)
}

// TilePath is a tile's path in C2SP tlog-tiles: level is a number or "entries",
// the index three digits a folder, a partial tile's width at the end.
func TilePath(level string, index uint64, width int) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	path := "tile/" + level + "/" + name
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}
