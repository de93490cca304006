// Package checkpoint reads and writes the log's signed head: a C2SP
// tlog-checkpoint in a C2SP signed note.
//
// It is not the log (notary/log holds entries and tiles). Its invariant: every
// byte of an accepted note was checked by a known key, so an unknown signature
// line, a repeated one or a second spelling of one is refused.
package checkpoint

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/merkle"
)

// MaxNote bounds a signed note.
const MaxNote = 8 << 10

// MaxEntry bounds a log entry (C2SP tlog-tiles).
const MaxEntry = 65535

// Errors of notes.
var (
	ErrMalformed = errors.New("malformed signed note")
	ErrUnknown   = errors.New("signed by a key that is not known here")
	ErrSignature = errors.New("note signature does not verify")
)

// Checkpoint is a log's head.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   merkle.Hash
}

// Text is the note's text: origin, size and root, a line each.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ParseText reads the text of a note; extension lines do not exist here.
func ParseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("%w: a checkpoint is origin, size and root, a line each", ErrMalformed)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: size %q", ErrMalformed, lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(merkle.Hash{}) {
		return Checkpoint{}, fmt.Errorf("%w: root %q is not 32 bytes in base64", ErrMalformed, lines[2])
	}
	c := Checkpoint{lines[0], size, merkle.Hash(root)}
	if c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: a number or base64 is not in its one form", ErrMalformed)
	}
	return c, nil
}

// Sign makes the signed note of a checkpoint.
func Sign(c Checkpoint, signers ...note.Signer) ([]byte, error) {
	b, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of %d: %w", c.Size, err)
	}
	return b, nil
}

// Open checks a signed note with the log's key and any witnesses' keys, and
// returns the checkpoint and the names of all who signed, the log first. The
// log's signature is required; a signature by anyone else makes it ErrUnknown.
func Open(raw []byte, log note.Verifier, witnesses ...note.Verifier) (Checkpoint, []string, error) {
	n, err := OpenNote(raw, append([]note.Verifier{log}, witnesses...)...)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := ParseText(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if c.Origin != log.Name() {
		return Checkpoint{}, nil, fmt.Errorf("%w: checkpoint of %q, the key is of %q", ErrUnknown, c.Origin, log.Name())
	}
	if n.Sigs[0].Name != log.Name() || n.Sigs[0].Hash != log.KeyHash() {
		return Checkpoint{}, nil, fmt.Errorf("%w: the first signature is not the log's", ErrMalformed)
	}
	names := make([]string, len(n.Sigs))
	for i, s := range n.Sigs {
		names[i] = s.Name
	}
	return c, names, nil
}

// OpenNote checks a signed note whose every signature line must verify under one
// of the keys given.
func OpenNote(raw []byte, keys ...note.Verifier) (*note.Note, error) {
	if len(raw) > MaxNote {
		return nil, fmt.Errorf("%w: %d bytes are above the limit of %d", ErrMalformed, len(raw), MaxNote)
	}
	n, err := note.Open(raw, note.VerifierList(keys...))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified):
		return nil, fmt.Errorf("%w: none of its signers is", ErrUnknown)
	case errors.As(err, &invalid):
		return nil, fmt.Errorf("%w: %v", ErrSignature, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	case len(n.UnverifiedSigs) > 0:
		return nil, fmt.Errorf("%w: signature line of %q", ErrUnknown, n.UnverifiedSigs[0].Name)
	}
	// The library drops repeated lines and reads base64 loosely; writing the note
	// again leaves one spelling.
	var b strings.Builder
	b.WriteString(n.Text + "\n")
	for _, s := range n.Sigs {
		b.WriteString("— " + s.Name + " " + s.Base64 + "\n")
		sig, err := base64.StdEncoding.Strict().DecodeString(s.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(sig) != s.Base64 {
			return nil, fmt.Errorf("%w: signature of %q is not strict base64", ErrMalformed, s.Name)
		}
	}
	if b.String() != string(raw) {
		return nil, fmt.Errorf("%w: not in its one spelling", ErrMalformed)
	}
	return n, nil
}
