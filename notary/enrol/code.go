package enrol

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/store"
)

// CodeLife is how long an enrolment code can be used.
const CodeLife = 24 * time.Hour

// keepCodes is how long a code that cannot be used any more is remembered, so
// that its holder is told why.
const keepCodes = 30 * 24 * time.Hour

// Errors of an enrolment.
var (
	ErrCode     = errors.New("enrolment code cannot be used")
	ErrProof    = errors.New("proof of the gateway's key does not verify")
	ErrKnownKey = errors.New("key is enrolled already")
	ErrRequest  = errors.New("enrolment request is malformed")
)

// Order asks for one gateway of one site to be enrolled.
type Order struct {
	Site     string `json:"site"`      // configuration id
	SiteName string `json:"site_name"` // for people
	Gateway  string `json:"gateway"`   // configuration id
}

// code is an ordered enrolment. The secret itself is not kept: its key is the
// secret's SHA-256, which 80 random bits make safe.
type code struct {
	Order
	Created int64     `json:"created"`
	Expires int64     `json:"expires"`        // Unix µs
	Used    *batch.ID `json:"used,omitempty"` // gateway that it made
	KeyText string    `json:"key,omitempty"`  // key that it was used with
}

// Order makes a one-time code. The fingerprints go into it, so that the gateway
// knows its notary before it trusts a certificate.
func (r *Registry) Order(o Order, ca *access.CA, logKey string) (wire.Code, time.Time, error) {
	if err := errors.Join(checkSlug("site", o.Site), checkName("site's name", o.SiteName), checkSlug("gateway", o.Gateway)); err != nil {
		return wire.Code{}, time.Time{}, err
	}
	var c wire.Code
	if _, err := io.ReadFull(r.random, c.Secret[:]); err != nil {
		return wire.Code{}, time.Time{}, fmt.Errorf("enrolment code: %w", err)
	}
	caPrint, logPrint := ca.Fingerprint(), sha256.Sum256([]byte(logKey))
	copy(c.CA[:], caPrint[:])
	copy(c.Log[:], logPrint[:])
	now := r.now()
	expires := now.Add(CodeLife)
	v, err := json.Marshal(code{Order: o, Created: now.UnixMicro(), Expires: expires.UnixMicro()})
	if err != nil {
		return wire.Code{}, time.Time{}, fmt.Errorf("enrolment code: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &store.Group{Rows: []store.Put{{Table: store.TableCode, Key: codeKey(c.Secret[:]), Value: v}}}
	if err := r.forgetCodes(g, now); err != nil {
		return wire.Code{}, time.Time{}, err
	}
	if err := r.rows.Commit(g); err != nil {
		return wire.Code{}, time.Time{}, fmt.Errorf("enrolment code: %w", err)
	}
	return c, expires, nil
}

func codeKey(secret []byte) []byte {
	h := sha256.Sum256(secret)
	return h[:]
}

// forgetCodes adds the removal of codes that are long dead to a group.
func (r *Registry) forgetCodes(g *store.Group, now time.Time) error {
	for kv, err := range r.rows.Rows(store.TableCode, store.Range{}) {
		if err != nil {
			return fmt.Errorf("enrolment codes: %w", err)
		}
		var c code
		if err := decode(kv.Value, &c); err != nil || now.UnixMicro()-c.Expires > keepCodes.Microseconds() {
			g.Rows = append(g.Rows, store.Put{Table: store.TableCode, Key: kv.Key})
		}
	}
	return nil
}

// Enrol turns a code and a proof into a certificate and a pending entry. The
// same request again, while the code lives, is answered again, since the first
// answer may have been lost; another key with the same code is refused.
func (r *Registry) Enrol(req wire.EnrolRequest, ca *access.CA) (Entry, []byte, error) {
	key, err := cose.ParseKey(cose.Alg(req.Alg), req.Key)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if len(req.Secret) != len(wire.Code{}.Secret) || len(req.Software) > 128 {
		return Entry{}, nil, fmt.Errorf("%w: a secret of %d bytes, a software name of %d", ErrRequest, len(req.Secret), len(req.Software))
	}
	if err := cose.Verify(key, wire.ProofMessage(req.Secret, key, req.TLSKey), req.Proof); err != nil {
		return Entry{}, nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c, e, err := r.redeem(req, key)
	if err != nil {
		return Entry{}, nil, err
	}
	pem, err := ca.IssueClient(e.Gateway, req.TLSKey)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	if c.Used != nil {
		return *e, pem, nil // answered again
	}
	c.Used, c.KeyText = &e.Gateway, e.Key
	v, err := json.Marshal(c)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("enrolment: %w", err)
	}
	g := &store.Group{Rows: []store.Put{{Table: store.TableCode, Key: codeKey(req.Secret), Value: v}}}
	if e.Site, err = r.site(e.SiteSlug, g); err != nil {
		return Entry{}, nil, err
	}
	if err := r.put(g, e); err != nil {
		return Entry{}, nil, err
	}
	r.sites[e.SiteSlug], r.slugs[e.Site] = e.Site, e.SiteSlug
	return *e, pem, nil
}

// redeem finds the code of a request, and the gateway that it made or a new one.
func (r *Registry) redeem(req wire.EnrolRequest, key cose.Key) (c code, e *Entry, err error) {
	v, err := r.rows.Row(store.TableCode, codeKey(req.Secret))
	if errors.Is(err, store.ErrNotFound) {
		return c, nil, fmt.Errorf("%w: this notary did not give it out", ErrCode)
	}
	if err == nil {
		err = decode(v, &c)
	}
	if err != nil {
		return c, nil, fmt.Errorf("enrolment code: %w", err)
	}
	now := r.now().UnixMicro()
	switch {
	case now >= c.Expires:
		return c, nil, fmt.Errorf("%w: it ended at %s", ErrCode, time.UnixMicro(c.Expires).UTC().Format(time.RFC3339))
	case c.Used != nil && c.KeyText != key.String():
		return c, nil, fmt.Errorf("%w: it was used, by a gateway with another key", ErrCode)
	case c.Used != nil:
		if e = r.gateways[*c.Used]; e == nil {
			return c, nil, fmt.Errorf("enrolment code: its gateway %s is not in the register", c.Used)
		}
		return c, e, nil
	}
	if g, have := r.keys[key.String()]; have {
		return c, nil, fmt.Errorf("%w: as gateway %s. A gateway is its key: remove the key file for a new one", ErrKnownKey, g)
	}
	e = &Entry{Key: key.String(), SiteSlug: c.Site, SiteName: c.SiteName, GatewayName: c.Gateway,
		Software: req.Software, State: Pending, Requested: now}
	if _, err := io.ReadFull(r.random, e.Gateway[:]); err != nil {
		return c, nil, fmt.Errorf("enrolment: draw a gateway id: %w", err)
	}
	return c, e, nil
}
