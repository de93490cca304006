package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
)

// settings are what the reader's machine adds to a verdict.
type settings struct {
	Now    int64 // the reader's clock, Unix µs; 0: unknown
	Offset int   // of the reader's zone from UTC, in minutes
}

// words is one text in both languages, so that changing the page's language asks nothing anew.
type words struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

func both(t verify.Text) words { return words{t.In(verify.English), t.In(verify.Chinese)} }

func all(ts []verify.Text) []words {
	out := make([]words, len(ts))
	for i, t := range ts {
		out[i] = both(t)
	}
	return out
}

// rung is one check as the page draws it, opened by its workings.
type rung struct {
	Name     string          `json:"name"`
	Title    words           `json:"title"`
	Question verify.Question `json:"question"`
	Status   verify.Status   `json:"status"`
	Detail   words           `json:"detail"`
	Remedy   *words          `json:"remedy,omitempty"`
	Workings []step          `json:"workings"`
}

// verdict is the report on one file.
type verdict struct {
	Verdict      verify.Status                     `json:"verdict"`
	Independence string                            `json:"independence"`
	Sentence     words                             `json:"sentence"`
	Questions    map[verify.Question]verify.Status `json:"questions"`
	Rungs        []rung                            `json:"rungs"`
	Findings     []words                           `json:"findings"`
	NotProved    []words                           `json:"not_proved"`
	Trust        verify.TrustName                  `json:"trust"`
	Subject      *verify.Subject                   `json:"subject"`
	Digest       string                            `json:"digest"` // SHA-256 of the file, hex
	Size         int                               `json:"size"`
}

func decoderFor(protocol string) (profile.Decoder, bool) {
	d, err := decoders.For(protocol)
	return d, err == nil
}

// zone is the reader's, by its minutes east of UTC.
func zone(offset int) *time.Location {
	if offset == 0 {
		return nil
	}
	return time.FixedZone("", offset*60)
}

// judge verifies one evidence file by the versions of a trust file that a reader has,
// in any order; without one there is none.
func judge(text []byte, s settings, trusted ...[]byte) *verdict {
	o := verify.Options{Decoders: decoderFor, Now: s.Now, Zone: zone(s.Offset)}
	versions, err := readVersions(trusted)
	if err != nil {
		o.TrustError = err
	}
	r := verify.ByVersions(text, o, versions)
	digest := sha256.Sum256(text)
	out := &verdict{Verdict: r.Verdict, Independence: r.Independence, Sentence: both(r.Sentence), Questions: map[verify.Question]verify.Status{},
		Findings: all(r.Findings), NotProved: all(r.NotProved), Trust: r.Trust, Subject: r.Subject, Digest: hex.EncodeToString(digest[:]), Size: len(text)}
	for _, q := range verify.Questions {
		if st, ok := r.Status(q); ok {
			out.Questions[q] = st
		}
	}
	// The workings are those of the version that judged.
	var used *trust.File
	if i := slices.IndexFunc(versions, func(f *trust.File) bool { return f.Version == r.Trust.Version }); i >= 0 {
		used = versions[i]
	}
	work := workings(text, used)
	for _, c := range r.Checks {
		one := rung{Name: c.Name, Title: both(verify.Title(c.Name)), Question: c.Question, Status: c.Status, Detail: both(c.Detail), Workings: work[c.Name]}
		if c.Remedy != (verify.Text{}) {
			w := both(c.Remedy)
			one.Remedy = &w
		}
		if one.Workings == nil {
			one.Workings = []step{}
		}
		out.Rungs = append(out.Rungs, one)
	}
	return out
}

// believed is what a trust file makes a verifier believe, for people.
type believed struct {
	Name        string       `json:"name"`
	Version     uint64       `json:"version"`
	Fingerprint string       `json:"fingerprint"` // grouped, as it is read aloud
	From        int64        `json:"from"`        // Unix µs
	Until       int64        `json:"until"`
	Issuers     []string     `json:"issuers"`
	Threshold   int          `json:"threshold"`
	Authorities []string     `json:"authorities"`
	Supervisors []string     `json:"supervisors"`
	Logs        []string     `json:"logs"`
	Chains      []chainWords `json:"chains"`
}

type chainWords struct {
	ID           uint64 `json:"id"`
	Profile      string `json:"profile"`
	Independence string `json:"independence"`
}

// readVersions reads versions of a trust file, newest first.
func readVersions(texts [][]byte) ([]*trust.File, error) {
	var all []*trust.File
	for _, t := range texts {
		f, err := trust.Parse(t)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return trust.Versions(all...)
}

// describe reads versions of a trust file, for the panel that shows which are in use,
// newest first.
func describe(texts [][]byte) (out []believed, err error) {
	versions, err := readVersions(texts)
	if err != nil {
		return nil, &refusal{err, whyNot(err)}
	}
	for _, f := range versions {
		out = append(out, tell(f))
	}
	return out, nil
}

// refusal is an error for people, in Chinese too.
type refusal struct {
	error
	zh string
}

func (r *refusal) Unwrap() error { return r.error }

// whyNot says in Chinese why a trust file is not taken.
func whyNot(err error) string {
	for _, c := range []struct {
		is error
		zh string
	}{
		{trust.ErrUnsigned, "签署的签发方不足，只是草稿"},
		{trust.ErrSuccession, "它不是所用信任根文件的下一版本"},
		{cose.ErrSignature, "签名不符，内容在签发后被改动过"},
		{trust.ErrMalformed, "格式有误，或内容不完整"},
	} {
		if errors.Is(err, c.is) {
			return c.zh
		}
	}
	return ""
}

func tell(f *trust.File) believed {
	out := believed{Name: f.Name, Version: f.Version, Fingerprint: trust.Grouped(f.Fingerprint()), From: int64(f.From) * 1_000_000, Until: int64(f.Until) * 1_000_000, Threshold: f.Threshold,
		Issuers: []string{}, Authorities: []string{}, Supervisors: []string{}, Logs: []string{}, Chains: []chainWords{}}
	for _, i := range f.Issuers {
		out.Issuers = append(out.Issuers, i.Name)
	}
	for _, a := range f.Authorities {
		out.Authorities = append(out.Authorities, a.Name)
	}
	for _, s := range f.Supervisors {
		out.Supervisors = append(out.Supervisors, s.Name)
	}
	for _, l := range f.Logs {
		out.Logs = append(out.Logs, l.Origin)
	}
	for _, c := range f.Chains {
		out.Chains = append(out.Chains, chainWords{c.ID, c.Profile, c.Independence})
	}
	return out
}
