package accounts

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"

	"fieldseal/notary/store"
)

// sessionRow is a session as it is stored: the browser's secret only as a hash.
type sessionRow struct {
	Version int    `json:"v"`
	Account string `json:"account"`
	Sum     []byte `json:"sum"` // SHA-256 of the secret
	From    string `json:"from"`
	Created int64  `json:"created"` // Unix µs
	Used    int64  `json:"used"`    // to the minute
}

type session struct {
	sessionRow
	live
	seen int64 // last use, not yet stored
}

// lasts says whether a session is neither idle nor old for too long.
func (d *Directory) lasts(s *session, now int64) bool {
	return now-max(s.Used, s.seen) < d.o.Idle.Microseconds() && now-s.Created < d.o.Max.Microseconds()
}

// SignIn opens a session for who knows the password. The cookie is shown once;
// the viewer is who it stands for.
func (d *Directory) SignIn(name, password, from string) (cookie string, v *Viewer, err error) {
	name, err = d.check(name, password, from)
	if err != nil {
		return "", nil, err
	}
	return d.open(name, from, "session.add")
}

// check asks for name and password, within the bounds of attempts.
func (d *Directory) check(name, password, from string) (string, error) {
	if CheckName(name) != nil {
		name = "" // one that nobody has
	}
	if !d.attempts.allow(name, from) {
		d.o.Logger.Warn("sign-in refused: too many attempts", "account", name, "remote", from)
		return "", fmt.Errorf("%w to sign in", ErrSlow)
	}
	d.mu.Lock()
	a := d.accounts[name]
	d.mu.Unlock()
	var s *stored
	if a != nil {
		s = a.stored
	}
	if !d.hasher.fits(password, s) || a.Disabled {
		d.o.Logger.Warn("sign-in refused", "account", name, "remote", from)
		if a != nil {
			// What the limiter lets through is few enough to keep.
			d.mu.Lock()
			defer d.mu.Unlock()
			if err := d.o.Trail.Commit(&store.Group{}, d.deed(&Viewer{Role: Nobody, From: from}, "session.refused", name)); err != nil {
				return "", fmt.Errorf("sign-in: %w", err)
			}
		}
		return "", ErrWrong
	}
	d.attempts.forgive(name, from)
	return name, nil
}

