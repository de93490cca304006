package api

import (
	"net/http"
	"strings"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/sites"
)

// RegisterPath is the path of a site's register entry.
const RegisterPath = "/api/v1/centre/sites/{site}/register"

// maxRegister bounds an entry's body, in bytes.
const maxRegister = 8 << 10

// registers are the requests for the register of sites.
func (a *API) registers(r *rest.Router) {
	type of struct {
		Site string `path:"site" doc:"configuration id or 32 hex digits"`
	}
	rest.Raw[struct {
		of
		Have string `header:"If-None-Match"`
	}, struct{ Body sites.Entry }](r, rest.Operation{ID: "get-register", Method: http.MethodGet, Path: RegisterPath, Tag: "sites",
		Summary: "What is registered of a site", Needs: need(accounts.Read, accounts.Register), Errors: []int{http.StatusNotFound}}, a.getRegister)
	rest.Raw[struct {
		of
		Match string `header:"If-Match" doc:"the ETag that GET gave; none where there is no entry yet"`
		Body  sites.Entry
	}, struct{ Body sites.Entry }](r, rest.Operation{ID: "put-register", Method: http.MethodPut, Path: RegisterPath, Tag: "sites",
		Summary: "Change what is registered of a site", Needs: need(accounts.Change, accounts.Register), MaxBody: maxRegister,
		Errors: []int{http.StatusNotFound, http.StatusPreconditionFailed, http.StatusPreconditionRequired}}, a.putRegister)
}

func (a *API) getRegister(w http.ResponseWriter, r *http.Request) {
	site, err := a.site(r, r.PathValue("site"))
	if err != nil {
		refuse(w, err)
		return
	}
	e, ok := a.Sites.Get(site)
	if ok {
		w.Header().Set("ETag", e.Tag())
		if r.Header.Get("If-None-Match") == e.Tag() {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	answer(w, e)
}

func (a *API) putRegister(w http.ResponseWriter, r *http.Request) {
	site, err := a.site(r, r.PathValue("site"))
	if err != nil {
		refuse(w, err)
		return
	}
	var e sites.Entry
	if err := decode(http.MaxBytesReader(w, r.Body, maxRegister), &e); err != nil {
		refuse(w, err)
		return
	}
	v := accounts.From(r.Context())
	if err := e.Check(); err != nil {
		refuse(w, err)
		return
	}
	// One who is limited cannot move a site out of their own sight, nor into
	// somebody else's.
	if slug := r.PathValue("site"); !v.SeesAll() && !v.Holds(accounts.Place{Site: a.Sites.Place(site).Site, Business: e.Business, District: e.District}) {
		refuse(w, usage("site %s would leave your own districts and businesses", slug))
		return
	}
	if err := a.Sites.Put(v, site, e, strings.TrimSpace(r.Header.Get("If-Match"))); err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("ETag", e.Tag())
	answer(w, e)
}
