package profile

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/firmware-config/document"
)

// readGolden reads one golden frame and checks that it names every point of its
// exchange; whether the values come out is for a decoder to say.
func (f *File) readGolden(n *document.Node) {
	m := n.Mapping()
	g := Golden{
		Line:    n.Line(),
		Name:    m.Take("name").Required("say what the frame shows").Text(profile.MaxText),
		Source:  m.Take("source").Required("say where the frame comes from").Lines(1024),
		Request: m.Take("request").Required("write the whole frame in hexadecimal").Hex(8, 8),
		Reply:   m.Take("reply").Required("write the whole frame in hexadecimal").Hex(5, 256),
	}
	params := m.Take("params").Mapping()
	keys, nodes := params.Rest()
	for i, k := range keys {
		if !slices.ContainsFunc(f.Profile.Params, func(q profile.Param) bool { return q.Name == k }) {
			nodes[i].Failf("golden frame %q: parameter %q is not described in params", g.Name, k)
		}
		g.Params = append(g.Params, profile.ParamValue{Name: k, Value: nodes[i].Decimal()})
	}
	slices.SortFunc(g.Params, func(a, b profile.ParamValue) int { return strings.Compare(a.Name, b.Name) })
	at := slices.IndexFunc(f.Reads, func(r registers.Read) bool {
		pdu, err := r.PDU()
		return err == nil && len(g.Request) == 8 && bytes.Equal(pdu, g.Request[1:6])
	})
	if at < 0 && g.Request != nil {
		n.Failf("golden frame %q: its request is none of the profile's exchanges", g.Name)
	}
	values := m.Take("values").Required("write what each point must read, or none")
	expected := values.Mapping()
	for _, x := range f.Profile.Points {
		if int(x.Exchange) != at {
			continue
		}
		v := expected.Take(x.Name)
		if !values.Absent() {
			v.Required("write what it must read, or none")
		}
		g.Values = append(g.Values, Expected{Point: x.Name, Value: optionalValue(v)})
	}
	if at >= 0 {
		expected.Done()
	}
	m.Done()
	f.Golden = append(f.Golden, g)
}

// Exchange is the device and the frame that the golden frame stands for.
func (g *Golden) Exchange(f *File) (*profile.Device, *record.Frame) {
	d := &profile.Device{ID: "golden", Address: g.Address, Params: g.Params}
	if !f.Speaks() {
		d.Address = strconv.Itoa(int(g.Request[0]))
	}
	return d, &record.Frame{Device: d.ID, Sent: g.Request, Received: g.Reply, Topic: g.Topic}
}

// optionalValue reads a number, or nil for the word none.
func optionalValue(n *document.Node) *decimal.D {
	if n.Absent() || n.Text(profile.MaxText) == "none" {
		return nil
	}
	d := n.Decimal()
	return &d
}
