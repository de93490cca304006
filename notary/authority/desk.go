package authority

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/notary/access"
	"fieldseal/notary/enrol"
)

// Errors of submitted statements.
var (
	// ErrIssuer: the statement is not signed by a key that may state this here.
	ErrIssuer = errors.New("not signed by a key that may state this in this log")
	// ErrStatement: the statement contradicts what was asked for or stated before.
	ErrStatement = errors.New("statement does not fit")
)

// skew is how far a statement's time may lie ahead of the notary's clock.
const skew = 10 * time.Minute

// Log is where statements go.
type Log interface {
	Origin() string
	AppendStatement(ctx context.Context, s *statement.Signed, salted []byte) (uint64, error)
	Statements(t statement.Type) iter.Seq2[uint64, error] // newest first
	Statement(index uint64) (*statement.Signed, statement.Body, error)
	Entry(index uint64) ([]byte, error)
	Payload(index uint64) ([]byte, error)
}

// Config says what a desk needs.
type Config struct {
	Log         Log
	Registry    *enrol.Registry
	Authority   cose.Key   // of the genesis
	Supervision []cose.Key // who may sign coverage plans
	Now         func() time.Time
}

// Desk is where the notary asks for signatures and takes signed statements. It
// is safe for concurrent use.
type Desk struct {
	cfg Config

	mu     sync.Mutex // one statement at a time
	status *statement.StatusList
	signed *Signed // status
	time   int64   // of status, Unix µs
	index  uint64  // of status
}

// Open reads the newest status list from the log and brings the register up to
// what the log says: a statement counts from its entry on, also after a crash
// between the entry and the register.
func Open(cfg Config) (*Desk, error) {
	d := &Desk{cfg: cfg}
	for at, err := range cfg.Log.Statements(statement.TypeStatusList) {
		if err == nil {
			err = d.loadStatus(at)
		}
		if err != nil {
			return nil, fmt.Errorf("newest status list: %w", err)
		}
		break
	}
	for at, err := range cfg.Log.Statements(statement.TypeEnrolment) {
		if err != nil {
			return nil, fmt.Errorf("enrolments in the log: %w", err)
		}
		_, body, err := cfg.Log.Statement(at)
		if err != nil {
			return nil, fmt.Errorf("enrolment at log entry %d: %w", at, err)
		}
		b, ok := body.(*statement.Enrolment)
		if !ok {
			return nil, fmt.Errorf("log entry %d is no enrolment", at)
		}
		if e, ok := cfg.Registry.Get(b.Gateway); ok && e.State == enrol.Pending {
			if err := cfg.Registry.MarkEnrolled(b.Gateway, at); err != nil {
				return nil, err
			}
		}
	}
	if d.status != nil {
		if err := d.applyStatus(d.status); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Desk) loadStatus(at uint64) error {
	s, body, err := d.cfg.Log.Statement(at)
	if err != nil {
		return err
	}
	salted, err := d.cfg.Log.Payload(at)
	if err != nil {
		return err
	}
	l, ok := body.(*statement.StatusList)
	if !ok {
		return fmt.Errorf("log entry %d is no status list", at)
	}
	d.status, d.signed, d.time, d.index = l, &Signed{s.Raw(), salted}, s.Time, at
	return nil
}

// Requests is what the authority is asked to sign now.
func (d *Desk) Requests() *Requests {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &Requests{Format: RequestsFormat, Origin: d.cfg.Log.Origin(), Authority: d.cfg.Authority.String(), Enrolments: []Enrolment{}}
	revoked := []Revocation{}
	news := d.status == nil
	for _, e := range d.cfg.Registry.List() {
		switch {
		case e.State == enrol.Pending && len(r.Enrolments) < maxEnrol:
			r.Enrolments = append(r.Enrolments, Enrolment{e.Gateway, e.Site, e.Key, e.SiteSlug, e.SiteName, e.GatewayName, e.Requested})
		case e.Revocation != nil:
			v := e.Revocation
			revoked = append(revoked, Revocation{e.Gateway, v.FromIndex, v.Suspected, v.Reason})
			news = news || v.Listed == 0
		}
	}
	if d.status != nil {
		// What the authority revoked of its own accord and the register never knew.
		for _, v := range d.status.Revoked {
			if !slices.ContainsFunc(revoked, func(w Revocation) bool { return w.Gateway == v.Gateway }) {
				revoked = append(revoked, Revocation(v))
			}
		}
		news = news || d.cfg.Now().Add(ListAhead).UnixMicro() >= d.status.Next
	}
	if news {
		serial := uint64(1)
		if d.status != nil {
			serial = d.status.Serial + 1
		}
		r.Status = &Status{Serial: serial, Revoked: revoked, Previous: d.signed}
	}
	return r
}

// NextList is when the next status list is to be asked for; the zero time: now.
func (d *Desk) NextList() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.status == nil {
		return time.Time{}
	}
	return time.UnixMicro(d.status.Next).Add(-ListAhead)
}

