package worldtest

import (
	"errors"
	"maps"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
)

// Point is the point that every gateway of the world reads.
const Point = "dust-1/pm10"

// Protocol is the world's protocol: an instrument that answers its value as text.
const Protocol = "world-text"

// Decoder decodes [Protocol].
type Decoder struct{}

// Decode reads the text that the instrument sent.
func (Decoder) Decode(p *profile.Profile, _ *profile.Device, f *record.Frame, _ []*record.Frame) ([]profile.Decoded, error) {
	if f.Outcome != record.OutcomeOK {
		return nil, errors.New("no answer to decode")
	}
	d, err := decimal.Parse(strings.TrimSpace(string(f.Received)))
	if err != nil {
		return nil, err
	}
	return []profile.Decoded{{Point: p.Points[0].Name, Value: d}}, nil
}

// Decoders finds the world's decoder.
func Decoders(protocol string) (profile.Decoder, bool) { return Decoder{}, protocol == Protocol }

// Gateway is an enrolled gateway of the world.
type Gateway struct {
	w         *World
	Key       cose.Signer
	ID, Site  batch.ID
	Enrolment Entry
	Profile   []byte // compiled
	Leaves    [][]byte
	ClockOff  int64 // µs that its wall clock is ahead of the world's
	Block     *batch.Block
	Named     *batch.Checkpoint

	boot record.BootID
	seq  uint64
	prev *Sealed
}

// Sealed is a batch with what its notary keeps.
type Sealed struct {
	*batch.Signed
	Payload *batch.Payload
	Stored  []byte // the payload's bytes
	Index   uint64
	Logged  bool
}

// Enrol makes a gateway, its profile and configuration, and logs its enrolment.
func (w *World) Enrol() *Gateway {
	g := &Gateway{w: w, Key: w.Key(), ID: w.NewID(), Site: w.NewID()}
	g.Enrolment = w.State(w.Authority, g.EnrolmentBody())
	p := profile.Profile{ID: "dust/world", Protocol: Protocol, Title: profile.Text{EN: "Dust", ZH: "扬尘"},
		Exchanges: []profile.Exchange{{Request: cborx.AppendText(nil, "?"), Cadence: uint64(10 * Second)}},
		Points: []profile.Point{{Name: "pm10", Title: profile.Text{EN: "PM10", ZH: "PM10"}, Unit: "ug/m3", Source: cborx.AppendNull(nil),
			Decimals: 1, Scale: decimal.New(1, 0), Offset: decimal.New(0, 0)}}}
	compiled, digest, err := p.Compile()
	g.Profile = must(compiled, err)
	g.Leaves = (&profile.Config{Settings: profile.Settings{Site: "north-yard", Gateway: "gate-1", Software: "worldtest", Interval: uint64(Minute)},
		Devices: []profile.Device{{ID: "dust-1", Bus: "a", Address: "1", Profile: digest, Path: record.PathSerial}}}).Leaves()
	g.Boot()
	return g
}

// EnrolmentBody is what its enrolment says.
func (g *Gateway) EnrolmentBody() *statement.Enrolment {
	return &statement.Enrolment{Gateway: g.ID, Site: g.Site, Key: g.Key.Public(), SiteSlug: "north-yard", SiteName: "North yard", GatewayName: "gate-1"}
}

// Boot starts a new run of the agent.
func (g *Gateway) Boot() {
	g.w.random.Read(g.boot[:])
	g.seq = 0
}

// Copy is the gateway as its card holds it now: the same key and journal.
func (g *Gateway) Copy() *Gateway {
	c := *g
	c.Boot()
	return &c
}

// Reading makes a reading and its frame, as the gateway's clock has it.
func (g *Gateway) Reading(at int64, value string) (*record.Reading, *record.Frame) {
	mono := uint64(at - Start + Day)
	f := &record.Frame{Bus: "a", Device: "dust-1", Sent: []byte("?"), Received: []byte(value + "\r\n"), SentAt: mono - 1000, RecvAt: mono, Path: record.PathSerial}
	return &record.Reading{Point: Point, Unit: "ug/m3", Value: must(decimal.Parse(value)), Time: at + g.ClockOff, Mono: mono, Path: record.PathSerial}, f
}

// Seal runs for a stretch of the world's time, reads every cadence and seals one
// batch. A cadence of 0 seals an empty one.
func (g *Gateway) Seal(stretch, cadence int64, more ...record.Body) *Sealed {
	from := g.w.Clock
	b := batch.NewBuilder()
	if cadence > 0 {
		n := 0
		for at := from; at < from+stretch; at += cadence {
			x, f := g.Reading(at, decimal.New(int64(1000+n*7), 1).String())
			id := must(b.AddFrame(f))
			must(0, b.AddReading(x, id))
			n++
		}
	}
	for _, m := range more {
		switch m := m.(type) {
		case *record.Gap:
			must(0, b.AddGap(m))
		case *record.Event:
			must(0, b.AddEvent(m, batch.NoFrame))
		}
	}
	g.w.Clock += stretch
	return g.Close(b, from)
}

// Close seals what a builder holds, from a moment until now.
func (g *Gateway) Close(b *batch.Builder, from int64) *Sealed {
	h := &batch.Header{Gateway: g.ID, Site: g.Site, Origin: g.w.Origin, Boot: g.boot, Seq: g.seq, NoPrev: batch.PreviousFirst,
		First: from + g.ClockOff, Last: g.w.Clock + g.ClockOff - 1, Clock: batch.Clock{Source: batch.ClockNTP, Bound: 50_000},
		Config: profile.ConfigRoot(g.Leaves), Block: g.Block, Checkpoint: g.Named}
	if g.prev != nil {
		h.NoPrev, h.Prev = batch.PreviousKnown, g.prev.Digest()
	}
	var secret batch.Secret
	g.w.random.Read(secret[:])
	raw := must(b.Close(secret, h))
	s := &Sealed{Signed: must(batch.Sign(g.Key, h)), Payload: must(batch.ParsePayload(raw)), Stored: raw}
	must(0, s.Payload.Verify(&s.Header))
	g.prev, g.seq = s, g.seq+1
	return s
}

// Admit logs a batch.
func (w *World) Admit(batches ...*Sealed) {
	for _, s := range batches {
		s.Index, s.Logged = w.Log(s.Raw()), true
	}
}

// Plan logs a coverage plan for the point of a gateway.
func (w *World) Plan(g *Gateway, every int64) Entry {
	return w.State(w.Supervisor, &statement.Coverage{Site: g.Site, From: Start, Points: []statement.Planned{
		{Point: Point, MaxInterval: uint64(every), Profile: profile.Digest(g.Profile), Gateway: g.ID}}})
}

// leafPath is the audit path of a record in its batch.
func (s *Sealed) leafPath(i uint32) []merkle.Hash { return merkle.Path(s.Payload.Leaves(), int(i)) }

// Clone copies a world, so that a test can let two of them part.
func (w *World) Clone() *World {
	c := *w
	c.leaves, c.blocks, c.Heads = w.leaves[:len(w.leaves):len(w.leaves)], w.blocks[:len(w.blocks):len(w.blocks)], w.Heads[:len(w.Heads):len(w.Heads)]
	c.slots, c.nodes = maps.Clone(w.slots), map[[2]uint64]merkle.Hash{}
	return &c
}
