package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// TokenFile holds the operator's bearer token in the data folder, mode 0600.
const TokenFile = "admin.token"

// Token opens the notary's content and its administration over HTTP to whoever
// holds the operator's token.
type Token struct{ sum [32]byte }

// OpenToken reads the token of a data folder and makes it where there is none.
func OpenToken(dir string) (*Token, error) {
	path := filepath.Join(dir, TokenFile)
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		var b [32]byte
		if _, err := rand.Read(b[:]); err != nil {
			return nil, fmt.Errorf("admin token: %w", err)
		}
		if err := WriteNew(path, []byte(hex.EncodeToString(b[:])+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("admin token: %w", err)
		}
	}
	text, err := ReadToken(path)
	if err != nil {
		return nil, err
	}
	return &Token{sha256.Sum256([]byte(text))}, nil
}

// ReadToken reads the text of a token from its file.
func ReadToken(path string) (string, error) {
	raw, err := ReadSecret(path)
	if err != nil {
		return "", fmt.Errorf("admin token: %w", err)
	}
	text := strings.TrimSpace(string(raw))
	if len(text) < 32 {
		return "", fmt.Errorf("admin token: %s holds %d characters; at least 32 are needed. Remove it and start the notary for a new one", path, len(text))
	}
	return text, nil
}

// Allows reports whether the request carries the token (RFC 6750 §2.1).
func (t *Token) Allows(r *http.Request) bool {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if t == nil || !ok {
		return false
	}
	// Hashing first makes the comparison independent of the length.
	sum := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1
}
