package profile

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"fieldseal/drivers/mqtt"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// examples are the profiles of docs/drivers/mqtt.md, as an engineer copies them.
func examples(t *testing.T) map[string]*File {
	t.Helper()
	page, err := os.ReadFile("../../docs/drivers/mqtt.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*File{}
	for block := range strings.SplitSeq(string(page), "\n    version: 1\n") {
		var b strings.Builder
		b.WriteString("version: 1\n")
		for line := range strings.Lines(block) {
			text, ok := strings.CutPrefix(line, "    ")
			if !ok {
				break
			}
			b.WriteString(text)
		}
		if b.Len() < 20 {
			continue // the page's beginning
		}
		f, err := Parse("mqtt.md", []byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Profile.ID] = f
	}
	return out
}

func TestThePageOfMQTTShowsProfilesThatWork(t *testing.T) {
	all := examples(t)
	for _, c := range []struct{ id, address, topic, payload, want string }{
		{"cold/room-sensor", "cold/room-1", "cold/room-1", `{"ts":1764000000000,"sensors":[{"temperature":-18.50,"status":"ok"}]}`, "temperature=-18.50 [ok] @1764000000000000"},
		{"cold/room-sensor", "cold/room-1", "cold/room-1", `{"sensors":[{"temperature":"unavailable"}]}`, "temperature missing"},
		{"cold/room-sensor", "cold/room-1", "cold/room-1/contact", `"open"`, "open=1"},
		{"kitchen/fridge-node", "north/kitchen", "spBv1.0/north/NBIRTH/kitchen", "\x12\x1b\x0a\x12Inputs/temperature\x20\x09\x65\x00\x00\x80\x40", "temperature=4.00"},
		{"cold/lht65n", "a840419edb62011c", "application/1/device/a840419edb62011c/event/up", `{"deviceInfo":{"devEui":"a840419edb62011c"},"fPort":2,"data":"zOEJqQHEAQj1f/8=","object":{"TempC_DS":22.93}}`,
			"probe=22.93, inside=24.73"},
	} {
		f := all[c.id]
		if f == nil {
			t.Errorf("the page has no %s", c.id)
			continue
		}
		compiled, _, err := f.Profile.Compile()
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(compiled)
		if err != nil {
			t.Fatal(err)
		}
		values, err := mqtt.Decoder{}.Decode(p, &profile.Device{ID: "d", Address: c.address}, &record.Frame{Device: "d", Topic: c.topic, Received: []byte(c.payload)}, nil)
		var out []string
		for _, v := range values {
			s := v.Point + "=" + v.Value.String()
			if v.Missing {
				s = v.Point + " missing"
			}
			if v.Flag != "" {
				s += " [" + v.Flag + "]"
			}
			if v.Time != 0 {
				s += fmt.Sprint(" @", v.Time)
			}
			out = append(out, s)
		}
		if got := strings.Join(out, ", "); got != c.want || err != nil {
			t.Errorf("%s: %s, %v; want %s", c.id, got, err, c.want)
		}
	}
}

func TestMQTTProfilesThatSayNothingAreRefused(t *testing.T) {
	const head = "version: 1\nid: mqtt/x\ntitle: {en: X, zh: X}\nprotocol: mqtt\n"
	const point = "points:\n  - name: t\n    title: {en: T, zh: T}\n    unit: Cel\n"
	for _, c := range []struct{ text, want string }{
		{head + "messages:\n  - {id: a}\n" + point + "    path: t\n", "encoding"},
		{head + "encoding: json\nmessages:\n  - {id: a, topic: \"+/x\"}\n" + point + "    path: t\n", "wildcards"},
		{head + "encoding: json\nmessages:\n  - {id: a, port: 2}\n" + point + "    path: t\n", "port"},
		{head + "encoding: json\nmessages:\n  - {id: a, time: {path: ts, form: local}}\n" + point + "    path: t\n", "zone"},
		{head + "encoding: json\nmessages:\n  - {id: a, time: {path: ts, form: s, zone: \"+08:00\"}}\n" + point + "    path: t\n", "zone"},
		{head + "encoding: json\nmessages:\n  - {id: a, time: {path: $, form: s}}\n" + point + "    path: t\n", "no time"},
		{head + "encoding: json\nmessages:\n  - {id: a}\n" + point + "    path: t..x\n", "path"},
		{head + "encoding: json\nmessages:\n  - {id: a}\n" + point, "one of path"},
		{head + "encoding: json\nmessages:\n  - {id: a}\n" + point + "    path: t\n    metric: t\n", "one of path"},
		{head + "encoding: json\nmessages:\n  - {id: a}\n" + point + "    path: t\n    flag: $\n", "flag"},
		{head + "encoding: json\nmessages:\n  - {id: a}\n" + point + "    metric: t\n    decimals: 1\n", "sparkplug-b"},
		{head + "encoding: sparkplug-b\nmessages:\n  - {id: a}\n" + point + "    metric: t\n", "decimals"},
		{head + "encoding: chirpstack-v4\nmessages:\n  - {id: a}\n" + point + "    bytes: {offset: 0, type: u64}\n", "u64"},
		{head + "encoding: chirpstack-v4\nmessages:\n  - {id: a}\n" + point + "    bytes: {offset: 0, type: f32}\n", "decimals"},
		{head + "encoding: chirpstack-v4\nmessages:\n  - {id: a}\n" + point + "    bytes: {offset: 0, type: u16}\n    no_value: [\"ff\"]\n", "4 hexadecimal"},
	} {
		_, err := Parse("x.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q in %v:\n%s", c.want, err, c.text)
		}
	}
}
