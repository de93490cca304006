package checkpoint

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

type signer struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
}

func (s signer) Name() string                  { return s.name }
func (s signer) KeyHash() uint32               { return s.hash }
func (s signer) Sign(m []byte) ([]byte, error) { return ed25519.Sign(s.key, m), nil }

func pair(t testing.TB, name string, n byte) (note.Signer, note.Verifier) {
	t.Helper()
	k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	v, err := ParseVerifier(VerifierText(name, k.Public().(ed25519.PublicKey)))
	if err != nil {
		t.Fatal(err)
	}
	return signer{name, v.KeyHash(), k}, v
}

// witness makes a C2SP cosignature/v1 signer and its verifier key.
func witness(t testing.TB, name string, n byte) (note.Signer, note.Verifier) {
	t.Helper()
	k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	raw := append([]byte{algCosignature}, k.Public().(ed25519.PublicKey)...)
	h := sha256.Sum256(append([]byte(name+"\n"), raw...))
	hash := binary.BigEndian.Uint32(h[:])
	v, err := ParseVerifier(fmt.Sprintf("%s+%08x+%s", name, hash, base64.StdEncoding.EncodeToString(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return cosigner{signer{name, hash, k}}, v
}

type cosigner struct{ signer }

func (s cosigner) Sign(m []byte) ([]byte, error) {
	sig := ed25519.Sign(s.key, append([]byte("cosignature/v1\ntime 1772359200\n"), m...))
	return append(binary.BigEndian.AppendUint64(nil, 1772359200), sig...), nil
}

var head = Checkpoint{Origin: "log.example", Size: 5, Root: [32]byte{1}}

func TestACheckpointOpensUnderItsLogAndWitnesses(t *testing.T) {
	s, v := pair(t, "log.example", 1)
	w, wv := witness(t, "witness.example", 2)
	raw, err := Sign(head, s, w)
	if err != nil {
		t.Fatal(err)
	}
	c, names, err := Open(raw, v, wv)
	if err != nil || c != head || strings.Join(names, " ") != "log.example witness.example" {
		t.Fatalf("%+v %v %v", c, names, err)
	}
	if _, _, err := Open(raw, v); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown witness: %v", err)
	}
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 1
		if _, _, err := Open(b, v, wv); err == nil {
			t.Fatalf("byte %d is free", i)
		}
	}
	_, stranger := pair(t, "log.example", 9)
	if _, _, err := Open(raw, stranger, wv); err == nil {
		t.Error("opened under another key")
	}
	// The library reads our verifier keys, and we read the library's.
	skey, vkey, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "log.example")
	if err != nil {
		t.Fatal(err)
	}
	ls, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	lv, err := ParseVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = Sign(head, ls); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(raw, lv); err != nil {
		t.Error(err)
	}
}

func TestANoteHasOneSpelling(t *testing.T) {
	s, v := pair(t, "log.example", 1)
	raw, err := Sign(head, s)
	if err != nil {
		t.Fatal(err)
	}
	str := string(raw)
	line := str[strings.Index(str, "— "):]
	for name, other := range map[string]string{
		"a line twice":    str + line,
		"an extension":    strings.Replace(str, "\n5\n", "\n5\nextension\n", 1),
		"a leading zero":  strings.Replace(str, "\n5\n", "\n05\n", 1),
		"no signature":    str[:strings.Index(str, "— ")],
		"a carriage":      strings.Replace(str, "\n", "\r\n", 1),
		"nothing":         "",
		"a blank at end":  str + " ",
		"above the limit": str + strings.Repeat(" ", MaxNote),
		"loose base64":    strings.Replace(str, "=\n", "\n", 1),
	} {
		if _, _, err := Open([]byte(other), v); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
	for _, text := range []string{"", "a+b", "a+00000000+AAAA", "log.example+00000000+" + base64.StdEncoding.EncodeToString(append([]byte{1}, make([]byte, 32)...)),
		strings.Replace(VerifierText("log.example", ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)), "log", "Log", 1)} {
		if _, err := ParseVerifier(text); err == nil {
			t.Errorf("verifier key %q was read", text)
		}
	}
}

// FuzzParseText: a head that reads writes the same text again.
func FuzzParseText(f *testing.F) {
	f.Add(head.Text())
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseText(text); err == nil && c.Text() != text {
			t.Fatalf("%q read, %q written", text, c.Text())
		}
	})
}

// FuzzOpen: nothing but what the key signed opens.
func FuzzOpen(f *testing.F) {
	s, v := pair(f, "log.example", 1)
	raw, err := Sign(head, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := Open(b, v); err == nil && !bytes.Equal(b, raw) {
			t.Fatalf("%q opens", b)
		}
	})
}

// FuzzParseVerifier: a key that reads has one text, and the library agrees.
func FuzzParseVerifier(f *testing.F) {
	_, v := pair(f, "log.example", 1)
	f.Add(VerifierText("log.example", ed25519.PublicKey(v.(*verifier).key.Raw)))
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVerifier(text)
		if err != nil || v.(*verifier).alg != algEd25519 {
			return
		}
		if back := VerifierText(v.Name(), v.(*verifier).key.Raw); back != text {
			t.Fatalf("%q read, %q written", text, back)
		}
		if l, err := note.NewVerifier(text); err != nil || l.KeyHash() != v.KeyHash() || l.Name() != v.Name() {
			t.Fatalf("%q: the library says %v", text, err)
		}
	})
}
