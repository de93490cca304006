package enrol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/notary/access"
	"fieldseal/notary/store"
)

// Rows is what the register needs of a store.
type Rows interface {
	Commit(*store.Group) error
	Row(t store.Table, key []byte) ([]byte, error)
	Rows(t store.Table, r store.Range) iter.Seq2[store.KV, error]
}

// State of a gateway.
type State string

// The states. A gateway goes through them in this order and never back.
const (
	Pending  State = "pending"  // has its certificate, waits for the authority's signature
	Enrolled State = "enrolled" // its enrolment is in the log
	Revoked  State = "revoked"
)

// Entry is a gateway in the register.
type Entry struct {
	Gateway     batch.ID    `json:"gateway"`
	Site        batch.ID    `json:"site"`
	Key         string      `json:"key"`          // cose.Key in text
	SiteSlug    string      `json:"site_slug"`    // configuration id
	SiteName    string      `json:"site_name"`    // for people
	GatewayName string      `json:"gateway_name"` // configuration id
	Software    string      `json:"software"`
	State       State       `json:"state"`
	Requested   int64       `json:"requested"`       // Unix µs
	Index       uint64      `json:"index,omitempty"` // of the enrolment in the log
	Revocation  *Revocation `json:"revocation,omitempty"`
}

// Revocation says that a gateway's key is not believed from a log index on.
type Revocation struct {
	FromIndex uint64 `json:"from_index"` // entries at and after this index
	Suspected int64  `json:"suspected"`  // Unix µs; 0: not known
	Reason    string `json:"reason"`
	Time      int64  `json:"time"`   // Unix µs at which it was ordered
	Listed    uint64 `json:"listed"` // serial of the status list that first names it; 0: none yet
}

// PublicKey is the parsed Key.
func (e *Entry) PublicKey() (cose.Key, error) { return cose.ParseKeyText(e.Key) }

// Statement is the enrolment that the authority is asked to sign.
func (e *Entry) Statement() (*statement.Enrolment, error) {
	k, err := e.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("gateway %s: %w", e.Gateway, err)
	}
	return &statement.Enrolment{Gateway: e.Gateway, Site: e.Site, Key: k,
		SiteSlug: e.SiteSlug, SiteName: e.SiteName, GatewayName: e.GatewayName}, nil
}

// Registry is the register of one log. It is safe for concurrent use.
type Registry struct {
	rows   Rows
	random io.Reader
	now    func() time.Time

	mu       sync.RWMutex
	gateways map[batch.ID]*Entry // never changed in place
	keys     map[string]batch.ID
	sites    map[string]batch.ID // by slug
	slugs    map[batch.ID]string
	watch    []func(Entry)
	changed  chan struct{}
}

// Keys of the tables. TableRegistry holds gateways and sites.
var (
	gatewayPrefix = []byte("g")
	sitePrefix    = []byte("s")
)

// Open reads the register from the store.
func Open(rows Rows, random io.Reader, now func() time.Time) (*Registry, error) {
	r := &Registry{rows: rows, random: random, now: now, gateways: map[batch.ID]*Entry{}, keys: map[string]batch.ID{},
		sites: map[string]batch.ID{}, slugs: map[batch.ID]string{}, changed: make(chan struct{})}
	for kv, err := range rows.Rows(store.TableRegistry, store.Prefix(gatewayPrefix)) {
		if err != nil {
			return nil, fmt.Errorf("register: %w", err)
		}
		e := &Entry{}
		if err := decode(kv.Value, e); err != nil {
			return nil, fmt.Errorf("register: gateway %x: %w", kv.Key[1:], err)
		}
		r.gateways[e.Gateway], r.keys[e.Key] = e, e.Gateway
	}
	for kv, err := range rows.Rows(store.TableRegistry, store.Prefix(sitePrefix)) {
		if err != nil {
			return nil, fmt.Errorf("register: %w", err)
		}
		if len(kv.Value) != len(batch.ID{}) {
			return nil, fmt.Errorf("register: site %q has an id of %d bytes", kv.Key[1:], len(kv.Value))
		}
		r.sites[string(kv.Key[1:])] = batch.ID(kv.Value)
		r.slugs[batch.ID(kv.Value)] = string(kv.Key[1:])
	}
	return r, nil
}

func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// Get finds a gateway.
func (r *Registry) Get(g batch.ID) (Entry, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.gateways[g]
	if !ok {
		return Entry{}, false
	}
	return *e, true
}

// Admit says whether a gateway may speak: nil, or an error that wraps
// access.ErrPending, access.ErrRevoked or access.ErrUnknown.
func (r *Registry) Admit(g batch.ID) error {
	e, ok := r.Get(g)
	switch {
	case !ok:
		return fmt.Errorf("gateway %s: %w", g, access.ErrUnknown)
	case e.State == Pending:
		return fmt.Errorf("gateway %s: %w: run fieldseal authority sign", g, access.ErrPending)
	case e.State == Revoked:
		return fmt.Errorf("gateway %s: %w: %s", g, access.ErrRevoked, e.Revocation.Reason)
	}
	return nil
}

