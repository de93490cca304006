package web

import (
	"net/http"
	"path"
	"strings"
)

// The content security policy: nothing inline, nothing from elsewhere. A worker is
// bound by the policy of its own script, so that only the verifier's may compile
// WebAssembly.
const (
	policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; " +
		"manifest-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	verifierPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
)

// verifierPrefix begins the name of the script that runs the verifier.
const verifierPrefix = "verifier"

func protect(h http.Header, name string) {
	p := policy
	if strings.HasPrefix(path.Base(name), verifierPrefix) && strings.HasSuffix(name, ".js") {
		p = verifierPolicy
	}
	h.Set("Content-Security-Policy", p)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()")
	h.Set("X-Frame-Options", "DENY")
}
