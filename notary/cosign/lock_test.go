package cosign

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestOneProcessCosignsByAStateFile(t *testing.T) {
	state := filepath.Join(t.TempDir(), "cosigned")
	free, err := Lock(state)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(state); !errors.Is(err, ErrBusy) {
		t.Errorf("a second: %v", err)
	}
	if other, err := Lock(state + "-of-another-log"); err != nil {
		t.Error(err)
	} else if err := other(); err != nil {
		t.Error(err)
	}
	if err := free(); err != nil {
		t.Fatal(err)
	}
	again, err := Lock(state)
	if err != nil {
		t.Fatalf("after the first ended: %v", err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}
