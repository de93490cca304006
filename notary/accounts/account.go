package accounts

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// Errors of accounts.
var (
	ErrRequest = errors.New("request")                                // it cannot be understood
	ErrWrong   = errors.New("name or password is wrong")              // which of the two is not said
	ErrSlow    = errors.New("too many attempts")                      // wait
	ErrUnknown = errors.New("there is no such account or token")      // or it is not the asker's to see
	ErrExists  = errors.New("there is such an account already")       //
	ErrBeyond  = errors.New("it reaches beyond your own rights")      //
	ErrMany    = errors.New("there are too many already")             //
	ErrEnded   = errors.New("the session or token is not known here") // ended, revoked, or of another notary
)

// Version of the rows of this package.
const version = 1

// MaxAccounts bounds the accounts of a notary.
const MaxAccounts = 10_000

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.@_-]{0,99}$`)

// CheckName holds a name of an account to its form.
func CheckName(s string) error {
	if !nameForm.MatchString(s) {
		return fmt.Errorf("%w: account name %q: 1 to 100 lower-case letters, digits and . @ _ -, beginning with a letter or digit", ErrRequest, s)
	}
	return nil
}

// User is an account as it may be shown.
type User struct {
	Name       string `json:"name"`
	Role       Role   `json:"role"`
	Scope      Scope  `json:"scope"`
	Disabled   bool   `json:"disabled"`
	MustChange bool   `json:"must_change"`       // the password, at the next sign-in
	Subject    string `json:"subject,omitempty"` // issuer and subject of an OpenID provider; such an account has no password
	Left       bool   `json:"left,omitempty"`    // the provider gave no role at the last sign-in; the next that gives one lets in again
	Created    int64  `json:"created"`           // Unix µs
	SignedIn   int64  `json:"signed_in"`         // last; 0: never
	// Reader is what permissions in the chain's register call the account: 32 random
	// bytes in hex, so that the chain names nobody.
	Reader string `json:"reader,omitempty"`
}

// newReader draws what permissions call an account.
func newReader() (string, error) {
	var b [32]byte
	_, err := rand.Read(b[:])
	return hex.EncodeToString(b[:]), err
}

func (u *User) reader() (k [32]byte) {
	_, _ = hex.Decode(k[:], []byte(u.Reader)) // drawn here, and held to its form when a row is read
	return k
}

// account is an account as it is stored.
type account struct {
	Version int `json:"v"`
	User
	Password string `json:"password,omitempty"` // argon2id; empty: none

	stored *stored // Password, parsed
}

func accountKey(name string) []byte { return append([]byte("a"), name...) }
func sessionKey(id string) []byte   { return append([]byte("s"), id...) }
func tokenKey(id string) []byte     { return append([]byte("t"), id...) }

func parseAccount(b []byte) (*account, error) {
	a := &account{}
	if err := readRow(b, a, &a.Version); err != nil {
		return nil, err
	}
	if b, err := hex.DecodeString(a.Reader); err != nil || a.Reader != "" && len(b) != 32 {
		return nil, fmt.Errorf("reader %q: want 64 hexadecimal digits", a.Reader)
	}
	if a.Password != "" {
		var err error
		if a.stored, err = parseStored(a.Password); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// readRow reads a stored row of this release's version.
func readRow(b []byte, v any, has *int) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if *has != version {
		return fmt.Errorf("version %d; this release reads %d", *has, version)
	}
	return nil
}

// shown is what the audit trail keeps of an account: never a password.
type shown struct {
	Role     Role  `json:"role"`
	Scope    Scope `json:"scope"`
	Disabled bool  `json:"disabled,omitempty"`
	Left     bool  `json:"left,omitempty"`
}

func (a *account) shown() json.RawMessage { return was(shown{a.Role, a.Scope, a.Disabled, a.Left}) }

// Spec is what a new account is to be, or an old one to become.
type Spec struct {
	Name  string `json:"name"`
	Role  Role   `json:"role"`
	Scope Scope  `json:"scope"`
}

// Check says what is wrong with a spec.
func (s *Spec) Check() error {
	if err := CheckName(s.Name); err != nil {
		return err
	}
	if _, err := ParseRole(string(s.Role)); err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if err := s.Scope.check(s.Role); err != nil {
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return nil
}
