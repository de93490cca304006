package decode

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/drivers/hj212"
	"fieldseal/firmware-config/profile"
)

func decoder(t testing.TB, protocol string, o Options) *Decoder {
	t.Helper()
	d, err := New(protocol, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run gives the objects that lines of input make, decoded from their JSON.
func run(t testing.TB, d *Decoder, input string) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	if err := d.Run(strings.NewReader(input), &out); err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for line := range strings.Lines(out.String()) {
		var m map[string]any
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, m)
	}
	return all
}

// brief is a result in one line: readings as point=value unit flag time.
func brief(m map[string]any) string {
	if m["ok"] != true {
		return "refused"
	}
	var out []string
	for _, r := range m["readings"].([]any) {
		r := r.(map[string]any)
		out = append(out, strings.TrimRight(r["point"].(string)+"="+r["value"].(string)+" "+r["unit"].(string)+" "+r["flag"].(string)+" "+r["time"].(string), " "))
	}
	return strings.Join(out, "; ")
}

const (
	dustFrame = `##0187QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;CP=&&DataTime=20200101000000;a34004-Rtd=75.60,a34004-Flag=N;LA-Rtd=57.9,LA-Flag=N;a34001-Rtd=160,a34001-Flag=D;a01001-Rtd=&&`
	hexReply  = "01 03 04 02 92 FF 9B 5A 3D"
)

func TestEveryObjectHasItsFiveKeysInOrder(t *testing.T) {
	for _, p := range Protocols() {
		var out bytes.Buffer
		if err := decoder(t, p, Options{}).Run(strings.NewReader("nonsense\n"), &out); err != nil {
			t.Fatal(err)
		}
		want := `"protocol":"` + p + `","frame":{},"readings":[]}` + "\n"
		if s := out.String(); !strings.HasPrefix(s, `{"ok":false,"error":"`) || !strings.HasSuffix(s, want) {
			t.Errorf("%s: %s", p, s)
		}
	}
}

func TestHJ212InEveryDress(t *testing.T) {
	d := decoder(t, "hj212", Options{})
	frame := "##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80"
	raw := hex.EncodeToString([]byte(frame + "\r\n"))
	for _, line := range []string{frame, frame + `\r\n`, frame + "\r", " " + frame, raw, strings.ToUpper(raw), spaced(raw), "0x" + raw, frame + `\n`, "?" + frame, "##" + frame, "#? ##00" + frame, "\xef\xbb\xbf" + frame} {
		m := run(t, d, line+"\n")
		if len(m) != 1 || m[0]["ok"] != true {
			t.Errorf("%q: %v", line, m)
			continue
		}
		f := m[0]["frame"].(map[string]any)
		for k, want := range map[string]string{"QN": "20160801085857223", "ST": "32", "CN": "1062", "MN": "010000A8900016F000169DC0", "Flag": "5",
			"CP": "&&RtdInterval=30&&", "crc": "1C80", "crc_rule": "hj212"} {
			if f[k] != want {
				t.Errorf("%q: %s is %v, want %s", line, k, f[k], want)
			}
		}
	}
	var out bytes.Buffer
	if err := d.Run(strings.NewReader(frame), &out); err != nil || strings.Contains(out.String(), "100000") || !strings.Contains(out.String(), "&&") {
		t.Errorf("%v %s", err, &out)
	}
}

func spaced(digits string) string {
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		b.WriteString(digits[i:i+2] + " ")
	}
	return b.String()
}

