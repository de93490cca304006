package anchor

import (
	"errors"
	"fmt"
)

// Every error of this package wraps one of these.
var (
	// ErrMalformed: the bytes are no proof at all, whatever they claim.
	ErrMalformed = errors.New("malformed")
	// ErrAltered: well-formed, but it does not prove what it claims.
	ErrAltered = errors.New("altered")
	// ErrUncheckable: what the verifier was told to believe does not reach
	// this proof: another key, chain or contract, or an unknown profile.
	ErrUncheckable = errors.New("uncheckable")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func altered(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAltered, fmt.Sprintf(format, args...))
}

func uncheckable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUncheckable, fmt.Sprintf(format, args...))
}
