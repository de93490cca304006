//go:build !linux

package serialport

import "errors"

// side has nothing to offer outside Linux: no lock, no input count, no RTS.
type side struct{}

func openSide(string) (*side, error) { return &side{}, nil }

func (*side) close() {}

func (*side) flush() {}

func (*side) waiting() (int, error) { return 0, errors.ErrUnsupported }

func (*side) direct(d Direction) error {
	if d == DirectionNone {
		return nil
	}
	return ErrNoDirection
}

func (*side) send(b []byte, write func([]byte) (int, error)) (int, error) { return write(b) }