func TestForeignFramesGiveTheirValues(t *testing.T) {
	for _, c := range []struct{ protocol, line, want string }{
		{"hj212", "##0249QN=20180507000558;ST=39;CN=2011;PW=123456;MN=010000A00000000000A00654;CP=&&DataTime=20180507000558;a01001-Rtd=26.0,a01001-Flag=N;a01002-Rtd=30.4,a01002-Flag=N;a34001-Rtd=0.0,a34001-Flag=N;a34002-Rtd=24.0,a34002-Flag=N;a34004-Rtd=23.0,a34004-Flag=N&&D801",
			"a01001-Rtd=26.0  N 2018-05-07T00:05:58+08:00; a01002-Rtd=30.4  N 2018-05-07T00:05:58+08:00; a34001-Rtd=0.0  N 2018-05-07T00:05:58+08:00; a34002-Rtd=24.0  N 2018-05-07T00:05:58+08:00; a34004-Rtd=23.0  N 2018-05-07T00:05:58+08:00"},
		{"hj212", dustFrame + "0000", "refused"},
		{"dlt645", "FE FE FE FE 68 11 11 11 11 11 11 68 91 08 33 33 34 33 9C 35 33 33 D3 16", "00010000=2.69 kWh"},
		{"dlt645", "68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 10 16", "02010100=100.1 V"},
		{"dlt645", "68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 11 16", "refused"},
		{"dlt645", "68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 10 16 00", "refused"},
		{"jt808", "7E0200407D0201000000000202326095590A4F00002000004C100301E0D7F2073E6EAC0064021400142411271542300104000000CC020201D425040000000030010831010914040000007F150400000001160400000001170200011803000709642F0000001F000201323201000035006401E0D40A073E6AC4241127154210FFFF69643030303033241127154217000500767E",
			"lat=31.512562 deg  2024-11-27T15:42:30+08:00; lon=121.532076 deg  2024-11-27T15:42:30+08:00; height=100 m  2024-11-27T15:42:30+08:00; speed=53.2 km/h  2024-11-27T15:42:30+08:00; course=20 deg  2024-11-27T15:42:30+08:00; mileage=20.4 km  2024-11-27T15:42:30+08:00; fuel=46.8 l  2024-11-27T15:42:30+08:00; signal=8   2024-11-27T15:42:30+08:00; satellites=9   2024-11-27T15:42:30+08:00"},
		{"nmea", `$GPRMC,220516,A,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*70\r\n`, "lat=51.5637 deg  1994-06-13T22:05:16Z; lon=-0.7040 deg  1994-06-13T22:05:16Z; speed=173.8 kn  1994-06-13T22:05:16Z; course=231.8 deg  1994-06-13T22:05:16Z"},
		{"nmea", `$GPRMC,220516,D,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*75`, ""},
		{"nmea", `$GPRMC,220516,A,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*71`, "refused"},
		{"modbus-rtu", hexReply, ""},
		{"modbus-rtu", "01 03 04 02 92 FF 9B 5A 3E", "refused"},
		{"modbus-rtu", "01 03 04 02 92 FF 9B 5A 3", "refused"},
		{"crane-0e", "7e7e0e01", "refused"},
	} {
		m := run(t, decoder(t, c.protocol, Options{}), c.line)
		if len(m) != 1 {
			t.Fatalf("%s: %d objects", c.line, len(m))
		}
		if got := brief(m[0]); got != c.want {
			t.Errorf("%s %s: %s (%v), want %s", c.protocol, c.line, got, m[0]["error"], c.want)
		}
		if m[0]["ok"] == (m[0]["error"] != "") {
			t.Errorf("%s: ok %v with error %q", c.line, m[0]["ok"], m[0]["error"])
		}
	}
}

func TestFieldsByProtocol(t *testing.T) {
	for _, c := range []struct {
		protocol, line string
		want           map[string]any
	}{
		{"dlt645", "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16", map[string]any{"address": "000000000161", "control": "91", "di": "00010000", "cs_ok": true}},
		{"dlt645", "68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8B 16", map[string]any{"address": "000000000161", "control": "91", "di": "00010000", "cs_ok": false}},
		{"jt808", "7e000100050123456789017fff007b01c803bd7e", map[string]any{"msg_id": "0001", "phone": "012345678901", "serial": json.Number("32767"), "version": "2013"}},
		{"jt808", "7e000140050100000000017299841738ffff007b01c803b57e", map[string]any{"msg_id": "0001", "phone": "00000000017299841738", "serial": json.Number("65535"), "version": "2019"}},
		{"nmea", "$BDRMC,142350,A,2456.7890,N,11458.1230,E,008.3,203.5,310721,001.2,W*74", map[string]any{"talker": "BD", "type": "RMC"}},
		{"modbus-rtu", "01 03 00 00 00 02 C4 0B", map[string]any{"kind": "request", "unit": json.Number("1"), "address": json.Number("0"), "count": json.Number("2")}},
		{"modbus-rtu", hexReply, map[string]any{"kind": "reply", "data": "0292FF9B", "bytes": json.Number("4")}},
		{"modbus-rtu", "01 83 02 C0 F1", map[string]any{"kind": "exception", "exception": "exception 2 (illegal data address) to function 3"}},
	} {
		m := run(t, decoder(t, c.protocol, Options{}), c.line)
		f := m[0]["frame"].(map[string]any)
		for k, want := range c.want {
			if f[k] != want {
				t.Errorf("%s: %s is %v, want %v", c.line, k, f[k], want)
			}
		}
	}
	m := run(t, decoder(t, "jt808", Options{}), "7e020140240100000000017299841738ffff686200002a5a000074280000a3e50000db4fbc732711012c2005121212590104003132335c7e")
	l := m[0]["frame"].(map[string]any)["location"].(map[string]any)
	if l["lat"] != json.Number("0.041957") || l["lon"] != json.Number("-0.056143") || l["time"] != "2020-05-12T12:12:59+08:00" || l["positioned"] != false {
		t.Errorf("location %v", l)
	}
}

