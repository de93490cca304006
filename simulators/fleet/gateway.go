package fleet

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/wire"
	"fieldseal/simulators/device"
)

// Gateway is one enrolled gateway. Seal is for one goroutine.
type Gateway struct {
	ID     batch.ID
	Site   batch.ID
	Origin string
	Broker string // host:port of MQTT over TLS
	LogKey note.Verifier

	signer cose.Ed25519Signer
	tls    *tls.Config
	boot   record.BootID

	seq  uint64
	prev [32]byte
	over bool // the first point has passed its limit

	mu         sync.Mutex
	headers    map[place][]byte // sent and not yet proved to be in the log
	checkpoint *batch.Checkpoint
	note       []byte // checkpoint, signed
}

// Load says what a gateway's batches hold.
type Load struct {
	Points  int    // points of one device, each read once an exchange
	Records int    // records of a batch at least, the contents record included
	Device  string // "" means "sim-1"
	High    int    // tenths of a degree that the first point should not pass; 0: no limit
}

func (l Load) device() string {
	if l.Device == "" {
		return "sim-1"
	}
	return l.Device
}

func (l Load) high() decimal.D { return decimal.New(int64(l.High), 1) }

// configuration is the least that a gateway's headers can name.
func (g *Gateway) configuration(l Load) (leaves, profiles [][]byte, err error) {
	p := &profile.Profile{ID: "sim/fleet", Protocol: "modbus-rtu", Title: profile.Text{EN: "Simulated instrument", ZH: "模拟仪器"}}
	p.Exchanges = []profile.Exchange{{Request: numbers(3, 0, l.Points), Cadence: 1_000_000}}
	for i := range l.Points {
		p.Points = append(p.Points, profile.Point{
			Name: pointName(i), Title: profile.Text{EN: "Point", ZH: "测点"}, Unit: "Cel",
			Source: numbers(i, 1, 0, 0), Decimals: 1, Scale: decimal.New(1, 1),
		})
	}
	raw, digest, err := p.Compile()
	if err != nil {
		return nil, nil, err
	}
	d := profile.Device{ID: l.device(), Bus: "sim", Address: "1", Profile: digest, Path: record.PathSerial}
	if l.High > 0 {
		high := l.high()
		d.Limits = []profile.Limit{{Point: pointName(0), High: &high}}
	}
	c := profile.Config{
		Settings: profile.Settings{Site: "fleet", Gateway: "fleet-" + g.ID.String()[:8], Software: software, Interval: 1_000_000},
		Devices:  []profile.Device{d},
	}
	return c.Leaves(), [][]byte{raw}, nil
}

// numbers is a CBOR array of integers: how a profile describes requests and places.
func numbers(n ...int) []byte {
	b := cborx.AppendArray(nil, len(n))
	for _, v := range n {
		b = cborx.AppendUint(b, uint64(v))
	}
	return b
}

func pointName(i int) string { return fmt.Sprintf("p%02d", i) }

// Config is the message that brings the configuration of this load.
func (g *Gateway) Config(l Load) ([]byte, merkle.Hash, error) {
	leaves, profiles, err := g.configuration(l)
	if err != nil {
		return nil, merkle.Hash{}, err
	}
	return wire.EncodeUp(&wire.Config{Leaves: leaves, Profiles: profiles}), profile.ConfigRoot(leaves), nil
}

// Seal makes the gateway's next batch, as of now, and returns the message that
// brings it and the number of its records.
func (g *Gateway) Seal(l Load, config merkle.Hash, now time.Time) (message []byte, records int, err error) {
	b := batch.NewBuilder()
	last := now.UnixMicro()
	first := last - 1_000_000
	mono := uint64(last % (1 << 40))
	for b.Len() < l.Records-1 {
		reply := []byte{3, byte(2 * l.Points)}
		for i := range l.Points {
			reply = binary.BigEndian.AppendUint16(reply, uint16(g.seq)+uint16(i))
		}
		frame, err := b.AddFrame(&record.Frame{
			Bus: "sim", Device: l.device(), Sent: device.SerialFrame(1, []byte{3, 0, 0, 0, byte(l.Points)}), Received: device.SerialFrame(1, reply),
			SentAt: mono, RecvAt: mono + 20_000, Outcome: record.OutcomeOK, Path: record.PathSerial,
		})
		if err != nil {
			return nil, 0, err
		}
		for i := 0; i < l.Points && b.Len() < l.Records-1; i++ {
			x := &record.Reading{
				Point: l.device() + "/" + pointName(i), Unit: "Cel", Value: decimal.New(int64(uint16(g.seq)+uint16(i)), 1),
				Time: first + int64(b.Len())*100, Mono: mono + 20_000, Path: record.PathSerial,
			}
			if err := b.AddReading(x, frame); err != nil {
				return nil, 0, err
			}
			if i == 0 {
				if err := g.judge(b, l, x, frame); err != nil {
					return nil, 0, err
				}
			}
		}
		mono += 50_000
	}
	h := &batch.Header{
		Gateway: g.ID, Site: g.Site, Origin: g.Origin, Boot: g.boot, Seq: g.seq, Prev: g.prev,
		First: first, Last: last, Clock: batch.Clock{Source: batch.ClockNTP}, Config: config, Close: batch.CloseInterval,
	}
	if g.seq == 0 {
		h.NoPrev = batch.PreviousFirst
	}
	var secret batch.Secret
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, 0, err
	}
	payload, err := b.Close(secret, h)
	if err != nil {
		return nil, 0, err
	}
	signed, err := batch.Sign(g.signer, h)
	if err != nil {
		return nil, 0, err
	}
	g.mu.Lock()
	g.headers[place{g.boot, g.seq}] = signed.Raw()
	g.mu.Unlock()
	g.prev = signed.Digest()
	g.seq++
	return wire.EncodeUp(&wire.Batch{Header: signed.Raw(), Payload: payload}), int(h.Count), nil
}

// judge seals beside a reading that the limit was passed, or is kept again.
func (g *Gateway) judge(b *batch.Builder, l Load, x *record.Reading, frame batch.FrameID) error {
	high := l.high()
	over := l.High > 0 && x.Value.Cmp(high) > 0
	if over == g.over {
		return nil
	}
	g.over = over
	e := &record.Event{Type: record.EventAlarmCleared, Time: x.Time, Mono: x.Mono, Path: x.Path, Subject: x.Point, Value: &x.Value, Limit: &high}
	if over {
		e.Type = record.EventAlarmRaised
	}
	return b.AddEvent(e, frame)
}

// Key is the gateway's public key.
func (g *Gateway) Key() cose.Key { return g.signer.Public() }

// receive verifies a receipt and forgets the batches it proves.
func (g *Gateway) receive(r *wire.Receipt) (proved int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	cp, err := r.Verify(g.LogKey, g.checkpoint, func(boot record.BootID, seq uint64) []byte {
		return g.headers[place{boot, seq}]
	})
	if err != nil {
		return 0, err
	}
	g.checkpoint, g.note = &cp, r.Note
	for _, e := range r.Entries {
		delete(g.headers, place{e.Boot, e.Seq})
	}
	return len(r.Entries), nil
}

// Unproved is the number of batches without a receipt.
func (g *Gateway) Unproved() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.headers)
}

// Forget drops the batches without a receipt, for a caller that logged them by
// another way.
func (g *Gateway) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.headers)
}
