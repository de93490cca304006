package sites

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/accounts"
	"fieldseal/notary/store"
)

// Errors of the register.
var (
	ErrEntry   = errors.New("register entry")
	ErrStale   = errors.New("the register entry was changed in between")
	ErrVersion = errors.New("the version that you have read is needed")
)

// Entry is what is registered of a site. Empty fields are not known.
type Entry struct {
	ProjectCode string            `json:"project_code"`
	CreditCode  string            `json:"credit_code"`
	FoodLicence string            `json:"food_licence"`
	Owner       string            `json:"owner"`
	District    string            `json:"district"`
	Business    accounts.Business `json:"business"`
	Coordinates *Coordinates      `json:"coordinates"`
}

// Check holds an entry to the forms of its fields.
func (e *Entry) Check() error {
	for _, c := range []struct {
		text  string
		check func(string) error
	}{
		{e.ProjectCode, CheckProjectCode},
		{e.CreditCode, CheckCreditCode},
		{e.FoodLicence, CheckFoodLicence},
		{e.Owner, checkOwner},
		{e.District, func(s string) error { return accounts.CheckID("district", s) }},
		{string(e.Business), func(s string) error { _, err := accounts.ParseBusiness(s); return err }},
	} {
		if c.text == "" {
			continue
		}
		if err := c.check(c.text); err != nil {
			return fmt.Errorf("%w: %w", ErrEntry, err)
		}
	}
	if e.Coordinates != nil {
		if err := e.Coordinates.check(); err != nil {
			return fmt.Errorf("%w: %w", ErrEntry, err)
		}
	}
	return nil
}

// Tag tells one version of an entry from another (RFC 9110 §8.8.3, quoted).
func (e *Entry) Tag() string {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // plain structs of strings
	}
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// row is an entry as it is stored.
type row struct {
	Version int   `json:"v"` // 1
	Entry   Entry `json:"entry"`
	Changed int64 `json:"changed"` // Unix µs
}

// Register holds the entries of all sites. It is safe for concurrent use.
type Register struct {
	trail *accounts.Trail
	now   func() time.Time
	slug  func(batch.ID) string

	mu      sync.RWMutex
	entries map[batch.ID]Entry
}

// Open reads the register. slug is the configuration id of a site.
func Open(rows accounts.Rows, trail *accounts.Trail, now func() time.Time, slug func(batch.ID) string) (*Register, error) {
	r := &Register{trail: trail, now: now, slug: slug, entries: map[batch.ID]Entry{}}
	for kv, err := range rows.Rows(store.TablePlace, store.Range{}) {
		var x row
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(kv.Value))
			d.DisallowUnknownFields()
			err = d.Decode(&x)
		}
		if err == nil && (x.Version != 1 || len(kv.Key) != len(batch.ID{})) {
			err = fmt.Errorf("version %d, key of %d bytes", x.Version, len(kv.Key))
		}
		if err != nil {
			return nil, fmt.Errorf("register of sites: row %x: %w", kv.Key, err)
		}
		r.entries[batch.ID(kv.Key)] = x.Entry
	}
	return r, nil
}

// Get is the entry of a site; false where there is none yet.
func (r *Register) Get(site batch.ID) (Entry, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.entries[site]
	return e, ok
}

// Place implements accounts.Places.
func (r *Register) Place(site batch.ID) accounts.Place {
	e, _ := r.Get(site)
	return accounts.Place{Site: r.slug(site), Business: e.Business, District: e.District}
}

// Put replaces the entry of a site. match is the tag that its maker has read;
// empty where there was no entry.
func (r *Register) Put(by *accounts.Viewer, site batch.ID, e Entry, match string) error {
	if err := e.Check(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.entries[site]
	switch {
	case ok && match == "":
		return ErrVersion
	case ok && match != old.Tag(), !ok && match != "":
		return ErrStale
	}
	x := row{1, e, r.now().UnixMicro()}
	b, err := json.Marshal(x)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEntry, err)
	}
	after, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEntry, err)
	}
	d := accounts.Deed{Time: x.Changed, By: by.Name, Role: by.Role, From: by.From, What: "register.change", Subject: site.String(), After: after}
	if ok {
		if d.Before, err = json.Marshal(old); err != nil {
			return fmt.Errorf("%w: %w", ErrEntry, err)
		}
	}
	g := &store.Group{Rows: []store.Put{{Table: store.TablePlace, Key: bytes.Clone(site[:]), Value: b}}}
	if err := r.trail.Commit(g, d); err != nil {
		return fmt.Errorf("register of site %s: %w", site, err)
	}
	r.entries[site] = e
	return nil
}
