package accounts

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// provided signs a subject in, as a provider that gives it a role does, and makes
// a token for it.
func provided(d *desk) (cookie, token string, v *Viewer) {
	d.Helper()
	cookie, v, err := d.SignInBy("https://id.example#li", Spec{Name: "li", Role: Centre}, "192.0.2.1")
	if err != nil {
		d.Fatal(err)
	}
	token, _, err = d.NewToken(v, TokenSpec{Label: "nightly", Expires: d.now() + MaxTokenLife.Microseconds()/2})
	if err != nil {
		d.Fatal(err)
	}
	return cookie, token, v
}

func ended(v *Viewer) bool {
	select {
	case <-v.Ended():
		return true
	default:
		return false
	}
}

func TestWhoLeftTheProviderIsShutOutWithAllThatWasMade(t *testing.T) {
	d := newDesk(t)
	cookie, token, _ := provided(d)
	open, err := d.ByToken(token, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Left("https://id.example#another", "192.0.2.1"); err != nil {
		t.Fatalf("a subject without an account: %v", err)
	}
	if _, err := d.ByToken(token, "192.0.2.1"); err != nil || ended(open) {
		t.Fatalf("another subject's leaving ended a token: %v", err)
	}
	if err := d.Left("https://id.example#li", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		if _, err := d.ByToken(token, "192.0.2.1"); !errors.Is(err, ErrEnded) {
			t.Errorf("%s: the token: %v", when, err)
		}
		if _, err := d.BySession(cookie, "192.0.2.1"); !errors.Is(err, ErrEnded) {
			t.Errorf("%s: the session: %v", when, err)
		}
		if _, ok := d.Now("li", Read, Reading); ok {
			t.Errorf("%s: certificates and webhooks go on", when)
		}
	}
	check("at once")
	if !ended(open) {
		t.Error("what was open stays open")
	}
	d.restart()
	check("after a restart")
	trail, err := d.Trail(0, 100)
	if err != nil || !slices.ContainsFunc(trail, func(e Deed) bool { return e.What == "account.left" && e.Subject == "li" }) {
		t.Errorf("the trail says nothing of it: %+v %v", trail, err)
	}
	// The provider gives a role again.
	if _, _, err := d.SignInBy("https://id.example#li", Spec{Name: "li", Role: Inspector}, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if v, err := d.ByToken(token, "192.0.2.1"); err != nil || v.Role != Inspector {
		t.Errorf("after the next sign-in: %+v %v", v, err)
	}
}

func TestTokensOfAProvidersAccountRestWhenItDoesNotComeAgain(t *testing.T) {
	d := newDesk(t)
	_, token, _ := provided(d)
	d.add("local", Auditor, Scope{})
	_, v := d.signIn("local")
	other, _, err := d.NewToken(v, TokenSpec{Label: "system", Expires: d.now() + MaxTokenLife.Microseconds()/2})
	if err != nil {
		t.Fatal(err)
	}
	d.at = d.at.Add(ProviderRest)
	open, err := d.ByToken(token, "192.0.2.1")
	if err != nil {
		t.Fatalf("on the last day: %v", err)
	}
	d.at = d.at.Add(time.Second)
	if err := d.sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ByToken(token, "192.0.2.1"); !errors.Is(err, ErrEnded) || !ended(open) {
		t.Errorf("after %v: %v, ended %v", ProviderRest, err, ended(open))
	}
	if _, err := d.ByToken(other, "192.0.2.1"); err != nil {
		t.Errorf("a local account's token: %v", err)
	}
	if _, _, err := d.SignInBy("https://id.example#li", Spec{Name: "li", Role: Centre}, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ByToken(token, "192.0.2.1"); err != nil {
		t.Errorf("after the next sign-in: %v", err)
	}
}
