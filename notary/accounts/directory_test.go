package accounts

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

// cheap is a cost for tests: what is tested is not how long a guess takes.
var cheap = Cost{Memory: 64, Passes: 1, Lanes: 1}

// desk is a directory over a store in memory, with a clock of its own.
type desk struct {
	*testing.T
	*Directory
	disk *storetest.Disk
	log  *bytes.Buffer
	at   time.Time
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t, disk: storetest.NewDisk(), log: &bytes.Buffer{}, at: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	d.restart()
	return d
}

func (d *desk) restart() {
	d.Helper()
	rows := d.disk.Open()
	trail, err := OpenTrail(rows)
	if err != nil {
		d.Fatal(err)
	}
	d.Directory, err = Open(Options{Rows: rows, Trail: trail, Now: func() time.Time { return d.at }, Cost: cheap,
		Places: atlas{1: {"north-yard", Construction, "pudong"}, 2: {"cold-store", Food, "xuhui"}},
		Logger: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		d.Fatal(err)
	}
}

var root = KeeperBy("socket")

const chosen = "correct horse battery"

// add makes an account whose first password was changed.
func (d *desk) add(name string, r Role, s Scope) {
	d.Helper()
	first, err := d.Add(root, Spec{name, r, s})
	if err != nil {
		d.Fatal(err)
	}
	_, v, err := d.SignIn(name, first, "192.0.2.1")
	if err != nil {
		d.Fatal(err)
	}
	if err := d.SetPassword(v, first, chosen); err != nil {
		d.Fatal(err)
	}
	if err := d.SignOut(v); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) signIn(name string) (string, *Viewer) {
	d.Helper()
	cookie, v, err := d.SignIn(name, chosen, "192.0.2.1")
	if err != nil {
		d.Fatal(err)
	}
	return cookie, v
}

func over(v *Viewer) bool {
	select {
	case <-v.Ended():
		return true
	default:
		return false
	}
}

func TestFirstPasswordOpensNothingButItsChange(t *testing.T) {
	d := newDesk(t)
	first, err := d.Add(root, Spec{"li.wei", Centre, Scope{}})
	if err != nil {
		t.Fatal(err)
	}
	cookie, v, err := d.SignIn("li.wei", first, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if v.May(Read, Reading) || !v.MustChange() || !v.May(Change, Self) {
		t.Error("the first password opens content")
	}
	for _, bad := range []string{"short", first, "li.wei is my name", strings.Repeat("a", 20), strings.Repeat("long", 40), "\xff\xfe0123456789ab"} {
		if err := d.SetPassword(v, first, bad); !errors.Is(err, ErrRequest) {
			t.Errorf("password %q: %v", bad, err)
		}
	}
	if err := d.SetPassword(v, "not the first one", chosen); !errors.Is(err, ErrWrong) {
		t.Errorf("with a wrong old password: %v", err)
	}
	if err := d.SetPassword(v, first, chosen); err != nil {
		t.Fatal(err)
	}
	if v, err = d.BySession(cookie, "192.0.2.1"); err != nil || !v.May(Read, Reading) {
		t.Errorf("after the change: %v", err)
	}
	if _, _, err := d.SignIn("li.wei", first, "192.0.2.1"); !errors.Is(err, ErrWrong) {
		t.Errorf("the first password still opens: %v", err)
	}
}

func TestAccountsSessionsAndTokensOutliveARestart(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{Districts: []string{"pudong"}})
	cookie, v := d.signIn("wang")
	text, tok, err := d.NewToken(v, TokenSpec{Label: "laptop", Limits: []Permission{{Reading, Read}}, Expires: d.at.Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	d.restart()
	v, err = d.BySession(cookie, "192.0.2.1")
	if err != nil || v.Role != Inspector || !v.Sees(batch.ID{1}) || v.Sees(batch.ID{2}) {
		t.Fatalf("session: %+v, %v", v, err)
	}
	x, err := d.ByToken(text, "192.0.2.1")
	if err != nil || !x.May(Read, Reading) || x.May(Read, Evidence) || x.May(Add, Token) || !x.Sees(batch.ID{1}) || x.Sees(batch.ID{2}) {
		t.Fatalf("token: %+v, %v", x, err)
	}
	if _, err := d.Revoke(v, "", tok.ID[:6]); err != nil {
		t.Fatal(err)
	}
	d.restart()
	if _, err := d.ByToken(text, "192.0.2.1"); !errors.Is(err, ErrEnded) {
		t.Errorf("a revoked token after a restart: %v", err)
	}
}

func TestSecretsAreKnownInFullOrNotAtAll(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	cookie, v := d.signIn("wang")
	text, _, err := d.NewToken(v, TokenSpec{Label: "laptop", Expires: d.at.Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	flip := func(s string, i int) string {
		b := []byte(s)
		if b[i] == '0' || b[i] == 'A' {
			b[i] = 'B'
		} else {
			b[i] = map[bool]byte{true: '0', false: 'A'}[i < len(tokenPrefix)+17 || s == text]
		}
		return string(b)
	}
	for i := range text {
		if _, err := d.ByToken(flip(text, i), ""); !errors.Is(err, ErrEnded) {
			t.Errorf("token with letter %d changed: %v", i, err)
		}
	}
	for i := range cookie {
		if _, err := d.BySession(flip(cookie, i), ""); !errors.Is(err, ErrEnded) {
			t.Errorf("cookie with letter %d changed: %v", i, err)
		}
	}
	for _, s := range []string{"", text, cookie, text[:len(text)-1], text + "0", strings.ToUpper(text)} {
		if s != text {
			if _, err := d.ByToken(s, ""); err == nil {
				t.Errorf("token %q is taken", s)
			}
		}
		if s != cookie {
			if _, err := d.BySession(s, ""); err == nil {
				t.Errorf("cookie %q is taken", s)
			}
		}
	}
}

func TestWhatIsOpenEndsWithItsSessionOrToken(t *testing.T) {
	for name, end := range map[string]func(d *desk, v *Viewer, id string) error{
		"sign out, revoke": func(d *desk, v *Viewer, id string) error {
			_, err := d.Revoke(v, "", id)
			return errors.Join(err, d.SignOut(v))
		},
		"disabled":     func(d *desk, _ *Viewer, _ string) error { return d.Disable(root, "wang", true) },
		"reset":        func(d *desk, _ *Viewer, _ string) error { _, err := d.Reset(root, "wang"); return err },
		"another role": func(d *desk, _ *Viewer, _ string) error { return d.Assign(root, Spec{"wang", Public, Scope{}}) },
		"too old":      func(d *desk, _ *Viewer, _ string) error { d.at = d.at.Add(DefaultMax); return d.sweep() },
		"idle":         func(d *desk, _ *Viewer, _ string) error { d.at = d.at.Add(DefaultIdle); return d.sweep() },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.add("wang", Inspector, Scope{})
			d.add("zhao", Inspector, Scope{})
			_, other := d.signIn("zhao")
			cookie, v := d.signIn("wang")
			text, tok, err := d.NewToken(v, TokenSpec{Label: "laptop", Expires: d.at.Add(DefaultIdle).UnixMicro()})
			if err != nil {
				t.Fatal(err)
			}
			x, err := d.ByToken(text, "")
			if err != nil || over(v) || over(x) {
				t.Fatal("ended before", err)
			}
			if err := end(d, v, tok.ID); err != nil {
				t.Fatal(err)
			}
			if !over(v) || !over(x) {
				t.Errorf("session ended %v, token ended %v", over(v), over(x))
			}
			after, err := d.BySession(cookie, "")
			if name == "another role" {
				if err != nil || after.May(Read, Reading) {
					t.Errorf("the session goes on with the new role: %v", err)
				}
			} else if !errors.Is(err, ErrEnded) {
				t.Errorf("the session goes on: %v", err)
			}
			if d.at.Sub(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)) == 0 && over(other) {
				t.Error("another account's session ended too")
			}
		})
	}
}

func TestUseKeepsASessionFromBeingIdleAndNotFromGrowingOld(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	cookie, _ := d.signIn("wang")
	for used := time.Duration(0); used < DefaultMax-DefaultIdle/2; used += DefaultIdle / 2 {
		if _, err := d.BySession(cookie, ""); err != nil {
			t.Fatalf("after %v: %v", used, err)
		}
		d.at = d.at.Add(DefaultIdle / 2)
		d.restart() // its use is in the store
	}
	d.at = d.at.Add(DefaultIdle / 2)
	if _, err := d.BySession(cookie, ""); !errors.Is(err, ErrEnded) {
		t.Errorf("after %v: %v", DefaultMax, err)
	}
}

func TestOneMoreSessionEndsTheOneUsedLongestAgo(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	var cookies []string
	for range MaxSessions {
		d.at = d.at.Add(time.Second)
		c, _ := d.signIn("wang")
		cookies = append(cookies, c)
	}
	d.at = d.at.Add(time.Second)
	if _, err := d.BySession(cookies[0], ""); err != nil {
		t.Fatal(err)
	}
	d.signIn("wang")
	for i, c := range cookies {
		if _, err := d.BySession(c, ""); (err == nil) != (i != 1) {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

func TestGuessesAreBoundedAndDoNotShutTheOwnerOut(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	wrong := func(from string) error { _, _, err := d.SignIn("wang", "guess", from); return err }
	for i := range pairBurst {
		if err := wrong("198.51.100.9"); !errors.Is(err, ErrWrong) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if err := wrong("198.51.100.9"); !errors.Is(err, ErrSlow) {
		t.Errorf("one more guess: %v", err)
	}
	if _, _, err := d.SignIn("wang", chosen, "198.51.100.9"); !errors.Is(err, ErrSlow) {
		t.Errorf("the right password after too many guesses: %v", err)
	}
	d.signIn("wang") // from another address
	d.at = d.at.Add(pairEvery)
	if _, _, err := d.SignIn("wang", chosen, "198.51.100.9"); err != nil {
		t.Errorf("after waiting: %v", err)
	}
	slow := 0
	for i := range addressBurst + 1 {
		if _, _, err := d.SignIn("nobody"+string(rune('a'+i)), "guess", "203.0.113.5"); errors.Is(err, ErrSlow) {
			slow++
		} else if !errors.Is(err, ErrWrong) {
			t.Error(err)
		}
	}
	if slow == 0 {
		t.Error("one address may guess names without bound")
	}
}

func TestTokenNeverReachesBeyondItsMaker(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{Districts: []string{"pudong"}})
	_, v := d.signIn("wang")
	soon := d.at.Add(time.Hour).UnixMicro()
	if _, _, err := d.NewToken(v, TokenSpec{Label: "x", Limits: []Permission{{Account, Add}}, Expires: soon}); !errors.Is(err, ErrBeyond) {
		t.Errorf("more than the role: %v", err)
	}
	text, _, err := d.NewToken(v, TokenSpec{Label: "x", Limits: []Permission{{Token, Add}, {Reading, Read}}, Scope: Scope{Sites: []string{"north-yard"}}, Expires: soon})
	if err != nil {
		t.Fatal(err)
	}
	limited, err := d.ByToken(text, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.NewToken(limited, TokenSpec{Label: "y", Limits: []Permission{{Evidence, Read}}, Expires: soon}); !errors.Is(err, ErrBeyond) {
		t.Errorf("more than the token: %v", err)
	}
	if _, _, err := d.NewToken(limited, TokenSpec{Label: "y", Scope: Scope{Sites: []string{"cold-store"}}, Expires: soon}); !errors.Is(err, ErrBeyond) {
		t.Errorf("other sites than the token's: %v", err)
	}
	_, child, err := d.NewToken(limited, TokenSpec{Label: "y", Expires: soon})
	if err != nil || !slices.Equal(child.Limits, []Permission{{Token, Add}, {Reading, Read}}) || !slices.Equal(child.Scope.Sites, []string{"north-yard"}) {
		t.Errorf("a token without limits made by a limited one: %+v, %v", child, err)
	}
	for _, s := range []TokenSpec{{Label: "", Expires: soon}, {Label: "x", Expires: d.now()}, {Label: "x", Expires: d.at.Add(MaxTokenLife + time.Hour).UnixMicro()}, {Label: "a\nb", Expires: soon}} {
		if _, _, err := d.NewToken(v, s); !errors.Is(err, ErrRequest) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	// What goes on with all of the account's rights, a narrower token does not make.
	for _, limits := range [][]Permission{{{Certificate, Add}}, {{Certificate, Add}, {Reading, Read}}, {{Certificate, Add}, {Reading, Read}, {Alarm, Read}}} {
		hook, _, err := d.NewToken(v, TokenSpec{Label: "z", Limits: limits, Expires: soon})
		if err != nil {
			t.Fatal(err)
		}
		if x, err := d.ByToken(hook, ""); err != nil || x.May(Add, Certificate) || !v.May(Add, Certificate) {
			t.Errorf("a token for %v makes a certificate that reads more: %v", limits, err)
		}
	}
	supervisor := &Viewer{Name: "li", Role: Centre}
	limited = &Viewer{Name: "li", Role: Centre, limits: []Permission{{Webhook, Add}, {Reading, Read}}}
	if !supervisor.May(Add, Webhook) || limited.May(Add, Webhook) {
		t.Error("a token that may not read alarms has them sent by a webhook")
	}
	// What the account loses, its tokens lose.
	if err := d.Assign(root, Spec{"wang", Inspector, Scope{Districts: []string{"xuhui"}}}); err != nil {
		t.Fatal(err)
	}
	if x, err := d.ByToken(text, ""); err != nil || x.Sees(batch.ID{1}) {
		t.Errorf("a token sees a site that its account does not: %v", err)
	}
}

func TestOperatorOfADistrictLooksAfterThatDistrictAlone(t *testing.T) {
	d := newDesk(t)
	d.add("op", Operator, Scope{Districts: []string{"pudong"}})
	d.add("boss", Operator, Scope{})
	_, op := d.signIn("op")
	if _, err := d.Add(op, Spec{"friend", Centre, Scope{}}); !errors.Is(err, ErrBeyond) {
		t.Errorf("an account of everywhere: %v", err)
	}
	if _, err := d.Add(op, Spec{"local", Inspector, Scope{Districts: []string{"pudong"}}}); err != nil {
		t.Error(err)
	}
	if err := d.Assign(op, Spec{"op", Operator, Scope{}}); !errors.Is(err, ErrBeyond) {
		t.Errorf("its own scope: %v", err)
	}
	if err := d.Disable(op, "boss", true); !errors.Is(err, ErrUnknown) {
		t.Errorf("an account of everywhere: %v", err)
	}
	if _, err := d.Reset(op, "boss"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an account of everywhere: %v", err)
	}
	if all := d.List(op); len(all) != 2 {
		t.Errorf("lists %+v", all)
	}
	if _, err := d.Add(root, Spec{"firm", Company, Scope{Districts: []string{"pudong"}}}); !errors.Is(err, ErrRequest) {
		t.Errorf("a company without sites: %v", err)
	}
}

func TestTrailTellsWhoDidWhatAndShowsWhatWasTakenOut(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Inspector, Scope{})
	_, _, _ = d.SignIn("wang", "guess", "198.51.100.9")
	_, v := d.signIn("wang")
	if _, _, err := d.NewToken(v, TokenSpec{Label: "laptop", Expires: d.at.Add(time.Hour).UnixMicro()}); err != nil {
		t.Fatal(err)
	}
	if err := d.Assign(root, Spec{"wang", Centre, Scope{}}); err != nil {
		t.Fatal(err)
	}
	rows := d.disk.Open()
	all, err := ReadTrail(rows, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, x := range all {
		did = append(did, x.What)
	}
	if want := []string{"account.add", "session.add", "account.password", "session.remove", "session.refused", "session.add", "token.add", "account.role"}; !slices.Equal(did, want) {
		t.Errorf("the trail tells %v", did)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Prev != all[i-1].Hash() {
			t.Errorf("row %d does not follow for one who was told the rows", all[i].Number)
		}
	}
	last := all[len(all)-1]
	var before, after shown
	if json.Unmarshal(last.Before, &before) != nil || json.Unmarshal(last.After, &after) != nil || before.Role != Inspector || after.Role != Centre || last.By != "socket" {
		t.Errorf("%+v", last)
	}
	if tail, err := ReadTrail(rows, 3, 2); err != nil || len(tail) != 2 || tail[0].Number != 4 {
		t.Errorf("%+v, %v", tail, err)
	}
	for n, change := range map[uint64]func(k, v []byte) store.Put{
		3: func(k, v []byte) store.Put { return store.Put{Table: store.TableAudit, Key: k} },
		5: func(k, v []byte) store.Put {
			return store.Put{Table: store.TableAudit, Key: k, Value: bytes.Replace(v, []byte("wang"), []byte("zhao"), 1)}
		},
	} {
		v, err := rows.Row(store.TableAudit, deedKey(n))
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Commit(&store.Group{Rows: []store.Put{change(deedKey(n), v)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTrail(rows, 0, 100); err == nil {
			t.Errorf("row %d was tampered with and nothing shows", n)
		}
		if err := rows.Commit(&store.Group{Rows: []store.Put{{Table: store.TableAudit, Key: deedKey(n), Value: v}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoSecretIsStoredOrLogged(t *testing.T) {
	d := newDesk(t)
	first, err := d.Add(root, Spec{"wang", Inspector, Scope{}})
	if err != nil {
		t.Fatal(err)
	}
	cookie, v, err := d.SignIn("wang", first, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SetPassword(v, first, chosen); err != nil {
		t.Fatal(err)
	}
	v, err = d.BySession(cookie, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := d.NewToken(v, TokenSpec{Label: "laptop", Expires: d.at.Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	sec, err := parseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _ = d.SignIn("wang", "mistyped secret", "192.0.2.1")
	var all bytes.Buffer
	all.Write(d.log.Bytes())
	rows := d.disk.Open()
	for table := store.Table(1); table < 40; table++ {
		for kv, err := range rows.Rows(table, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			all.Write(kv.Key)
			all.Write(kv.Value)
		}
	}
	if !strings.Contains(all.String(), "argon2id") || !strings.Contains(d.log.String(), "signed in") {
		t.Fatal("the search finds nothing at all")
	}
	for what, s := range map[string]string{"first password": first, "password": chosen, "mistyped password": "mistyped secret", "cookie": cookie, "token": text,
		"token's key": text[len(tokenPrefix)+17:], "token's key in bytes": string(sec.key[:]), "CSRF token": v.CSRF()} {
		if strings.Contains(all.String(), s) {
			t.Errorf("the %s stands in the store or the log", what)
		}
	}
}

func TestFailedWriteChangesNothing(t *testing.T) {
	d := newDesk(t)
	faulty := storetest.NewFaulty(d.disk.Open())
	trail, err := OpenTrail(faulty)
	if err != nil {
		t.Fatal(err)
	}
	if d.Directory, err = Open(Options{Rows: faulty, Trail: trail, Now: func() time.Time { return d.at }, Cost: cheap}); err != nil {
		t.Fatal(err)
	}
	d.add("wang", Inspector, Scope{})
	cookie, _ := d.signIn("wang")
	faulty.Break(1, storetest.Failed)
	if err := d.Assign(root, Spec{"wang", Centre, Scope{}}); err == nil {
		t.Fatal("a failed write was not told")
	}
	if v, err := d.BySession(cookie, ""); err != nil || v.Role != Inspector {
		t.Errorf("%+v, %v", v, err)
	}
}
