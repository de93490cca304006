package profile

import (
	"os"
	"strings"
	"testing"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

func dust(t testing.TB) (string, *File) {
	t.Helper()
	data, err := os.ReadFile("testdata/dust.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Parse("dust.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), f
}

func packet(segment string, r hj212.Rule) []byte {
	const hex = "0123456789ABCDEF"
	c := r.CRC([]byte(segment))
	n := len(segment)
	return []byte("##" + string([]byte{'0', '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)}) + segment +
		string([]byte{hex[c>>12], hex[c>>8&15], hex[c>>4&15], hex[c&15]}) + "\r\n")
}

func TestCompiledProfileDecodesItsStation(t *testing.T) {
	_, f := dust(t)
	compiled, _, err := f.Profile.Compile()
	if err != nil {
		t.Fatal(err)
	}
	// As a verifier has it years later: from the compiled bytes alone.
	p, err := profile.Parse(compiled)
	if err != nil {
		t.Fatal(err)
	}
	d := &profile.Device{ID: "dust-1", Address: "ABC"}
	decode := func(segment string, r hj212.Rule) (string, error) {
		values, err := hj212.Decoder{}.Decode(p, d, &record.Frame{Device: "dust-1", Received: packet(segment, r)}, nil)
		var out []string
		for _, v := range values {
			s := v.Point + "=" + v.Value.String()
			if v.Missing {
				s = v.Point + " missing"
			}
			if v.Time != 0 {
				s += "@" + time.UnixMicro(v.Time).UTC().Format("15:04:05")
			}
			out = append(out, s+"/"+v.Flag)
		}
		return strings.Join(out, " "), err
	}
	const head = "QN=20261122143000001;ST=39;CN=2011;PW=1;MN=ABC;Flag=5;CP=&&DataTime=20261122143000;"
	for _, c := range []struct {
		name, segment string
		rule          hj212.Rule
		want          string
	}{
		{"regular", head + "LA-Rtd=61,LA-Flag=N;a34002-Rtd=83,a34002-Flag=N;a34001-Rtd=0.160,a34001-Flag=D&&", hj212.RuleHJ212, "pm10=83@06:30:00/N tsp=160.000@06:30:00/D noise=61.0@06:30:00/N"},
		{"Modbus CRC", head + "LA-Rtd=61.25&&", hj212.RuleModbus, "noise=61.25@06:30:00/"},
		{"no value", head + "a34002-Rtd=-9999,a34002-Flag=B&&", hj212.RuleHJ212, "pm10 missing@06:30:00/B"},
		{"minute data is another point", strings.Replace(head, "2011", "2051", 1) + "a34002-Avg=80.5;a34002-Rtd=1&&", hj212.RuleHJ212, "pm10-minute=80.5@06:30:00/"},
		{"one point for two times", head + "LA-Rtd=61;DataTime=20261122143030;LA-Rtd=62&&", hj212.RuleHJ212, "noise=61.0@06:30:00/ noise=62.0@06:30:30/"},
		{"a command that the profile does not name", strings.Replace(head, "2011", "2061", 1) + "a34002-Avg=80.5&&", hj212.RuleHJ212, ""},
	} {
		if got, err := decode(c.segment, c.rule); err != nil || got != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, got, err, c.want)
		}
	}
	if got, err := decode(strings.Replace(head, "ABC", "ABD", 1)+"&&", hj212.RuleHJ212); err == nil {
		t.Errorf("a packet of another station gives %q", got)
	}
	if got, err := decode(head+"LA-Rtd=61.25&&", hj212.RuleModbusSwapped); err == nil {
		t.Errorf("a CRC rule that the profile does not allow gives %q", got)
	}
	for name, fr := range map[string]*record.Frame{
		"another device":  {Device: "dust-2", Received: packet(head+"&&", hj212.RuleHJ212)},
		"text behind":     {Device: "dust-1", Received: append(packet(head+"&&", hj212.RuleHJ212), 'x')},
		"another outcome": {Device: "dust-1", Received: packet(head+"&&", hj212.RuleHJ212), Outcome: record.OutcomeCheck},
		"earlier frames":  {Device: "dust-1", Received: packet(head+"&&", hj212.RuleHJ212), Earlier: []record.FrameRef{{}}},
	} {
		if v, err := (hj212.Decoder{}).Decode(p, d, fr, nil); err == nil {
			t.Errorf("%s gives %v", name, v)
		}
	}
}

func TestProblemsOfAStationNameLineAndRemedy(t *testing.T) {
	text, _ := dust(t)
	for _, c := range []struct{ old, new, want string }{
		{"crc: [modbus, hj212-swapped]", "crc: [crc32]", `dust.yaml:7: crc[0]: CRC rule "crc32" does not exist`},
		{"crc: [modbus, hj212-swapped]", "crc: [hj212]", "always holds"},
		{"crc: [modbus, hj212-swapped]", "crc: [modbus, modbus]", "modbus twice"},
		{"factor: LA-Rtd", "factor: LA", "is no factor or suffix"},
		{"factor: LA-Rtd", "factor: LA-Flag", "suffix Flag carries no value"},
		{"factor: LA-Rtd", "factor: a34002-Rtd", "points pm10 and noise are the same field"},
		{"command: 2051", "command: 2011", "command 2011 twice"},
		{"id: minute", "id: live", "described twice"},
		{"message: minute", "message: hourly", `message "hourly" does not exist; known are live, minute`},
		{"scale: 1000", "scale: 0", "scale 0"},
		{"max: 20000", "max: -1", "min 0 is above max -1"},
		{"    unit: dB\n", "", "unit"},
		{"protocol: hj212", "protocol: hj213", "hj212"},
		{"decimals: 1", "decimal: 1", "decimal"},
	} {
		if !strings.Contains(text, c.old) {
			t.Fatalf("%q is not in the sample", c.old)
		}
		_, err := Parse("dust.yaml", []byte(strings.Replace(text, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.new, err, c.want)
		}
	}
}

// The profile that the page shows is one that works.
func TestTheStationPagesProfileParses(t *testing.T) {
	page, err := os.ReadFile("../../docs/drivers/hj212.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "## A station profile\n\n")
	if !ok {
		t.Fatal("the page has no station profile")
	}
	var yaml strings.Builder
	for line := range strings.Lines(rest) {
		text, indented := strings.CutPrefix(line, "    ")
		if !indented {
			break
		}
		yaml.WriteString(text)
	}
	f, err := Parse("docs/drivers/hj212.md", []byte(yaml.String()))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Profile.Points) == 0 || f.words[0] != "CN 2011" {
		t.Errorf("%+v", f)
	}
}
