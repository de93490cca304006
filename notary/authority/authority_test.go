package authority_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/notary/access"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
	"fieldseal/notary/internal/lab"
)

func sign(t *testing.T, n *lab.Notary, k cose.Signer, b statement.Body) authority.Signed {
	t.Helper()
	s, body, err := statement.Sign(k, rand.Reader, lab.Origin, n.Now().UnixMicro(), b)
	if err != nil {
		t.Fatal(err)
	}
	return authority.Signed{Header: s.Raw(), Body: body}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 5 s", what)
		}
	}
}

func TestGatewayIsEnrolledOnlyBySignatureAndLog(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Ask("north-yard", "gw-1")
	if err := n.Registry.Admit(g.Gateway); !errors.Is(err, access.ErrPending) {
		t.Fatalf("before: %v", err)
	}
	b, err := g.Statement()
	if err != nil {
		t.Fatal(err)
	}
	size := n.Log.Size()
	for name, in := range map[string]authority.Signed{
		"the gateway's own signature": sign(t, n, g.Signer, b),
		"the supervision's signature": sign(t, n, n.Supervision, b),
	} {
		if _, err := n.Desk.Submit(t.Context(), in); !errors.Is(err, authority.ErrIssuer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := *b
	other.Key = lab.Key(t).Public()
	if _, err := n.Desk.Submit(t.Context(), sign(t, n, n.Authority, &other)); !errors.Is(err, authority.ErrStatement) {
		t.Errorf("another key than asked for: %v", err)
	}
	other = *b
	other.Gateway = batch.ID{1}
	if _, err := n.Desk.Submit(t.Context(), sign(t, n, n.Authority, &other)); !errors.Is(err, authority.ErrStatement) {
		t.Errorf("a ghost gateway: %v", err)
	}
	if n.Log.Size() != size {
		t.Fatal("a refused statement was logged")
	}
	in := sign(t, n, n.Authority, b)
	at, err := n.Desk.Submit(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Registry.Admit(g.Gateway); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if again, err := n.Desk.Submit(t.Context(), in); err != nil || again != at {
		t.Errorf("submitted again: index %d, %v; want %d", again, err, at)
	}
	if _, err := n.Desk.Submit(t.Context(), sign(t, n, n.Authority, b)); !errors.Is(err, authority.ErrStatement) {
		t.Errorf("enrolled twice: %v", err)
	}
}

func TestCrashBetweenLogAndRegisterIsMended(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Ask("north-yard", "gw-1")
	b, err := g.Statement()
	if err != nil {
		t.Fatal(err)
	}
	s, body, err := statement.Sign(n.Authority, rand.Reader, lab.Origin, n.Now().UnixMicro(), b)
	if err != nil {
		t.Fatal(err)
	}
	at, err := n.Log.AppendStatement(t.Context(), s, body)
	if err != nil {
		t.Fatal(err)
	}
	n.Restart()
	if e, _ := n.Registry.Get(g.Gateway); e.State != enrol.Enrolled || e.Index != at {
		t.Errorf("after the restart: %+v", e)
	}
}

func TestRequestsSurviveAFileAndAnotherMachine(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Ask("north-yard", "gw-1")
	text, err := authority.WriteRequests(n.Desk.Requests())
	if err != nil {
		t.Fatal(err)
	}
	r, err := authority.ParseRequests(text)
	if err != nil || len(r.Enrolments) != 1 || r.Status == nil || r.Status.Serial != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := authority.Sign(lab.Key(t), rand.Reader, n.Now(), r); err == nil {
		t.Error("a key that is not this log's authority signed")
	}
	a, err := authority.Sign(n.Authority, rand.Reader, n.Now(), r)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = authority.WriteAnswers(a); err != nil {
		t.Fatal(err)
	}
	if a, err = authority.ParseAnswers(text); err != nil {
		t.Fatal(err)
	}
	for _, s := range a.Statements {
		if _, err := n.Desk.Submit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Registry.Admit(g.Gateway); err != nil {
		t.Error(err)
	}
	if r := n.Desk.Requests(); !r.Empty() {
		t.Errorf("still asked for: %+v", r)
	}
}

func TestStatusListIsDueDailyAndOnChange(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Enrol("north-yard", "gw-1")
	list, _ := n.Desk.Status()
	if list == nil || list.Serial != 1 || len(list.Revoked) != 0 {
		t.Fatalf("first list: %+v", list)
	}
	n.Advance(authority.ListLife - authority.ListAhead - time.Minute)
	if r := n.Desk.Requests(); r.Status != nil {
		t.Error("asked for too early")
	}
	n.Advance(2 * time.Minute)
	if r := n.Desk.Requests(); r.Status == nil || r.Status.Serial != 2 || r.Status.Previous == nil {
		t.Fatalf("not asked for when due: %+v", r.Status)
	}
	n.SignPending()
	if err := n.Registry.Revoke(g.Gateway, enrol.Revocation{FromIndex: 5, Suspected: 7, Reason: "stolen"}); err != nil {
		t.Fatal(err)
	}
	n.SignPending()
	list, _ = n.Desk.Status()
	v, ok := list.Of(g.Gateway)
	if list.Serial != 3 || !ok || v.FromIndex != 5 || v.Suspected != 7 || v.Reason != "stolen" {
		t.Fatalf("after the revocation: %+v", list)
	}
	n.Restart()
	if r := n.Desk.Requests(); !r.Empty() {
		t.Errorf("asked for again after a restart: %+v", r)
	}
	if e, _ := n.Registry.Get(g.Gateway); e.Revocation.Listed != 3 {
		t.Errorf("listed in %d", e.Revocation.Listed)
	}
}

func TestRevocationNeverComesBack(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Enrol("north-yard", "gw-1")
	if err := n.Registry.Revoke(g.Gateway, enrol.Revocation{FromIndex: 5, Reason: "stolen"}); err != nil {
		t.Fatal(err)
	}
	n.SignPending()
	n.Advance(authority.ListLife)
	next := n.Now().Add(time.Hour).UnixMicro()
	row := statement.Revocation{Gateway: g.Gateway, FromIndex: 5, Reason: "stolen"}
	later := row
	later.FromIndex = 6
	for name, l := range map[string]*statement.StatusList{
		"forgets it":           {Serial: 3, Next: next},
		"begins it later":      {Serial: 3, Next: next, Revoked: []statement.Revocation{later}},
		"skips a number":       {Serial: 4, Next: next, Revoked: []statement.Revocation{row}},
		"repeats a number":     {Serial: 2, Next: next, Revoked: []statement.Revocation{row}},
		"is over at its birth": {Serial: 3, Next: 1, Revoked: []statement.Revocation{row}},
	} {
		if _, err := n.Desk.Submit(t.Context(), sign(t, n, n.Authority, l)); !errors.Is(err, authority.ErrStatement) {
			t.Errorf("a list that %s: %v", name, err)
		}
	}
	// Nor does the authority sign such a thing when the notary asks for it.
	r := n.Desk.Requests()
	r.Status.Revoked = nil
	if _, err := authority.Sign(n.Authority, rand.Reader, n.Now(), r); err == nil || !strings.Contains(err.Error(), "takes back") {
		t.Errorf("the authority signed a list that forgets: %v", err)
	}
	r = n.Desk.Requests()
	r.Status.Previous, r.Status.Serial, r.Status.Revoked = nil, 1, nil
	if _, err := authority.Sign(n.Authority, rand.Reader, n.Now(), r); err != nil {
		t.Errorf("an authority without memory cannot tell a first list: %v", err)
	}
	r.Status.Serial = 3
	if _, err := authority.Sign(n.Authority, rand.Reader, n.Now(), r); err == nil {
		t.Error("the authority signed list 3 without seeing list 2")
	}
}

func TestAuthorityRevokesOfItsOwnAccord(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Enrol("north-yard", "gw-1")
	var seen []enrol.State
	n.Registry.Watch(func(e enrol.Entry) { seen = append(seen, e.State) })
	l := &statement.StatusList{Serial: 2, Next: n.Now().Add(time.Hour).UnixMicro(), Revoked: []statement.Revocation{{Gateway: g.Gateway, FromIndex: 3}}}
	if _, err := n.Desk.Submit(t.Context(), sign(t, n, n.Authority, l)); err != nil {
		t.Fatal(err)
	}
	if err := n.Registry.Admit(g.Gateway); !errors.Is(err, access.ErrRevoked) || len(seen) == 0 || seen[0] != enrol.Revoked {
		t.Errorf("admitted still: %v, watchers saw %v", err, seen)
	}
}

func TestCoverageIsTheSupervisionsAlone(t *testing.T) {
	n := lab.New(t, lab.Options{})
	g := n.Enrol("north-yard", "gw-1")
	h := n.Enrol("cold-store", "gw-2")
	plan := func(change func(*statement.Coverage)) *statement.Coverage {
		c := &statement.Coverage{Site: g.Site, Points: []statement.Planned{{Point: "dust-1/pm10", MaxInterval: 60e6, Gateway: g.Gateway}}}
		change(c)
		return c
	}
	keep := func(*statement.Coverage) {}
	for name, tc := range map[string]struct {
		key  cose.Signer
		plan *statement.Coverage
		want error
	}{
		"signed by the authority":    {n.Authority, plan(keep), authority.ErrIssuer},
		"signed by the gateway":      {g.Signer, plan(keep), authority.ErrIssuer},
		"without points":             {n.Supervision, plan(func(c *statement.Coverage) { c.Points = nil }), authority.ErrStatement},
		"with an unknown gateway":    {n.Supervision, plan(func(c *statement.Coverage) { c.Points[0].Gateway[0]++ }), authority.ErrStatement},
		"with another site's":        {n.Supervision, plan(func(c *statement.Coverage) { c.Points[0].Gateway = h.Gateway }), authority.ErrStatement},
		"without interval":           {n.Supervision, plan(func(c *statement.Coverage) { c.Points[0].MaxInterval = 0 }), authority.ErrStatement},
		"that ends before it begins": {n.Supervision, plan(func(c *statement.Coverage) { c.From, c.Until = 5, 4 }), authority.ErrStatement},
		"as it should be":            {n.Supervision, plan(keep), nil},
	} {
		if _, err := n.Desk.Submit(t.Context(), sign(t, n, tc.key, tc.plan)); !errors.Is(err, tc.want) {
			t.Errorf("a plan %s: %v", name, err)
		}
	}
}

func TestStatementOfAnotherLogOrTheFutureIsRefused(t *testing.T) {
	n := lab.New(t, lab.Options{})
	l := &statement.StatusList{Serial: 1, Next: n.Now().Add(100 * time.Hour).UnixMicro()}
	for name, tc := range map[string]struct {
		origin string
		time   time.Time
	}{"another log": {"log.example/2", n.Now()}, "the future": {lab.Origin, n.Now().Add(time.Hour)}} {
		s, body, err := statement.Sign(n.Authority, rand.Reader, tc.origin, tc.time.UnixMicro(), l)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Desk.Submit(t.Context(), authority.Signed{Header: s.Raw(), Body: body}); !errors.Is(err, authority.ErrStatement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnattendedAuthoritySignsWhatComes(t *testing.T) {
	n := lab.New(t, lab.Options{})
	var said strings.Builder
	u := &authority.Unattended{Desk: n.Desk, Key: n.Authority, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(&said, nil))}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- u.Run(ctx) }()
	g := n.Ask("north-yard", "gw-1")
	eventually(t, "the gateway is enrolled", func() bool { return n.Registry.Admit(g.Gateway) == nil })
	if err := n.Registry.Revoke(g.Gateway, enrol.Revocation{FromIndex: 1, Reason: "stolen"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the revocation is in a status list", func() bool {
		l, _ := n.Desk.Status()
		return l != nil && len(l.Revoked) == 1
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !strings.Contains(said.String(), "this operator alone") {
		t.Error("the embedded authority does not say what it is")
	}
}

func TestKeyFileRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), authority.KeyFile)
	k, err := authority.MakeKey(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := authority.ReadKey(path)
	if err != nil || !got.Public().Equal(k.Public()) {
		t.Fatalf("%v, %v", got.Public(), err)
	}
	if _, err := authority.MakeKey(path); err == nil {
		t.Error("a key was replaced")
	}
}

func FuzzStatementSubmit(f *testing.F) {
	n := lab.New(f, lab.Options{})
	s, body, err := statement.Sign(n.Authority, rand.Reader, lab.Origin, n.Now().UnixMicro(), &statement.StatusList{Serial: 9, Next: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Raw(), body)
	size := n.Log.Size()
	f.Fuzz(func(t *testing.T, header, body []byte) {
		if at, err := n.Desk.Submit(t.Context(), authority.Signed{Header: header, Body: body}); err == nil {
			t.Fatalf("logged at %d without a valid signature", at)
		}
		if n.Log.Size() != size {
			t.Fatal("something was logged")
		}
	})
}
