package mqtt

import (
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"

	"fieldseal/evidence/record"
)

// Limits of a Sparkplug payload.
const (
	MaxMetrics    = 2048
	maxProperties = 64
)

// Datatype is the type of a metric (6.4.16). The numbers are those of the wire.
type Datatype uint32

// The types that hold a number.
const (
	Int8    Datatype = 1
	Int16   Datatype = 2
	Int32   Datatype = 3
	Int64   Datatype = 4
	UInt8   Datatype = 5
	UInt16  Datatype = 6
	UInt32  Datatype = 7
	UInt64  Datatype = 8
	Float   Datatype = 9
	Double  Datatype = 10
	Boolean Datatype = 11
)

// Fields of the messages that are read here (6.4.1, sparkplug_b.proto).
const (
	payloadTime, payloadMetrics, payloadSeq, payloadUUID = 1, 2, 3, 4

	metricName, metricAlias, metricTime, metricType      = 1, 2, 3, 4
	metricHistorical, metricNull, metricProperties       = 5, 7, 9
	metricInt, metricLong, metricFloat, metricDouble     = 10, 11, 12, 13
	metricBoolean, metricFirstOther, metricLastOther     = 14, 15, 19
	propertyKeys, propertyValues                         = 1, 2
	propertyNull, propertyInt, propertyLong, propertyEnd = 2, 3, 4, 5
)

// compressed is the UUID of a payload that wraps a compressed one.
const compressed = "SPBV1.0_COMPRESSED"

// Payload is a payload of Sparkplug B, as far as values go.
type Payload struct {
	Time    uint64 // ms since 1970; 0: none
	Seq     uint64
	HasSeq  bool
	Metrics []Metric
}

// Metric is one metric of a payload.
type Metric struct {
	Name       string
	Alias      uint64
	HasAlias   bool
	Time       uint64 // ms since 1970; 0: none
	Type       Datatype
	Historical bool
	Null       bool
	Quality    string // the property Quality, as decimal digits; empty: none
	field      int    // that held the value; 0: none
	bits       uint64
}

