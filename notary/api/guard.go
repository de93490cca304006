package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/rest"
)

// errEnded is why a request ends whose viewer is not believed any more.
var errEnded = errors.New("the session or token has ended")

// guard lets a request pass if the table of package accounts allows what it
// needs, and puts who asks into its context.
func guard(who func(*http.Request) *accounts.Viewer) rest.Guard {
	return func(w http.ResponseWriter, r *http.Request, n rest.Need) (context.Context, error) {
		if n == (rest.Need{}) {
			return r.Context(), nil
		}
		v, action, resource := who(r), accounts.Action(n.Action), accounts.Resource(n.Resource)
		if forged(r, v) {
			return nil, rest.Fail(http.StatusForbidden, "the header "+CSRFHeader+" is missing or not this session's", "send what GET /api/v1/me tells as csrf; load the page again")
		}
		if !v.May(action, resource) {
			return nil, denied(w, v, n)
		}
		if resource.Whole() && !v.SeesAll() {
			return nil, rest.Fail(http.StatusForbidden, "this concerns every site, and the account "+v.Name+" is limited to some", "ask somebody whose account is not limited")
		}
		if resource != accounts.Self {
			if err := v.Ask(r.Context()); err != nil {
				return nil, rest.Fail(http.StatusServiceUnavailable, "the chain does not say whether the permissions stand by which "+v.Name+" reads", "try again; the notary's log says what is wrong with the chain")
			}
		}
		return during(accounts.With(r.Context(), v), v), nil
	}
}

// during is a context that ends with what the viewer has shown, so that what is
// open ends too (R11).
func during(ctx context.Context, v *accounts.Viewer) context.Context {
	if v.Ended() == nil {
		return ctx
	}
	under, cancel := context.WithCancelCause(ctx)
	go func() {
		defer cancel(nil)
		// A stream that is open is a session in use.
		use := time.NewTicker(time.Minute)
		defer use.Stop()
		for {
			select {
			case <-v.Ended():
				cancel(errEnded)
				return
			case <-ctx.Done(): // the server ends it with the request
				return
			case <-use.C:
				v.Touch()
			}
		}
	}()
	return under
}

func denied(w http.ResponseWriter, v *accounts.Viewer, n rest.Need) error {
	if v.SignedIn() {
		if v.MustChange() {
			return rest.Fail(http.StatusForbidden, "the first password of "+v.Name+" must be changed before anything else", "choose one on the page, or with fieldseal login")
		}
		return rest.Fail(http.StatusForbidden, "the role "+string(v.Role)+" may not "+n.Action+" "+n.Resource+" here",
			"ask the notary's operator for an account that may; docs/operations.md has the table")
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="fieldseal"`)
	return rest.Fail(http.StatusUnauthorized, "you have not signed in, or the token is not known here",
		"sign in on the page or with fieldseal login; on the notary's own machine send Authorization: Bearer with the content of "+access.TokenFile)
}

// viewer tells who asks over HTTPS.
func (a *API) viewer(r *http.Request) *accounts.Viewer {
	if head := r.Header.Get("Authorization"); head != "" {
		if a.Token.Allows(r) {
			return accounts.KeeperBy("keeper:token")
		}
		if text, ok := strings.CutPrefix(head, "Bearer "); ok && a.Accounts != nil {
			if v, err := a.Accounts.ByToken(text, from(r)); err == nil {
				return v
			}
		}
		// What was shown is not believed; where it comes from does not make up for it.
		return nobody
	}
	if c, err := r.Cookie(SessionCookie); err == nil && a.Accounts != nil {
		if v, err := a.Accounts.BySession(c.Value, from(r)); err == nil {
			return v
		}
	}
	if !a.TokenAlways && onLoopback(r) {
		return accounts.LocalReader()
	}
	return nobody
}

// nobody has not signed in.
var nobody = accounts.From(context.Background())

// keeper is who asks through the socket in the data folder: whoever may open it
// may read the folder, and so holds the token anyway.
func keeper(*http.Request) *accounts.Viewer { return accounts.KeeperBy("keeper:socket") }

// visible leaves out what stands at sites that the viewer does not see.
func visible[T any](r *http.Request, all []T, site func(T) batch.ID) []T {
	v := accounts.From(r.Context())
	if v.SeesAll() {
		return all
	}
	return slices.DeleteFunc(all, func(x T) bool { return !v.Sees(site(x)) })
}