func TestProfilesGiveUnits(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "firmware-config", "profile", "testdata", "dust.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := profile.Parse("dust.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	st, err := hj212.Bind(&file.Profile)
	if err != nil {
		t.Fatal(err)
	}
	// Its CRC by the Modbus rule, which this profile allows.
	line := "##0129QN=20200101000000001;ST=39;CN=2011;PW=1;MN=ABC;Flag=5;CP=&&DataTime=20200101000000;a34001-Rtd=0.160;a34002-Rtd=-9999;a01001-Rtd=3&&"
	crc := modbusCRC(line[6:])
	line = "##" + digits(len(line)-6) + line[6:] + crc
	m := run(t, decoder(t, "hj212", Options{Station: st}), line)
	if got := brief(m[0]); got != "a34001-Rtd=160.000 ug/m3  2020-01-01T00:00:00+08:00; a01001-Rtd=3   2020-01-01T00:00:00+08:00" {
		t.Errorf("%s (%v)", got, m[0]["error"])
	}
	if f := m[0]["frame"].(map[string]any); f["crc_rule"] != "modbus" || f["crc"] != crc {
		t.Errorf("%v", f)
	}
	if m := run(t, decoder(t, "hj212", Options{}), line); m[0]["ok"] != false || !strings.Contains(m[0]["error"].(string), "rule modbus") {
		t.Errorf("without the profile: %v", m[0])
	}

	l, err := profile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := l.Get("coldroom/rs-ws")
	if !ok {
		t.Fatal("no profile coldroom/rs-ws")
	}
	m = run(t, decoder(t, "modbus-rtu", Options{Registers: p}), hexReply+"\n01 03 00 00 00 02 C4 0B\n01 03 02 02 92 38 89\n")
	if got := brief(m[0]); got != "humidity=65.8 %RH; temperature=-10.1 Cel" {
		t.Errorf("%s", got)
	}
	if brief(m[1]) != "" || brief(m[2]) != "" {
		t.Errorf("a request gives %s, a reply of another length %s", brief(m[1]), brief(m[2]))
	}
}

