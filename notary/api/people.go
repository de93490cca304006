package api

import (
	"net/http"
	"strconv"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
)

// maxTrail is the most rows of the audit trail in one answer.
const maxTrail = 1000

// people are accounts, tokens, the audit trail and the register of sites.
func (a *API) people(r *rest.Router) {
	type named struct {
		Name string `path:"name"`
	}
	self, others, tokens := accounts.Self, accounts.Account, accounts.Token
	rest.Raw[nothingIn, struct{ Body client.Me }](r, rest.Operation{ID: "me", Method: http.MethodGet, Path: client.MePath, Tag: "accounts",
		Summary: "Who asks, and what they may do", Needs: need(accounts.Read, self)}, a.me)
	if a.Sites != nil {
		a.registers(r)
	}
	if a.Accounts == nil {
		return
	}
	a.entrances(r)
	rest.Raw[struct{ Body client.Password }, struct{ Body client.Me }](r, rest.Operation{ID: "change-password", Method: http.MethodPost, Path: client.PasswordPath, Tag: "accounts",
		Summary: "Change one's own password; other sessions end", Needs: need(accounts.Change, self), MaxBody: maxSignIn, Errors: []int{http.StatusTooManyRequests}}, a.password)
	rest.Raw[nothingIn, nothingIn](r, rest.Operation{ID: "sign-out", Method: http.MethodDelete, Path: client.SessionPath, Tag: "accounts",
		Summary: "End one's own session", Needs: need(accounts.Remove, self), Status: http.StatusNoContent}, a.signOut)

	rest.Raw[nothingIn, struct{ Body client.Items[accounts.User] }](r, rest.Operation{ID: "list-accounts", Method: http.MethodGet, Path: client.AccountsPath, Tag: "accounts",
		Summary: "Accounts that the asker looks after", Needs: need(accounts.Read, others)}, a.listAccounts)
	rest.Raw[struct{ Body accounts.Spec }, struct{ Body client.FirstPassword }](r, rest.Operation{ID: "add-account", Method: http.MethodPost, Path: client.AccountsPath, Tag: "accounts",
		Summary: "Make an account; its first password is told this once", Needs: need(accounts.Add, others), Errors: []int{http.StatusConflict}}, a.addAccount)
	rest.Raw[struct {
		named
		Body accounts.Spec
	}, struct{ Body accounts.User }](r, rest.Operation{ID: "assign-account", Method: http.MethodPut, Path: client.AccountsPath + "/{name}", Tag: "accounts",
		Summary: "Give an account another role and scope", Needs: need(accounts.Change, others), Errors: []int{http.StatusNotFound}}, a.assignAccount)
	rest.Raw[struct {
		named
		Body client.Disable
	}, struct{ Body accounts.User }](r, rest.Operation{ID: "disable-account", Method: http.MethodPost, Path: client.AccountsPath + "/{name}/disable", Tag: "accounts",
		Summary: "Shut an account out, or let it in again", Needs: need(accounts.Remove, others), Errors: []int{http.StatusNotFound}}, a.disableAccount)
	rest.Raw[named, struct{ Body client.FirstPassword }](r, rest.Operation{ID: "reset-account", Method: http.MethodPost, Path: client.AccountsPath + "/{name}/reset", Tag: "accounts",
		Summary: "A new first password; sessions and tokens end", Needs: need(accounts.Change, others), Errors: []int{http.StatusNotFound}}, a.resetAccount)
	rest.Raw[named, struct {
		Body client.Items[accounts.AccessToken]
	}](r, rest.Operation{ID: "list-account-tokens", Method: http.MethodGet, Path: client.AccountsPath + "/{name}/tokens", Tag: "accounts",
		Summary: "Access tokens of an account", Needs: need(accounts.Read, others), Errors: []int{http.StatusNotFound}}, a.tokensOf)
	rest.Raw[struct {
		named
		ID string `path:"id"`
	}, struct{ Body accounts.AccessToken }](r, rest.Operation{ID: "revoke-account-token", Method: http.MethodDelete, Path: client.AccountsPath + "/{name}/tokens/{id}", Tag: "accounts",
		Summary: "Revoke an access token of an account", Needs: need(accounts.Change, others), Errors: []int{http.StatusNotFound}}, a.revokeToken)

	rest.Raw[nothingIn, struct {
		Body client.Items[accounts.AccessToken]
	}](r, rest.Operation{ID: "list-tokens", Method: http.MethodGet, Path: client.TokensPath, Tag: "accounts",
		Summary: "One's own access tokens", Needs: need(accounts.Read, tokens)}, a.tokens)
	rest.Raw[struct{ Body accounts.TokenSpec }, struct{ Body client.NewToken }](r, rest.Operation{ID: "add-token", Method: http.MethodPost, Path: client.TokensPath, Tag: "accounts",
		Summary: "Make an access token; it is told this once", Detail: "At most 50 of an account at once, for at most 366 days.", Needs: need(accounts.Add, tokens), Errors: []int{http.StatusConflict}}, a.newToken)
	rest.Raw[struct {
		ID string `path:"id"`
	}, struct{ Body accounts.AccessToken }](r, rest.Operation{ID: "revoke-token", Method: http.MethodDelete, Path: client.TokensPath + "/{id}", Tag: "accounts",
		Summary: "Revoke an access token of one's own", Needs: need(accounts.Remove, tokens), Errors: []int{http.StatusNotFound}}, a.revokeToken)
	rest.Raw[struct {
		After uint64 `query:"after"`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}, struct {
		Body client.Items[accounts.Deed]
	}](r, rest.Operation{ID: "audit", Method: http.MethodGet, Path: client.AuditPath, Tag: "accounts",
		Summary: "The audit trail: who changed what, and who signed in", Needs: need(accounts.Read, accounts.Audit)}, a.audit)
}

