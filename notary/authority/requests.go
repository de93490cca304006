package authority

import (
	"fmt"
	"io"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/jsonx"
	"fieldseal/evidence/statement"
)

// RequestsFormat and AnswersFormat are the values of the key "format".
const (
	RequestsFormat = "fieldseal-authority-requests/1"
	AnswersFormat  = "fieldseal-statements/1"
)

// Bounds of the two files.
const (
	MaxRequests = 4 << 20 // bytes
	MaxAnswers  = 8 << 20
	maxEnrol    = 256 // enrolments of one round
)

// ListLife is how long a status list speaks; ListAhead how long before its end
// the next one is due to be asked for.
const (
	ListLife  = 24 * time.Hour
	ListAhead = time.Hour
)

// Requests is what a notary asks its authority to sign: the enrolments that
// wait and, when one is due, the next status list.
type Requests struct {
	Format     string      `json:"format"` // [RequestsFormat]
	Origin     string      `json:"origin"`
	Authority  string      `json:"authority"` // key whose signature is wanted, as in the genesis
	Enrolments []Enrolment `json:"enrolments"`
	Status     *Status     `json:"status,omitempty"` // nil: none is due
}

// Enrolment asks for one gateway to be enrolled.
type Enrolment struct {
	Gateway     batch.ID `json:"gateway"`
	Site        batch.ID `json:"site"`
	Key         string   `json:"key"`
	SiteSlug    string   `json:"site_slug"`
	SiteName    string   `json:"site_name"`
	GatewayName string   `json:"gateway_name"`
	Requested   int64    `json:"requested"` // Unix µs
}

// Status asks for the next status list. The newest one goes along, so that an
// authority without memory still sees that none of its revocations is lost.
type Status struct {
	Serial   uint64       `json:"serial"`
	Revoked  []Revocation `json:"revoked"`
	Previous *Signed      `json:"previous,omitempty"`
}

// Revocation is a row of a status list.
type Revocation struct {
	Gateway   batch.ID `json:"gateway"`
	FromIndex uint64   `json:"from_index"`
	Suspected int64    `json:"suspected"` // Unix µs; 0: not known
	Reason    string   `json:"reason"`
}

// Signed is a statement on its way to the log.
type Signed struct {
	Header []byte `json:"header"` // COSE_Sign1
	Body   []byte `json:"body"`   // [salt, type, body]
}

// Answers carries signed statements back.
type Answers struct {
	Format     string   `json:"format"` // [AnswersFormat]
	Origin     string   `json:"origin"`
	Statements []Signed `json:"statements"`
}

// Empty reports whether there is nothing to sign.
func (r *Requests) Empty() bool { return len(r.Enrolments) == 0 && r.Status == nil }

// ParseRequests reads requests strictly.
func ParseRequests(text []byte) (*Requests, error) {
	r := &Requests{}
	if err := jsonx.Decode(text, MaxRequests, r); err != nil {
		return nil, fmt.Errorf("requests to the authority: %w", err)
	}
	if r.Format != RequestsFormat {
		return nil, fmt.Errorf("requests to the authority: format %q; this program knows %q", r.Format, RequestsFormat)
	}
	return r, nil
}

// ParseAnswers reads signed statements strictly; what is inside is not checked.
func ParseAnswers(text []byte) (*Answers, error) {
	a := &Answers{}
	if err := jsonx.Decode(text, MaxAnswers, a); err != nil {
		return nil, fmt.Errorf("signed statements: %w", err)
	}
	if a.Format != AnswersFormat {
		return nil, fmt.Errorf("signed statements: format %q; this program knows %q", a.Format, AnswersFormat)
	}
	return a, nil
}

