package log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeHead puts a signed checkpoint in a file: whole or not at all, synced.
func writeHead(path string, note []byte) (err error) {
	// One name, so that what a crash leaves is written over.
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	_, err = f.Write(note)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(part, path); err != nil {
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
