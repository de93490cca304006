package api

import (
	"errors"
	"fmt"
	"net/http"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
	"fieldseal/notary/log"
	"fieldseal/notary/sites"
	"fieldseal/notary/store"
)

func problem(w http.ResponseWriter, status int, detail, remedy string) {
	rest.Fail(status, detail, remedy).Write(w)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	problem(w, http.StatusNotFound, "there is nothing at this path for "+r.Method, "docs/api.md lists what there is")
}

// refuse answers with what an error of a room means.
func refuse(w http.ResponseWriter, err error) { asProblem(err).Write(w) }

// asProblem turns an error of a room into a problem.
func asProblem(err error) *rest.Problem {
	status, remedy := http.StatusInternalServerError, "the notary's own log says more"
	var big *http.MaxBytesError
	for _, c := range []struct {
		is     error
		status int
		remedy string
	}{
		{accounts.ErrRequest, http.StatusBadRequest, "docs/api.md shows each request"},
		{accounts.ErrWrong, http.StatusUnauthorized, "try again; an operator can give a new first password: fieldseal-notary account reset"},
		{accounts.ErrSlow, http.StatusTooManyRequests, "wait a minute, then try again"},
		{accounts.ErrUnknown, http.StatusNotFound, "fieldseal-notary account list names those that there are"},
		{accounts.ErrExists, http.StatusConflict, "choose another name, or change its role"},
		{accounts.ErrBeyond, http.StatusForbidden, "ask somebody whose rights reach that far"},
		{accounts.ErrMany, http.StatusConflict, "remove some first"},
		{accounts.ErrEnded, http.StatusUnauthorized, "sign in again"},
		{sites.ErrEntry, http.StatusBadRequest, "docs/api.md says what each field holds"},
		{sites.ErrStale, http.StatusPreconditionFailed, "read the entry again, and change that"},
		{sites.ErrVersion, http.StatusPreconditionRequired, "send If-Match with the ETag that GET gave"},
		{export.ErrNothing, http.StatusNotFound, "check site, point and time; GET /api/v1/sites and /api/v1/latest show what is there"},
		{export.ErrAmbiguous, http.StatusConflict, "name one with gateway=ID"},
		{export.ErrTooMuch, http.StatusRequestEntityTooLarge, "ask for a shorter range and several files"},
		{export.ErrWithheld, http.StatusNotFound, "it may come with the gateway's next session; if it was erased, it does not come back"},
		{enrol.ErrCode, http.StatusForbidden, "ask the notary's operator for a new code: fieldseal-notary gateway enrol"},
		{enrol.ErrProof, http.StatusForbidden, "the gateway must sign with the key that it shows; try again, and replace its software if it fails again"},
		{enrol.ErrKnownKey, http.StatusConflict, "enrol with a fresh data folder; a gateway is its key"},
		{enrol.ErrRequest, http.StatusBadRequest, "the gateway's software does not fit this notary"},
		{access.ErrUnknown, http.StatusNotFound, "fieldseal-notary gateway list names those that are enrolled"},
		{authority.ErrIssuer, http.StatusForbidden, "sign with the authority's or a supervision key that this notary knows"},
		{authority.ErrStatement, http.StatusConflict, "fetch the pending requests again and sign those"},
		{log.ErrReadOnly, http.StatusServiceUnavailable, "the notary's operator must bring the newest store back"},
		{store.ErrFull, http.StatusInsufficientStorage, "the notary's operator must make room"},
		{log.ErrFatal, http.StatusServiceUnavailable, "try again when the notary has started again"},
		{log.ErrClosed, http.StatusServiceUnavailable, "try again when the notary has started again"},
		{cborx.ErrMalformed, http.StatusBadRequest, "send what fieldseal wrote, unchanged"},
		{cose.ErrSignature, http.StatusForbidden, "send what fieldseal wrote, unchanged"},
		{batch.ErrAltered, http.StatusBadRequest, "send what fieldseal wrote, unchanged"},
		{errUsage, http.StatusBadRequest, "docs/api.md shows each request"},
	} {
		if errors.Is(err, c.is) {
			status, remedy = c.status, c.remedy
			break
		}
	}
	if errors.As(err, &big) {
		status, remedy = http.StatusRequestEntityTooLarge, fmt.Sprintf("at most %d bytes", big.Limit)
	}
	p := rest.Fail(status, err.Error(), remedy)
	switch status {
	case http.StatusServiceUnavailable:
		p.RetryAfter = 10
	case http.StatusTooManyRequests:
		p.RetryAfter = 60
	}
	return p
}

// errUsage marks a request that cannot be understood.
var errUsage = errors.New("request")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}
