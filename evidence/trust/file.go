package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/jsonx"
)

// Format is the value of the key "format".
const Format = "fieldseal-trust/1"

// MaxFile bounds a trust file, in bytes; MaxList each of its lists.
const (
	MaxFile = 1 << 20
	MaxList = 256
)

// Errors of trust files.
var (
	ErrMalformed = errors.New("not a trust file")
	ErrUnsigned  = errors.New("trust file is not signed by enough of its issuers")
	// ErrTwice: one issuer signs a version once.
	ErrTwice = errors.New("signed twice")
	// ErrSuccession: a version that does not come right after the other.
	ErrSuccession = errors.New("not the next version of this trust file")
)

// File is one version of a trust file. Its lists are in the order their issuers gave.
type File struct {
	Format      string   `json:"format"` // [Format]
	Name        string   `json:"name"`   // for people
	Version     uint64   `json:"version"`
	Predecessor string   `json:"predecessor"` // fingerprint of the version before, hex; empty for version 1
	From        Time     `json:"from"`        // evidence from here on is judged by this version
	Until       Time     `json:"until"`       // and before here
	Issuers     []Issuer `json:"issuers"`
	Threshold   int      `json:"threshold"` // issuers that must sign this version, and believe the next
	Authorities []Signer `json:"authorities"`
	Supervisors []Signer `json:"supervisors"`
	Logs        []Log    `json:"logs"`
	Chains      []Chain  `json:"chains"`
	// Bound is the longest stretch, in seconds, between the lower and the upper
	// bound of a reading's time that needs no remark; above it a verdict says that
	// within it only the gateway's key vouches.
	Bound      uint64      `json:"bound"`
	Signatures []Signature `json:"signatures"`
}

// Issuer may sign trust files.
type Issuer struct {
	Name string `json:"name"`
	Key  Key    `json:"key"`
}

// Signer is an enrolment authority or a supervisor: its key is believed for
// statements whose time lies in its interval.
type Signer struct {
	Name  string `json:"name"`
	Key   Key    `json:"key"`
	From  Time   `json:"from"`
	Until Time   `json:"until"`
}

// Log is a log whose checkpoints are believed, and where it is anchored.
type Log struct {
	Origin    string    `json:"origin"`
	Key       NoteKey   `json:"key"`       // verifier key of its checkpoints
	Witnesses []NoteKey `json:"witnesses"` // verifier keys that may cosign
	Quorum    int       `json:"quorum"`    // witnesses that must have cosigned
	Chain     uint64    `json:"chain"`     // id of the chain
	Contract  Hex20     `json:"contract"`
	CodeHash  Hex32     `json:"code_hash"` // keccak256 of the contract's runtime code
	Interval  uint64    `json:"interval"`  // seconds between anchors, when there is something new
}

// Local is the independence of a chain that the log's operator runs alone.
const Local = "local"

// Signature is one issuer's signature over [File.Message].
type Signature struct {
	Key       Key    `json:"key"`
	Signature []byte `json:"signature"` // 64 bytes
}

// context separates signatures of trust files from all others.
const context = "fieldseal/trust/v1\n"

// Canonical is the file's RFC 8785 form with an empty list of signatures.
func (f *File) Canonical() ([]byte, error) {
	bare := *f
	bare.Signatures = nil
	b, err := jsonx.Encode(&bare)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return b, nil
}

// Message is what issuers sign: "fieldseal/trust/v1", a line end, and [File.Canonical].
func (f *File) Message() ([]byte, error) {
	b, err := f.Canonical()
	return append([]byte(context), b...), err
}

