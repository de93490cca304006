package hj212

import (
	"fmt"
	"strings"

	"fieldseal/evidence/cborx"
)

// Message is one kind of message that a profile takes values from, and what the
// profile allows beyond the standard. It is the protocol's part of a compiled
// profile's exchange.
type Message struct {
	Command    uint16 // CN, such as 2011
	Rules      []Rule // ascending, without RuleHJ212
	LongLength bool
}

// Append writes the compiled form [command, [rules], long length].
func (m Message) Append(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendArray(b, 3), uint64(m.Command))
	b = cborx.AppendArray(b, len(m.Rules))
	for _, r := range m.Rules {
		b = cborx.AppendUint(b, uint64(r))
	}
	return cborx.AppendBool(b, m.LongLength)
}

// ParseMessage reads the compiled form strictly.
func ParseMessage(item []byte) (Message, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(3)
	m := Message{Command: uint16(r.UintMax(9999))}
	for n := r.Array(int(maxRule)); n > 0 && r.Err() == nil; n-- {
		m.Rules = append(m.Rules, Rule(r.UintMax(uint64(maxRule))))
	}
	m.LongLength = r.Bool()
	if err := r.Done(); err != nil {
		return Message{}, fmt.Errorf("message: %w", err)
	}
	if err := m.Check(); err != nil {
		return Message{}, fmt.Errorf("message: %w: %w", cborx.ErrMalformed, err)
	}
	return m, nil
}

// Check refuses what has no meaning, so that each meaning has one form.
func (m Message) Check() error {
	if m.Command < 1000 || m.Command > 9999 {
		return fmt.Errorf("command %d; CN has four digits", m.Command)
	}
	last := RuleHJ212
	for _, r := range m.Rules {
		if r <= last || r > maxRule {
			return fmt.Errorf("CRC rules %v: name each once, without %v, which always holds", m.Rules, RuleHJ212)
		}
		last = r
	}
	return nil
}

// Source says which field of the content a point is: a factor and a suffix, such
// as a34002 and Rtd.
type Source struct {
	Factor, Suffix string
}

// MaxName is the longest factor or suffix, in bytes.
const MaxName = 32

// Append writes the compiled form [factor, suffix].
func (s Source) Append(b []byte) []byte {
	return cborx.AppendText(cborx.AppendText(cborx.AppendArray(b, 2), s.Factor), s.Suffix)
}

// ParseSource reads the compiled form strictly.
func ParseSource(item []byte) (Source, error) {
	r := cborx.NewReader(item)
	r.ArrayOf(2)
	s := Source{r.Text(MaxName), r.Text(MaxName)}
	if err := r.Done(); err != nil {
		return Source{}, fmt.Errorf("point source: %w", err)
	}
	if err := s.Check(); err != nil {
		return Source{}, fmt.Errorf("point source: %w: %w", cborx.ErrMalformed, err)
	}
	return s, nil
}

// Check refuses names that no field can have.
func (s Source) Check() error {
	for _, x := range [...]string{s.Factor, s.Suffix} {
		if x == "" || len(x) > MaxName || strings.ContainsAny(x, "=,;&# \r\n") {
			return fmt.Errorf("%q is no factor or suffix; write them as the station sends them, such as a34002 and Rtd", x)
		}
	}
	if strings.Contains(s.Factor, "-") {
		return fmt.Errorf("factor %q: what stands behind the first hyphen is the suffix", s.Factor)
	}
	if attributes[s.Suffix] {
		return fmt.Errorf("suffix %s carries no value", s.Suffix)
	}
	return nil
}
