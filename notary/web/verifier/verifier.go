package verifier

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// ErrMissing says that this binary was built without the page.
var ErrMissing = errors.New("this fieldseal was built without verify.html: build it by `make` (which needs Node and npm), or take a released binary")

// HTML gives the whole file.
func HTML() ([]byte, error) {
	if len(packed) == 0 {
		return nil, ErrMissing
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("verify.html: %w", err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("verify.html: %w", err)
	}
	return b, nil
}
