package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// DefaultReserve is the room that the journal leaves on its disk, in bytes.
// Badger maps its files into memory, and a page that the disk has no room for
// ends the process with SIGBUS instead of an error. So the journal stops before
// that, while what is in memory and a turn of each compactor (about 25 MB) still
// fit.
const DefaultReserve = 64 << 20

// ErrFull says that the disk has too little room for a write. Nothing was
// written and the journal lives: try again when there is room.
var ErrFull = errors.New("the disk is full")

// diskRoom is the room for a process without privileges, in bytes.
func diskRoom(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// taken is what the folder's files take on the disk, in bytes. They are sparse,
// so their length says nothing.
func taken(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if i, err := d.Info(); err == nil {
			if s, ok := i.Sys().(*syscall.Stat_t); ok {
				sum += int64(s.Blocks) * 512
			}
		}
		return nil
	})
	return sum
}

// room reports whether need bytes are free.
func (o *Options) room(need int64) error {
	free, err := o.Room(o.Dir)
	if err != nil {
		return err
	}
	if free < need {
		return fmt.Errorf("%w: %s has %.1f MB free, the journal needs %.1f MB; make room there", ErrFull, o.Dir, float64(free)/1e6, float64(need)/1e6)
	}
	return nil
}

// fit lowers MaxBytes to what the disk can hold, so that the bound bites, with
// its signed gap, before the disk is full.
func (o *Options) fit() error {
	free, err := o.Room(o.Dir)
	if err != nil {
		return err
	}
	if fits := max((free+taken(o.Dir)-2*o.Reserve)/2, 1<<20); fits < o.MaxBytes {
		o.Log.Warn("the disk cannot hold what the journal may take; its bound is lowered", "folder", o.Dir, "max_bytes", o.MaxBytes, "now", fits)
		o.MaxBytes = fits
	}
	return nil
}

// squeeze gives room back that deleted payloads still take, once the disk runs
// short. By itself Badger does that late, and never while nothing is written.
func (j *Journal) squeeze() error {
	if j.opt.NoCompaction || j.deleted.Load() < j.opt.Reserve/16 || j.opt.room(2*j.opt.Reserve) == nil || j.opt.room(j.opt.Reserve/2) != nil {
		return nil
	}
	j.deleted.Store(0)
	if err := j.db.Flatten(1); err != nil {
		return fmt.Errorf("journal: give room back: %w", err)
	}
	return nil
}
