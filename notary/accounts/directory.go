package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/store"
)

// Defaults of [Options].
const (
	DefaultIdle = 2 * time.Hour
	DefaultMax  = 24 * time.Hour
)

// Limits of sessions.
const (
	MaxSessions = 10 // of one account; the one used longest ago gives way
	touchEvery  = time.Minute
	// sweepEvery is how often what has run out is looked for: an open stream ends
	// within it after its session or token has.
	sweepEvery = 2 * time.Second
)

// Options says what a directory needs.
type Options struct {
	Rows   Rows
	Trail  *Trail
	Places Places
	Grants Grants // nil: there is no register
	// SiteOf is the site of a configuration id; needed with Grants.
	SiteOf func(slug string) (batch.ID, bool)
	Now    func() time.Time
	Cost   Cost          // zero: DefaultCost
	Idle   time.Duration // a session ends that was not used for so long; 0: DefaultIdle
	Max    time.Duration // and in any case after this; 0: DefaultMax
	Logger *slog.Logger
}

// Directory holds the accounts of a notary with their sessions and tokens. It is
// safe for concurrent use.
type Directory struct {
	o        Options
	hasher   *hasher
	attempts *attempts
	devices  devices
	atReset  func(name string) error // nil: there is nothing else

	mu       sync.Mutex
	accounts map[string]*account // never changed in place
	subjects map[string]string   // of an OpenID provider → name
	sessions map[string]*session
	tokens   map[string]*token
}

// live is what a session and a token share while the notary runs.
type live struct {
	ended  chan struct{}
	closed bool
}

// end closes what was opened with it.
func (l *live) end() {
	if !l.closed {
		l.closed = true
		close(l.ended)
	}
}

// renew ends what is open and lets new requests in.
func (l *live) renew() {
	if !l.closed {
		close(l.ended)
		l.ended = make(chan struct{})
	}
}

// Open reads the accounts from the store.
func Open(o Options) (*Directory, error) {
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost
	}
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	if o.Max == 0 {
		o.Max = DefaultMax
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Directory{o: o, attempts: newAttempts(o.Now), devices: devices{all: map[string]*device{}}, accounts: map[string]*account{}, subjects: map[string]string{}, sessions: map[string]*session{}, tokens: map[string]*token{}}
	var err error
	if d.hasher, err = newHasher(o.Cost); err != nil {
		return nil, err
	}
	for kv, err := range o.Rows.Rows(store.TableAccess, store.Range{}) {
		if err == nil {
			err = d.load(kv)
		}
		if err != nil {
			return nil, fmt.Errorf("accounts: row %q: %w", kv.Key, err)
		}
	}
	return d, nil
}

func (d *Directory) load(kv store.KV) error {
	if len(kv.Key) == 0 {
		return errors.New("empty key")
	}
	switch id := string(kv.Key[1:]); kv.Key[0] {
	case 'a':
		a, err := parseAccount(kv.Value)
		if err != nil {
			return err
		}
		d.accounts[id] = a
		if a.Subject != "" {
			d.subjects[a.Subject] = id
		}
	case 's':
		s := &session{live: live{ended: make(chan struct{})}}
		if err := readRow(kv.Value, &s.sessionRow, &s.Version); err != nil {
			return err
		}
		d.sessions[id] = s
	case 't':
		t := &token{live: live{ended: make(chan struct{})}}
		if err := readRow(kv.Value, &t.tokenRow, &t.Version); err != nil {
			return err
		}
		d.tokens[id] = t
	default:
		return errors.New("a kind that this release does not know")
	}
	return nil
}

func (d *Directory) now() int64 { return d.o.Now().UnixMicro() }

// deed begins a row of the audit trail.
func (d *Directory) deed(by *Viewer, what, subject string) Deed {
	return Deed{Time: d.now(), By: by.Name, Role: by.Role, From: by.From, What: what, Subject: subject}
}

// Deed writes a group together with a row of the audit trail that says who did it.
// What nobody asked for by name, such as what ends with a password that is reset, has
// its row elsewhere.
func (d *Directory) Deed(ctx context.Context, g *store.Group, what, subject string) error {
	by := From(ctx)
	if by.Role == Nobody {
		return d.o.Rows.Commit(g)
	}
	return d.o.Trail.Commit(g, d.deed(by, what, subject))
}

func put(g *store.Group, key []byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	g.Rows = append(g.Rows, store.Put{Table: store.TableAccess, Key: key, Value: b})
	return nil
}