// open opens a session of an account.
func (d *Directory) open(name, from, what string) (cookie string, v *Viewer, err error) {
	sec, err := newSecret()
	if err != nil {
		return "", nil, fmt.Errorf("session: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.accounts[name]
	if old == nil || old.Disabled {
		return "", nil, ErrWrong
	}
	now, sum := d.now(), sec.sum()
	s := &session{sessionRow: sessionRow{Version: version, Account: name, Sum: sum[:], From: from, Created: now, Used: now}, live: live{ended: make(chan struct{})}}
	id := hex.EncodeToString(sec.id[:])
	g := &store.Group{}
	if err := put(g, sessionKey(id), &s.sessionRow); err != nil {
		return "", nil, err
	}
	gone := d.surplus(name)
	for _, x := range gone {
		g.Rows = append(g.Rows, store.Put{Table: store.TableAccess, Key: sessionKey(x)})
	}
	a := *old
	a.SignedIn = now
	by := &Viewer{Name: name, Role: a.Role, From: from}
	if err := d.commit(g, &a, d.deed(by, what, name)); err != nil {
		return "", nil, err
	}
	d.sessions[id] = s
	for _, x := range gone {
		d.sessions[x].end()
		delete(d.sessions, x)
	}
	d.o.Logger.Info("signed in", "account", name, "role", a.Role, "remote", from)
	return sec.cookie(), d.viewer(id, s, &sec, from), nil
}

// surplus lists the sessions that give way to one more, those used longest ago; mu is held.
func (d *Directory) surplus(name string) (ids []string) {
	for id, s := range d.sessions {
		if s.Account == name {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		x, y := d.sessions[a], d.sessions[b]
		return cmp.Compare(max(x.Used, x.seen), max(y.Used, y.seen))
	})
	return ids[:max(0, len(ids)+1-MaxSessions)]
}

// viewer is who a session stands for; mu is held.
func (d *Directory) viewer(id string, s *session, sec *secret, from string) *Viewer {
	a := d.accounts[s.Account]
	v := d.stand(a)
	v.From, v.ended, v.csrf, v.key, v.forced = from, s.ended, sec.csrf(), id, a.MustChange
	v.touch = func() { d.touch(id) }
	return v
}

// BySession is who a cookie stands for, or ErrEnded.
func (d *Directory) BySession(cookie, from string) (*Viewer, error) {
	sec, err := parseCookie(cookie)
	if err != nil {
		return nil, ErrEnded
	}
	id, sum := hex.EncodeToString(sec.id[:]), sec.sum()
	d.mu.Lock()
	s, ok := d.sessions[id]
	ok = ok && subtle.ConstantTimeCompare(sum[:], s.Sum) == 1 && d.lasts(s, d.now())
	if ok {
		a := d.accounts[s.Account]
		ok = a != nil && !a.Disabled && !a.Left
	}
	if !ok {
		d.mu.Unlock()
		return nil, ErrEnded
	}
	v := d.viewer(id, s, &sec, from)
	d.mu.Unlock()
	v.Touch()
	return v, nil
}

// touch notes that a session is in use; the store hears of it once a minute.
func (d *Directory) touch(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sessions[id]
	if s == nil {
		return
	}
	s.seen = d.now()
	if s.seen-s.Used < touchEvery.Microseconds() {
		return
	}
	row := s.sessionRow
	row.Used = s.seen
	g := &store.Group{}
	if err := put(g, sessionKey(id), &row); err == nil {
		err = d.o.Rows.Commit(g)
		if err != nil {
			// The session goes on; after a restart it may seem idle earlier.
			d.o.Logger.Warn("use of a session not stored", "account", s.Account, "error", err)
			return
		}
	}
	s.sessionRow = row
}

// SignOut ends the session that the viewer shows.
func (d *Directory) SignOut(v *Viewer) error {
	if v.csrf == "" {
		return fmt.Errorf("%w: there is no session to end; a token is revoked", ErrRequest)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sessions[v.key]
	if s == nil || s.Account != v.Name {
		return ErrEnded
	}
	return d.endOne(v, v.key, "session.remove")
}

func (d *Directory) endOne(by *Viewer, id, what string) error {
	s := d.sessions[id]
	g := &store.Group{Rows: []store.Put{{Table: store.TableAccess, Key: sessionKey(id)}}}
	if err := d.o.Trail.Commit(g, d.deed(by, what, s.Account)); err != nil {
		return fmt.Errorf("session: %w", err)
	}
	s.end()
	delete(d.sessions, id)
	return nil
}

// endSessions ends every session of an account but one.
func (d *Directory) endSessions(by *Viewer, name, but string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, gone := &store.Group{}, []string{}
	for id, s := range d.sessions {
		if s.Account == name && id != but {
			g.Rows = append(g.Rows, store.Put{Table: store.TableAccess, Key: sessionKey(id)})
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if err := d.o.Trail.Commit(g, d.deed(by, "session.end", name)); err != nil {
		return fmt.Errorf("sessions of %s: %w", name, err)
	}
	for _, id := range gone {
		d.sessions[id].end()
		delete(d.sessions, id)
	}
	return nil
}

// SetPassword changes the viewer's own password and ends its other sessions.
func (d *Directory) SetPassword(v *Viewer, old, password string) error {
	if err := checkPassword(v.Name, password); err != nil {
		return err
	}
	if password == old {
		return fmt.Errorf("%w: the new password is the old one", ErrRequest)
	}
	if _, err := d.check(v.Name, old, v.From); err != nil {
		return err
	}
	hash, err := d.hasher.make(password)
	if err != nil {
		return err
	}
	// Everything a session of its own may do, it may do to its own account.
	self := *v
	self.Scope, self.narrow = Scope{}, nil
	if err := d.change(&self, v.Name, "account.password", func(a *account) error {
		a.Password, a.stored, a.MustChange = hash.String(), hash, false
		return nil
	}, false); err != nil {
		return err
	}
	return d.endSessions(&self, v.Name, v.key)
}

// SignInBy opens a session for who has signed in at an OpenID provider, with the
// role that the provider gives today. The account is made at the first sign-in.
func (d *Directory) SignInBy(subject string, s Spec, from string) (cookie string, v *Viewer, err error) {
	if err := s.Check(); err != nil {
		return "", nil, err
	}
	by := &Viewer{Name: subject, Role: Nobody, From: from}
	name, err := d.believe(by, subject, s)
	if err != nil {
		return "", nil, err
	}
	return d.open(name, from, "session.add")
}

// believe makes or brings up to date the account of a subject.
func (d *Directory) believe(by *Viewer, subject string, s Spec) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name, known := d.subjects[subject]
	if !known {
		if _, ok := d.accounts[s.Name]; ok {
			return "", fmt.Errorf("account %s: %w, with a password or of another subject; its operator must decide which of the two it is", s.Name, ErrExists)
		}
		if len(d.accounts) >= MaxAccounts {
			return "", fmt.Errorf("account %s: %w: at most %d accounts", s.Name, ErrMany, MaxAccounts)
		}
		a := &account{Version: version, User: User{Name: s.Name, Role: s.Role, Scope: s.Scope, Subject: subject, Created: d.now()}}
		e := d.deed(by, "account.add", s.Name)
		e.After = a.shown()
		return s.Name, d.commit(&store.Group{}, a, e)
	}
	old := d.accounts[name]
	if old.Disabled {
		return "", fmt.Errorf("account %s is disabled: %w", name, ErrWrong)
	}
	a := *old
	a.Role, a.Scope, a.Left = s.Role, s.Scope, false
	if bytes.Equal(a.shown(), old.shown()) {
		return name, nil
	}
	e := d.deed(by, "account.role", name)
	e.Before, e.After = old.shown(), a.shown()
	if err := d.commit(&store.Group{}, &a, e); err != nil {
		return "", err
	}
	d.renew(name)
	return name, nil
}

// Left notes that an OpenID provider signed a subject in and gave it no role: what is
// open in the name of its account ends, and nothing is done in that name until the
// provider gives a role again. A subject without an account is nothing to note.
func (d *Directory) Left(subject, from string) error {
	by := &Viewer{Name: subject, Role: Nobody, From: from}
	name, err := d.leave(by, subject)
	if err != nil || name == "" {
		return err
	}
	return d.endSessions(by, name, "")
}

// leave marks the account of a subject; empty where there is none to mark.
func (d *Directory) leave(by *Viewer, subject string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name, known := d.subjects[subject]
	if !known || d.accounts[name].Left {
		return "", nil
	}
	old := d.accounts[name]
	a := *old
	a.Left = true
	e := d.deed(by, "account.left", name)
	e.Before, e.After = old.shown(), a.shown()
	if err := d.commit(&store.Group{}, &a, e); err != nil {
		return "", err
	}
	d.renew(name)
	return name, nil
}
