package openid

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

func TestWhatAProviderSaysIsCut(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, err := range []error{errors.New(long), &oauth2.RetrieveError{ErrorCode: "e", ErrorDescription: long}} {
		if s := told(err); len(s) > maxTold+len("…") {
			t.Errorf("%d bytes are told", len(s))
		}
	}
	if s := told(errors.New("short")); s != "short" {
		t.Errorf("told %q", s)
	}
}
