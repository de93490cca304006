package accounts

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"fieldseal/evidence/batch"
)

// Grant is a permission of the contract Registry to read a site.
type Grant struct {
	Site string `json:"site"` // configuration id
	ID   string `json:"id"`   // 64 lower-case hex digits
}

// ParseGrant reads SITE=ID.
func ParseGrant(s string) (Grant, error) {
	site, id, _ := strings.Cut(s, "=")
	g := Grant{Site: site, ID: strings.ToLower(strings.TrimPrefix(id, "0x"))}
	return g, g.check()
}

func (g Grant) check() error {
	if err := CheckID("grant: site", g.Site); err != nil {
		return err
	}
	if b, err := hex.DecodeString(g.ID); err != nil || len(b) != 32 || g.ID != strings.ToLower(g.ID) {
		return fmt.Errorf("grant %s=%s: write SITE=ID, the id as 64 hexadecimal digits", g.Site, g.ID)
	}
	return nil
}

// key is the permission's id in the contract.
func (g Grant) key() (k [32]byte) {
	_, _ = hex.Decode(k[:], []byte(g.ID)) // checked when it was given
	return k
}

// grant is the permission that a site is bound to.
func (s *Scope) grant(site string) (Grant, bool) {
	for _, g := range s.Grants {
		if g.Site == site {
			return g, true
		}
	}
	return Grant{}, false
}

// Permitted is a permission with the site and the reader that it must name.
type Permitted struct {
	Grant  [32]byte
	Site   batch.ID
	Reader [32]byte
}

// Grants is the chain's register of permissions.
type Grants interface {
	// Ask asks the chain which of these stand, and waits for it. An error means that
	// it is not known.
	Ask(ctx context.Context, of []Permitted) error
	// Stands is what the chain said last, a few seconds ago at most. It never waits:
	// what is not known does not stand.
	Stands(p Permitted) bool
}

// bound are the permissions that an account's sites are bound to.
func (d *Directory) bound(a *account) map[string]Permitted {
	if len(a.Scope.Grants) == 0 {
		return nil
	}
	out := map[string]Permitted{}
	for _, g := range a.Scope.Grants {
		p := Permitted{Grant: g.key(), Reader: a.reader()}
		if d.o.SiteOf != nil {
			p.Site, _ = d.o.SiteOf(g.Site) // a site that never came has no id, and nothing to read
		}
		out[g.Site] = p
	}
	return out
}

// Permitted lists the permissions that accounts read by, to be asked for again and again
// while streams are open.
func (d *Directory) Permitted() (out []Permitted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.accounts {
		if a.Disabled {
			continue
		}
		for _, p := range d.bound(a) {
			out = append(out, p)
		}
	}
	return out
}

// Ask has the chain asked for the viewer's permissions, before a request begins. It
// waits for it, and is called where nothing is locked.
func (v *Viewer) Ask(ctx context.Context) error {
	if len(v.bound) == 0 || v.grants == nil {
		return nil // nothing to ask for, or nobody: then nothing that is bound is seen
	}
	var of []Permitted
	for _, p := range v.bound {
		of = append(of, p)
	}
	return v.grants.Ask(ctx, of)
}

// granted says whether the permission that a site is bound to stands, if it is bound.
func (v *Viewer) granted(site batch.ID, p Place) bool {
	if _, bound := v.Scope.grant(p.Site); !bound {
		return true
	}
	x, known := v.bound[p.Site]
	return known && v.grants != nil && x.Site == site && v.grants.Stands(x)
}