// Sign signs what is asked for. It refuses requests for another key, a status
// list that forgets a revocation of the previous one, and one whose previous
// list this key did not sign.
func Sign(key cose.Signer, random io.Reader, now time.Time, r *Requests) (*Answers, error) {
	if r.Authority != key.Public().String() {
		return nil, fmt.Errorf("log %s was begun with another authority: it asks for %s, this key is %s", r.Origin, r.Authority, key.Public())
	}
	out := &Answers{Format: AnswersFormat, Origin: r.Origin, Statements: []Signed{}}
	add := func(b statement.Body) error {
		s, body, err := statement.Sign(key, random, r.Origin, now.UnixMicro(), b)
		if err == nil {
			out.Statements = append(out.Statements, Signed{s.Raw(), body})
		}
		return err
	}
	for _, e := range r.Enrolments {
		b, err := e.body()
		if err != nil {
			return nil, err
		}
		if err := add(b); err != nil {
			return nil, fmt.Errorf("gateway %s: %w", e.Gateway, err)
		}
	}
	if r.Status != nil {
		list, err := r.Status.list(key.Public(), r.Origin, now)
		if err != nil {
			return nil, err
		}
		if err := add(list); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Enrolment) body() (*statement.Enrolment, error) {
	k, err := cose.ParseKeyText(e.Key)
	if err != nil {
		return nil, fmt.Errorf("gateway %s: %w", e.Gateway, err)
	}
	return &statement.Enrolment{Gateway: e.Gateway, Site: e.Site, Key: k, SiteSlug: e.SiteSlug, SiteName: e.SiteName, GatewayName: e.GatewayName}, nil
}

// list makes the status list that is asked for, held against the previous one.
func (s *Status) list(key cose.Key, origin string, now time.Time) (*statement.StatusList, error) {
	out := &statement.StatusList{Serial: s.Serial, Next: now.Add(ListLife).UnixMicro(), Revoked: []statement.Revocation{}}
	for _, v := range s.Revoked {
		if _, twice := out.Of(v.Gateway); twice {
			return nil, fmt.Errorf("status list %d names gateway %s twice", s.Serial, v.Gateway)
		}
		out.Revoked = append(out.Revoked, statement.Revocation(v))
	}
	if len(out.Revoked) > statement.MaxRevoked {
		return nil, fmt.Errorf("status list %d has %d revocations, the limit is %d: begin a successor log", s.Serial, len(out.Revoked), statement.MaxRevoked)
	}
	if s.Previous == nil {
		if s.Serial != 1 {
			return nil, fmt.Errorf("status list %d comes without the one before it", s.Serial)
		}
		return out, nil
	}
	head, err := statement.Parse(s.Previous.Header)
	if err == nil {
		err = head.Verify(key)
	}
	if err != nil {
		return nil, fmt.Errorf("the status list before %d: %w", s.Serial, err)
	}
	body, err := head.Open(s.Previous.Body)
	if err != nil {
		return nil, fmt.Errorf("the status list before %d: %w", s.Serial, err)
	}
	before, ok := body.(*statement.StatusList)
	if !ok || head.Origin != origin || before.Serial+1 != s.Serial {
		return nil, fmt.Errorf("what is given as the status list before %d is a %v of log %s", s.Serial, head.Type, head.Origin)
	}
	return out, follows(before, out)
}

// follows holds a status list against the one before: serials ascend by one and
// no revocation ever goes or becomes weaker.
func follows(before, next *statement.StatusList) error {
	if next.Serial != before.Serial+1 {
		return fmt.Errorf("status list %d does not follow %d", next.Serial, before.Serial)
	}
	for _, v := range before.Revoked {
		w, ok := next.Of(v.Gateway)
		if !ok || w.FromIndex > v.FromIndex {
			return fmt.Errorf("status list %d takes back the revocation of gateway %s from index %d; a revocation is for good", next.Serial, v.Gateway, v.FromIndex)
		}
	}
	return nil
}

// WriteRequests writes requests as a file.
func WriteRequests(r *Requests) ([]byte, error) { return write(r, MaxRequests) }

// WriteAnswers writes signed statements as a file.
func WriteAnswers(a *Answers) ([]byte, error) { return write(a, MaxAnswers) }

func write(v any, limit int) ([]byte, error) {
	b, err := jsonx.Indent(v)
	if err == nil && len(b) > limit {
		err = fmt.Errorf("%d bytes are above the limit of %d", len(b), limit)
	}
	return b, err
}