// told answers with what f gives, or refuses.
func told[T any](w http.ResponseWriter, v T, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, v)
}

func (a *API) listAccounts(w http.ResponseWriter, r *http.Request) {
	answer(w, client.Items[accounts.User]{Items: a.Accounts.List(accounts.From(r.Context()))})
}

func (a *API) addAccount(w http.ResponseWriter, r *http.Request) {
	var s accounts.Spec
	if err := decode(r.Body, &s); err != nil {
		refuse(w, err)
		return
	}
	password, err := a.Accounts.Add(accounts.From(r.Context()), s)
	u, _ := a.Accounts.Get(s.Name)
	told(w, client.FirstPassword{Name: s.Name, Password: password, Reader: u.Reader}, err)
}

func (a *API) assignAccount(w http.ResponseWriter, r *http.Request) {
	var s accounts.Spec
	err := decode(r.Body, &s)
	if err == nil && s.Name == "" {
		s.Name = r.PathValue("name")
	}
	if err == nil && s.Name != r.PathValue("name") {
		err = usage("the body names account %q, the path %q; an account keeps its name", s.Name, r.PathValue("name"))
	}
	if err == nil {
		err = a.Accounts.Assign(accounts.From(r.Context()), s)
	}
	u, _ := a.Accounts.Get(s.Name)
	told(w, u, err)
}

func (a *API) disableAccount(w http.ResponseWriter, r *http.Request) {
	var in client.Disable
	err := decode(r.Body, &in)
	if err == nil {
		err = a.Accounts.Disable(accounts.From(r.Context()), r.PathValue("name"), in.Disabled)
	}
	u, _ := a.Accounts.Get(r.PathValue("name"))
	told(w, u, err)
}

func (a *API) resetAccount(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	password, err := a.Accounts.Reset(accounts.From(r.Context()), name)
	told(w, client.FirstPassword{Name: name, Password: password}, err)
}

func (a *API) tokens(w http.ResponseWriter, r *http.Request) {
	v := accounts.From(r.Context())
	all, err := a.Accounts.Tokens(v, v.Name)
	told(w, client.Items[accounts.AccessToken]{Items: all}, err)
}

func (a *API) tokensOf(w http.ResponseWriter, r *http.Request) {
	all, err := a.Accounts.Tokens(accounts.From(r.Context()), r.PathValue("name"))
	told(w, client.Items[accounts.AccessToken]{Items: all}, err)
}

func (a *API) newToken(w http.ResponseWriter, r *http.Request) {
	var s accounts.TokenSpec
	if err := decode(r.Body, &s); err != nil {
		refuse(w, err)
		return
	}
	text, t, err := a.Accounts.NewToken(accounts.From(r.Context()), s)
	told(w, client.NewToken{Token: text, AccessToken: t}, err)
}

func (a *API) revokeToken(w http.ResponseWriter, r *http.Request) {
	t, err := a.Accounts.Revoke(accounts.From(r.Context()), r.PathValue("name"), r.PathValue("id"))
	told(w, t, err)
}

func (a *API) audit(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	after, limit := uint64(0), uint64(100)
	var err error
	if s := q.Get("after"); s != "" {
		after, err = strconv.ParseUint(s, 10, 64)
	}
	if s := q.Get("limit"); s != "" && err == nil {
		limit, err = strconv.ParseUint(s, 10, 16)
	}
	if err != nil || limit < 1 || limit > maxTrail {
		refuse(w, usage("after is a number of the trail, limit 1 to %d", maxTrail))
		return
	}
	all, err := a.Accounts.Trail(after, int(limit))
	out := client.Items[accounts.Deed]{Items: all}
	if len(all) == int(limit) {
		out.Next = strconv.FormatUint(all[len(all)-1].Number, 10)
	}
	told(w, out, err)
}
