package lab

import (
	"crypto/rand"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/verify/worldtest"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/enrol"
	"fieldseal/notary/intake"
)

// Times of the lab, in µs.
const (
	Second int64 = 1_000_000
	Minute       = 60 * Second
)

// Sealer seals as an agent does: two points of one instrument.
type Sealer struct {
	n       *Notary
	g       *Gateway
	boot    record.BootID
	seq     uint64
	prev    *batch.Signed
	Clock   int64 // wall clock, Unix µs
	Block   *batch.Block
	Named   *batch.Checkpoint
	config  profile.Config
	leaves  [][]byte
	Profile []byte
}

// Points that a Sealer reads.
const (
	PM10 = "dust-1/pm10"
	PM25 = "dust-1/pm25"
)

// NewSealer starts an agent whose clock stands at a time, and brings its
// configuration.
func (n *Notary) NewSealer(g *Gateway, clock int64) *Sealer {
	n.t.Helper()
	point := func(name string) profile.Point {
		return profile.Point{Name: name, Title: profile.Text{EN: name, ZH: name}, Unit: "ug/m3", Source: cborx.AppendNull(nil),
			Decimals: 1, Scale: decimal.New(1, 0), Offset: decimal.New(0, 0)}
	}
	p := profile.Profile{ID: "dust/lab", Protocol: worldtest.Protocol, Title: profile.Text{EN: "Dust", ZH: "扬尘"},
		Exchanges: []profile.Exchange{{Request: cborx.AppendText(nil, "?"), Cadence: uint64(10 * Second)}},
		Points:    []profile.Point{point("pm10"), point("pm25")}}
	compiled, digest, err := p.Compile()
	if err != nil {
		n.t.Fatal(err)
	}
	c := profile.Config{Settings: profile.Settings{Site: g.SiteSlug, Gateway: g.GatewayName, Software: "lab", Interval: uint64(Minute)},
		Devices: []profile.Device{{ID: "dust-1", Bus: "a", Address: "1", Profile: digest, Path: record.PathSerial},
			{ID: "dust-2", Bus: "a", Address: "2", Profile: digest, Path: record.PathSerial}}}
	s := &Sealer{n: n, g: g, Clock: clock, config: c, leaves: c.Leaves(), Profile: compiled}
	s.Boot()
	s.Tell()
	return s
}

// Limit gives the instrument's points these limits and no others, from the next batch on.
func (s *Sealer) Limit(limits ...profile.Limit) {
	s.config.Devices = slices.Clone(s.config.Devices)
	s.config.Devices[0].Limits = limits
	s.leaves = s.config.Leaves()
}

// Tell brings the configuration to the notary.
func (s *Sealer) Tell() {
	s.n.t.Helper()
	s.n.Handle(s.g.Gateway, &wire.Config{Leaves: s.leaves, Profiles: [][]byte{s.Profile}})
}

// Boot starts a new run that continues the journal.
func (s *Sealer) Boot() {
	rand.Read(s.boot[:])
	s.seq = 0
}

// Copy is the gateway as an image of its card holds it: a new run.
func (s *Sealer) Copy() *Sealer {
	c := *s
	c.Boot()
	return &c
}

// Sealed is a batch before it is sent.
type Sealed struct {
	*batch.Signed
	Payload []byte
}

// Seal seals a stretch: a reading of each point every cadence (0: none).
func (s *Sealer) Seal(stretch, cadence int64, more ...record.Body) *Sealed {
	s.n.t.Helper()
	must := func(err error) {
		s.n.t.Helper()
		if err != nil {
			s.n.t.Fatal(err)
		}
	}
	b := batch.NewBuilder()
	from := s.Clock
	if cadence > 0 {
		for at := from; at < from+stretch; at += cadence {
			v := decimal.New(100+(at/cadence)%500, 1)
			f, err := b.AddFrame(&record.Frame{Bus: "a", Device: "dust-1", Sent: []byte("?"), Received: []byte(v.String() + "\r\n"), SentAt: uint64(at - 1000), RecvAt: uint64(at), Path: record.PathSerial})
			must(err)
			for _, point := range []string{PM10, PM25} {
				must(b.AddReading(&record.Reading{Point: point, Unit: "ug/m3", Value: v, Time: at, Mono: uint64(at), Path: record.PathSerial}, f))
			}
		}
	}
	for _, m := range more {
		switch m := m.(type) {
		case *record.Gap:
			must(b.AddGap(m))
		case *record.Event:
			must(b.AddEvent(m, batch.NoFrame))
		case *record.Reading:
			must(b.AddReading(m, batch.NoFrame))
		}
	}
	s.Clock += stretch
	h := &batch.Header{Gateway: s.g.Gateway, Site: s.g.Site, Origin: Origin, Boot: s.boot, Seq: s.seq, NoPrev: batch.PreviousFirst,
		First: from, Last: s.Clock - 1, Clock: batch.Clock{Source: batch.ClockNTP}, Config: profile.ConfigRoot(s.leaves), Block: s.Block, Checkpoint: s.Named}
	if s.prev != nil {
		h.NoPrev, h.Prev = batch.PreviousKnown, s.prev.Digest()
	}
	var secret batch.Secret
	rand.Read(secret[:])
	payload, err := b.Close(secret, h)
	must(err)
	signed, err := batch.Sign(s.g.Signer, h)
	must(err)
	s.prev, s.seq = signed, s.seq+1
	return &Sealed{signed, payload}
}

// Send gives batches to the intake.
func (n *Notary) Send(batches ...*Sealed) {
	n.t.Helper()
	for _, b := range batches {
		n.Handle(b.Gateway, &wire.Batch{Header: b.Raw(), Payload: b.Payload})
	}
}

// Handle gives a message to the intake, which must take it.
func (n *Notary) Handle(g batch.ID, m wire.Up) {
	n.t.Helper()
	if err := n.Intake.Handle(n.t.Context(), g, wire.EncodeUp(m)); err != nil {
		n.t.Fatal(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refused != nil {
		n.t.Fatalf("refused: %+v", n.refused)
	}
}

// down collects refusals.
func (n *Notary) down(_ batch.ID, message []byte) error {
	m, err := wire.ParseDown(message)
	if err != nil {
		return err
	}
	if r, ok := m.(*wire.Refusal); ok {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.refused = r
	}
	return nil
}

// Refused gives the last refusal and forgets it.
func (n *Notary) Refused() *wire.Refusal {
	n.mu.Lock()
	defer n.mu.Unlock()
	r := n.refused
	n.refused = nil
	return r
}

type noAnchors struct{}

func (noAnchors) Newest() (*batch.Block, uint64) { return nil, 0 }

// Message is the batch as it goes over the wire.
func Message(b *Sealed) []byte {
	return wire.EncodeUp(&wire.Batch{Header: b.Raw(), Payload: b.Payload})
}

// enrolled is the register as the intake asks it.
type enrolled struct{ r *enrol.Registry }

func (e enrolled) Enrolled(g batch.ID) (intake.Gateway, error) {
	x, ok := e.r.Get(g)
	if !ok {
		return intake.Gateway{}, access.ErrUnknown
	}
	k, err := x.PublicKey()
	return intake.Gateway{Site: x.Site, Key: k, Refused: e.r.Admit(g)}, err
}
