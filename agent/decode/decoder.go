package decode

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/textline"
	"fieldseal/firmware-config/profile"
)

// Options are what an engineer gives besides the protocol.
type Options struct {
	Registers *profile.File // the device profile of modbus-rtu, or nil
	Station   *hj212.Map    // of the device profile of hj212, or nil
	Lines     *textline.Map // of the device profile of text
	Key       []byte        // the SM4 key of encrypted hj212 content, or nil
}

// Decoder decodes frames of one protocol.
type Decoder struct {
	protocol string
	isText   bool
	decode   decodeFunc
}

// decodeFunc decodes one frame. A frame comes back beside an error where its
// fields can be told all the same.
type decodeFunc func(frame []byte) (any, []Reading, error)

// protocol is how one protocol's frames are decoded.
type protocol struct {
	isText bool
	build  func(o Options) decodeFunc
}

var protocols = map[string]protocol{
	"hj212":      {true, newHJ212},
	"dlt645":     {false, always(decodeDLT645)},
	"jt808":      {false, always(decodeJT808)},
	"nmea":       {true, always(decodeNMEA)},
	"modbus-rtu": {false, newModbus},
	"crane-0e":   {false, always(decodeCrane)},
	"text":       {true, newText},
}

// always is a protocol whose values mean the same whatever the options.
func always(f decodeFunc) func(Options) decodeFunc { return func(Options) decodeFunc { return f } }

// Protocols are the names that New takes, ascending.
func Protocols() []string {
	var names []string
	for n := range protocols {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// New makes the decoder of a protocol.
func New(name string, o Options) (*Decoder, error) {
	x, ok := protocols[name]
	if !ok {
		return nil, fmt.Errorf("protocol %q has no decoder here; known are %s", name, strings.Join(Protocols(), ", "))
	}
	if o.Registers != nil && name != "modbus-rtu" || o.Station != nil && name != "hj212" || o.Lines != nil && name != "text" {
		return nil, fmt.Errorf("the profile is not for %s; leave it out, or name one that is", name)
	}
	if o.Key != nil && name != "hj212" {
		return nil, fmt.Errorf("only hj212 has encrypted content; leave the key out for %s", name)
	}
	return &Decoder{name, x.isText, x.build(o)}, nil
}

// Line decodes one line without its line feed.
func (d *Decoder) Line(line []byte) Result {
	// Some editors begin a file with a mark of its encoding.
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	b, err := frameBytes(line, d.isText)
	if d.protocol == textline.Protocol {
		// A printed number may look like hexadecimal, and its blanks are its own.
		b, err = unescape(line), nil
	}
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
