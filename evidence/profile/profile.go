package profile

import (
	"crypto/sha256"
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
)

// Format is the version of the compiled form.
const Format = 1

// Limits of a compiled profile.
const (
	MaxProfile = 32 << 10 // bytes
	MaxPoints  = 256      // points of one profile
	MaxParams  = 32       // parameters a site may fill in
	MaxText    = 128      // bytes of a name or title
	MaxNoValue = 8        // "no value" patterns of one point
	MaxSource  = 1 << 10  // bytes of a protocol's source description
)

// Profile says how an instrument is asked and what its answers mean.
type Profile struct {
	ID       string // such as "dust/bl-tsp"
	Protocol string // the decoder's name, such as "modbus-rtu"
	Title    Text
	// Exchanges are the requests to send, described in the protocol's own terms
	// (a canonical CBOR item each); a point's Source names one by index where the
	// protocol needs it.
	Exchanges []Exchange
	Params    []Param
	Points    []Point
}

// Text is a text for people in both languages.
type Text struct {
	EN, ZH string
}

// Exchange is one request that the profile asks for.
type Exchange struct {
	Request []byte // canonical CBOR, read by the protocol's decoder
	Cadence uint64 // µs between two of them unless the site says otherwise
}

// Param is a value that a site fills in, such as the top of a 4–20 mA span.
type Param struct {
	Name    string
	Unit    string
	Default *decimal.D // nil: the site must give it
}

// Bound is a number of the profile: a constant, or the name of a parameter.
type Bound struct {
	Value decimal.D
	Param string // not empty: the parameter's value instead
}

// Span maps a raw range linearly onto a range of values, as for 4–20 mA inputs.
type Span struct {
	RawLow, RawHigh decimal.D
	Low, High       Bound
}

// Point is one measured quantity.
type Point struct {
	Name     string // unique in the profile; a reading's point is "device/name"
	Title    Text
	Unit     string // SenML unit (RFC 8428 §12.1, RFC 8798) where one exists
	Exchange uint32 // index into Exchanges
	Source   []byte // canonical CBOR, read by the protocol's decoder
	// Decimals is the number of digits after the point of every value, 0 to 18.
	Decimals uint8
	// A value is raw × Scale + Offset, exactly, or by Span if there is one; where
	// the raw number is a float or a Span divides, it is rounded half to even.
	Scale, Offset decimal.D
	Span          *Span
	Min, Max      *Bound     // plausible range; outside it a reading is marked
	NoValue       [][]byte   // raw bytes, as in the reply, that mean "no value"
	MaxRate       *decimal.D // greatest change a second; after a faster one a reading is marked
	Stuck         uint64     // µs without any change after which a reading is marked; 0: never
}

// Append writes the compiled form.
func (p *Profile) Append(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendMap(b, 7), 1), Format)
	b = cborx.AppendText(cborx.AppendUint(b, 2), p.ID)
	b = cborx.AppendText(cborx.AppendUint(b, 3), p.Protocol)
	b = p.Title.append(cborx.AppendUint(b, 4))
	b = cborx.AppendArray(cborx.AppendUint(b, 5), len(p.Exchanges))
	for _, e := range p.Exchanges {
		b = append(cborx.AppendArray(b, 2), e.Request...)
		b = cborx.AppendUint(b, e.Cadence)
	}
	b = cborx.AppendArray(cborx.AppendUint(b, 6), len(p.Params))
	for _, q := range p.Params {
		b = cborx.AppendText(cborx.AppendText(cborx.AppendArray(b, 3), q.Name), q.Unit)
		b = appendOptional(b, q.Default)
	}
	b = cborx.AppendArray(cborx.AppendUint(b, 7), len(p.Points))
	for i := range p.Points {
		b = p.Points[i].append(b)
	}
	return b
}

func (t Text) append(b []byte) []byte {
	return cborx.AppendText(cborx.AppendText(cborx.AppendArray(b, 2), t.EN), t.ZH)
}

func readText(r *cborx.Reader) Text {
	r.ArrayOf(2)
	return Text{r.Text(MaxText), r.Text(MaxText)}
}

func appendOptional(b []byte, d *decimal.D) []byte {
	if d == nil {
		return cborx.AppendNull(b)
	}
	return d.Append(b)
}

