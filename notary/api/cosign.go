package api

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/chain"
	"fieldseal/notary/cosign"
)

// CosignPath shows what waits for cosignatures, and takes them. It needs no token:
// a checkpoint is public, and a cosignature says itself whose it is.
const CosignPath = client.CosignPath

// maxCosign bounds one cosignature with what is around it.
const maxCosign = 1 << 10

// cosigning are the two requests by which organisations cosign.
func (a *API) cosigning(r *rest.Router) {
	rest.Raw[struct {
		From uint64 `query:"from" doc:"the size that was cosigned before; 0 for none"`
	}, struct{ Body client.CosignAsk }](r, rest.Operation{
		ID: "cosign-asked", Method: http.MethodGet, Path: CosignPath, Tag: "chain", Summary: "The checkpoint that waits for organisations' cosignatures, with the proof that it extends an earlier size"}, a.cosignAsked)
	rest.Raw[struct{ Body client.Cosignature }, struct{ Body client.CosignTaken }](r, rest.Operation{
		ID: "cosign", Method: http.MethodPost, Path: CosignPath, Tag: "chain", Summary: "Hand over an organisation's cosignature",
		Detail:  "A cosignature says itself whose it is. All together may send 20 a second.",
		MaxBody: maxCosign, Errors: []int{http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable}}, a.cosigned)
}

func (a *API) cosignAsked(w http.ResponseWriter, r *http.Request) {
	from, err := strconv.ParseUint(r.URL.Query().Get("from"), 10, 64)
	if err != nil {
		refuse(w, usage("from: the size that was cosigned before, 0 for none"))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	ask, err := a.Cosign.Ask(from)
	if errors.Is(err, cosign.ErrNothing) {
		answer(w, client.CosignAsk{Origin: a.Log.Origin()})
		return
	}
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, ask)
}

func (a *API) cosigned(w http.ResponseWriter, r *http.Request) {
	if !a.cosigns.Allow() {
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusTooManyRequests, "too many cosignatures", "wait a few seconds")
		return
	}
	var in client.Cosignature
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		refuse(w, usage("%v", err))
		return
	}
	raw, err := hex.DecodeString(in.Cosignature)
	if err != nil || len(raw) != len(chain.Cosignature{}) {
		refuse(w, usage("cosignature: want r, s and v in 130 hex digits"))
		return
	}
	name, err := a.Cosign.Take(r.Context(), in.Size, chain.Cosignature(raw))
	switch {
	case errors.Is(err, cosign.ErrNothing), errors.Is(err, cosign.ErrNotAsked):
		problem(w, http.StatusConflict, err.Error(), "GET "+CosignPath+" shows what waits now")
	case errors.Is(err, cosign.ErrNotCosigner):
		problem(w, http.StatusForbidden, err.Error(), "sign with the account that fieldseal-notary org list shows")
	case err != nil:
		problem(w, http.StatusServiceUnavailable, err.Error(), "the notary cannot ask its chain now; try again")
	default:
		answer(w, client.CosignTaken{Organisation: name})
	}
}
