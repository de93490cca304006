package openid

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
)

// Limits of signing in.
const (
	Patience   = 10 * time.Minute // between leaving for the provider and coming back
	maxPending = 1000             // sign-ins on their way
	ownPending = 50               // of one address
	maxTold    = 300              // bytes of what the provider says of an error
	askTime    = 10 * time.Second // one request to the provider
	maxAnswer  = 1 << 20          // bytes of one of its answers
	retryAfter = 10 * time.Second // between tries to reach it
	// CallbackPath is where the provider sends browsers back to.
	CallbackPath = "/api/v1/openid/callback"
)

// Errors of signing in.
var (
	ErrProvider = errors.New("the OpenID provider does not answer as it should")
	ErrReturn   = errors.New("this is not a sign-in that this browser has begun here")
	ErrRole     = errors.New("the OpenID provider gives this person no role here")
)

// Provider is a configured OpenID provider. It is safe for concurrent use.
type Provider struct {
	conf   Config
	secret string
	http   *http.Client
	now    func() time.Time

	mu      sync.Mutex
	found   *oidc.Provider
	tried   time.Time
	pending map[string]pending // by state
}

type pending struct {
	browser [32]byte // SHA-256 of what the browser keeps
	nonce   string
	pkce    string
	from    string // block of addresses that it was begun from
	until   time.Time
}