func readOptional(r *cborx.Reader) *decimal.D {
	if r.Peek() == cborx.TypeNull {
		r.Null()
		return nil
	}
	d := decimal.Read(r)
	return &d
}

func (v Bound) append(b []byte) []byte {
	if v.Param != "" {
		return cborx.AppendText(b, v.Param)
	}
	return v.Value.Append(b)
}

func readBound(r *cborx.Reader) Bound {
	if r.Peek() != cborx.TypeText {
		return Bound{Value: decimal.Read(r)}
	}
	s := r.Text(MaxText)
	if r.Err() == nil && s == "" {
		r.Failf("a parameter without a name")
	}
	return Bound{Param: s}
}

// append writes {1 name, 2 title, 3 unit, 4 exchange, 5 source, 6 decimals,
// 7 scale, 8 offset, 9 span, 10 min, 11 max, 12 no-value, 13 max rate, 14 stuck};
// labels 9 to 14 are left out when absent.
func (p *Point) append(b []byte) []byte {
	n := 8
	for _, have := range [...]bool{p.Span != nil, p.Min != nil, p.Max != nil, len(p.NoValue) > 0, p.MaxRate != nil, p.Stuck > 0} {
		if have {
			n++
		}
	}
	b = cborx.AppendText(cborx.AppendUint(cborx.AppendMap(b, n), 1), p.Name)
	b = p.Title.append(cborx.AppendUint(b, 2))
	b = cborx.AppendText(cborx.AppendUint(b, 3), p.Unit)
	b = cborx.AppendUint(cborx.AppendUint(b, 4), uint64(p.Exchange))
	b = append(cborx.AppendUint(b, 5), p.Source...)
	b = cborx.AppendUint(cborx.AppendUint(b, 6), uint64(p.Decimals))
	b = p.Scale.Append(cborx.AppendUint(b, 7))
	b = p.Offset.Append(cborx.AppendUint(b, 8))
	if s := p.Span; s != nil {
		b = cborx.AppendArray(cborx.AppendUint(b, 9), 4)
		b = s.High.append(s.Low.append(s.RawHigh.Append(s.RawLow.Append(b))))
	}
	if p.Min != nil {
		b = p.Min.append(cborx.AppendUint(b, 10))
	}
	if p.Max != nil {
		b = p.Max.append(cborx.AppendUint(b, 11))
	}
	if len(p.NoValue) > 0 {
		b = cborx.AppendArray(cborx.AppendUint(b, 12), len(p.NoValue))
		for _, v := range p.NoValue {
			b = cborx.AppendBytes(b, v)
		}
	}
	if p.MaxRate != nil {
		b = p.MaxRate.Append(cborx.AppendUint(b, 13))
	}
	if p.Stuck > 0 {
		b = cborx.AppendUint(cborx.AppendUint(b, 14), p.Stuck)
	}
	return b
}

// Compile gives the compiled bytes and their digest, after checking that they
// read back: what Compile returns, Parse accepts.
func (p *Profile) Compile() ([]byte, [32]byte, error) {
	b := p.Append(nil)
	if _, err := Parse(b); err != nil {
		return nil, [32]byte{}, fmt.Errorf("compile profile %s: %w", p.ID, err)
	}
	return b, Digest(b), nil
}

// Digest is the SHA-256 of compiled bytes.
func Digest(compiled []byte) [32]byte { return sha256.Sum256(compiled) }

// Point finds a point by its name.
func (p *Profile) Point(name string) (*Point, bool) {
	for i := range p.Points {
		if p.Points[i].Name == name {
			return &p.Points[i], true
		}
	}
	return nil, false
}

