package api

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/trust"
	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/authority"
	"fieldseal/notary/cosign"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
	"fieldseal/notary/live"
	"fieldseal/notary/log"
	"fieldseal/notary/openid"
	"fieldseal/notary/sites"
)

// Limits of a request and its answer.
const (
	readTime     = 30 * time.Second
	writeTime    = 2 * time.Minute
	idleTime     = 2 * time.Minute
	maxHeaders   = 16 << 10
	maxExports   = 2 // assembled at the same time
	exportTime   = 90 * time.Second
	statementsPS = 5 // submissions a second, all together
	statementsB  = 50
	cosignsPS    = 20 // cosignatures a second, all together
	cosignsB     = 100
)

// Config says what the API shows.
type Config struct {
	Log      *log.Log
	Registry *enrol.Registry
	Desk     *authority.Desk
	CA       *access.CA
	LogKey   string // verifier key text
	Broker   string // host:port that enrolled gateways are told
	Exporter *export.Exporter
	Board    *Board
	Live     *live.Live                 // nil: there is no stream
	District func(site batch.ID) string // nil: sites are in no district
	Facts    *trust.Facts
	// TrustFile reads the trust file that the operator lays out for who has no
	// other; fs.ErrNotExist: there is none.
	TrustFile func() ([]byte, error)
	Cosign    *cosign.Desk        // nil: nobody is asked to cosign
	Token     *access.Token       // nil: content answers on loopback only
	Accounts  *accounts.Directory // nil: nobody can sign in
	Sites     *sites.Register     // nil: there is no register of sites
	OpenID    *openid.Provider    // nil: nobody signs in elsewhere
	Given     *access.Given       // nil: the page shows a certificate of the own CA
	// TokenAlways asks for the token on loopback too, as behind a proxy.
	TokenAlways bool
	// Connected lists the gateways that have a session, with its beginning.
	Connected func() map[batch.ID]time.Time
	Observe   http.Handler // GET /healthz, GET /metrics
	// Rooms put their own operations on the API.
	Rooms []func(*rest.Router)
	// Page serves what is no request of the API; it is given what answers the rest.
	Page func(next http.Handler) http.Handler
	// Answers remembers what was answered to requests with an Idempotency-Key; nil:
	// nothing is.
	Answers accounts.Rows
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger
}

// API answers requests. It is safe for concurrent use.
type API struct {
	Config
	attempts   *enrol.Attempts
	leaving    *enrol.Attempts // for the OpenID provider
	devices    *enrol.Attempts // commands that ask to be let in
	statements *rate.Limiter
	exports    chan struct{}
	streams    chan struct{}
	cosigns    *rate.Limiter
	once       *once
}

// New makes an API.
func New(c Config) *API {
	return &API{Config: c, attempts: enrol.NewAttempts(), leaving: enrol.NewAttempts(), devices: enrol.NewAttempts(), statements: rate.NewLimiter(statementsPS, statementsB), exports: make(chan struct{}, maxExports), streams: make(chan struct{}, maxStreams), cosigns: rate.NewLimiter(cosignsPS, cosignsB), once: newOnce(c.Answers, c.Now)}
}

// Handler is what the HTTPS listener serves.
func (a *API) Handler() http.Handler {
	m := http.NewServeMux()
	a.tiles(m)
	m.Handle("GET /healthz", a.Observe)
	r := a.router(m, a.viewer)
	rest.Raw[nothingIn, struct{ Body string }](r, rest.Operation{ID: "metrics", Method: http.MethodGet, Path: "/metrics", Tag: "operation",
		Summary: "Prometheus metrics", Media: "text/plain", Needs: readMetrics}, a.Observe.ServeHTTP)
	a.enter(r)
	a.operations(r)
	var others http.Handler = http.HandlerFunc(notFound)
	if a.Page != nil {
		others = a.Page(others)
	}
	m.Handle("/", others)
	return a.limit(rest.Identify(a.remember(a.viewer, compressed(m)), a.Logger))
}

// Local is what the socket in the data folder serves.
func (a *API) Local() http.Handler {
	m := http.NewServeMux()
	a.operations(a.router(m, keeper))
	m.HandleFunc("/", notFound)
	return a.limit(rest.Identify(a.remember(keeper, m), a.Logger))
}

// Streams is how many streams are open.
func (a *API) Streams() int { return len(a.streams) }

func (a *API) operations(r *rest.Router) {
	a.public(r)
	a.read(r)
	a.operate(r)
	a.people(r)
	for _, room := range a.Rooms {
		room(r)
	}
}

// Accounting is the part of Local that needs no log: what commands ask of the
// folder of a notary that does not run.
func (a *API) Accounting() http.Handler {
	m := http.NewServeMux()
	a.people(a.router(m, keeper))
	m.HandleFunc("/", notFound)
	return a.limit(m)
}

// onLoopback reports whether a request came over loopback, by its own name, and
// not through a proxy: a page on the internet that points a name at 127.0.0.1
// fails the second, a proxy that forgets the token fails the third.
func onLoopback(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil || !isLoopback(local.String()) || !isLoopback(r.RemoteAddr) {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return false
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return true
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// limit bounds bodies and sets what every answer carries.
func (a *API) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, authority.MaxAnswers) // the largest of all operations
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'") // the page sets its own
		if a.Given != nil && r.TLS != nil && a.Given.Names(r.TLS.ServerName) {
			// Only a name that is certified for good can be insisted on.
			h.Set("Strict-Transport-Security", "max-age=15552000")
		}
		next.ServeHTTP(w, r)
	})
}

// Serve answers on a listener until ctx ends, then lets requests in hand finish.
func Serve(ctx context.Context, l net.Listener, h http.Handler, grace time.Duration, out *slog.Logger) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeaders, ErrorLog: slog.NewLogLogger(out.Handler(), slog.LevelDebug)}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := s.Shutdown(end); errors.Is(err, context.DeadlineExceeded) {
		return s.Close()
	} else if err != nil {
		return err
	}
	return nil
}

func answer(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		problem(w, http.StatusInternalServerError, "the answer could not be written", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(b, '\n'))
}

// trustFile hands out what issuers signed. A reader is told that it came through the
// notary, and compares its fingerprint elsewhere.
func (a *API) trustFile(w http.ResponseWriter, _ *http.Request) {
	b, err := a.TrustFile()
	if errors.Is(err, fs.ErrNotExist) {
		problem(w, http.StatusNotFound, "this notary offers no trust file", "ask your authority for it; an operator who has one may lay it as trust.json into the notary's data folder")
		return
	}
	if err == nil {
		_, err = trust.Parse(b)
	}
	if err != nil {
		problem(w, http.StatusInternalServerError, "trust.json of the notary's data folder: "+err.Error(), "tell the operator: fieldseal trust show says what is wrong with it")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(b)
}

func (a *API) facts(w http.ResponseWriter, _ *http.Request) {
	b, err := a.Facts.Marshal()
	if err != nil {
		problem(w, http.StatusInternalServerError, "facts", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}
