package api

import (
	"crypto/subtle"
	"net"
	"net/http"
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
)

// SessionCookie is the cookie of a page's session. The prefix has the browser
// refuse it from anything but this host over TLS (RFC 6265bis §4.1.3.2).
const SessionCookie = "__Host-fieldseal"

// CSRFHeader is what a page sends beside the cookie.
const CSRFHeader = "X-CSRF-Token"

// maxSignIn bounds the body of a sign-in, in bytes.
const maxSignIn = 4 << 10

// from is the address that asks, without port.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "" // the socket in the data folder
	}
	return host
}

// forged says whether a request that changes something comes from another page
// than ours: a browser sends the cookie by itself, and the header not.
func forged(r *http.Request, v *accounts.Viewer) bool {
	if v.CSRF() == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	shown := r.Header.Get(CSRFHeader)
	if shown == "" && r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		shown = r.PostFormValue("csrf") // a form without script cannot send a header
	}
	return elsewhere(r) || subtle.ConstantTimeCompare([]byte(shown), []byte(v.CSRF())) != 1
}

// elsewhere says whether a browser tells that another site's page asks.
func elsewhere(r *http.Request) bool {
	s := r.Header.Get("Sec-Fetch-Site")
	return s != "" && s != "same-origin" && s != "none"
}

func setCookie(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: SessionCookie, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: age})
}

// entrances are the requests by which one comes in.
func (a *API) entrances(r *rest.Router) {
	rest.Raw[struct{ Body client.SignIn }, struct{ Body client.Me }](r, rest.Operation{ID: "sign-in", Method: http.MethodPost, Path: client.SessionPath, Tag: "accounts",
		Summary: "Sign in with name and password; the answer sets the session's cookie", MaxBody: maxSignIn,
		Detail: "Of one address for one account 5 attempts at once, then one every 30 s.", Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}}, a.signIn)
	rest.Raw[struct{ Body client.LogIn }, struct{ Body client.NewToken }](r, rest.Operation{ID: "log-in", Method: http.MethodPost, Path: client.LogInPath, Tag: "accounts",
		Summary: "An access token for name and password, for commands", MaxBody: maxSignIn,
		Detail: "Bounds as for signing in.", Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}}, a.logIn)
	rest.Raw[nothingIn, struct{ Body client.Ways }](r, rest.Operation{ID: "sign-in-ways", Method: http.MethodGet, Path: client.WaysPath, Tag: "accounts",
		Summary: "In which ways one can sign in here"}, a.ways)
	a.byProvider(r)
	a.byPage(r)
}

// ways tells a page what to offer.
func (a *API) ways(w http.ResponseWriter, _ *http.Request) {
	out := client.Ways{Local: true}
	if a.OpenID != nil {
		out.OIDC = &client.OIDC{Name: a.OpenID.Title(), Href: client.OpenIDPath}
	}
	answer(w, out)
}

// me tells the viewer who it is and what it may do.
func (a *API) me(w http.ResponseWriter, r *http.Request) {
	answer(w, a.tellMe(accounts.From(r.Context())))
}

func (a *API) tellMe(v *accounts.Viewer) client.Me {
	u, known := a.Accounts.Get(v.Name)
	return client.Me{Name: v.Name, Role: v.Role, Businesses: some(v.Scope.Businesses), Districts: some(v.Scope.Districts), Sites: some(v.Scope.Sites),
		May: v.Rights(), CSRF: v.CSRF(), MustChange: v.MustChange(), Password: known && v.SignedIn() && v.Role == u.Role && u.Subject == ""}
}

// some makes an empty list of none, for JSON.
func some[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// signIn opens a session.
func (a *API) signIn(w http.ResponseWriter, r *http.Request) {
	var in client.SignIn
	if !a.readSignIn(w, r, &in) {
		return
	}
	cookie, v, err := a.Accounts.SignIn(in.Name, in.Password, from(r))
	if err != nil {
		refuse(w, err)
		return
	}
	setCookie(w, cookie, int(a.Accounts.Lasts()/time.Second))
	answer(w, a.tellMe(v))
}

// logIn gives a command an access token for name and password.
func (a *API) logIn(w http.ResponseWriter, r *http.Request) {
	var in client.LogIn
	if !a.readSignIn(w, r, &in) {
		return
	}
	text, t, err := a.Accounts.LogIn(in.Name, in.Password, from(r), accounts.TokenSpec{Label: in.Label, Limits: in.Limits, Scope: in.Scope, Expires: in.Expires})
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, client.NewToken{Token: text, AccessToken: t})
}

// readSignIn reads a body with a password, which no other site's page may send.
func (a *API) readSignIn(w http.ResponseWriter, r *http.Request, in any) bool {
	w.Header().Set("Cache-Control", "no-store")
	if elsewhere(r) || r.Header.Get("Content-Type") != "application/json" {
		problem(w, http.StatusForbidden, "a sign-in is JSON from this notary's own page or from a command", "open the page at its own address and sign in there")
		return false
	}
	if err := decode(http.MaxBytesReader(w, r.Body, maxSignIn), in); err != nil {
		refuse(w, err)
		return false
	}
	return true
}

func (a *API) signOut(w http.ResponseWriter, r *http.Request) {
	if err := a.Accounts.SignOut(accounts.From(r.Context())); err != nil {
		refuse(w, err)
		return
	}
	setCookie(w, "", -1)
	w.WriteHeader(http.StatusNoContent)
}

// password changes the viewer's own.
func (a *API) password(w http.ResponseWriter, r *http.Request) {
	v := accounts.From(r.Context())
	var in client.Password
	if err := decode(http.MaxBytesReader(w, r.Body, maxSignIn), &in); err != nil {
		refuse(w, err)
		return
	}
	if err := a.Accounts.SetPassword(v, in.Old, in.New); err != nil {
		refuse(w, err)
		return
	}
	if again := a.viewer(r); again.SignedIn() {
		v = again
	}
	answer(w, a.tellMe(v))
}
