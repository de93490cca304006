package dlt645

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Protocol is the name by which a profile asks for this decoder.
const Protocol = "dlt645"

// ErrProfile says that a profile's DL/T 645 part has no meaning.
var ErrProfile = errors.New("profile has no DL/T 645 meaning")

// Map is a profile whose DL/T 645 part has been read and checked. An exchange's
// request and a point's source are a data identifier each, an unsigned integer
// in CBOR; the point's is the exchange's own, or one of its row.
type Map struct {
	Profile *profile.Profile
	Reads   []uint32 // by exchange
	Points  []uint32 // by point
}

// AppendDI writes the compiled form of an identifier.
func AppendDI(b []byte, di uint32) []byte { return cborx.AppendUint(b, uint64(di)) }

func parseDI(item []byte) (uint32, error) {
	r := cborx.NewReader(item)
	di := uint32(r.UintMax(0xFFFFFFFF))
	return di, r.Done()
}

// Bind reads the DL/T 645 part of a profile.
func Bind(p *profile.Profile) (*Map, error) {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("profile %s: %w: "+format, append([]any{p.ID, ErrProfile}, args...)...)
	}
	if p.Protocol != Protocol {
		return nil, bad("its protocol is %q; %s is", p.Protocol, Protocol)
	}
	m := &Map{Profile: p}
	for i, e := range p.Exchanges {
		di, err := parseDI(e.Request)
		if err != nil {
			return nil, bad("exchange %d: %w", i, err)
		}
		if _, ok := Lookup(di); !ok && row(di) == nil {
			return nil, bad("exchange %d: the form of %s is not known", i, Hex(di))
		}
		if slices.Contains(m.Reads, di) {
			return nil, bad("exchange %d: %s is read twice", i, Hex(di))
		}
		m.Reads = append(m.Reads, di)
	}
	for i := range p.Points {
		x := &p.Points[i]
		di, err := parseDI(x.Source)
		if err != nil {
			return nil, bad("point %s: %w", x.Name, err)
		}
		item, ok := Lookup(di)
		switch {
		case int(x.Exchange) >= len(m.Reads):
			return nil, bad("point %s: exchange %d does not exist", x.Name, x.Exchange)
		case !ok || m.Reads[x.Exchange] != di && !slices.Contains(row(m.Reads[x.Exchange]), di):
			return nil, bad("point %s: %s is not in the answer to %s", x.Name, Hex(di), Hex(m.Reads[x.Exchange]))
		case x.Unit != item.Unit:
			return nil, bad("point %s: unit %q; the standard fixes %q for %s", x.Name, x.Unit, item.Unit, Hex(di))
		case x.Span != nil || len(x.NoValue) > 0:
			return nil, bad("point %s: a meter sends decimals; leave span and no_value out", x.Name)
		case x.Scale.Mantissa == 0:
			return nil, bad("point %s: scale 0 would make every value the same", x.Name)
		}
		m.Points = append(m.Points, di)
	}
	return m, nil
}

// Decoder decodes exchanges of DL/T 645.
type Decoder struct{}

var _ profile.Decoder = Decoder{}

// MaxParts is how many frames one answer may take.
const MaxParts = 16