// New prepares a provider; it is first asked when somebody signs in.
func New(c Config, now func() time.Time) (*Provider, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	p := &Provider{conf: c, now: now, pending: map[string]pending{}}
	if c.Secret != "" {
		raw, err := access.ReadSecret(c.Secret)
		if err != nil {
			return nil, fmt.Errorf("openid.client_secret_file: %w", err)
		}
		p.secret = strings.TrimSpace(string(raw))
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		raw, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("openid.ca: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("openid.ca: %s holds no certificate in PEM", c.CA)
		}
	}
	p.http = &http.Client{Timeout: askTime, Transport: bounded{&http.Transport{TLSClientConfig: conf, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p, nil
}

// Title is the provider's name for people.
func (p *Provider) Title() string {
	if p.conf.Title != "" {
		return p.conf.Title
	}
	u, err := url.Parse(p.conf.Issuer)
	if err != nil {
		return p.conf.Issuer // it was checked; a name all the same
	}
	return u.Hostname()
}

// bounded cuts answers that are too long.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// discover asks the provider who it is, until it has answered once.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	found, wait := p.found, p.now().Sub(p.tried) < retryAfter
	if found == nil && !wait {
		p.tried = p.now()
	}
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	if wait {
		return nil, fmt.Errorf("%w: it was asked a moment ago", ErrProvider)
	}
	// The provider keeps the context for its keys: it must outlive the request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.conf.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	p.mu.Lock()
	p.found, p.tried = found, time.Time{}
	p.mu.Unlock()
	return found, nil
}

func (p *Provider) flow(o *oidc.Provider) *oauth2.Config {
	scopes := p.conf.Scopes
	if len(scopes) == 0 {
		scopes = []string{"profile"}
	}
	return &oauth2.Config{ClientID: p.conf.ClientID, ClientSecret: p.secret, Endpoint: o.Endpoint(),
		RedirectURL: strings.TrimSuffix(p.conf.Page, "/") + CallbackPath, Scopes: append([]string{oidc.ScopeOpenID}, scopes...)}
}

func random() (string, error) {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("sign-in: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// Begin starts a sign-in from an address: the browser keeps what browser says, and goes to address.
func (p *Provider) Begin(ctx context.Context, from string) (address, browser string, err error) {
	o, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	var text [3]string // state, nonce, what the browser keeps
	for i := range text {
		if text[i], err = random(); err != nil {
			return "", "", err
		}
	}
	x := pending{browser: sha256.Sum256([]byte(text[2])), nonce: text[1], pkce: oauth2.GenerateVerifier(), from: accounts.Block(from), until: p.now().Add(Patience)}
	p.mu.Lock()
	defer p.mu.Unlock()
	for s, old := range p.pending {
		if p.now().After(old.until) {
			delete(p.pending, s)
		}
	}
	waiting := map[string]accounts.Waiter{}
	for s, old := range p.pending {
		waiting[s] = accounts.Waiter{Block: old.from, Until: old.until}
	}
	goes, full, ok := accounts.Room(waiting, x.from, ownPending, maxPending)
	if !ok {
		return "", "", fmt.Errorf("%w: %d sign-ins of this address are on their way", accounts.ErrSlow, ownPending)
	}
	if full {
		delete(p.pending, goes)
	}
	p.pending[text[0]] = x
	return p.flow(o).AuthCodeURL(text[0], oidc.Nonce(x.nonce), oauth2.S256ChallengeOption(x.pkce)), text[2], nil
}

// take finds a sign-in that the browser began, and forgets it.
func (p *Provider) take(state, browser string) (pending, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x, ok := p.pending[state]
	sum := sha256.Sum256([]byte(browser))
	if !ok || p.now().After(x.until) || subtle.ConstantTimeCompare(sum[:], x.browser[:]) != 1 {
		return pending{}, ErrReturn
	}
	delete(p.pending, state)
	return x, nil
}

// Person is who has signed in at the provider.
type Person struct {
	accounts.Spec
	Subject string // issuer and subject
}

// Finish ends a sign-in with what the browser came back with. Beside an ErrRole stands
// the subject of a person who has no role; none where only the name does not fit.
func (p *Provider) Finish(ctx context.Context, state, code, browser string) (Person, error) {
	x, err := p.take(state, browser)
	if err != nil {
		return Person{}, err
	}
	o, err := p.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.http), 3*askTime)
	defer cancel()
	flow := p.flow(o)
	t, err := flow.Exchange(ctx, code, oauth2.VerifierOption(x.pkce))
	if err != nil {
		return Person{}, fmt.Errorf("%w: %s", ErrProvider, told(err))
	}
	raw, ok := t.Extra("id_token").(string)
	if !ok {
		return Person{}, fmt.Errorf("%w: no ID token", ErrProvider)
	}
	id, err := o.Verifier(&oidc.Config{ClientID: p.conf.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("%w: ID token: %w", ErrProvider, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(x.nonce)) != 1 {
		return Person{}, fmt.Errorf("%w: the ID token is for another sign-in", ErrProvider)
	}
	claims := map[string]any{}
	// What scopes ask for may stand in the user info alone (OpenID Connect Core §5.4).
	if o.UserInfoEndpoint() != "" {
		info, err := o.UserInfo(ctx, oauth2.StaticTokenSource(t))
		if err != nil {
			return Person{}, fmt.Errorf("%w: user info: %s", ErrProvider, told(err))
		}
		if info.Subject != id.Subject {
			return Person{}, fmt.Errorf("%w: the user info is of another subject", ErrProvider)
		}
		if err := info.Claims(&claims); err != nil {
			return Person{}, fmt.Errorf("%w: user info: %w", ErrProvider, err)
		}
	}
	if err := id.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("%w: ID token: %w", ErrProvider, err)
	}
	return p.person(id.Issuer+"#"+id.Subject, claims)
}

// told is an error without what it carries of tokens and codes.
func told(err error) string {
	var r *oauth2.RetrieveError
	if errors.As(err, &r) {
		return cut(strings.TrimSpace(r.ErrorCode + " " + r.ErrorDescription))
	}
	return cut(err.Error())
}

func cut(s string) string {
	if len(s) <= maxTold {
		return s
	}
	return strings.ToValidUTF8(s[:maxTold], "") + "…"
}

func (p *Provider) person(subject string, claims map[string]any) (Person, error) {
	claim := p.conf.Name
	if claim == "" {
		claim = "preferred_username"
	}
	name, _ := claims[claim].(string)
	name = strings.ToLower(name)
	s, ok := p.conf.assign(name, claims)
	if !ok {
		return Person{Subject: subject}, ErrRole
	}
	if err := accounts.CheckName(name); err != nil {
		return Person{}, fmt.Errorf("%w: claim %s: %w", ErrRole, claim, err)
	}
	return Person{s, subject}, nil
}
