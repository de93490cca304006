package accounts

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of access tokens.
const (
	MaxTokens    = 50 // of one account, those that ended not counted
	MaxTokenLife = 366 * 24 * time.Hour
	MaxLabel     = 100 // bytes
	// Tokens that ended are shown for a while, and not for ever.
	endedTokens = 50 // of one account
	endedLife   = 30 * 24 * time.Hour
)

// tokenPrefix makes a token that was published by mistake easy to find.
const tokenPrefix = "fseal_"

// A secret is what a browser or command shows: an id by which it is found, and
// 32 random bytes of which the notary keeps the SHA-256 alone.
type secret struct {
	id  [8]byte
	key [32]byte
}

func newSecret() (s secret, err error) {
	if _, err := rand.Read(s.id[:]); err != nil {
		return s, err
	}
	_, err = rand.Read(s.key[:])
	return s, err
}

func (s *secret) sum() [32]byte { return sha256.Sum256(s.key[:]) }

// token is the secret as an access token: fseal_ID_KEY, both in hex.
func (s *secret) token() string {
	return tokenPrefix + hex.EncodeToString(s.id[:]) + "_" + hex.EncodeToString(s.key[:])
}

func parseToken(text string) (s secret, err error) {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	id, key, cut := strings.Cut(rest, "_")
	if !ok || !cut || len(id) != 2*len(s.id) || len(key) != 2*len(s.key) {
		return s, errors.New("not an access token")
	}
	if _, err := hex.Decode(s.id[:], []byte(id)); err != nil {
		return s, errors.New("not an access token")
	}
	if _, err := hex.Decode(s.key[:], []byte(key)); err != nil || s.token() != text {
		return s, errors.New("not an access token")
	}
	return s, nil
}

// IsToken says whether a bearer's text has the form of an access token.
func IsToken(text string) bool {
	_, err := parseToken(text)
	return err == nil
}

// cookie is the secret as a session's cookie, in unpadded URL-safe base64.
func (s *secret) cookie() string {
	return base64.RawURLEncoding.EncodeToString(append(s.id[:], s.key[:]...))
}

func parseCookie(text string) (s secret, err error) {
	if len(text) != base64.RawURLEncoding.EncodedLen(len(s.id)+len(s.key)) {
		return s, errors.New("not a session's cookie")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return s, errors.New("not a session's cookie")
	}
	copy(s.id[:], b)
	copy(s.key[:], b[len(s.id):])
	return s, nil
}

// csrf is what a page sends beside the cookie, which it cannot read.
func (s *secret) csrf() string {
	sum := sha256.Sum256(append([]byte("fieldseal/csrf/v1"), s.key[:]...))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// TokenSpec is what a new token is asked to be.
type TokenSpec struct {
	Label   string       `json:"label"`
	Limits  []Permission `json:"limits"` // none: all that the account may
	Scope   Scope        `json:"scope"`  // within the account's
	Expires int64        `json:"expires"`
}

// AccessToken is an access token as it may be shown.
type AccessToken struct {
	ID      string       `json:"id"` // 16 hex digits
	Account string       `json:"account"`
	Label   string       `json:"label"`
	Limits  []Permission `json:"limits"`
	Scope   Scope        `json:"scope"`
	Created int64        `json:"created"` // Unix µs
	Expires int64        `json:"expires"`
	Used    int64        `json:"used"`    // to the minute; 0: never
	Revoked int64        `json:"revoked"` // 0: no
}

// alive says whether a token is believed at a time, in µs.
func (t *AccessToken) alive(now int64) bool { return t.Revoked == 0 && now < t.Expires }

// ParsePermission reads RESOURCE:ACTION.
func ParsePermission(s string) (Permission, error) {
	r, a, _ := strings.Cut(s, ":")
	p := Permission{Resource(r), Action(a)}
	if !slices.Contains(Resources(), p.Resource) || !slices.Contains(Actions(), p.Action) {
		return p, fmt.Errorf("permission %q: write RESOURCE:ACTION, such as reading:read; resources are %s; actions are %s", s, list(Resources()), list(Actions()))
	}
	return p, nil
}

func (p Permission) String() string { return string(p.Resource) + ":" + string(p.Action) }
