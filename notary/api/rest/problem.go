package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fieldseal/notary/api/client"
)

// Problem is an error that a handler may return as it is to leave.
type Problem struct {
	client.Problem
	RetryAfter int `json:"-"` // seconds; 0: not said
}

// Fail makes an error with what to do about it.
func Fail(status int, detail, remedy string) *Problem {
	return &Problem{Problem: client.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Remedy: remedy}}
}

// GetStatus is what huma asks of an error.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of a problem.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders is what huma asks of an error that brings headers.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	return h
}

const problemType = "application/problem+json"

// Write sends a problem.
func (p *Problem) Write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", problemType)
	for k, v := range p.GetHeaders() {
		h[k] = v
	}
	if p.Request == "" {
		p.Request = h.Get(RequestID)
	}
	w.WriteHeader(p.Status)
	// An error here is the asker's going away.
	_ = json.NewEncoder(w).Encode(p.Problem)
}

// huma makes its own errors, such as a parameter out of range, through this.
func init() {
	huma.NewError = func(status int, text string, errs ...error) huma.StatusError {
		remedy := "GET " + OpenAPIPath + ".json describes each request"
		if status >= http.StatusInternalServerError {
			remedy = "the notary's own log says more"
		}
		p := Fail(status, text, remedy)
		var where []string
		for _, err := range errs {
			var d *huma.ErrorDetail
			switch {
			case err == nil:
			case errors.As(err, &d):
				p.Errors = append(p.Errors, client.Fault{Message: d.Message, Location: d.Location})
				where = append(where, strings.TrimSpace(d.Location+" "+d.Message))
			default:
				where = append(where, err.Error())
			}
		}
		if len(where) > 0 {
			p.Detail += ": " + strings.Join(where, "; ")
		}
		return p
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, text string, errs ...error) huma.StatusError {
		err := huma.NewError(status, text, errs...)
		if p, ok := err.(*Problem); ok {
			p.Request = ID(ctx.Context())
		}
		return err
	}
}
