package trust

import (
	"cmp"
	"fmt"
	"slices"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/jsonx"
)

// Sign adds a signature. One key signs once; whether it is an issuer's is [File.Issuer]'s to say.
func (f *File) Sign(s cose.Signer) error {
	for _, have := range f.Signatures {
		if have.Key.Equal(s.Public()) {
			return fmt.Errorf("%w: %v has signed already", ErrTwice, s.Public())
		}
	}
	m, err := f.Message()
	if err != nil {
		return err
	}
	sig, err := s.Sign(m)
	if err != nil {
		return fmt.Errorf("sign trust file: %w", err)
	}
	f.Signatures = append(f.Signatures, Signature{Key{s.Public()}, sig})
	return nil
}

// Parse reads a trust file strictly and checks its own issuers' signatures.
func Parse(text []byte) (*File, error) {
	f, err := ParseDraft(text)
	if err != nil {
		return nil, err
	}
	if n := f.Signed(); n < f.Threshold {
		return nil, fmt.Errorf("%w: %d of the %d needed", ErrUnsigned, n, f.Threshold)
	}
	return f, nil
}

// ParseDraft is Parse of a file that may still lack signatures. Nobody believes a
// draft; those that are there verify.
func ParseDraft(text []byte) (*File, error) {
	f := &File{}
	if err := jsonx.Decode(text, MaxFile, f); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := f.signers(); err != nil {
		return nil, err
	}
	return f, nil
}

// Signed is how many of its own issuers have signed; signatures were checked by
// [ParseDraft].
func (f *File) Signed() int { return count(f.Issuers, f.Signatures) }

// Issuer is the name of the issuer with a key.
func (f *File) Issuer(k cose.Key) (name string, ok bool) {
	for _, i := range f.Issuers {
		if i.Key.Equal(k) {
			return i.Name, true
		}
	}
	return "", false
}

// signers checks every signature.
func (f *File) signers() ([]Signature, error) {
	m, err := f.Message()
	if err != nil {
		return nil, err
	}
	for i, s := range f.Signatures {
		for _, t := range f.Signatures[:i] {
			if t.Key.Equal(s.Key.Key) {
				return nil, fmt.Errorf("%w: %v signed twice", ErrMalformed, s.Key)
			}
		}
		if err := cose.Verify(s.Key.Key, m, s.Signature); err != nil {
			return nil, fmt.Errorf("trust file: %v: %w", s.Key, err)
		}
	}
	return f.Signatures, nil
}

// count is the number of issuers among those who signed.
func count(issuers []Issuer, signed []Signature) (n int) {
	for _, i := range issuers {
		for _, s := range signed {
			if i.Key.Equal(s.Key.Key) {
				n++
			}
		}
	}
	return n
}

// Next is a draft of the version after f: the same, unsigned, that names f. Its
// lists are copies.
func (f *File) Next() *File {
	next := *f
	next.Version, next.Predecessor, next.Signatures = f.Version+1, f.Fingerprint(), nil
	next.Issuers, next.Authorities, next.Supervisors = slices.Clone(f.Issuers), slices.Clone(f.Authorities), slices.Clone(f.Supervisors)
	next.Logs, next.Chains = slices.Clone(f.Logs), slices.Clone(f.Chains)
	return &next
}

// Succeeds reports whether next names f as the version before it, signed or not.
func (f *File) Succeeds(next *File) error {
	switch {
	case next.Version != f.Version+1:
		return fmt.Errorf("%w: version %d comes after version %d, not version %d", ErrSuccession, f.Version+1, f.Version, next.Version)
	case next.Predecessor != f.Fingerprint():
		return fmt.Errorf("%w: version %d names %.16s… as the version before it, and this version %d is %.16s…", ErrSuccession, next.Version, next.Predecessor, f.Version, f.Fingerprint())
	}
	return nil
}

// Follows reports whether next may replace f: it names f as its predecessor and
// the threshold of f's issuers signed it. Both came out of [Parse].
func (f *File) Follows(next *File) error {
	if err := f.Succeeds(next); err != nil {
		return err
	}
	signed, err := next.signers()
	if err != nil {
		return err
	}
	if n := count(f.Issuers, signed); n < f.Threshold {
		return fmt.Errorf("%w: %d of the %d issuers of version %d that are needed signed version %d", ErrUnsigned, n, f.Threshold, f.Version, next.Version)
	}
	return nil
}

// Versions puts versions of a trust file in order, newest first, and refuses them
// unless each follows the one before: without a gap, and signed by enough of its
// issuers. The oldest is what the caller believes to begin with.
func Versions(files ...*File) ([]*File, error) {
	out := slices.Clone(files)
	slices.SortStableFunc(out, func(a, b *File) int { return cmp.Compare(b.Version, a.Version) })
	for i := 1; i < len(out); i++ {
		if err := out[i].Follows(out[i-1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Signers is how many of f's issuers have signed next.
func (f *File) Signers(next *File) int { return count(f.Issuers, next.Signatures) }

// Take puts what a notary says of itself into a draft: its log and chain in place
// of those that it had, and keys that are not there yet, valid from the draft's
// beginning. Names of organisations and a registry stay where the facts know none.
func (f *File) Take(x *Facts) {
	l := slices.IndexFunc(f.Logs, func(l Log) bool { return l.Origin == x.Log.Origin })
	if l < 0 {
		f.Logs = append(f.Logs, x.Log)
	} else {
		log := x.Log
		if len(log.Witnesses) == 0 {
			log.Witnesses, log.Quorum = f.Logs[l].Witnesses, f.Logs[l].Quorum
		}
		f.Logs[l] = log
	}
	c := slices.IndexFunc(f.Chains, func(c Chain) bool { return c.ID == x.Chain.ID })
	if c < 0 {
		f.Chains = append(f.Chains, x.Chain)
	} else {
		chain := x.Chain
		if len(chain.Organisations) == 0 {
			chain.Organisations = f.Chains[c].Organisations
		}
		if chain.Registry == nil {
			chain.Registry = f.Chains[c].Registry
		}
		f.Chains[c] = chain
	}
	add := func(list *[]Signer, what string, keys []Key) {
		for _, k := range keys {
			if !slices.ContainsFunc(*list, func(s Signer) bool { return s.Key.Equal(k.Key) }) {
				*list = append(*list, Signer{fmt.Sprintf("%s %d", what, len(*list)+1), k, f.From, f.Until})
			}
		}
	}
	add(&f.Authorities, "enrolment authority", x.Authorities)
	add(&f.Supervisors, "supervision", x.Supervisors)
}
