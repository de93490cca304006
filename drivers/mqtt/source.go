package mqtt

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
)

// Encoding says what payloads are. Its text is signed.
type Encoding string

// The encodings.
const (
	JSON       Encoding = "json"
	Sparkplug  Encoding = "sparkplug-b"
	ChirpStack Encoding = "chirpstack-v4"
)

// Limits of a description.
const (
	MaxTopic  = 256 // bytes, as of record.MaxTopic
	MaxMetric = 256 // bytes of a metric's name
	MaxWords  = 16  // words of one point
	MaxWord   = 64  // bytes of a word
)

// Message is one kind of message that a profile takes values from. It is the
// protocol's part of a compiled profile's exchange.
type Message struct {
	Encoding Encoding
	// Topic is what stands behind the device's address and a slash; empty: the
	// address is the whole topic. JSON only.
	Topic string
	Time  *Time // nil: messages carry no time of their own. JSON only.
	// Stable says that a node's aliases never change meaning, so that a birth
	// certificate holds even when messages were missed. Sparkplug only.
	Stable bool
	// Port is the LoRaWAN port (FPort) of the uplinks meant, 1 to 255; 0: any.
	// ChirpStack only.
	Port uint8
}

// Append writes the compiled form: [json, topic, time], [sparkplug-b, stable] or
// [chirpstack-v4, port].
func (m Message) Append(b []byte) []byte {
	if m.Encoding == JSON {
		b = cborx.AppendText(cborx.AppendText(cborx.AppendArray(b, 3), string(JSON)), m.Topic)
		return m.Time.append(b)
	}
	b = cborx.AppendText(cborx.AppendArray(b, 2), string(m.Encoding))
	if m.Encoding == Sparkplug {
		return cborx.AppendBool(b, m.Stable)
	}
	return cborx.AppendUint(b, uint64(m.Port))
}

// ParseMessage reads the compiled form strictly.
func ParseMessage(item []byte) (Message, error) {
	r := cborx.NewReader(item)
	n := r.Array(3)
	m := Message{Encoding: Encoding(r.Text(16))}
	switch m.Encoding {
	case JSON:
		m.Topic = r.Text(MaxTopic)
		m.Time = readTime(r)
	case Sparkplug:
		m.Stable = r.Bool()
	case ChirpStack:
		m.Port = uint8(r.UintMax(255))
	default:
		r.Failf("encoding %q; this reader knows %s, %s and %s", m.Encoding, JSON, Sparkplug, ChirpStack)
	}
	if r.Err() == nil && (n == 3) != (m.Encoding == JSON) {
		r.Failf("a description of %d parts", n)
	}
	err := r.Done()
	if err == nil {
		err = m.Check()
	}
	if err != nil {
		return Message{}, fmt.Errorf("message: %w", err)
	}
	return m, nil
}

// Check refuses what has no meaning, so that each meaning has one form.
func (m Message) Check() error {
	if m.Topic != "" {
		if err := CheckTopic(m.Topic); err != nil {
			return err
		}
	}
	if t := m.Time; t != nil {
		if len(t.Path) == 0 {
			return malformed("the whole payload is no time")
		}
		return t.Path.Check()
	}
	return nil
}

// Source says what a point is. Of its parts one is set: Path, Bytes or Metric.
type Source struct {
	Path  Path   // in the payload (JSON) or in its object (ChirpStack)
	Flag  Path   // the instrument's own flag beside it; nil: none
	Words []Word // each once
	// Bytes says where in the bytes of an uplink the number stands, for devices
	// without a codec. ChirpStack only.
	Bytes *Bytes
	// Metric is the name of a metric. Sparkplug only.
	Metric string
}

// Append writes the compiled form: the name of a metric, [offset, type], or
// [path, flag, [[word, value] …]].
func (s Source) Append(b []byte) []byte {
	switch {
	case s.Metric != "":
		return cborx.AppendText(b, s.Metric)
	case s.Bytes != nil:
		b = cborx.AppendUint(cborx.AppendArray(b, 2), uint64(s.Bytes.Offset))
		return cborx.AppendText(b, string(s.Bytes.Type))
	}
	b = s.Path.append(cborx.AppendArray(b, 3))
	if s.Flag == nil {
		b = cborx.AppendNull(b)
	} else {
		b = s.Flag.append(b)
	}
	b = cborx.AppendArray(b, len(s.Words))
	for _, w := range s.Words {
		b = w.Value.Append(cborx.AppendText(cborx.AppendArray(b, 2), w.Text))
	}
	return b
}

// ParseSource reads the compiled form strictly.
func ParseSource(item []byte) (Source, error) {
	r := cborx.NewReader(item)
	s := Source{}
	if r.Peek() == cborx.TypeText {
		if s.Metric = r.Text(MaxMetric); r.Err() == nil && s.Metric == "" {
			r.Failf("a metric without a name")
		}
	} else if n := r.Array(3); n == 2 {
		s.Bytes = &Bytes{Offset: uint16(r.UintMax(255)), Type: Type(r.Text(8))}
	} else {
		if r.Err() == nil && n != 3 {
			r.Failf("a source of %d parts", n)
		}
		s.Path = readPath(r)
		if r.Peek() == cborx.TypeNull {
			r.Null()
		} else if s.Flag = readPath(r); r.Err() == nil && len(s.Flag) == 0 {
			r.Failf("the whole payload is no flag")
		}
		for n := r.Array(MaxWords); n > 0 && r.Err() == nil; n-- {
			r.ArrayOf(2)
			s.Words = append(s.Words, Word{r.Text(MaxWord), decimal.Read(r)})
		}
	}
	err := r.Done()
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		return Source{}, fmt.Errorf("point source: %w", err)
	}
	return s, nil
}

// Check refuses what has no meaning.
func (s Source) Check() error {
	switch {
	case s.Metric != "":
		if len(s.Metric) > MaxMetric || !utf8.ValidString(s.Metric) {
			return malformed("metric %q is longer than %d bytes or no text", s.Metric, MaxMetric)
		}
		return nil
	case s.Bytes != nil:
		return s.Bytes.Check()
	}
	for i, w := range s.Words {
		for _, other := range s.Words[:i] {
			if other.Text == w.Text {
				return malformed("word %q stands there twice", w.Text)
			}
		}
		if w.Text == "" || len(w.Text) > MaxWord {
			return malformed("word %q is empty or longer than %d bytes", w.Text, MaxWord)
		}
	}
	return errors.Join(s.Path.Check(), s.Flag.Check())
}

// same reports whether two sources are one place.
func (s Source) same(o Source) bool {
	if s.Bytes != nil && o.Bytes != nil {
		return *s.Bytes == *o.Bytes
	}
	return (s.Bytes == nil) == (o.Bytes == nil) && s.Metric == o.Metric && s.Path.String() == o.Path.String()
}
