package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/live"
)

// Limits.
const (
	MaxHooks   = 64
	MaxOwn     = 16 // of one account
	MaxURL     = 1024
	maxFilter  = 64       // values of one filter
	maxBody    = 1 << 20  // bytes of one delivery, but for an event that alone is larger
	maxEvents  = 64       // of one delivery
	maxAnswer  = 16 << 10 // bytes of an answer that are read
	patience   = 10 * time.Second
	minBackoff = time.Second
	maxBackoff = 5 * time.Minute
)

// ErrHook marks a hook that cannot be taken.
var ErrHook = errors.New("webhook")

// ErrUnknown: there is no such hook, or it is another's.
var ErrUnknown = errors.New("no such webhook")

// Filter chooses what is sent; an empty list chooses all.
type Filter struct {
	Sites    []batch.ID  `json:"sites,omitempty"`
	Gateways []batch.ID  `json:"gateways,omitempty"`
	Devices  []string    `json:"devices,omitempty"`
	Points   []string    `json:"points,omitempty"`
	Kinds    []live.Kind `json:"kinds,omitempty"`
}

func (f *Filter) live() *live.Filter {
	return &live.Filter{Sites: f.Sites, Gateways: f.Gateways, Devices: f.Devices, Points: f.Points, Kinds: f.Kinds}
}

// Hook is where events are sent to.
type Hook struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Maker   string `json:"maker"` // account under whose rights it stands; empty: the notary's operator
	Created int64  `json:"created"`
	Filter  Filter `json:"filter"`

	secret []byte
}

// row is a hook as it is stored.
type row struct {
	Version int    `json:"v"` // 1
	Hook    Hook   `json:"hook"`
	Secret  []byte `json:"secret"`
}

// progress is how far a hook has been served.
type progress struct {
	After    uint64 `json:"after"`
	Stopped  string `json:"stopped,omitempty"` // the receiver said that it is gone for good
	Delivery uint64 `json:"delivery"`          // deliveries taken
}

// State is how a hook stands.
type State struct {
	Hook
	After   uint64 `json:"after" doc:"event up to which everything was taken"`
	Behind  uint64 `json:"behind" doc:"events after it"`
	Taken   uint64 `json:"taken" doc:"deliveries that were taken"`
	Failing int64  `json:"failing,omitempty" doc:"since when deliveries fail, Unix µs"`
	Error   string `json:"error,omitempty" doc:"of the newest attempt"`
	Next    int64  `json:"next,omitempty" doc:"when it is tried again, Unix µs"`
	Stopped string `json:"stopped,omitempty" doc:"why nothing is sent any more"`
}

// secretPrefix is the text form of secrets in the Standard Webhooks specification.
const secretPrefix = "whsec_"

// NewSecret draws a secret of 32 bytes.
func NewSecret() (text string, secret []byte) {
	secret = make([]byte, 32)
	rand.Read(secret) // it never fails (crypto/rand)
	return secretPrefix + base64.StdEncoding.EncodeToString(secret), secret
}

// ParseSecret reads the text form.
func ParseSecret(s string) ([]byte, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(s), secretPrefix)
	b, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(b) < 24 || len(b) > 64 {
		return nil, fmt.Errorf("%w: a secret is %s and 24 to 64 bytes in base64", ErrHook, secretPrefix)
	}
	return b, nil
}

// Sign makes the header webhook-signature of the Standard Webhooks specification:
// HMAC-SHA256 over id, timestamp and body, joined by full stops.
func Sign(secret []byte, id string, timestamp int64, body []byte) string {
	m := hmac.New(sha256.New, secret)
	fmt.Fprintf(m, "%s.%d.", id, timestamp)
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// Verify checks what [Sign] made, for receivers written in Go: the signature, and
// that the delivery is not older or newer than five minutes.
func Verify(secret []byte, id string, timestamp int64, signature string, body []byte, now time.Time) error {
	if d := now.Sub(time.Unix(timestamp, 0)); d > 5*time.Minute || d < -5*time.Minute {
		return errors.New("webhook: the delivery is not of this time; is the clock right?")
	}
	want := Sign(secret, id, timestamp, body)
	for _, s := range strings.Fields(signature) {
		if hmac.Equal([]byte(s), []byte(want)) {
			return nil
		}
	}
	return errors.New("webhook: the signature does not fit")
}

// checkURL holds an address to what may be asked. Whoever is trusted may name
// this machine and plain HTTP to it.
func checkURL(s string, trusted bool) (*url.URL, error) {
	if len(s) > MaxURL {
		return nil, fmt.Errorf("%w: the address is above %d bytes", ErrHook, MaxURL)
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%w: %q is no address such as https://host/path, without user and fragment", ErrHook, s)
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || ip.IsLoopback()
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && here && trusted:
	default:
		return nil, fmt.Errorf("%w: %q: https is needed; http goes only to this machine, for the notary's operator", ErrHook, s)
	}
	if !trusted && ip.IsValid() {
		if err := checkAddress(ip); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// checkAddress keeps an account's hooks away from this machine and what answers
// for it: behind these addresses stand services that trust whoever reaches them.
func checkAddress(ip netip.Addr) error {
	ip = ip.Unmap()
	if ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() || ip.IsMulticast() {
		return fmt.Errorf("%w: %s is not an address of another machine", ErrHook, ip)
	}
	return nil
}

func (f *Filter) check() error {
	for _, n := range [...]int{len(f.Sites), len(f.Gateways), len(f.Devices), len(f.Points), len(f.Kinds)} {
		if n > maxFilter {
			return fmt.Errorf("%w: at most %d values of one filter", ErrHook, maxFilter)
		}
	}
	for _, k := range f.Kinds {
		if k != live.Admission && k != live.State && k != live.Alarm {
			return fmt.Errorf("%w: kind %q is none of admission, state, alarm", ErrHook, k)
		}
	}
	return nil
}

func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
