package decode

import (
	"fmt"
	"slices"
	"strings"

	"fieldseal/firmware-config/profile"
)

// Decoder decodes frames of one protocol.
type Decoder struct {
	protocol string
	isText   bool
	decode   func(frame []byte) (any, []Reading, error)
}

// protocol is how one protocol's frames are decoded.
type protocol struct {
	isText bool
	build  func(p *profile.File) (func([]byte) (any, []Reading, error), error)
}

var protocols = map[string]protocol{
	"hj212":      {true, newHJ212},
	"dlt645":     {false, fixed(decodeDLT645)},
	"jt808":      {false, fixed(decodeJT808)},
	"nmea":       {true, fixed(decodeNMEA)},
	"modbus-rtu": {false, newModbus},
	"crane-0e":   {false, fixed(decodeCrane)},
}

// Protocols are the names that New takes, ascending.
func Protocols() []string {
	var names []string
	for n := range protocols {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// New makes the decoder of a protocol; p may be nil.
func New(name string, p *profile.File) (*Decoder, error) {
	x, ok := protocols[name]
	if !ok {
		return nil, fmt.Errorf("protocol %q has no decoder here; known are %s", name, strings.Join(Protocols(), ", "))
	}
	f, err := x.build(p)
	if err != nil {
		return nil, err
	}
	return &Decoder{name, x.isText, f}, nil
}

// fixed is a protocol whose values mean the same under every profile.
func fixed(f func([]byte) (any, []Reading, error)) func(*profile.File) (func([]byte) (any, []Reading, error), error) {
	return func(p *profile.File) (func([]byte) (any, []Reading, error), error) {
		if p != nil {
			return nil, fmt.Errorf("profile %s: frames of this protocol are decoded without a profile; leave it out", p.Profile.ID)
		}
		return f, nil
	}
}

// Line decodes one line without its line feed.
func (d *Decoder) Line(line []byte) Result {
	b, err := frameBytes(line, d.isText)
	if err != nil {
		return d.failed(err)
	}
	frame, readings, err := d.decode(b)
	r := Result{OK: err == nil, Protocol: d.protocol, Frame: frame, Readings: readings}
	if frame == nil {
		r.Frame = struct{}{}
	}
	if err != nil {
		r.Error, r.Readings = err.Error(), nil
	}
	if r.Readings == nil {
		r.Readings = []Reading{}
	}
	return r
}

func (d *Decoder) failed(err error) Result {
	return Result{Error: err.Error(), Protocol: d.protocol, Frame: struct{}{}, Readings: []Reading{}}
}
