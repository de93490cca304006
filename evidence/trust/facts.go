package trust

import (
	"fmt"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/jsonx"
)

// FactsFormat is the value of the key "format" in [Facts].
const FactsFormat = "fieldseal-trust-facts/1"

// Facts are what a notary says of itself, unsigned: the material out of which
// issuers make a trust file after comparing it aloud. They are believed by nobody.
type Facts struct {
	Format      string `json:"format"` // [FactsFormat]
	Since       Time   `json:"since"`  // when the log began
	Authorities []Key  `json:"authorities"`
	Supervisors []Key  `json:"supervisors"`
	Log         Log    `json:"log"`
	Chain       Chain  `json:"chain"`
}

// Marshal writes facts for people: indented.
func (f *Facts) Marshal() ([]byte, error) {
	f.Format = FactsFormat
	return jsonx.Indent(f)
}

// ParseFacts reads facts strictly.
func ParseFacts(text []byte) (*Facts, error) {
	f := &Facts{}
	if err := jsonx.Decode(text, MaxFile, f); err != nil {
		return nil, fmt.Errorf("trust facts: %w", err)
	}
	if f.Format != FactsFormat {
		return nil, fmt.Errorf("trust facts: format %q; this reader knows %q", f.Format, FactsFormat)
	}
	return f, nil
}

// DefaultBound is the bound of a new trust file, in seconds.
const DefaultBound = 15 * 60

// Draft makes version 1 of a trust file out of facts, valid from the log's
// beginning. It has no issuers yet.
func Draft(name string, f *Facts, until Time) *File {
	out := &File{Format: Format, Name: name, Version: 1, From: f.Since, Until: until,
		Logs: []Log{f.Log}, Chains: []Chain{f.Chain}, Bound: DefaultBound}
	signers := func(what string, keys []Key) (s []Signer) {
		for i, k := range keys {
			n := what
			if i > 0 {
				n = fmt.Sprintf("%s %d", what, i+1)
			}
			s = append(s, Signer{n, k, f.Since, until})
		}
		return s
	}
	out.Authorities = signers("enrolment authority", f.Authorities)
	out.Supervisors = signers("supervision", f.Supervisors)
	return out
}

// New is [Draft], and has every issuer sign it; all of them are its threshold.
func New(name string, f *Facts, until Time, issuers map[string]cose.Signer, order []string) (*File, error) {
	out := Draft(name, f, until)
	out.Threshold = len(order)
	for _, n := range order {
		out.Issuers = append(out.Issuers, Issuer{n, Key{issuers[n].Public()}})
	}
	for _, n := range order {
		if err := out.Sign(issuers[n]); err != nil {
			return nil, err
		}
	}
	if err := out.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return out, nil
}