// Fingerprint is the SHA-256 of [File.Canonical], in lower-case hex. Signatures
// do not change it.
func (f *File) Fingerprint() string {
	b, err := f.Canonical()
	if err != nil {
		return ""
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Grouped writes a fingerprint in groups of four digits, as it is read aloud.
func Grouped(fingerprint string) string {
	var g []string
	for ; len(fingerprint) > 4; fingerprint = fingerprint[4:] {
		g = append(g, fingerprint[:4])
	}
	return strings.Join(append(g, fingerprint), " ")
}

// Marshal writes the file for people: indented, signatures included.
func (f *File) Marshal() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return jsonx.Indent(f)
}

func (f *File) check() error {
	switch {
	case f.Format != Format:
		return fmt.Errorf("format %q; this reader knows %q", f.Format, Format)
	case f.Name == "" || len(f.Name) > 128:
		return fmt.Errorf("a name of 1 to 128 bytes is needed")
	case f.Version == 0:
		return fmt.Errorf("versions begin at 1")
	case (f.Predecessor == "") != (f.Version == 1):
		return fmt.Errorf("version 1 has no predecessor, every other has one")
	case f.Until <= f.From:
		return fmt.Errorf("validity ends at %v, before it begins at %v", f.Until, f.From)
	case f.Threshold < 1 || f.Threshold > len(f.Issuers):
		return fmt.Errorf("threshold %d of %d issuers", f.Threshold, len(f.Issuers))
	}
	if p := f.Predecessor; p != "" {
		if b, err := hex.DecodeString(p); err != nil || len(b) != 32 || hex.EncodeToString(b) != p {
			return fmt.Errorf("predecessor %q is not a fingerprint of 64 lower-case hex digits", p)
		}
	}
	for _, n := range [...]int{len(f.Issuers), len(f.Authorities), len(f.Supervisors), len(f.Logs), len(f.Chains), len(f.Signatures)} {
		if n > MaxList {
			return fmt.Errorf("a list of %d items is above the limit of %d", n, MaxList)
		}
	}
	for i, a := range f.Issuers {
		for _, b := range f.Issuers[:i] {
			if a.Key.Equal(b.Key.Key) {
				return fmt.Errorf("issuer %q has the key of %q", a.Name, b.Name)
			}
		}
	}
	for _, s := range append(f.Authorities[:len(f.Authorities):len(f.Authorities)], f.Supervisors...) {
		if s.Until <= s.From {
			return fmt.Errorf("%q: its key's validity ends before it begins", s.Name)
		}
	}
	return f.checkLogs()
}

func (f *File) checkLogs() error {
	chains := map[uint64]bool{}
	for _, c := range f.Chains {
		switch {
		case chains[c.ID]:
			return fmt.Errorf("chain %d is there twice", c.ID)
		case c.Independence != Local && c.Independence != "consortium" && c.Independence != "public":
			return fmt.Errorf("chain %d: independence %q is none of local, consortium, public", c.ID, c.Independence)
		case c.Profile == string(anchor.Embedded) && (c.Independence != Local || len(c.Notes) == 0):
			return fmt.Errorf("chain %d: an embedded chain is local and has note keys", c.ID)
		case c.Profile != string(anchor.Embedded) && len(c.Notes) > 0:
			return fmt.Errorf("chain %d: only an embedded chain has note keys", c.ID)
		}
		for _, k := range c.Notes {
			if checkpoint.Cosigns(k.Verifier) {
				return fmt.Errorf("chain %d: a note key is one of a witness (cosignature/v1)", c.ID)
			}
		}
		if err := errors.Join(c.checkValidators(), c.checkOrganisations()); err != nil {
			return fmt.Errorf("chain %d: %w", c.ID, err)
		}
		chains[c.ID] = true
	}
	origins := map[string]bool{}
	for _, l := range f.Logs {
		switch {
		case l.Origin == "" || origins[l.Origin]:
			return fmt.Errorf("log %q is there twice or has no name", l.Origin)
		case l.Key.Verifier == nil || l.Key.Name() != l.Origin:
			return fmt.Errorf("log %q: its key is named otherwise", l.Origin)
		case checkpoint.Cosigns(l.Key.Verifier):
			return fmt.Errorf("log %q: its key is one of a witness (cosignature/v1), by which no log signs its checkpoints", l.Origin)
		case !chains[l.Chain]:
			return fmt.Errorf("log %q: chain %d is not described", l.Origin, l.Chain)
		case l.Quorum < 0 || l.Quorum > len(l.Witnesses):
			return fmt.Errorf("log %q: quorum %d of %d witnesses", l.Origin, l.Quorum, len(l.Witnesses))
		}
		origins[l.Origin] = true
		names := map[string]bool{l.Origin: true}
		for _, w := range l.Witnesses {
			if names[w.Name()] {
				return fmt.Errorf("log %q: witness %q is there twice", l.Origin, w.Name())
			}
			names[w.Name()] = true
		}
	}
	return nil
}

// Log finds a log by its origin.
func (f *File) Log(origin string) (*Log, bool) {
	for i := range f.Logs {
		if f.Logs[i].Origin == origin {
			return &f.Logs[i], true
		}
	}
	return nil, false
}

// Chain finds a chain by its id.
func (f *File) Chain(id uint64) (*Chain, bool) {
	for i := range f.Chains {
		if f.Chains[i].ID == id {
			return &f.Chains[i], true
		}
	}
	return nil, false
}

// Covers reports whether a moment, in Unix µs, lies in the file's validity.
func (f *File) Covers(micros int64) bool { return within(micros, f.From, f.Until) }

func within(micros int64, from, until Time) bool {
	return micros >= int64(from)*1_000_000 && micros < int64(until)*1_000_000
}

// Find gives the signer whose key has the id (cose.Key.ID). valid reports whether
// a statement of that time, in Unix µs, lies in its interval; a key that is listed
// with several intervals is valid in each.
func Find(list []Signer, id [32]byte, micros int64) (s Signer, found, valid bool) {
	for _, x := range list {
		if x.Key.ID() != id {
			continue
		}
		if within(micros, x.From, x.Until) {
			return x, true, true
		}
		s, found = x, true
	}
	return s, found, false
}

// Verifiers are the witnesses' keys.
func (l *Log) Verifiers() []note.Verifier {
	out := make([]note.Verifier, len(l.Witnesses))
	for i, w := range l.Witnesses {
		out[i] = w.Verifier
	}
	return out
}

// Key is a public key, "ed25519:…" or "p256:…" in JSON.
type Key struct{ cose.Key }

// MarshalText writes the form of cose.Key.String.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.Key.String()), nil }

// UnmarshalText reads and checks a key.
func (k *Key) UnmarshalText(t []byte) (err error) {
	k.Key, err = cose.ParseKeyText(string(t))
	return err
}

// NoteKey is a verifier key of signed notes: the C2SP text form in JSON.
type NoteKey struct {
	note.Verifier
	text string
}

// ParseNoteKey reads a verifier key, of plain Ed25519 or of a witness
// (cosignature/v1), and refuses points that are not canonical or of small order.
func ParseNoteKey(text string) (NoteKey, error) {
	v, err := checkpoint.ParseVerifier(text)
	if err != nil {
		return NoteKey{}, err
	}
	return NoteKey{v, text}, nil
}

// String is the key's text form.
func (k NoteKey) String() string { return k.text }

// MarshalText is String.
func (k NoteKey) MarshalText() ([]byte, error) { return []byte(k.text), nil }

// UnmarshalText is ParseNoteKey.
func (k *NoteKey) UnmarshalText(t []byte) (err error) {
	*k, err = ParseNoteKey(string(t))
	return err
}

// Time is a moment in whole Unix seconds; RFC 3339 in UTC in JSON.
type Time int64

// At is the second that t falls in.
func At(t time.Time) Time { return Time(t.Unix()) }

func (t Time) String() string { return time.Unix(int64(t), 0).UTC().Format(time.RFC3339) }

// MarshalText is String.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads 2026-01-02T15:04:05Z and no other spelling.
func (t *Time) UnmarshalText(b []byte) error {
	x, err := time.Parse(time.RFC3339, string(b))
	if err != nil || Time(x.Unix()).String() != string(b) || x.Year() < 1970 {
		return fmt.Errorf("%q is not a time such as 2026-01-02T15:04:05Z", b)
	}
	*t = Time(x.Unix())
	return nil
}

// Hex20 is an address, and Hex32 a hash, in lower-case hex in JSON.
type (
	Hex20 [20]byte
	Hex32 [32]byte
)

// MarshalText writes lower-case hex.
func (h Hex20) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// MarshalText writes lower-case hex.
func (h Hex32) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads 40 digits.
func (h *Hex20) UnmarshalText(t []byte) error { return unhex(h[:], t) }

// UnmarshalText reads 64 digits.
func (h *Hex32) UnmarshalText(t []byte) error { return unhex(h[:], t) }

func unhex(dst, t []byte) error {
	b, err := hex.DecodeString(string(t))
	if err != nil || len(b) != len(dst) || !bytes.Equal(hex.AppendEncode(nil, b), t) {
		return fmt.Errorf("%q is not %d lower-case hex digits", t, 2*len(dst))
	}
	copy(dst, b)
	return nil
}