// Parse reads a compiled profile strictly.
func Parse(compiled []byte) (*Profile, error) {
	if len(compiled) > MaxProfile {
		return nil, fmt.Errorf("profile: %w: %d bytes are above the limit of %d", cborx.ErrMalformed, len(compiled), MaxProfile)
	}
	r := cborx.NewReader(compiled)
	p := &Profile{}
	m := r.Fields(cborx.LabelRange(1, 7), cborx.LabelRange(1, 7))
	for m.Next() {
		switch m.Label {
		case 1:
			if v := r.Uint(); r.Err() == nil && v != Format {
				r.Failf("format version %d; this reader knows %d", v, Format)
			}
		case 2:
			p.ID = r.Text(MaxText)
		case 3:
			p.Protocol = r.Text(MaxText)
		case 4:
			p.Title = readText(r)
		case 5:
			for n := r.Array(64); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(2)
				p.Exchanges = append(p.Exchanges, Exchange{bounded(r), r.Uint()})
			}
		case 6:
			for n := r.Array(MaxParams); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(3)
				p.Params = append(p.Params, Param{r.Text(MaxText), r.Text(MaxText), readOptional(r)})
			}
		case 7:
			for n := r.Array(MaxPoints); n > 0 && r.Err() == nil; n-- {
				p.Points = append(p.Points, readPoint(r, len(p.Exchanges)))
			}
		}
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return p, p.check()
}

func bounded(r *cborx.Reader) []byte {
	b := r.Raw()
	if len(b) > MaxSource {
		r.Failf("a description of %d bytes is above the limit of %d", len(b), MaxSource)
	}
	return b
}

func readPoint(r *cborx.Reader, exchanges int) (p Point) {
	bound := func() *Bound { v := readBound(r); return &v }
	m := r.Fields(cborx.LabelRange(1, 14), cborx.LabelRange(1, 8))
	for m.Next() {
		switch m.Label {
		case 1:
			p.Name = r.Text(MaxText)
		case 2:
			p.Title = readText(r)
		case 3:
			p.Unit = r.Text(record.MaxName)
		case 4:
			p.Exchange = uint32(r.UintMax(64))
			if r.Err() == nil && exchanges > 0 && int(p.Exchange) >= exchanges {
				r.Failf("exchange %d does not exist", p.Exchange)
			}
		case 5:
			p.Source = bounded(r)
		case 6:
			p.Decimals = uint8(r.UintMax(decimal.MaxScale))
		case 7:
			p.Scale = decimal.Read(r)
		case 8:
			p.Offset = decimal.Read(r)
		case 9:
			r.ArrayOf(4)
			p.Span = &Span{decimal.Read(r), decimal.Read(r), readBound(r), readBound(r)}
		case 10:
			p.Min = bound()
		case 11:
			p.Max = bound()
		case 12:
			n := r.Array(MaxNoValue)
			if r.Err() == nil && n == 0 {
				r.Failf("an empty list of patterns is left out")
			}
			for ; n > 0 && r.Err() == nil; n-- {
				p.NoValue = append(p.NoValue, r.Bytes(64))
			}
		case 13:
			d := decimal.Read(r)
			p.MaxRate = &d
		case 14:
			if p.Stuck = r.Uint(); r.Err() == nil && p.Stuck == 0 {
				r.Failf("a bound of 0 is left out")
			}
		}
	}
	return p
}

// check holds what the encoding cannot say.
func (p *Profile) check() error {
	if p.ID == "" || p.Protocol == "" {
		return fmt.Errorf("profile: %w: no id or no protocol", cborx.ErrMalformed)
	}
	params := map[string]bool{}
	for _, q := range p.Params {
		if q.Name == "" || params[q.Name] {
			return fmt.Errorf("profile %s: %w: parameter %q is unnamed or repeated", p.ID, cborx.ErrMalformed, q.Name)
		}
		params[q.Name] = true
	}
	names := map[string]bool{}
	for _, x := range p.Points {
		if x.Name == "" || names[x.Name] {
			return fmt.Errorf("profile %s: %w: point %q is unnamed or repeated", p.ID, cborx.ErrMalformed, x.Name)
		}
		names[x.Name] = true
		used := []*Bound{x.Min, x.Max}
		if x.Span != nil {
			used = append(used, &x.Span.Low, &x.Span.High)
			if x.Span.RawLow.Cmp(x.Span.RawHigh) == 0 {
				return fmt.Errorf("profile %s: %w: point %s spans nothing", p.ID, cborx.ErrMalformed, x.Name)
			}
		}
		for _, v := range used {
			if v != nil && v.Param != "" && !params[v.Param] {
				return fmt.Errorf("profile %s: %w: point %s uses parameter %q, which is not declared", p.ID, cborx.ErrMalformed, x.Name, v.Param)
			}
		}
	}
	return nil
}
