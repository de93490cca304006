package accounts

import "testing"

// FuzzSecrets: what is read is what was written, letter by letter, or an error.
func FuzzSecrets(f *testing.F) {
	s, err := newSecret()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.token())
	f.Add(s.cookie())
	f.Add("fseal_0000_")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseToken(text); err == nil && s.token() != text {
			t.Errorf("token %q is read as %q", text, s.token())
		}
		if s, err := parseCookie(text); err == nil && s.cookie() != text {
			t.Errorf("cookie %q is read as %q", text, s.cookie())
		}
	})
}

// FuzzPasswordHash: a stored hash has one form and a bounded cost.
func FuzzPasswordHash(f *testing.F) {
	h, err := newHasher(cheap)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(h.decoy.String())
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseStored(text)
		if err != nil {
			return
		}
		if s.String() != text || s.cost.Memory > maxCost.Memory || s.cost.Passes > maxCost.Passes || s.cost.Lanes > maxCost.Lanes {
			t.Errorf("%q is read as %q", text, s)
		}
	})
}