// List gives every gateway, by site, then by name, then by when it asked.
func (r *Registry) List() []Entry {
	r.mu.RLock()
	out := make([]Entry, 0, len(r.gateways))
	for _, e := range r.gateways {
		out = append(out, *e)
	}
	r.mu.RUnlock()
	slices.SortFunc(out, func(a, b Entry) int {
		if c := strings.Compare(a.SiteSlug, b.SiteSlug); c != 0 {
			return c
		}
		if c := strings.Compare(a.GatewayName, b.GatewayName); c != 0 {
			return c
		}
		if a.Requested != b.Requested {
			return int(min(max(a.Requested-b.Requested, -1), 1))
		}
		return bytes.Compare(a.Gateway[:], b.Gateway[:])
	})
	return out
}

// Any reports whether a gateway is in a state.
func (r *Registry) Any(s State) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, e := range r.gateways {
		if e.State == s {
			return true
		}
	}
	return false
}

// Changed gives a channel that is closed at the next change of any entry. Get it
// before looking.
func (r *Registry) Changed() <-chan struct{} {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.changed
}

// Watch calls f after each change of an entry, in the goroutine that changed it.
func (r *Registry) Watch(f func(Entry)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch = append(r.watch, f)
}

// MarkEnrolled records that the enrolment of g is in the log at index.
func (r *Registry) MarkEnrolled(g batch.ID, index uint64) error {
	return r.update(g, func(e *Entry) error {
		if e.State == Pending {
			e.State = Enrolled
		}
		e.Index = index
		return nil
	})
}

// Revoke stops believing a gateway from the log index on. The authority is to
// say so in its next status list; until then the notary alone refuses it.
func (r *Registry) Revoke(g batch.ID, v Revocation) error {
	if v.Reason == "" || len(v.Reason) > statement.MaxReason || !utf8.ValidString(v.Reason) {
		return fmt.Errorf("revoke gateway %s: the reason has %d bytes; 1 to %d of UTF-8 are needed", g, len(v.Reason), statement.MaxReason)
	}
	return r.update(g, func(e *Entry) error {
		if e.State == Revoked {
			return fmt.Errorf("gateway %s is revoked already: %s", g, e.Revocation.Reason)
		}
		v.Time, v.Listed = r.now().UnixMicro(), 0
		e.State, e.Revocation = Revoked, &v
		return nil
	})
}

// MarkListed records that a status list of this serial names the revocation of g.
func (r *Registry) MarkListed(g batch.ID, serial uint64) error {
	return r.update(g, func(e *Entry) error {
		if e.Revocation == nil {
			return fmt.Errorf("gateway %s is not revoked", g)
		}
		if e.Revocation.Listed != 0 {
			return nil
		}
		v := *e.Revocation
		v.Listed = serial
		e.Revocation = &v
		return nil
	})
}

func (r *Registry) update(g batch.ID, change func(*Entry) error) error {
	r.mu.Lock()
	old, ok := r.gateways[g]
	if !ok {
		r.mu.Unlock()
		return fmt.Errorf("gateway %s: %w; fieldseal-notary gateway list names those that are", g, access.ErrUnknown)
	}
	e := *old
	err := change(&e)
	if err == nil {
		err = r.put(&store.Group{}, &e)
	}
	watch := r.watch
	r.mu.Unlock()
	if err != nil {
		return err
	}
	for _, f := range watch {
		f(e)
	}
	return nil
}

// put commits the entry together with what g holds already; mu is held.
func (r *Registry) put(g *store.Group, e *Entry) error {
	v, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("register: gateway %s: %w", e.Gateway, err)
	}
	g.Rows = append(g.Rows, store.Put{Table: store.TableRegistry, Key: append(bytes.Clone(gatewayPrefix), e.Gateway[:]...), Value: v})
	if err := r.rows.Commit(g); err != nil {
		return fmt.Errorf("register: gateway %s: %w", e.Gateway, err)
	}
	r.gateways[e.Gateway], r.keys[e.Key] = e, e.Gateway
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// site finds the id of a site or draws one, and adds it to the group; mu is held.
func (r *Registry) site(slug string, g *store.Group) (batch.ID, error) {
	if id, ok := r.sites[slug]; ok {
		return id, nil
	}
	var id batch.ID
	if _, err := io.ReadFull(r.random, id[:]); err != nil {
		return id, fmt.Errorf("site %s: draw an id: %w", slug, err)
	}
	g.Rows = append(g.Rows, store.Put{Table: store.TableRegistry, Key: append(bytes.Clone(sitePrefix), slug...), Value: id[:]})
	return id, nil
}

// SiteOf finds the id of a site by its configuration id.
func (r *Registry) SiteOf(slug string) (batch.ID, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	id, ok := r.sites[slug]
	return id, ok
}

// SlugOf is the configuration id of a site; empty for one that is not known.
func (r *Registry) SlugOf(site batch.ID) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.slugs[site]
}

var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// checkSlug holds a configuration id to its form.
func checkSlug(what, s string) error {
	if !slugForm.MatchString(s) {
		return fmt.Errorf("%s %q: an id is 1 to 63 lower-case letters, digits and hyphens, and begins with a letter or digit", what, s)
	}
	return nil
}

func checkName(what, s string) error {
	if s == "" || len(s) > statement.MaxName || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("%s %q: 1 to %d bytes of printable UTF-8 are needed", what, s, statement.MaxName)
	}
	return nil
}