func digits(n int) string {
	return string([]byte{'0' + byte(n/1000%10), '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)})
}

func modbusCRC(s string) string {
	c := 0xFFFF
	for i := range len(s) {
		c ^= int(s[i])
		for range 8 {
			if c&1 == 1 {
				c = c>>1 ^ 0xA001
			} else {
				c >>= 1
			}
		}
	}
	return strings.ToUpper(hex.EncodeToString([]byte{byte(c >> 8), byte(c)}))
}

func TestEncryptedContentOpensWithTheKey(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "drivers", "hj212", "testdata", "encrypted.hex"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(strings.Split(string(data), "\n")[1], "\t")
	m := run(t, decoder(t, "hj212", Options{}), line)
	if m[0]["ok"] != false || !strings.Contains(m[0]["error"].(string), "encrypted") {
		t.Errorf("without key: %v", m[0])
	}
	m = run(t, decoder(t, "hj212", Options{Key: bytes.Repeat([]byte{0x30}, 16)}), line)
	f, _ := m[0]["frame"].(map[string]any)
	if !strings.HasPrefix(brief(m[0]), "a01011-Min=1.35  N 2024-05-20T21:06:00+08:00") || f["encrypted"] != true || f["crc"] != "B541" {
		t.Errorf("with key: %v", m[0])
	}
}

func TestLinesAnswerInOrderAndBadOnesDoNotStopTheRest(t *testing.T) {
	input := hexReply + "\n\nzz\n \t\n" + strings.Repeat("0", MaxLine+1) + "\n" + strings.Repeat("00", MaxLine/2) + "\r\n" + hexReply
	m := run(t, decoder(t, "modbus-rtu", Options{}), input)
	var got []bool
	for _, x := range m {
		got = append(got, x["ok"].(bool))
	}
	if len(got) != 5 || !got[0] || got[1] || got[2] || got[3] || !got[4] {
		t.Fatalf("%v", got)
	}
	if !strings.Contains(m[2]["error"].(string), ErrLine.Error()) || strings.Contains(m[3]["error"].(string), ErrLine.Error()) {
		t.Errorf("%v, then %v", m[2]["error"], m[3]["error"])
	}
}

func TestBytesThatAreNoTextStayVisible(t *testing.T) {
	m := run(t, decoder(t, "hj212", Options{}), hex.EncodeToString([]byte("##0050ST=22;CN=2011;PW=1;MN=\xb9\xa4;CP=&&a1-Rtd=1;x=\xb9\xa4&&")))
	if m[0]["ok"] != false { // the CRC is missing
		t.Fatalf("%v", m[0])
	}
	if got := text("a\xb9\xa4工"); got != `a\xB9\xA4工` {
		t.Errorf("%s", got)
	}
}

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	for _, c := range []struct {
		protocol string
		o        Options
	}{
		{"hj213", Options{}},
		{"", Options{}},
		{"nmea", Options{Station: &hj212.Map{}}},
		{"hj212", Options{Registers: &profile.File{}}},
		{"jt808", Options{Key: make([]byte, 16)}},
	} {
		if _, err := New(c.protocol, c.o); err == nil {
			t.Errorf("%q with %+v is taken", c.protocol, c.o)
		}
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Read([]byte) (int, error)  { return 0, errBroken }
func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestReadingAndWritingErrorsComeBack(t *testing.T) {
	d := decoder(t, "nmea", Options{})
	if err := d.Run(broken{}, io.Discard); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	if err := d.Run(strings.NewReader("$GP\n"), broken{}); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
}

// Whatever comes in, each line that is not blank gives one object.
func FuzzRun(f *testing.F) {
	f.Add("hj212", []byte(dustFrame+"\r\n"))
	f.Add("modbus-rtu", []byte(hexReply))
	f.Add("nmea", []byte(`$GPRMC,220516,A,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*70\r\n`))
	f.Add("dlt645", []byte("68 61 01 00 00 00 00 68 91 06 33 34 34 35 34 43 10 16"))
	f.Add("jt808", []byte("7e000100050123456789017fff007b01c803bd7e"))
	f.Add("crane-0e", []byte("7e 7e 0e 00 00 12 34 56 7d 7d"))
	f.Fuzz(func(t *testing.T, protocol string, input []byte) {
		d, err := New(protocol, Options{})
		if err != nil {
			return
		}
		want := 0
		for line := range bytes.Lines(input) {
			if len(bytes.TrimSpace(line)) > 0 {
				want++
			}
		}
		if got := len(run(t, d, string(input))); got != want {
			t.Fatalf("%d objects for %d lines", got, want)
		}
	})
}

func TestEveryProtocolHasItsPage(t *testing.T) {
	docs := filepath.Join("..", "..", "docs", "drivers")
	page, err := os.ReadFile(filepath.Join(docs, "decode.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Protocols() {
		_, rest, ok := strings.Cut(string(page), "| ["+p+"](")
		link, _, _ := strings.Cut(rest, ")")
		if !ok {
			t.Errorf("decode.md does not tell the fields of %s", p)
		} else if _, err := os.Stat(filepath.Join(docs, link)); err != nil {
			t.Error(err)
		}
	}
}
