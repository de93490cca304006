package accounts

import (
	"context"
	"fmt"
	"slices"

	"fieldseal/evidence/batch"
)

// Permission is an action on a resource, as an access token lists them.
type Permission struct {
	Resource Resource `json:"resource"`
	Action   Action   `json:"action"`
}

// Places tells where sites are. It is asked at each question, so that a change of
// the register counts at once.
type Places interface {
	Place(site batch.ID) Place
}

// Viewer is who asks, for as long as one request or stream lasts.
type Viewer struct {
	Name  string // of the account; for other roles what they are
	Role  Role
	Scope Scope
	From  string // address without port; empty over the socket

	limits []Permission // of a token; nil: all that the role may
	narrow *Scope       // of a token, within Scope
	places Places
	grants Grants               // nil: there is no register, and no permission stands
	bound  map[string]Permitted // by the site's configuration id
	ended  <-chan struct{}
	csrf   string // of a session: a browser sends its cookie by itself
	key    string // id of the session or token
	forced bool   // must change the password first
	touch  func()
}

// NewViewer makes the viewer of a role within a scope.
func NewViewer(name string, r Role, s Scope, places Places) *Viewer {
	return &Viewer{Name: name, Role: r, Scope: s, places: places}
}

// KeeperBy is who holds the data folder: they could read and change what is in it anyway.
func KeeperBy(way string) *Viewer { return &Viewer{Name: way, Role: Keeper} }

// LocalReader is who asks over loopback without having signed in.
func LocalReader() *Viewer { return &Viewer{Name: "local reader", Role: Local} }

// nobody has not signed in.
var nobody = &Viewer{Name: "", Role: Nobody}

// May says whether the viewer may do this to some such thing. Ask [Viewer.Sees]
// for the site it belongs to.
func (v *Viewer) May(a Action, r Resource) bool {
	if v.forced && r != Self {
		return false
	}
	// What these make goes on with all that the account may read: no limited token makes it.
	if a == Add && (r == Certificate || r == Webhook) && (v.narrow != nil || v.limits != nil) {
		return false
	}
	return Allows(v.Role, a, r) && (v.limits == nil || slices.Contains(v.limits, Permission{r, a}) || r == Self && a == Read)
}

// Sees says whether the site is one of the viewer's, now. It never waits.
func (v *Viewer) Sees(site batch.ID) bool {
	if v.SeesAll() {
		return true
	}
	if v.places == nil {
		return false
	}
	p := v.places.Place(site)
	return v.Holds(p) && v.granted(site, p)
}

// Holds says whether a site that lay at a place would be one of the viewer's.
func (v *Viewer) Holds(p Place) bool {
	return v.SeesAll() || v.Role != Nobody && v.Scope.Holds(p) && (v.narrow == nil || v.narrow.Holds(p))
}

// SeesAll says whether no site is hidden from the viewer: what concerns the whole
// log, such as a count over all sites, is theirs to see.
func (v *Viewer) SeesAll() bool {
	switch v.Role {
	case Keeper, Local:
		return true
	case Nobody:
		return false
	}
	return v.Scope.Everywhere() && (v.narrow == nil || v.narrow.Everywhere())
}

// Bounds tells how a token is narrower than its account, to tell viewers of one
// name apart; empty where it is not.
func (v *Viewer) Bounds() string {
	out := ""
	if v.narrow != nil {
		out = fmt.Sprintf("%q", []any{v.narrow.Businesses, v.narrow.Districts, v.narrow.Sites})
	}
	if v.limits != nil {
		out += fmt.Sprintf("%q", v.limits)
	}
	return out
}

// Key is the id of the session or token that was shown; empty for who has neither.
func (v *Viewer) Key() string { return v.key }

// SignedIn says whether the viewer is known by name.
func (v *Viewer) SignedIn() bool { return v.Role != Nobody && v.Role != Local }

// Ended is closed when what the viewer showed is not believed any more: a session
// or token that was revoked, ended or belongs to a disabled account. An open stream
// ends with it. It is nil where that cannot happen.
func (v *Viewer) Ended() <-chan struct{} { return v.ended }

// Touch says that what the viewer showed is in use, as while a stream is open.
func (v *Viewer) Touch() {
	if v.touch != nil {
		v.touch()
	}
}

// MustChange says that nothing is open but changing the password.
func (v *Viewer) MustChange() bool { return v.forced }

// CSRF is what requests by cookie carry in a header unless they only read; empty
// for a viewer that shows no cookie.
func (v *Viewer) CSRF() string { return v.csrf }

// Rights lists what the viewer may do, for a page that hides what it may not.
func (v *Viewer) Rights() map[Resource][]Action {
	out := map[Resource][]Action{}
	for _, r := range Resources() {
		for _, a := range Actions() {
			if v.May(a, r) {
				out[r] = append(out[r], a)
			}
		}
	}
	return out
}

type contextKey struct{}

// With puts the viewer into a request's context.
func With(ctx context.Context, v *Viewer) context.Context {
	return context.WithValue(ctx, contextKey{}, v)
}

// From is who asks; never nil. Where nobody was put in, nobody asks.
func From(ctx context.Context) *Viewer {
	if v, ok := ctx.Value(contextKey{}).(*Viewer); ok && v != nil {
		return v
	}
	return nobody
}
