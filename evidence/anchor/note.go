package anchor

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/cose"
)

// MaxNote bounds a signed block note, in bytes.
const MaxNote = 2 << 10

// BlockNote is what a notary signs about a block of a chain that seals
// nothing by itself.
type BlockNote struct {
	Origin  string // of the log; the note's key is named Origin + "/chain"
	ChainID uint64
	Number  uint64
	Hash    [32]byte
}

// KeyName names the key that signs block notes for a log.
func KeyName(origin string) string { return origin + "/chain" }

// Text is the note's text, as it is signed: four lines, each ended.
func (b BlockNote) Text() string {
	return fmt.Sprintf("%s\n%d\n%d\n%x\n", KeyName(b.Origin), b.ChainID, b.Number, b.Hash)
}

// Sign makes the signed note (C2SP signed-note). The signer's name must be KeyName(b.Origin).
func (b BlockNote) Sign(s note.Signer) ([]byte, error) {
	if s.Name() != KeyName(b.Origin) {
		return nil, fmt.Errorf("block note: key %q cannot sign for %q", s.Name(), KeyName(b.Origin))
	}
	msg, err := note.Sign(&note.Note{Text: b.Text()}, s)
	if err != nil {
		return nil, fmt.Errorf("block note: %w", err)
	}
	return msg, nil
}

// ParseNoteKey reads a verifier key as sumdb/note prints it
// (name+hash+base64), and refuses Ed25519 points that are not canonical or of small order.
func ParseNoteKey(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, malformed("chain note key %q: %v", vkey, err)
	}
	_, rest, _ := strings.Cut(vkey, "+")
	_, enc, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(enc)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != enc {
		return nil, malformed("chain note key %q: not canonical base64", vkey)
	}
	// The first byte is the algorithm, which NewVerifier has checked.
	if _, err := cose.ParseKey(cose.EdDSA, raw[1:]); err != nil {
		return nil, malformed("chain note key %q: %v", vkey, err)
	}
	return v, nil
}

// openNote reads a note signed by v and by nobody else.
func openNote(msg []byte, v note.Verifier) (BlockNote, error) {
	if len(msg) > MaxNote {
		return BlockNote{}, malformed("block note of %d bytes is above the limit of %d", len(msg), MaxNote)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	var unknown *note.UnverifiedNoteError
	var bad *note.InvalidSignatureError
	switch {
	case errors.As(err, &unknown):
		return BlockNote{}, uncheckable("block note: not signed by the chain note key %s+%08x", v.Name(), v.KeyHash())
	case errors.As(err, &bad):
		return BlockNote{}, altered("block note: the signature of %s does not verify", bad.Name)
	case err != nil:
		return BlockNote{}, malformed("block note: %v", err)
	}
	// note.Open skips signatures of other keys and repeated ones, and reads
	// base64 leniently; none of that may vary under one verdict.
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return BlockNote{}, malformed("block note: more than one signature")
	}
	sig := n.Sigs[0]
	raw, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != sig.Base64 ||
		string(msg) != n.Text+"\n— "+sig.Name+" "+sig.Base64+"\n" {
		return BlockNote{}, malformed("block note: signature line not in its one form")
	}
	return parseText(n.Text, v.Name())
}

func parseText(text, keyName string) (b BlockNote, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return b, malformed("block note: %d lines, want 4", len(lines)-1)
	}
	origin, ok := strings.CutSuffix(lines[0], "/chain")
	if !ok || lines[0] != keyName {
		return b, malformed("block note: says %q under key %q", lines[0], keyName)
	}
	b.Origin = origin
	if b.ChainID, err = strconv.ParseUint(lines[1], 10, 64); err != nil {
		return b, malformed("block note: chain id %q", lines[1])
	}
	if b.Number, err = strconv.ParseUint(lines[2], 10, 64); err != nil {
		return b, malformed("block note: block number %q", lines[2])
	}
	if n, err := hex.Decode(b.Hash[:], []byte(lines[3][:min(64, len(lines[3]))])); err != nil || n != 32 {
		return b, malformed("block note: block hash %q", lines[3])
	}
	if b.Text() != text {
		return b, malformed("block note: text not in its one form")
	}
	return b, nil
}
