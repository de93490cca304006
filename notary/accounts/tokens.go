package accounts

import (
	"cmp"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fieldseal/notary/store"
)

// tokenRow is a token as it is stored: its secret only as a hash.
type tokenRow struct {
	Version int `json:"v"`
	AccessToken
	Sum []byte `json:"sum"`
}

type token struct {
	tokenRow
	live
}

// NewToken makes an access token for the viewer's own account; its text is shown
// once. It never reaches beyond what the viewer may do now.
func (d *Directory) NewToken(v *Viewer, s TokenSpec) (text string, t AccessToken, err error) {
	now := d.now()
	switch {
	case s.Label == "" || len(s.Label) > MaxLabel || !utf8.ValidString(s.Label) || strings.ContainsFunc(s.Label, unicode.IsControl):
		return "", t, fmt.Errorf("%w: label %q: 1 to %d bytes of printable text are needed, to know the token by", ErrRequest, s.Label, MaxLabel)
	case s.Expires <= now || s.Expires > now+MaxTokenLife.Microseconds():
		return "", t, fmt.Errorf("%w: a token ends after now and within %d days", ErrRequest, int(MaxTokenLife.Hours()/24))
	case len(s.Scope.Grants) > 0:
		return "", t, fmt.Errorf("%w: a token reads by the permissions of its account; leave grants out", ErrRequest)
	case len(s.Limits) > len(Resources())*len(Actions()):
		return "", t, fmt.Errorf("%w: %d limits of a token; there are not so many rights", ErrRequest, len(s.Limits))
	}
	if err := s.Scope.check(""); err != nil {
		return "", t, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	for _, p := range s.Limits {
		if !v.May(p.Action, p.Resource) {
			return "", t, fmt.Errorf("token for %s: %w", p, ErrBeyond)
		}
	}
	// A token that is limited cannot make one that is not.
	if len(s.Limits) == 0 {
		s.Limits = v.limits
	}
	if v.narrow != nil {
		if s.Scope.Everywhere() {
			s.Scope = *v.narrow
		} else if !s.Scope.Within(v.narrow) {
			return "", t, fmt.Errorf("token's sites: %w", ErrBeyond)
		}
	}
	sec, err := newSecret()
	if err != nil {
		return "", t, fmt.Errorf("token: %w", err)
	}
	sum := sec.sum()
	x := &token{tokenRow: tokenRow{Version: version, Sum: sum[:], AccessToken: AccessToken{ID: hex.EncodeToString(sec.id[:]), Account: v.Name, Label: s.Label,
		Limits: s.Limits, Scope: s.Scope, Created: now, Expires: s.Expires}}, live: live{ended: make(chan struct{})}}
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.accounts[v.Name]; a == nil || d.shut(a) {
		return "", t, ErrEnded
	}
	n := 0
	for _, o := range d.tokens {
		if o.Account == v.Name && o.alive(now) {
			n++
		}
	}
	if n >= MaxTokens {
		return "", t, fmt.Errorf("tokens of %s: %w: at most %d; revoke one", v.Name, ErrMany, MaxTokens)
	}
	e := d.deed(v, "token.add", x.ID)
	e.After = was(x.AccessToken)
	if err := d.putToken(x, e); err != nil {
		return "", t, err
	}
	d.tokens[x.ID] = x
	return sec.token(), x.AccessToken, nil
}

// LogIn makes an access token for who knows the password, as a command asks for.
func (d *Directory) LogIn(name, password, from string, s TokenSpec) (text string, t AccessToken, err error) {
	if name, err = d.check(name, password, from); err != nil {
		return "", t, err
	}
	d.mu.Lock()
	a := d.accounts[name]
	d.mu.Unlock()
	if a.MustChange {
		return "", t, fmt.Errorf("%w: the first password of %s must be changed before it gives tokens", ErrRequest, name)
	}
	v := d.stand(a)
	v.From = from
	return d.NewToken(v, s)
}

// putToken writes a token; mu is held.
func (d *Directory) putToken(x *token, deeds ...Deed) error {
	g := &store.Group{}
	if err := put(g, tokenKey(x.ID), &x.tokenRow); err != nil {
		return err
	}
	if err := d.o.Trail.Commit(g, deeds...); err != nil {
		return fmt.Errorf("token %s: %w", x.ID, err)
	}
	return nil
}

// ByToken is who an access token stands for, or ErrEnded.
func (d *Directory) ByToken(text, from string) (*Viewer, error) {
	sec, err := parseToken(text)
	if err != nil {
		return nil, ErrEnded
	}
	sum := sec.sum()
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	t := d.tokens[hex.EncodeToString(sec.id[:])]
	if t == nil || subtle.ConstantTimeCompare(sum[:], t.Sum) != 1 || !t.alive(now) {
		return nil, ErrEnded
	}
	a := d.accounts[t.Account]
	if a == nil || d.shut(a) {
		return nil, ErrEnded
	}
	if now-t.Used >= touchEvery.Microseconds() {
		t.Used = now
		if err := d.putToken(t); err != nil {
			d.o.Logger.Warn("use of a token not stored", "token", t.ID, "error", err)
		}
	}
	v := d.stand(a)
	v.From, v.ended, v.key, v.forced = from, t.ended, t.ID, a.MustChange
	v.limits = t.Limits
	if !t.Scope.Everywhere() {
		scope := t.Scope // the row is written to when the token is used or revoked
		v.narrow = &scope
	}
	return v, nil
}

// over is when a token ended, or will.
func (t *tokenRow) over() int64 {
	if t.Revoked != 0 {
		return min(t.Revoked, t.Expires)
	}
	return t.Expires
}

// spent are the tokens that ended and need not be shown any more; mu is held.
func (d *Directory) spent(now int64) (ids []string) {
	ended := map[string][]*token{}
	for id, t := range d.tokens {
		switch {
		case t.alive(now):
		case t.over() < now-endedLife.Microseconds():
			ids = append(ids, id)
		default:
			ended[t.Account] = append(ended[t.Account], t)
		}
	}
	for _, own := range ended {
		if len(own) <= endedTokens {
			continue
		}
		slices.SortFunc(own, func(a, b *token) int {
			return cmp.Or(cmp.Compare(b.over(), a.over()), cmp.Compare(a.ID, b.ID))
		})
		for _, t := range own[endedTokens:] {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Tokens shows the tokens of an account, oldest first: one's own, or those of an
// account that by looks after.
func (d *Directory) Tokens(by *Viewer, name string) ([]AccessToken, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name != by.Name || !by.SignedIn() {
		if _, err := d.of(by, name); err != nil {
			return nil, err
		}
	}
	out := []AccessToken{}
	for _, t := range d.tokens {
		if t.Account == name {
			out = append(out, t.AccessToken)
		}
	}
	slices.SortFunc(out, func(a, b AccessToken) int { return int(min(max(a.Created-b.Created, -1), 1)) })
	return out, nil
}

// Revoke ends a token at once, with what is open under it. Without a name it is
// one of by's own; else one of an account that by looks after. id may be a
// beginning that no other has.
func (d *Directory) Revoke(by *Viewer, name, id string) (AccessToken, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "" {
		name = by.Name
	} else if _, err := d.of(by, name); err != nil {
		return AccessToken{}, err
	}
	var found *token
	for x, t := range d.tokens {
		if !strings.HasPrefix(x, id) || t.Account != name {
			continue
		}
		if found != nil {
			return AccessToken{}, fmt.Errorf("%w: token %q fits more than one; give more of its id", ErrRequest, id)
		}
		found = t
	}
	if found == nil || len(id) < 4 {
		return AccessToken{}, fmt.Errorf("token %q: %w", id, ErrUnknown)
	}
	if found.Revoked != 0 {
		return found.AccessToken, nil
	}
	return found.AccessToken, d.revoke(by, found)
}

// revoke writes that a token has ended; mu is held.
func (d *Directory) revoke(by *Viewer, t *token) error {
	x := &token{tokenRow: t.tokenRow}
	x.Revoked = d.now()
	if err := d.putToken(x, d.deed(by, "token.remove", t.ID)); err != nil {
		return err
	}
	t.tokenRow = x.tokenRow
	t.end()
	return nil
}

func (d *Directory) revokeTokens(by *Viewer, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.tokens {
		if t.Account == name && t.Revoked == 0 {
			if err := d.revoke(by, t); err != nil {
				return err
			}
		}
	}
	return nil
}
