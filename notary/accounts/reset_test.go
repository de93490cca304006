package accounts

import (
	"slices"
	"testing"
)

// What goes on in an account's name ends when its password is reset, and does not
// begin again before the first password was changed.
func TestAResetEndsWhatGoesOnInTheAccountsName(t *testing.T) {
	d := newDesk(t)
	d.add("wang", Centre, Scope{})
	if _, ok := d.Now("wang", Read, Reading); !ok {
		t.Fatal("the account may not read")
	}
	var told []string
	if err := d.AtReset(func(name string) error {
		if _, ok := d.Now(name, Read, Reading); ok {
			t.Error("its rights go on")
		}
		told = append(told, name)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	first, err := d.Reset(root, "wang")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"wang"}) {
		t.Errorf("told of %q", told)
	}
	d.restart() // as if it was reset while the notary did not run
	if err := d.AtReset(func(name string) error { told = append(told, name); return nil }); err != nil || !slices.Equal(told, []string{"wang", "wang"}) {
		t.Errorf("told of %q: %v", told, err)
	}
	_, v, err := d.SignIn("wang", first, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Now("wang", Read, Reading); ok {
		t.Error("a first password opens content")
	}
	if err := d.SetPassword(v, first, chosen); err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Now("wang", Read, Reading); !ok {
		t.Error("after the change the account may not read")
	}
}
