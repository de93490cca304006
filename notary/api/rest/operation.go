package rest

import (
	"context"
	"errors"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// OpenAPIPath is where the description is served, with .json or .yaml.
const OpenAPIPath = "/api/v1/openapi"

// Limits of an operation that names none.
const (
	DefaultBody     = 1 << 20 // bytes
	DefaultPatience = 30 * time.Second
)

// Need is what an operation asks of who calls it: to do Action on Resource. The
// zero value asks nothing.
type Need struct{ Resource, Action string }

// Operation is one request of the API.
type Operation struct {
	ID       string // unique, as "list-points"
	Method   string
	Path     string // as net/http has it: /a/{b}
	Summary  string // one line
	Detail   string // what else to know, limits among it
	Tag      string // the chapter it stands in
	Needs    Need
	Status   int           // of success; 0: 200, or 204 without a body
	MaxBody  int64         // bytes; 0: DefaultBody
	Patience time.Duration // how long it may take; 0: DefaultPatience; below 0: until the asker goes
	Errors   []int         // statuses besides 401, 403, 422 and 500 that it answers
	Media    string        // of a raw answer that is not JSON
	CSV      bool          // it may answer a table too
	Loose    bool          // parameters that it does not name are not refused
}

// Guard decides whether a request may go on, and gives the context that it goes
// on with: what it found about the asker rests there. Its error is a [Problem].
type Guard func(w http.ResponseWriter, r *http.Request, n Need) (context.Context, error)

// Config is what a router is made of.
type Config struct {
	Title, Version string
	Guard          Guard
	Refuse         func(error) *Problem // makes a room's error a problem
}

// Router takes operations. It is used by one goroutine until it is served.
type Router struct {
	Config
	api   huma.API
	paper huma.API // the same description, and no way in
}

// New makes a router on a mux and serves its description there.
func New(mux *http.ServeMux, c Config) *Router {
	conf := huma.Config{
		OpenAPI: &huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: c.Title, Version: c.Version},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":  {Type: "http", Scheme: "bearer", Description: "The operator's token, or an access token."},
					"cookie": {Type: "apiKey", In: "cookie", Name: "__Host-fieldseal", Description: "The session of one who signed in; other methods than GET carry X-CSRF-Token."},
				},
			}},
		OpenAPIPath: OpenAPIPath,
		Formats:     map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat, CSV: {Marshal: WriteCSV}},
	}
	r := &Router{Config: c, api: humago.New(mux, conf)}
	conf.OpenAPIPath = ""
	r.paper = huma.NewAPI(conf, nowhere{})
	return r
}

// OpenAPI is the description so far.
func (r *Router) OpenAPI() *huma.OpenAPI { return r.api.OpenAPI() }

// nowhere is an adapter that serves nothing.
type nowhere struct{}

func (nowhere) Handle(*huma.Operation, func(huma.Context))       {}
func (nowhere) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }

// Handle puts an operation on the API. The fields of I and O say what is read and
// answered, in huma's tags: path, query, header, Body.
func Handle[I, O any](r *Router, op Operation, f func(context.Context, *I) (*O, error)) {
	h := r.describe(op)
	h.RejectUnknownQueryParameters = !op.Loose
	h.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		req, w := humago.Unwrap(ctx)
		known, ok := r.enter(w, req, op)
		if !ok {
			return
		}
		known, cancel := op.bound(known)
		defer cancel()
		next(huma.WithContext(ctx, asking(known, req.URL)))
	}}
	huma.Register(r.api, h, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, r.problem(ctx, err)
		}
		return out, nil
	})
}

// Raw puts an operation on the API whose handler reads and writes for itself. I
// and O only describe it: O's Body is what is answered.
func Raw[I, O any](r *Router, op Operation, f http.HandlerFunc) {
	h := r.describe(op)
	if op.Media != "" {
		h.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{op.Media: {}}}}
	}
	huma.Register(r.paper, h, func(context.Context, *I) (*O, error) { return nil, nil })
	r.api.Adapter().Handle(&h, func(ctx huma.Context) {
		req, w := humago.Unwrap(ctx)
		known, ok := r.enter(w, req, op)
		if !ok {
			return
		}
		req.Body = http.MaxBytesReader(w, req.Body, h.MaxBodyBytes)
		known, cancel := op.bound(known)
		defer cancel()
		f(w, req.WithContext(known))
	})
}

func (r *Router) describe(op Operation) huma.Operation {
	if op.MaxBody == 0 {
		op.MaxBody = DefaultBody
	}
	h := huma.Operation{OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Detail, DefaultStatus: op.Status,
		MaxBodyBytes: op.MaxBody, Errors: append([]int{http.StatusUnprocessableEntity}, op.Errors...)}
	if op.CSV {
		h.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	}
	if op.Tag != "" {
		h.Tags = []string{op.Tag}
	}
	if op.Needs != (Need{}) {
		h.Errors = append(h.Errors, http.StatusUnauthorized, http.StatusForbidden)
		h.Security = []map[string][]string{{"token": {}}, {"cookie": {}}}
		h.Extensions = map[string]any{"x-needs": op.Needs.Resource + ":" + op.Needs.Action}
	}
	return h
}

// enter asks the guard.
func (r *Router) enter(w http.ResponseWriter, req *http.Request, op Operation) (context.Context, bool) {
	ctx, err := r.Guard(w, req, op.Needs)
	if err != nil {
		r.problem(req.Context(), err).Write(w)
		return nil, false
	}
	if op.Needs != (Need{}) {
		w.Header().Set("Cache-Control", "no-store")
	}
	return ctx, true
}

func (op Operation) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case op.Patience < 0:
		return ctx, func() {}
	case op.Patience == 0:
		return context.WithTimeout(ctx, DefaultPatience)
	}
	return context.WithTimeout(ctx, op.Patience)
}

func (r *Router) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	var ready huma.StatusError
	switch {
	case errors.As(err, &p):
		own := *p // its asker's id is written into it
		p = &own
	case errors.As(err, &ready):
		p = Fail(ready.GetStatus(), ready.Error(), "")
	case errors.Is(err, context.DeadlineExceeded):
		p = Fail(http.StatusServiceUnavailable, "it took too long", "ask for less, or try again later")
		p.RetryAfter = 10
	default:
		p = r.Refuse(err)
	}
	p.Request = ID(ctx)
	return p
}

// schemaName names a type with its package before it, since rooms have types of
// the same name.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	pkg := path.Base(t.PkgPath())
	if t.Name() == "" || pkg == "." || pkg == "client" || pkg == "rest" {
		return name
	}
	pkg = strings.ToUpper(pkg[:1]) + pkg[1:]
	if strings.HasPrefix(name, pkg) {
		return name
	}
	return pkg + name
}
