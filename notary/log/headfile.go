package log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeHead puts a signed checkpoint in a file: whole or not at all, synced.
func writeHead(path string, note []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(note)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil // the rename stands; only its durability is the file system's own affair
	}
	defer d.Close()
	if e := d.Sync(); e != nil {
		return fmt.Errorf("sync folder: %w", e)
	}
	return nil
}