// commit writes an account with its deeds and makes it the one in force; mu is held.
func (d *Directory) commit(g *store.Group, a *account, deeds ...Deed) error {
	if err := put(g, accountKey(a.Name), a); err != nil {
		return err
	}
	if err := d.o.Trail.Commit(g, deeds...); err != nil {
		return fmt.Errorf("account %s: %w", a.Name, err)
	}
	d.accounts[a.Name] = a
	if a.Subject != "" {
		d.subjects[a.Subject] = a.Name
	}
	return nil
}

// of finds an account that by may look after; mu is held.
func (d *Directory) of(by *Viewer, name string) (*account, error) {
	a, ok := d.accounts[name]
	if !ok || !by.reaches(&a.Scope) {
		return nil, fmt.Errorf("account %q: %w", name, ErrUnknown)
	}
	return a, nil
}

// reaches says whether a scope lies within what the viewer sees.
func (v *Viewer) reaches(s *Scope) bool {
	return v.SeesAll() || s.Within(&v.Scope) && (v.narrow == nil || s.Within(v.narrow))
}

// List shows the accounts that by may look after, by name.
func (d *Directory) List(by *Viewer) []User {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := []User{}
	for _, a := range d.accounts {
		if by.reaches(&a.Scope) {
			out = append(out, a.User)
		}
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Now is who an account is at this moment, if it may still do something: what goes
// on in its name while nobody is signed in is bound by what it may now. A first
// password opens nothing here either.
func (d *Directory) Now(name string, a Action, r Resource) (*Viewer, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.accounts[name]
	if x == nil || d.shut(x) || x.MustChange || !Allows(x.Role, a, r) {
		return nil, false
	}
	return d.stand(x), true
}

// ProviderRest is for how long an account of an OpenID provider is believed after its
// last sign-in there. The notary learns from sign-ins alone who has left; tokens,
// certificates and webhooks rest after that, until the person signs in again.
const ProviderRest = 30 * 24 * time.Hour

// shut says whether nothing is done in an account's name at present; mu is held.
func (d *Directory) shut(a *account) bool {
	return a.Disabled || a.Left || a.Subject != "" && d.now()-max(a.Created, a.SignedIn) > ProviderRest.Microseconds()
}

// stand makes the viewer of an account.
func (d *Directory) stand(a *account) *Viewer {
	v := NewViewer(a.Name, a.Role, a.Scope, d.o.Places)
	v.grants, v.bound = d.o.Grants, d.bound(a)
	return v
}

// Lasts is the longest that a session lasts.
func (d *Directory) Lasts() time.Duration { return d.o.Max }

// Trail gives deeds after a number.
func (d *Directory) Trail(after uint64, limit int) ([]Deed, error) {
	return ReadTrail(d.o.Rows, after, limit)
}

// Get finds an account by its name.
func (d *Directory) Get(name string) (User, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.accounts[name]
	if !ok {
		return User{}, false
	}
	return a.User, true
}

// Add makes an account and gives its first password, which is stored as a hash
// alone and has to be changed at the first sign-in.
func (d *Directory) Add(by *Viewer, s Spec) (password string, err error) {
	if err := s.Check(); err != nil {
		return "", err
	}
	if !by.reaches(&s.Scope) {
		return "", fmt.Errorf("account %s: %w", s.Name, ErrBeyond)
	}
	if password, err = newPassword(); err != nil {
		return "", err
	}
	hash, err := d.hasher.make(password)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.accounts[s.Name]; ok {
		return "", fmt.Errorf("account %s: %w", s.Name, ErrExists)
	}
	if len(d.accounts) >= MaxAccounts {
		return "", fmt.Errorf("account %s: %w: at most %d accounts", s.Name, ErrMany, MaxAccounts)
	}
	reader, err := newReader()
	if err != nil {
		return "", err
	}
	a := &account{Version: version, User: User{Name: s.Name, Role: s.Role, Scope: s.Scope, MustChange: true, Created: d.now(), Reader: reader}, Password: hash.String(), stored: hash}
	e := d.deed(by, "account.add", s.Name)
	e.After = a.shown()
	return password, d.commit(&store.Group{}, a, e)
}

// Assign gives an account another role and scope. Its open streams end, and go on
// with the new rights when they are opened again.
func (d *Directory) Assign(by *Viewer, s Spec) error {
	if err := s.Check(); err != nil {
		return err
	}
	return d.change(by, s.Name, "account.role", func(a *account) error {
		if !by.reaches(&s.Scope) {
			return fmt.Errorf("account %s: %w", s.Name, ErrBeyond)
		}
		a.Role, a.Scope = s.Role, s.Scope
		if a.Reader == "" { // of a release before permissions
			var err error
			if a.Reader, err = newReader(); err != nil {
				return err
			}
		}
		return nil
	}, true)
}

// Disable shuts an account out, or lets it in again. Its sessions end at once, and
// its tokens are not taken while it is disabled.
func (d *Directory) Disable(by *Viewer, name string, off bool) error {
	what := "account.disable"
	if !off {
		what = "account.enable"
	}
	if err := d.change(by, name, what, func(a *account) error { a.Disabled = off; return nil }, true); err != nil || !off {
		return err
	}
	return d.endSessions(by, name, "")
}

// AtReset sets what ends the rest that was made in an account's name, webhooks and
// certificates, when its password is reset. It is called before the directory serves,
// and tells f of accounts whose password was reset while the notary did not run.
func (d *Directory) AtReset(f func(name string) error) error {
	d.atReset = f
	for name, a := range d.accounts {
		if a.MustChange {
			if err := f(name); err != nil {
				return fmt.Errorf("account %s: %w", name, err)
			}
		}
	}
	return nil
}

// Reset gives an account a new first password, ends its sessions, revokes its tokens
// and ends what else was made in its name.
func (d *Directory) Reset(by *Viewer, name string) (password string, err error) {
	if password, err = newPassword(); err != nil {
		return "", err
	}
	hash, err := d.hasher.make(password)
	if err != nil {
		return "", err
	}
	err = d.change(by, name, "account.reset", func(a *account) error {
		if a.Subject != "" {
			return fmt.Errorf("%w: account %s signs in at its OpenID provider and has no password here", ErrRequest, name)
		}
		a.Password, a.stored, a.MustChange = hash.String(), hash, true
		return nil
	}, true)
	if err == nil {
		err = d.endSessions(by, name, "")
	}
	if err == nil {
		err = d.revokeTokens(by, name)
	}
	if err == nil && d.atReset != nil {
		err = d.atReset(name)
	}
	if err != nil {
		return "", err
	}
	return password, nil
}

// change writes a changed copy of an account; renew ends what is open in its name.
func (d *Directory) change(by *Viewer, name, what string, f func(*account) error, renew bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.of(by, name)
	if err != nil {
		return err
	}
	a := *old
	if err := f(&a); err != nil {
		return err
	}
	e := d.deed(by, what, name)
	e.Before, e.After = old.shown(), a.shown()
	if err := d.commit(&store.Group{}, &a, e); err != nil {
		return err
	}
	if renew {
		d.renew(name)
	}
	return nil
}

// renew ends what is open in an account's name, so that it goes on with the rights
// of now; mu is held.
func (d *Directory) renew(name string) {
	for _, s := range d.sessions {
		if s.Account == name {
			s.renew()
		}
	}
	for _, t := range d.tokens {
		if t.Account == name {
			t.renew()
		}
	}
}

// Run ends what has run out, until ctx ends.
func (d *Directory) Run(ctx context.Context) error {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := d.sweep(); err != nil {
				d.o.Logger.Error("sessions that ended stay in the store until the next try", "error", err)
			}
		}
	}
}

// sweep ends sessions and tokens that have run out, and forgets what is not shown any
// more.
func (d *Directory) sweep() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	g := &store.Group{}
	for id, s := range d.sessions {
		if !d.lasts(s, now) {
			s.end()
			g.Rows = append(g.Rows, store.Put{Table: store.TableAccess, Key: sessionKey(id)})
			delete(d.sessions, id)
		}
	}
	for _, t := range d.tokens {
		a := d.accounts[t.Account]
		switch {
		case !t.alive(now):
			t.end()
		case a != nil && d.shut(a):
			t.renew()
		}
	}
	spent := d.spent(now)
	for _, id := range spent {
		g.Rows = append(g.Rows, store.Put{Table: store.TableAccess, Key: tokenKey(id)})
	}
	if len(g.Rows) == 0 {
		return nil
	}
	if err := d.o.Rows.Commit(g); err != nil {
		return err
	}
	for _, id := range spent {
		delete(d.tokens, id)
	}
	return nil
}
