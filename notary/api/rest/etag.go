package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Tag is a weak entity tag (RFC 9110 §8.8.3) over what an answer follows from.
func Tag(parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%v\x00", p)
	}
	return `W/"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
}

// Matches says whether an If-None-Match header names a tag (weak comparison).
func Matches(header, tag string) bool {
	for _, t := range strings.Split(header, ",") {
		t = strings.TrimSpace(t)
		if t == "*" || t != "" && strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
