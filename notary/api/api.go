package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
	"fieldseal/notary/live"
	"fieldseal/notary/log"
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
	Live     *live.Live // nil: there is no stream
	Facts    *trust.Facts
	Token    *access.Token // nil: content answers on loopback only
	// TokenAlways asks for the token on loopback too, as behind a proxy.
	TokenAlways bool
	// Connected lists the gateways that have a session, with its beginning.
	Connected func() map[batch.ID]time.Time
	Observe   http.Handler // GET /healthz, GET /metrics
	Logger    *slog.Logger
}

// API answers requests. It is safe for concurrent use.
type API struct {
	Config
	attempts   *enrol.Attempts
	statements *rate.Limiter
	exports    chan struct{}
	streams    chan struct{}
}

// New makes an API.
func New(c Config) *API {
	return &API{Config: c, attempts: enrol.NewAttempts(), statements: rate.NewLimiter(statementsPS, statementsB), exports: make(chan struct{}, maxExports), streams: make(chan struct{}, maxStreams)}
}

// Handler is what the HTTPS listener serves.
func (a *API) Handler() http.Handler {
	m := http.NewServeMux()
	a.tiles(m)
	m.Handle("GET /healthz", a.Observe)
	m.HandleFunc("POST "+wire.EnrolPath, a.enrol)
	// Statements carry their own authority in their signatures.
	m.HandleFunc("POST "+StatementsPath, a.submit)
	m.HandleFunc("GET "+FactsPath, a.facts)
	m.Handle("GET /metrics", a.content(a.Observe.ServeHTTP))
	a.read(m, a.content)
	a.operate(m, a.operator)
	m.HandleFunc("/", notFound)
	return limit(m)
}

// Local is what the socket in the data folder serves: whoever may open it may
// read the folder, and so holds the token anyway.
func (a *API) Local() http.Handler {
	open := func(f http.HandlerFunc) http.Handler { return f }
	m := http.NewServeMux()
	m.HandleFunc("POST "+StatementsPath, a.submit)
	m.HandleFunc("GET "+FactsPath, a.facts)
	a.read(m, open)
	a.operate(m, open)
	m.HandleFunc("/", notFound)
	return limit(m)
}

// read are the requests that show content.
func (a *API) read(m *http.ServeMux, guard func(http.HandlerFunc) http.Handler) {
	m.Handle("GET "+SitesPath, guard(a.sites))
	m.Handle("GET "+LatestPath, guard(a.latest))
	if a.Live != nil {
		m.Handle("GET "+StreamPath, guard(a.stream))
	}
	m.Handle("GET "+EvidencePath, guard(a.evidence))
	m.Handle("GET "+RequestsPath, guard(a.requests))
	m.Handle("GET "+GatewaysPath, guard(a.gateways))
}

// operate are the requests that change something on the operator's word alone.
func (a *API) operate(m *http.ServeMux, guard func(http.HandlerFunc) http.Handler) {
	m.Handle("POST "+GatewaysPath, guard(a.order))
	m.Handle("POST "+GatewaysPath+"/{gateway}/revoke", guard(a.revoke))
}

// content guards what shows readings, names of sites and gateways.
func (a *API) content(f http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.Token.Allows(r) && (a.TokenAlways || !onLoopback(r)) {
			unauthorized(w)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		f(w, r)
	})
}

// operator guards what only the token may do, from anywhere.
func (a *API) operator(f http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.Token.Allows(r) {
			unauthorized(w)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		f(w, r)
	})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="fieldseal"`)
	problem(w, http.StatusUnauthorized, "the operator's token is needed",
		"ask on the notary's own machine, or send Authorization: Bearer with the content of "+access.TokenFile+" in the notary's data folder")
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
func limit(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, authority.MaxAnswers)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
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

func (a *API) facts(w http.ResponseWriter, _ *http.Request) {
	b, err := a.Facts.Marshal()
	if err != nil {
		problem(w, http.StatusInternalServerError, "facts", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}
