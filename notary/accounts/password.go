package accounts

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Limits of a password, in bytes.
const (
	MinPassword = 12
	MaxPassword = 128
)

// Cost is what a guess costs (argon2id, RFC 9106 §3.1).
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

// DefaultCost is about a tenth of a second and 32 MiB; at most hashers passwords
// are hashed at once, so that signing in costs bounded memory.
var DefaultCost = Cost{Memory: 32 << 10, Passes: 3, Lanes: 1}

const (
	hashers  = 2
	saltSize = 16
	hashSize = 32
)

// The most that a stored hash may ask for: one that asks for more was not written here.
var maxCost = Cost{Memory: 256 << 10, Passes: 16, Lanes: 8}

// stored is a password as it is kept, in the usual text form
// $argon2id$v=19$m=…,t=…,p=…$salt$hash.
type stored struct {
	cost       Cost
	salt, hash []byte
}

func (s *stored) String() string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.cost.Memory, s.cost.Passes, s.cost.Lanes, b.EncodeToString(s.salt), b.EncodeToString(s.hash))
}

// parseStored reads what String writes, and nothing else.
func parseStored(text string) (*stored, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return nil, errors.New("not an argon2id hash of version 19")
	}
	s := &stored{}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &s.cost.Memory, &s.cost.Passes, &s.cost.Lanes); n != 3 || err != nil {
		return nil, errors.New("argon2id hash: its cost cannot be read")
	}
	c := s.cost
	if c.Memory < 8*uint32(c.Lanes) || c.Memory > maxCost.Memory || c.Passes < 1 || c.Passes > maxCost.Passes || c.Lanes < 1 || c.Lanes > maxCost.Lanes {
		return nil, fmt.Errorf("argon2id hash: a cost of %d KiB, %d passes, %d lanes is out of range", c.Memory, c.Passes, c.Lanes)
	}
	var err error
	if s.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(s.salt) != saltSize {
		return nil, errors.New("argon2id hash: salt")
	}
	if s.hash, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(s.hash) != hashSize {
		return nil, errors.New("argon2id hash: hash")
	}
	if s.String() != text {
		return nil, errors.New("argon2id hash: written in another form")
	}
	return s, nil
}

// hasher hashes a few passwords at a time.
type hasher struct {
	cost Cost
	slot chan struct{}
	// decoy is checked where there is no such account, so that the time of an
	// answer does not tell which names there are.
	decoy *stored
}

func newHasher(c Cost) (*hasher, error) {
	h := &hasher{cost: c, slot: make(chan struct{}, hashers)}
	var err error
	h.decoy, err = h.make("a password that nobody has")
	return h, err
}

func (h *hasher) run(password string, salt []byte, c Cost) []byte {
	h.slot <- struct{}{}
	defer func() { <-h.slot }()
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Lanes, hashSize)
}

func (h *hasher) make(password string) (*stored, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	return &stored{h.cost, salt, h.run(password, salt, h.cost)}, nil
}

// fits says whether the password is the one that was stored (nil: none).
func (h *hasher) fits(password string, s *stored) bool {
	if len(password) > MaxPassword {
		password = "" // it cannot be one that was taken
	}
	against := s
	if s == nil {
		against = h.decoy
	}
	same := subtle.ConstantTimeCompare(h.run(password, against.salt, against.cost), against.hash) == 1
	return same && s != nil
}

// checkPassword says what is wrong with a password that a person chose.
func checkPassword(name, password string) error {
	switch {
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: the password is not UTF-8", ErrRequest)
	case len(password) < MinPassword || len(password) > MaxPassword:
		return fmt.Errorf("%w: the password has %d bytes; %d to %d are needed", ErrRequest, len(password), MinPassword, MaxPassword)
	case strings.Contains(strings.ToLower(password), name):
		return fmt.Errorf("%w: the password contains the account's name", ErrRequest)
	case strings.Count(password, password[:1]) == len(password):
		return fmt.Errorf("%w: the password is one letter repeated", ErrRequest)
	}
	return nil
}

// newPassword draws one of 100 bits, in groups that can be read aloud.
func newPassword() (string, error) {
	var b [13]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:20]
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:], nil
}