// Status is the newest status list with its log index; nil before the first.
func (d *Desk) Status() (*statement.StatusList, uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status, d.index
}

// Submit takes a signed statement into the log and returns its index. The same
// statement again gives the same index.
func (d *Desk) Submit(ctx context.Context, in Signed) (uint64, error) {
	s, err := statement.Parse(in.Header)
	if err != nil {
		return 0, err
	}
	if s.Origin != d.cfg.Log.Origin() {
		return 0, fmt.Errorf("%w: the %v is meant for log %q, this is %q", ErrStatement, s.Type, s.Origin, d.cfg.Log.Origin())
	}
	body, err := s.Open(in.Body)
	if err != nil {
		return 0, err
	}
	if ahead := time.UnixMicro(s.Time).Sub(d.cfg.Now()); ahead > skew {
		return 0, fmt.Errorf("%w: the %v is dated %v ahead of this notary's clock", ErrStatement, s.Type, ahead.Round(time.Second))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch b := body.(type) {
	case *statement.Enrolment:
		return d.enrol(ctx, s, in, b)
	case *statement.StatusList:
		return d.list(ctx, s, in, b)
	case *statement.Coverage:
		return d.plan(ctx, s, in, b)
	case *statement.Calibration:
		return d.calibration(ctx, s, in, b)
	}
	return 0, fmt.Errorf("%w: a %v is not taken here", ErrStatement, s.Type)
}

func (d *Desk) byAuthority(s *statement.Signed) error {
	if err := s.Verify(d.cfg.Authority); err != nil {
		return fmt.Errorf("%w: the authority is %s: %w", ErrIssuer, d.cfg.Authority, err)
	}
	return nil
}

func (d *Desk) enrol(ctx context.Context, s *statement.Signed, in Signed, b *statement.Enrolment) (uint64, error) {
	if err := d.byAuthority(s); err != nil {
		return 0, err
	}
	e, ok := d.cfg.Registry.Get(b.Gateway)
	if !ok {
		return 0, fmt.Errorf("%w: gateway %s: %w", ErrStatement, b.Gateway, access.ErrUnknown)
	}
	asked, err := e.Statement()
	if err != nil {
		return 0, err
	}
	if asked.Site != b.Site || !asked.Key.Equal(b.Key) || asked.SiteSlug != b.SiteSlug || asked.SiteName != b.SiteName || asked.GatewayName != b.GatewayName {
		return 0, fmt.Errorf("%w: gateway %s asked to be enrolled with another key, site or name", ErrStatement, b.Gateway)
	}
	if e.State != enrol.Pending {
		if raw, err := d.cfg.Log.Entry(e.Index); err == nil && string(raw) == string(in.Header) {
			return e.Index, nil
		}
		return 0, fmt.Errorf("%w: gateway %s is %s already", ErrStatement, b.Gateway, e.State)
	}
	at, err := d.cfg.Log.AppendStatement(ctx, s, in.Body)
	if err != nil {
		return 0, err
	}
	return at, d.cfg.Registry.MarkEnrolled(b.Gateway, at)
}

func (d *Desk) list(ctx context.Context, s *statement.Signed, in Signed, b *statement.StatusList) (uint64, error) {
	if err := d.byAuthority(s); err != nil {
		return 0, err
	}
	if d.signed != nil && string(d.signed.Header) == string(in.Header) {
		return d.index, nil
	}
	if b.Next <= s.Time {
		return 0, fmt.Errorf("%w: status list %d is over before it begins", ErrStatement, b.Serial)
	}
	if d.status == nil {
		if b.Serial != 1 {
			return 0, fmt.Errorf("%w: status list %d is this log's first and must be number 1", ErrStatement, b.Serial)
		}
	} else {
		if err := follows(d.status, b); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrStatement, err)
		}
		if s.Time < d.time {
			return 0, fmt.Errorf("%w: status list %d is older than the one before it", ErrStatement, b.Serial)
		}
	}
	at, err := d.cfg.Log.AppendStatement(ctx, s, in.Body)
	if err != nil {
		return 0, err
	}
	d.status, d.signed, d.time, d.index = b, &in, s.Time, at
	return at, d.applyStatus(b)
}

