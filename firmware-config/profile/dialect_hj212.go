package profile

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"fieldseal/drivers/hj212"
	"fieldseal/firmware-config/document"
)

// hj212Dialect is that of stations that report by HJ 212. Units stand in the
// profile and nowhere else, for the wire names none.
var hj212Dialect = dialect{
	kinds:   []Kind{Serial, TCP, Listen},
	address: "write the station's MN as it sends it, such as station: \"A110000_0001\"",
	checkAddress: func(mn string) error {
		if strings.ContainsAny(mn, "=,;&# \r\n") {
			return errors.New(strconv.Quote(mn) + " is no MN; write it as the station sends it")
		}
		return nil
	},
	head:    readDeviations,
	message: readCommand,
	point:   readFactor,
	bind:    bindWith(hj212.Bind),
}

// deviations are what a station does that the standard does not allow.
type deviations struct {
	rules []hj212.Rule
	long  bool // its length counts CRC and line end
}

func readDeviations(m *document.Mapping) any {
	d := deviations{rules: readRules(m.Take("crc"))}
	if length := m.Take("length"); !length.Absent() {
		d.long = length.Choice("standard", "with-crc") == "with-crc"
	}
	return d
}

// readRules reads the CRC rules allowed besides the standard's.
func readRules(n *document.Node) []hj212.Rule {
	var rules []hj212.Rule
	for _, x := range n.List(4) {
		r, err := hj212.ParseRule(x.Text(32))
		switch {
		case err != nil:
			x.Fail(err)
		case r == hj212.RuleHJ212:
			x.Failf("crc: %v always holds; name only what the station does besides", r)
		case slices.Contains(rules, r):
			x.Failf("crc: %v twice", r)
		default:
			rules = append(rules, r)
		}
	}
	slices.Sort(rules)
	return rules
}

func readCommand(_ *document.Node, m *document.Mapping, head any) ([]byte, string) {
	d := head.(deviations)
	x := hj212.Message{Rules: d.rules, LongLength: d.long,
		Command: uint16(m.Take("command").Required("write the command number CN, such as command: 2011").Int(1000, 9999))}
	return x.Append(nil), "CN " + strconv.Itoa(int(x.Command))
}

func readFactor(_ *document.Node, m *document.Mapping) ([]byte, string) {
	factor := m.Take("factor").Required("write factor and suffix as sent, such as factor: a34002-Rtd")
	name := factor.Text(2*hj212.MaxName + 1)
	var s hj212.Source
	s.Factor, s.Suffix, _ = strings.Cut(name, "-")
	if err := s.Check(); err != nil && name != "" {
		factor.Fail(err)
	}
	return s.Append(nil), name
}
