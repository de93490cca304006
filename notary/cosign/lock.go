package cosign

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrBusy: another process cosigns by the same state file.
var ErrBusy = errors.New("another process cosigns by this file")

// Lock keeps other processes from a state file, by a lock beside it that ends with
// the process. The file itself is replaced at each signature and cannot carry it.
func Lock(state string) (free func() error, err error) {
	f, err := os.OpenFile(state+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cosigned: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		err = fmt.Errorf("cosigned: lock %s: %w", f.Name(), err)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("cosigned: %s: %w; end it first, or give this log's own file", state, ErrBusy)
		}
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