// ParsePayload reads a payload. Fields that it does not know are passed over, as
// protobuf wants it.
func ParsePayload(b []byte) (*Payload, error) {
	if len(b) > record.MaxExchange {
		return nil, malformed("%d bytes are above the limit of %d", len(b), record.MaxExchange)
	}
	p := &Payload{}
	var err error
	each(b, &err, func(f field) {
		switch f.number {
		case payloadTime:
			p.Time = f.varint(&err)
		case payloadSeq:
			p.Seq, p.HasSeq = f.varint(&err), true
		case payloadMetrics:
			if len(p.Metrics) == MaxMetrics {
				err = malformed("more than %d metrics", MaxMetrics)
				return
			}
			p.Metrics = append(p.Metrics, parseMetric(f.bytes(&err), &err))
		case payloadUUID:
			if string(f.bytes(&err)) == compressed {
				err = malformed("the payload is compressed; set the edge node to send it plain")
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func parseMetric(b []byte, err *error) (m Metric) {
	each(b, err, func(f field) {
		switch f.number {
		case metricName:
			if m.Name = string(f.bytes(err)); len(m.Name) > MaxMetric {
				*err = malformed("a metric's name of %d bytes is above the limit of %d", len(m.Name), MaxMetric)
			}
		case metricAlias:
			m.Alias, m.HasAlias = f.varint(err), true
		case metricTime:
			m.Time = f.varint(err)
		case metricType:
			m.Type = Datatype(f.varint(err))
		case metricHistorical:
			m.Historical = f.varint(err) != 0
		case metricNull:
			m.Null = f.varint(err) != 0
		case metricProperties:
			m.Quality = quality(f.bytes(err), err)
		case metricInt, metricLong, metricBoolean:
			m.field, m.bits = int(f.number), f.varint(err)
		case metricFloat:
			m.field, m.bits = metricFloat, f.fixed(protowire.Fixed32Type, err)
		case metricDouble:
			m.field, m.bits = metricDouble, f.fixed(protowire.Fixed64Type, err)
		default:
			if f.number >= metricFirstOther && f.number <= metricLastOther {
				m.field = int(f.number) // a text, table or template: no number
			}
		}
	})
	return m
}

// quality is the value of the property Quality, such as 192 (6.4.10).
func quality(b []byte, err *error) string {
	var keys []string
	var values []string
	each(b, err, func(f field) {
		switch f.number {
		case propertyKeys:
			keys = append(keys, string(f.bytes(err)))
		case propertyValues:
			values = append(values, property(f.bytes(err), err))
		}
		if len(keys) > maxProperties || len(values) > maxProperties {
			*err = malformed("more than %d properties of a metric", maxProperties)
		}
	})
	found := ""
	for i, k := range keys {
		if k == "Quality" && i < len(values) {
			found = values[i]
		}
	}
	return found
}

func property(b []byte, err *error) (text string) {
	each(b, err, func(f field) {
		switch f.number {
		case propertyInt:
			text = strconv.FormatInt(int64(int32(f.varint(err))), 10)
		case propertyLong:
			text = strconv.FormatInt(int64(f.varint(err)), 10)
		}
	})
	return text
}

// field is one field of a protobuf message.
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  []byte // with its length, where it has one
}

// each calls take for every field until one fails.
func each(b []byte, err *error, take func(field)) {
	for len(b) > 0 && *err == nil {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			*err = malformed("no Sparkplug payload: %w", protowire.ParseError(n))
			return
		}
		b = b[n:]
		// Groups went out of protobuf before Sparkplug came in; refusing them keeps
		// the reader from nesting.
		if kind == protowire.StartGroupType || kind == protowire.EndGroupType {
			*err = malformed("no Sparkplug payload: field %d is a group", number)
			return
		}
		if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
			*err = malformed("no Sparkplug payload: field %d: %w", number, protowire.ParseError(n))
			return
		}
		take(field{number, kind, b[:n]})
		b = b[n:]
	}
}

func (f field) is(kind protowire.Type, err *error) bool {
	if f.kind != kind && *err == nil {
		*err = malformed("no Sparkplug payload: field %d has wire type %d, not %d", f.number, f.kind, kind)
	}
	return f.kind == kind
}

func (f field) varint(err *error) uint64 {
	if !f.is(protowire.VarintType, err) {
		return 0
	}
	v, _ := protowire.ConsumeVarint(f.value)
	return v
}

func (f field) fixed(kind protowire.Type, err *error) uint64 {
	if !f.is(kind, err) {
		return 0
	}
	if kind == protowire.Fixed32Type {
		v, _ := protowire.ConsumeFixed32(f.value)
		return uint64(v)
	}
	v, _ := protowire.ConsumeFixed64(f.value)
	return v
}

func (f field) bytes(err *error) []byte {
	if !f.is(protowire.BytesType, err) {
		return nil
	}
	v, _ := protowire.ConsumeBytes(f.value)
	return v
}

// Born is what a birth certificate says of a metric.
type Born struct {
	Name string
	Type Datatype
}

// Aliases are the metrics of a birth certificate by alias and by name. An alias
// that stands for two names stands for none.
type Aliases struct {
	ByAlias map[uint64]Born
	ByName  map[string]Born
}

// AliasesOf reads a birth certificate.
func AliasesOf(birth *Payload) Aliases {
	a := Aliases{map[uint64]Born{}, map[string]Born{}}
	for i := range birth.Metrics {
		m := &birth.Metrics[i]
		if m.Name == "" {
			continue
		}
		born := Born{m.Name, m.Type}
		a.ByName[m.Name] = born
		if !m.HasAlias {
			continue
		}
		if other, twice := a.ByAlias[m.Alias]; twice && other != born {
			born = Born{}
		}
		a.ByAlias[m.Alias] = born
	}
	return a
}

// NeedsBirth reports whether a metric of the payload says its name or its type
// only in a birth certificate.
func (p *Payload) NeedsBirth() bool {
	for i := range p.Metrics {
		if m := &p.Metrics[i]; m.Name == "" || m.Type == 0 && m.field != metricBoolean {
			return true
		}
	}
	return false
}

// Session is the number bdSeq, which a death certificate repeats from the birth
// that it ends.
func (p *Payload) Session() (n uint64, ok bool) {
	for i := range p.Metrics {
		if m := &p.Metrics[i]; m.Name == "bdSeq" && (m.field == metricLong || m.field == metricInt) {
			return m.bits, true
		}
	}
	return 0, false
}

// num is a number of a metric: an integer, or a float kept as such.
type num struct {
	float bool
	f     float64 // exact for 32 bits too
	i     int64
}

// number is the metric's number under a type; ok is false when it holds none, or
// one that does not fit its type.
func (m *Metric) number(t Datatype) (n num, ok bool) {
	if m.Null || m.field == 0 {
		return n, false
	}
	switch {
	case m.field == metricBoolean && (t == Boolean || t == 0):
		if m.bits != 0 {
			n.i = 1
		}
		return n, true
	case m.field == metricFloat && (t == Float || t == Double):
		n = num{float: true, f: float64(math.Float32frombits(uint32(m.bits)))}
	case m.field == metricDouble && (t == Float || t == Double):
		n = num{float: true, f: math.Float64frombits(m.bits)}
	case m.field == metricInt && m.bits <= math.MaxUint32 || m.field == metricLong:
		return m.integer(t)
	default:
		return n, false
	}
	return n, !math.IsNaN(n.f) && !math.IsInf(n.f, 0)
}

// integer reads an integer. Signed ones stand as two's complement in 32 or 64
// bits (6.4.16); some encoders cut it to the type's own bits, which is one
// number as well.
func (m *Metric) integer(t Datatype) (n num, ok bool) {
	wide := int64(m.bits)
	if m.field == metricInt {
		wide = int64(int32(m.bits))
	}
	signed := func(bits uint) (num, bool) {
		if wide>>(bits-1) == 0 || wide>>(bits-1) == -1 {
			return num{i: wide}, true
		}
		cut := int64(m.bits) << (64 - bits) >> (64 - bits)
		return num{i: cut}, m.bits>>bits == 0
	}
	unsigned := func(bits uint) (num, bool) { return num{i: int64(m.bits)}, m.bits>>bits == 0 }
	switch t {
	case Int8:
		return signed(8)
	case Int16:
		return signed(16)
	case Int32:
		return signed(32)
	case Int64:
		return num{i: wide}, true
	case UInt8:
		return unsigned(8)
	case UInt16:
		return unsigned(16)
	case UInt32:
		return unsigned(32)
	case UInt64:
		return unsigned(63)
	}
	return n, false
}