// applyStatus brings the register up to a status list.
func (d *Desk) applyStatus(l *statement.StatusList) error {
	for _, v := range l.Revoked {
		e, ok := d.cfg.Registry.Get(v.Gateway)
		if !ok {
			continue // the authority may know more than this register
		}
		if e.State != enrol.Revoked {
			reason := v.Reason
			if reason == "" {
				reason = "revoked by the authority"
			}
			if err := d.cfg.Registry.Revoke(v.Gateway, enrol.Revocation{FromIndex: v.FromIndex, Suspected: v.Suspected, Reason: reason}); err != nil {
				return err
			}
		} else if e.Revocation.Listed != 0 {
			continue
		}
		if err := d.cfg.Registry.MarkListed(v.Gateway, l.Serial); err != nil {
			return err
		}
	}
	return nil
}

// bySupervision checks that one of the supervision keys signed a statement.
func (d *Desk) bySupervision(s *statement.Signed) error {
	for _, k := range d.cfg.Supervision {
		if k.ID() != s.Issuer {
			continue
		}
		if err := s.Verify(k); err != nil {
			return fmt.Errorf("%w: %w", ErrIssuer, err)
		}
		return nil
	}
	return fmt.Errorf("%w: none of the %d supervision keys of this notary signed the %v; its configuration names them", ErrIssuer, len(d.cfg.Supervision), s.Type)
}

func (d *Desk) calibration(ctx context.Context, s *statement.Signed, in Signed, b *statement.Calibration) (uint64, error) {
	if err := d.bySupervision(s); err != nil {
		return 0, err
	}
	switch e, ok := d.cfg.Registry.Get(b.Gateway); {
	case !ok:
		return 0, fmt.Errorf("%w: device %s: gateway %s: %w", ErrStatement, b.Device, b.Gateway, access.ErrUnknown)
	case e.Site != b.Site:
		return 0, fmt.Errorf("%w: device %s: gateway %s belongs to site %s (%s), the calibration is for %s", ErrStatement, b.Device, b.Gateway, e.SiteSlug, e.Site, b.Site)
	case b.Performed < 0 || b.Performed > s.Time+skew.Microseconds():
		return 0, fmt.Errorf("%w: device %s: it was performed at %s, after the statement was made", ErrStatement, b.Device, time.UnixMicro(b.Performed).UTC().Format(time.RFC3339))
	}
	return d.cfg.Log.AppendStatement(ctx, s, in.Body)
}

func (d *Desk) plan(ctx context.Context, s *statement.Signed, in Signed, b *statement.Coverage) (uint64, error) {
	if err := d.bySupervision(s); err != nil {
		return 0, err
	}
	if len(b.Points) == 0 || b.From < 0 || b.Until != 0 && b.Until <= b.From {
		return 0, fmt.Errorf("%w: the coverage plan names no point, or ends before it begins", ErrStatement)
	}
	for _, p := range b.Points {
		e, ok := d.cfg.Registry.Get(p.Gateway)
		switch {
		case !ok:
			return 0, fmt.Errorf("%w: point %s: gateway %s: %w", ErrStatement, p.Point, p.Gateway, access.ErrUnknown)
		case e.Site != b.Site:
			return 0, fmt.Errorf("%w: point %s: gateway %s belongs to site %s (%s), the plan is for %s", ErrStatement, p.Point, p.Gateway, e.SiteSlug, e.Site, b.Site)
		case p.MaxInterval == 0:
			return 0, fmt.Errorf("%w: point %s: the greatest interval is 0", ErrStatement, p.Point)
		}
	}
	return d.cfg.Log.AppendStatement(ctx, s, in.Body)
}
