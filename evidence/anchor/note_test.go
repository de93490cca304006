package anchor

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// notePair makes a fixed key for a log's block notes.
func notePair(t testing.TB, origin string, seed byte) (note.Signer, note.Verifier) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, ed25519.SeedSize)), KeyName(origin))
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseNoteKey(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestBlockNoteHasOneForm(t *testing.T) {
	const origin = "log.example/site"
	s, v := notePair(t, origin, 1)
	stranger, _ := notePair(t, origin, 2)
	b := BlockNote{Origin: origin, ChainID: 26227, Number: 10, Hash: Keccak([]byte("block"))}
	good, err := b.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := openNote(good, v)
	if err != nil || got != b {
		t.Fatalf("%+v, %v", got, err)
	}
	signed := func(text string) []byte {
		m, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	_, sigLine, _ := strings.Cut(string(good), "\n\n")
	forged, err := b.Sign(stranger)
	if err != nil {
		t.Fatal(err)
	}
	_, forgedLine, _ := strings.Cut(string(forged), "\n\n")
	for _, tc := range []struct {
		name string
		msg  []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"a stranger's key of that name", forged, ErrUncheckable},
		{"a stranger's signature besides", []byte(string(good) + forgedLine), ErrMalformed},
		{"the signature twice", []byte(string(good) + sigLine), ErrMalformed},
		{"a line after the end", append(bytes.Clone(good), '\n'), ErrMalformed},
		{"no line end", good[:len(good)-1], ErrMalformed},
		{"carriage return", bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), ErrMalformed},
		{"upper-case hash", signed(strings.ToUpper(b.Text())), ErrMalformed},
		{"number with a zero before it", signed(strings.Replace(b.Text(), "\n10\n", "\n010\n", 1)), ErrMalformed},
		{"number with a sign", signed(strings.Replace(b.Text(), "\n10\n", "\n+10\n", 1)), ErrMalformed},
		{"number above 64 bits", signed(strings.Replace(b.Text(), "\n10\n", "\n18446744073709551616\n", 1)), ErrMalformed},
		{"a fifth line", signed(b.Text() + "more\n"), ErrMalformed},
		{"a short hash", signed(b.Text()[:len(b.Text())-3] + "\n"), ErrMalformed},
		{"a long hash", signed(b.Text()[:len(b.Text())-1] + "00\n"), ErrMalformed},
		{"another origin", signed(strings.Replace(b.Text(), "log.", "lag.", 1)), ErrMalformed},
		{"too long", append(bytes.Clone(good), make([]byte, MaxNote)...), ErrMalformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := openNote(tc.msg, v); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
		})
	}
	for i := range good {
		for _, bit := range []byte{1, 2, 0x20, 0x80} {
			good[i] ^= bit
			if _, err := openNote(good, v); err == nil {
				t.Fatalf("byte %d changed unnoticed", i)
			}
			good[i] ^= bit
		}
	}
}

func TestWeakNoteKeysAreRefused(t *testing.T) {
	// The point of order one, under a key hash that fits it.
	raw := append([]byte{1, 1}, make([]byte, 31)...)
	vkey, err := note.NewEd25519VerifierKey("log.example/chain", raw[1:])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(vkey, base64.StdEncoding.EncodeToString(raw)) {
		t.Fatalf("key %q", vkey)
	}
	if _, err := ParseNoteKey(vkey); !errors.Is(err, ErrMalformed) {
		t.Fatalf("got %v", err)
	}
}

// FuzzNoteText: a text that is read is written back as the same bytes.
func FuzzNoteText(f *testing.F) {
	f.Add(BlockNote{Origin: "log.example", ChainID: 1, Number: 2}.Text(), "log.example/chain")
	f.Add("a/chain\n01\n2\nff\n", "a/chain")
	f.Fuzz(func(t *testing.T, text, key string) {
		b, err := parseText(text, key)
		if err == nil && b.Text() != text {
			t.Fatalf("%q read and written is %q", text, b.Text())
		}
	})
}
