package api

import (
	"io"
	"net/http"

	"fieldseal/notary/authority"
)

// requests is what the authority is asked to sign.
func (a *API) requests(w http.ResponseWriter, _ *http.Request) {
	b, err := authority.WriteRequests(a.Desk.Requests())
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}

// submit takes signed statements. The first that is refused ends it; those
// before it are in the log, and sending all again is harmless.
func (a *API) submit(w http.ResponseWriter, r *http.Request) {
	// What strangers send must not keep the operator's own from the log.
	if !a.Token.Allows(r) && !onLoopback(r) && !a.statements.Allow() {
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusTooManyRequests, "too many submissions", "wait a few seconds")
		return
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, err)
		return
	}
	in, err := authority.ParseAnswers(text)
	if err != nil {
		refuse(w, usage("%v", err))
		return
	}
	if in.Origin != a.Log.Origin() {
		refuse(w, usage("the statements are for log %q, this is %q", in.Origin, a.Log.Origin()))
		return
	}
	out := Taken{Indices: []uint64{}}
	for _, s := range in.Statements {
		at, err := a.Desk.Submit(r.Context(), s)
		if err != nil {
			a.Logger.WarnContext(r.Context(), "statement refused", "remote", r.RemoteAddr, "error", err)
			refuse(w, err)
			return
		}
		a.Logger.InfoContext(r.Context(), "statement logged", "index", at, "remote", r.RemoteAddr)
		out.Indices = append(out.Indices, at)
	}
	answer(w, out)
}
