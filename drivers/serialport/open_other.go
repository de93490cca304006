//go:build !linux

package serialport

import (
	"errors"
	"fmt"
)

// Open works on Linux only: gateways run nothing else, and the library below
// needs cgo elsewhere.
func Open(c Config) (Port, error) {
	return nil, fmt.Errorf("serial port %s: %w", c.Path, errors.ErrUnsupported)
}
