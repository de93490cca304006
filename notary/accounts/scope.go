package accounts

import (
	"fmt"
	"regexp"
	"slices"
)

// MaxScope bounds each list of a scope.
const MaxScope = 256

// Scope limits rights to some sites. An empty list does not limit.
type Scope struct {
	Businesses []Business `json:"businesses"`
	Districts  []string   `json:"districts"`
	Sites      []string   `json:"sites"` // configuration ids
	// Grants bind some of Sites to permissions in the chain's register: such a site
	// is seen while its permission stands there.
	Grants []Grant `json:"grants,omitempty"`
}

// Place is what a scope asks of a site. A site without a register entry has
// neither business nor district: who is limited to some does not see it.
type Place struct {
	Site     string // configuration id
	Business Business
	District string
}

// Holds says whether a site is within the scope.
func (s *Scope) Holds(p Place) bool {
	return holds(s.Businesses, p.Business) && holds(s.Districts, p.District) && holds(s.Sites, p.Site)
}

// Everywhere says that nothing is left out.
func (s *Scope) Everywhere() bool {
	return len(s.Businesses)+len(s.Districts)+len(s.Sites) == 0
}

// Within says that whatever s holds, outer holds too, whichever sites come.
func (s *Scope) Within(outer *Scope) bool {
	for _, g := range outer.Grants {
		if own, bound := s.grant(g.Site); holds(s.Sites, g.Site) && (!bound || own != g) {
			return false
		}
	}
	return within(s.Businesses, outer.Businesses) && within(s.Districts, outer.Districts) && within(s.Sites, outer.Sites)
}

func holds[S ~string](list []S, x S) bool {
	return len(list) == 0 || x != "" && slices.Contains(list, x)
}

func within[S ~string](inner, outer []S) bool {
	if len(outer) == 0 {
		return true
	}
	return len(inner) > 0 && !slices.ContainsFunc(inner, func(x S) bool { return !slices.Contains(outer, x) })
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CheckID holds a name to the form of ids.
func CheckID(what, s string) error {
	if !idForm.MatchString(s) {
		return fmt.Errorf("%s %q: an id is 1 to 63 lower-case letters, digits and hyphens, and begins with a letter or digit", what, s)
	}
	return nil
}

// check holds a scope to what the role can have.
func (s *Scope) check(r Role) error {
	if len(s.Businesses) > MaxScope || len(s.Districts) > MaxScope || len(s.Sites) > MaxScope {
		return fmt.Errorf("more than %d businesses, districts or sites", MaxScope)
	}
	for _, b := range s.Businesses {
		if _, err := ParseBusiness(string(b)); err != nil {
			return err
		}
	}
	for _, d := range s.Districts {
		if err := CheckID("district", d); err != nil {
			return err
		}
	}
	for _, x := range s.Sites {
		if err := CheckID("site", x); err != nil {
			return err
		}
	}
	for i, g := range s.Grants {
		if err := g.check(); err != nil {
			return err
		}
		if !slices.Contains(s.Sites, g.Site) {
			return fmt.Errorf("a grant for site %s, which the account is not limited to: name it among the sites, too", g.Site)
		}
		if first, _ := s.grant(g.Site); first != s.Grants[i] {
			return fmt.Errorf("two grants for site %s", g.Site)
		}
	}
	if r == Company && len(s.Sites) == 0 {
		return fmt.Errorf("a %s sees its own sites only: name them", Company)
	}
	return nil
}
