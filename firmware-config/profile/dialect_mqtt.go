package profile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldseal/drivers/mqtt"
	"fieldseal/firmware-config/document"
)

// mqttDialect is that of sensors that publish over MQTT, in one of three
// encodings.
var mqttDialect = dialect{
	kinds: []Kind{MQTT},
	address: "write what names the device in its encoding: the topic for json, such as address: cold/room-1; group/node or group/node/device for sparkplug-b; " +
		"the DevEUI for chirpstack-v4, such as address: \"a840419edb62011c\"",
	// Which of the three it is, the profile says and mqtt.CheckAddress holds it to;
	// an address of any is a topic.
	checkAddress: func(address string) error { return mqtt.CheckAddress(mqtt.JSON, address) },
	head: func(m *document.Mapping) any {
		return mqtt.Encoding(m.Take("encoding").Required("write how payloads are encoded, such as encoding: json").Choice(string(mqtt.JSON), string(mqtt.Sparkplug), string(mqtt.ChirpStack)))
	},
	message: readPublication,
	point:   readPlace,
	bind:    bindWith(mqtt.Bind),
}

func readPublication(n *document.Node, m *document.Mapping, head any) ([]byte, string) {
	x := mqtt.Message{Encoding: head.(mqtt.Encoding)}
	words := string(x.Encoding)
	switch x.Encoding {
	case mqtt.JSON:
		if topic := m.Take("topic"); !topic.Absent() {
			if x.Topic = topic.Text(mqtt.MaxTopic); x.Topic != "" {
				words += " under …/" + x.Topic
			}
		}
		x.Time = readInstrumentTime(m.Take("time"))
	case mqtt.Sparkplug:
		x.Stable = m.Take("stable_aliases").Bool()
	case mqtt.ChirpStack:
		if port := m.Take("port"); !port.Absent() {
			x.Port = uint8(port.Int(1, 255))
			words += " port " + strconv.Itoa(int(x.Port))
		}
	}
	if err := x.Check(); err != nil {
		n.Fail(err)
	}
	return x.Append(nil), words
}

// readInstrumentTime reads {path: ts, form: ms}.
func readInstrumentTime(n *document.Node) *mqtt.Time {
	if n.Absent() {
		return nil
	}
	m := n.Mapping()
	t := &mqtt.Time{Path: readJSONPath(m.Take("path").Required("write where the time stands, such as path: ts"))}
	form := m.Take("form").Required("write how the time is written: " + strings.Join(mqtt.Forms[:], ", ")).Choice(mqtt.Forms[:]...)
	t.Form = mqtt.Form(max(slices.Index(mqtt.Forms[:], form), 0))
	zone := m.Take("zone")
	switch {
	case t.Form == mqtt.Local:
		t.Zone = readZone(zone.Required("write the sensor's zone, such as zone: \"+08:00\""))
	case !zone.Absent():
		zone.Failf("zone: only the form local is without one")
	}
	m.Done()
	return t
}

// readZone reads an offset from UTC, such as +08:00, in minutes.
func readZone(n *document.Node) int {
	s := n.Text(6)
	if s == "" {
		return 0
	}
	t, err := time.Parse("-07:00", s)
	if err != nil {
		n.Failf("%q is no zone; write the offset from UTC in quotes, such as \"+08:00\"", s)
		return 0
	}
	_, seconds := t.Zone()
	return seconds / 60
}

func readJSONPath(n *document.Node) mqtt.Path {
	s := n.Text(1 << 10)
	if s == "" {
		return nil
	}
	p, err := mqtt.ParsePath(s)
	if err != nil {
		n.Fail(err)
	}
	return p
}

// readPlace reads where a point stands: path, bytes or metric. Whether the
// profile's encoding has such places is for mqtt.Bind to say.
func readPlace(n *document.Node, m *document.Mapping) ([]byte, string) {
	path, bytes, metric := m.Take("path"), m.Take("bytes"), m.Take("metric")
	written := 0
	for _, x := range []*document.Node{path, bytes, metric} {
		if !x.Absent() {
			written++
		}
	}
	if written != 1 {
		n.Fail(errors.New("write one of path: (json, and chirpstack-v4 with a codec), bytes: (chirpstack-v4) and metric: (sparkplug-b)"))
		return nil, ""
	}
	var s mqtt.Source
	switch {
	case !metric.Absent():
		s.Metric = metric.Text(mqtt.MaxMetric)
		m.Take("decimals").Required("write to how many digits a float is rounded, or decimals: 0 for whole numbers")
		return s.Append(nil), s.Metric
	case !bytes.Absent():
		b := bytes.Mapping()
		s.Bytes = &mqtt.Bytes{Offset: uint16(b.Take("offset").Int(0, 254)), Type: mqtt.Type(b.Take("type").Required("write how the number stands there, such as type: s16").Text(8))}
		b.Done()
		if s.Bytes.Type != "" {
			if err := s.Bytes.Check(); err != nil {
				bytes.Fail(err)
			}
			if strings.HasPrefix(string(s.Bytes.Type), "f") {
				m.Take("decimals").Required("a float needs decimals: to how many digits it is rounded")
			}
		}
		return s.Append(nil), fmt.Sprintf("%s at byte %d", s.Bytes.Type, s.Bytes.Offset)
	}
	s.Path = readJSONPath(path)
	if flag := m.Take("flag"); !flag.Absent() {
		if s.Flag = readJSONPath(flag); len(s.Flag) == 0 {
			flag.Failf("flag: the whole payload is no flag")
		}
	}
	if words := m.Take("words"); !words.Absent() {
		names, values := words.Mapping().Rest()
		for i, name := range names {
			s.Words = append(s.Words, mqtt.Word{Text: name, Value: values[i].Decimal()})
		}
		if len(names) > mqtt.MaxWords {
			words.Failf("words: %d are above the limit of %d", len(names), mqtt.MaxWords)
		}
	}
	if err := s.Check(); err != nil {
		n.Fail(err)
	}
	return s.Append(nil), s.Path.String()
}
