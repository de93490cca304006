package profile

import (
	"fieldseal/drivers/textline"
	"fieldseal/firmware-config/document"
)

// textDialect is that of instruments that print lines, read by a pattern. A unit
// that is printed belongs into the pattern: a line in another unit then fits
// nothing.
var textDialect = dialect{
	kinds: []Kind{Serial, TCP, Listen},
	address: "write which instrument on the line it is, as its lines print it, such as address: \"01\"; " +
		"or address: " + textline.AnyAddress + " where they do not tell",
	message: readPrinted,
	point: func(_ *document.Node, m *document.Mapping) ([]byte, string) {
		group := m.Take("group").Required("write which group of the pattern it is, such as group: weight").Text(textline.MaxGroup)
		return textline.AppendGroup(nil, group), group
	},
	bind: bindWith(textline.Bind),
}

// lineEnds are what a question may end with.
var lineEnds = map[string]string{"crlf": "\r\n", "cr": "\r", "lf": "\n"}

func readPrinted(n *document.Node, m *document.Mapping, _ any) ([]byte, string) {
	l := textline.Line{Pattern: m.Take("pattern").Required("write a regular expression that fits the whole line, with named groups, such as pattern: 'ST,(?P<weight>[-+][0-9.]+) kg'").Text(textline.MaxPattern)}
	words := "a line `" + l.Pattern + "`"
	ask, end, readOnly := m.Take("ask"), m.Take("end"), m.Take("read_only")
	if !ask.Absent() {
		l.Ask = ask.Text(textline.MaxAsk - 2)
		words += ", asked by `" + l.Ask + "`"
		name := "crlf"
		if !end.Absent() {
			name = end.Choice("crlf", "cr", "lf")
		}
		if l.Ask != "" {
			l.Ask += lineEnds[name]
		}
	} else {
		refuseKey(end, "end: is how a question ends; leave it out without ask:")
	}
	l.ReadOnly = !readOnly.Absent() && readOnly.Bool()
	if v := m.Take("decimal"); !v.Absent() {
		l.Comma = v.Choice("point", "comma") == "comma"
	}
	if v := m.Take("zone"); !v.Absent() {
		l.Zone = readZone(v)
	}
	if err := l.Check(); err != nil && l.Pattern != "" {
		n.Fail(err)
	}
	return l.Append(nil), words
}

func refuseKey(key *document.Node, why string) {
	if !key.Absent() {
		key.Failf("%s", why)
	}
}
