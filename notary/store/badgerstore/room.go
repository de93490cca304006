package badgerstore

import (
	"fmt"
	"os"
	"syscall"

	"fieldseal/notary/store"
)

// Badger maps its files into memory, and a page that the disk has no room for
// ends the process with SIGBUS instead of an error. So a notary takes nothing new
// before that, and what is left is for checkpoints, anchors and compaction.
const (
	Reserve      = 128 << 20 // bytes that must be free for something new
	StartReserve = 32 << 20  // and for opening the store
)

// Room reports whether the disk of a folder has need bytes free; if not, the
// error wraps store.ErrFull.
func Room(dir string, need uint64) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	if free := s.Bavail * uint64(s.Bsize); free < need {
		return fmt.Errorf("%w: %s has %d MB free, the notary needs %d MB; make room there", store.ErrFull, dir, free>>20, need>>20)
	}
	return nil
}