// Decode implements profile.Decoder. The reply must be of the meter that was
// asked, for the identifier that was asked, and nothing may follow it. An answer
// of several frames is decoded from the last one, the others being earlier; its
// first frame alone gives what it holds.
func (Decoder) Decode(p *profile.Profile, d *profile.Device, f *record.Frame, earlier []*record.Frame) ([]profile.Decoded, error) {
	m, err := Bind(p)
	if err != nil {
		return nil, err
	}
	if len(earlier) != len(f.Earlier) && len(f.Earlier) > 0 || len(earlier) >= MaxParts {
		return nil, malformed("%d earlier frames, the frame names %d", len(earlier), len(f.Earlier))
	}
	var all *Frame
	for i, x := range append(slices.Clone(earlier), f) {
		reply, err := m.part(d, x, i)
		if err != nil {
			return nil, err
		}
		switch {
		case i == 0:
			all = reply
		case !all.More():
			return nil, malformed("device %s: part %d follows an answer that was whole", d.ID, i)
		default:
			if want, got := binary.LittleEndian.Uint32(all.Data), binary.LittleEndian.Uint32(reply.Data); want != got {
				return nil, malformed("device %s: part %d is of %s, the first of %s", d.ID, i, Hex(got), Hex(want))
			}
			all.Data = append(all.Data, reply.Data[4:len(reply.Data)-1]...)
			all.Control = ControlRead | replyBit | reply.Control&moreBit
		}
	}
	if len(earlier) > 0 && all.More() {
		return nil, malformed("device %s: the meter has more than these %d parts", d.ID, len(earlier)+1)
	}
	di, _ := all.DI()
	return m.values(slices.Index(m.Reads, di), all), nil
}

// part checks one exchange: the first read, or the request for part seq of its
// answer.
func (m *Map) part(d *profile.Device, f *record.Frame, seq int) (*Frame, error) {
	if f.Device != d.ID {
		return nil, malformed("the frame is of device %q, not of %q", f.Device, d.ID)
	}
	if f.Outcome != record.OutcomeOK {
		return nil, fmt.Errorf("device %s: frame: outcome %q carries no values", d.ID, f.Outcome)
	}
	asked, err := whole(f.Sent)
	if err != nil {
		return nil, fmt.Errorf("device %s: request: %w", d.ID, err)
	}
	reply, err := whole(f.Received)
	if err != nil {
		return nil, fmt.Errorf("device %s: reply: %w", d.ID, err)
	}
	if asked.Address != d.Address || reply.Address != d.Address {
		return nil, malformed("device %s is meter %s; %s was asked and %s answered", d.ID, d.Address, asked.Address, reply.Address)
	}
	control := byte(ControlRead)
	if seq > 0 {
		control = ControlReadMore
	}
	want, ok := asked.DI()
	got, ok2 := reply.DI()
	if !ok || !ok2 || asked.Control != control || reply.Control&^moreBit != control|replyBit || want != got {
		return nil, malformed("device %s: the reply does not answer the request (%02X %s, %02X %s)", d.ID, asked.Control, Hex(want), reply.Control, Hex(got))
	}
	if seq > 0 && (len(asked.Data) != 5 || len(reply.Data) < 5 || int(asked.Data[4]) != seq || int(reply.Data[len(reply.Data)-1]) != seq) {
		return nil, malformed("device %s: the frame is not part %d of the answer", d.ID, seq)
	}
	if !slices.Contains(m.Reads, want) {
		return nil, malformed("device %s: profile %s does not read %s", d.ID, m.Profile.ID, Hex(want))
	}
	return reply, nil
}

// whole parses a frame that nothing follows.
func whole(b []byte) (*Frame, error) {
	f, n, err := Parse(b)
	if err == nil && n != len(b) {
		err = malformed("%d bytes after the frame", len(b)-n)
	}
	return f, err
}

func (m *Map) values(exchange int, reply *Frame) []profile.Decoded {
	readings, _ := reply.Readings()
	var out []profile.Decoded
	for i, di := range m.Points {
		x := &m.Profile.Points[i]
		if int(x.Exchange) != exchange {
			continue
		}
		v := profile.Decoded{Point: x.Name, Missing: true}
		for _, r := range readings {
			if r.DI != di {
				continue
			}
			if value, err := x.Exact(r.Value); err == nil {
				v = profile.Decoded{Point: x.Name, Value: value}
			}
			if !r.Time.IsZero() {
				v.Time = r.Time.UnixMicro()
			}
		}
		out = append(out, v)
	}
	return out
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{cborx.ErrMalformed}, args...)...)
}
