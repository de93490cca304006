package hj212

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// named reads a file of names and values parted by a tab.
func named(t testing.TB, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || m[name] != "" {
			t.Fatalf("%s: line %q", path, line)
		}
		m[name] = value
	}
	return m
}

// packet builds a frame around a data segment.
func packet(segment string, r Rule) string {
	c := r.CRC([]byte(segment))
	const digits = "0123456789ABCDEF"
	n := len(segment)
	head := "##" + string([]byte{'0' + byte(n/1000%10), '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)})
	return head + segment + string([]byte{digits[c>>12], digits[c>>8&15], digits[c>>4&15], digits[c&15]}) + "\r\n"
}

func TestForeignFrames(t *testing.T) {
	frames := named(t, "testdata/foreign.txt")
	for _, c := range []struct {
		name     string
		opts     Options
		rule     Rule
		long     bool
		notes    []string
		readings string // point=value/flag, as many as fit the claim
		count    int
		time     string
	}{
		{name: "annex-a-2017", rule: RuleHJ212},
		{name: "annex-a1-2025", rule: RuleHJ212},
		{name: "annex-a2-plain-1-2025", rule: RuleHJ212, count: 9, readings: "a01011-Min=1.35/N a01014-Avg=3.211/N", time: "2024-05-20T21:06:00+08:00"},
		{name: "annex-a2-plain-2-2025", rule: RuleHJ212, count: 6, readings: "a01014-Max=3.20/N"},
		{name: "water-2005", rule: RuleHJ212, count: 5, readings: "011-Rtd=73.9200/N B00-Rtd=1395185.0000/N", notes: []string{"no Flag"}, time: "2020-12-16T13:46:41+08:00"},
		{name: "stray-comma", rule: RuleHJ212, count: 5, notes: []string{"stray characters before MN", "Flag written FLAG", "no QN"}},
		{name: "flags-d", rule: RuleHJ212, count: 19, readings: "a34013-ZsRtd=0.00/D a01013-Rtd=0.0000/D"},
		{name: "millisecond-datatime", rule: RuleHJ212, count: 3, readings: "B01-Rtd=36.91/ 060-Rtd=1.803/N", notes: []string{"no QN", "no Flag", "DataTime has milliseconds"}, time: "2016-08-24T00:38:17+08:00"},
		{name: "lower-case-crc-2005", rule: RuleHJ212, count: 4, notes: []string{"CRC in lower case", "no QN", "no Flag"}},
		{name: "sample-times", rule: RuleHJ212, count: 6, readings: "w00000-Rtd=181.682/N w21001-Rtd=45.160/N", time: "2021-03-20T01:34:00+08:00"},
		{name: "long-length-null-mn", opts: Options{LongLength: true}, rule: RuleHJ212, long: true, count: 13, readings: "a34004-Rtd=163/N", notes: []string{"length counts CRC and line end", "ST is null", "MN is null", "no Flag"}},
		{name: "td-typo-semicolon-lower-crc", rule: RuleHJ212, count: 12, readings: "LA-td=50.1/N", notes: []string{"CRC in lower case", "; after the last field of CP", "LA-td has a suffix that the standard does not know", "Flag says split, PNUM and PNO do not"}},
		{name: "d-flag-without-pnum", rule: RuleHJ212, count: 9, notes: []string{"Flag says split, PNUM and PNO do not"}},
		{name: "flag-before-value", rule: RuleHJ212, count: 8, readings: "l01001-Rtd=119.90287/N a05024-Rtd=8.82/N"},
		{name: "short-qn-st-39", rule: RuleHJ212, count: 5, notes: []string{"QN is not of 17 digits"}},
		{name: "swapped-crc-vendor-codes", opts: Options{Rules: []Rule{RuleSwapped}}, rule: RuleSwapped, count: 8, readings: "PM25-Rtd=15.4/N NOIS-Rtd=46.3/", notes: []string{"CRC by the rule hj212-swapped"}},
		{name: "dust-without-flags", rule: RuleHJ212, count: 9, readings: "a34004-Rtd=0.0/ a01008-Rtd=0/"},
		{name: "modbus-crc-no-factors", opts: Options{Rules: []Rule{RuleModbus}}, rule: RuleModbus, notes: []string{"CRC in lower case", "CRC by the rule modbus"}},
		{name: "modbus-crc-request", opts: Options{Rules: []Rule{RuleModbus, RuleSwapped}}, rule: RuleModbus},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, end := range []string{"", "\n", "\r\n"} {
				f, err := ParseLine([]byte(frames[c.name]+end), c.opts)
				if err != nil {
					t.Fatal(err)
				}
				if f.Rule != c.rule || f.LongLength != c.long || f.LineEnd != end {
					t.Errorf("rule %v, long %v, line end %q", f.Rule, f.LongLength, f.LineEnd)
				}
				got := f.Readings()
				if len(got) != c.count {
					t.Errorf("%d readings, want %d: %v", len(got), c.count, got)
				}
				var all []string
				for _, r := range got {
					all = append(all, r.Point()+"="+r.Value.String()+"/"+r.Flag)
					if c.time != "" && r.Time.Format("2006-01-02T15:04:05Z07:00") != c.time {
						t.Errorf("%s at %v, want %s", r.Point(), r.Time, c.time)
					}
				}
				for want := range strings.FieldsSeq(c.readings) {
					if !slices.Contains(all, want) {
						t.Errorf("no %s in %v", want, all)
					}
				}
				for _, n := range c.notes {
					if !slices.Contains(f.Notes, n) {
						t.Errorf("no note %q in %q", n, f.Notes)
					}
				}
			}
		})
	}
}

func TestOtherRulesNeedTheProfilesLeave(t *testing.T) {
	frames := named(t, "testdata/foreign.txt")
	for name, want := range map[string]struct {
		err  error
		hint string
	}{
		"swapped-crc-vendor-codes": {ErrCRC, "hj212-swapped"},
		"modbus-crc-no-factors":    {ErrCRC, "rule modbus"},
		"modbus-crc-request":       {ErrCRC, "rule modbus"},
		"long-length-null-mn":      {ErrLength, "counts CRC and line end"},
		"wrong-crc":                {ErrCRC, ""},
		"wrong-crc-and-length":     {ErrShort, ""},
	} {
		for _, end := range []string{"", "\r\n"} {
			_, err := ParseLine([]byte(frames[name]+end), Options{})
			if !errors.Is(err, want.err) || !strings.Contains(err.Error(), want.hint) {
				t.Errorf("%s: %v; want %v with %q", name, err, want.err, want.hint)
			}
		}
	}
}

func TestCRCHasOnly256Values(t *testing.T) {
	seen := map[uint16]bool{}
	for a := range 256 {
		for b := range 256 {
			seen[CRC([]byte{byte(a), byte(b)})] = true
		}
	}
	if len(seen) != 256 {
		t.Errorf("%d values", len(seen))
	}
	for c := range seen {
		if !slices.Contains([]byte{0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xC0, 0xC1}, byte(c)) {
			t.Errorf("CRC %04X has a low byte that the rule cannot give", c)
		}
	}
	if c := RuleModbus.CRC([]byte("123456789")); c != 0x4B37 { // the check value of CRC-16/MODBUS
		t.Errorf("Modbus CRC %04X", c)
	}
}

// The deviations of the field that leave length and CRC right are noted and the
// values come all the same.
func TestDeviationsAreNotedNeverRefused(t *testing.T) {
	const cp = "CP=&&DataTime=20200101000000;a34004-Rtd=75.6,a34004-Flag=N&&"
	for _, c := range []struct{ name, segment, note, at string }{
		{"regular", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + cp, "", "2020-01-01T00:00:00+08:00"},
		{"QN after ST", "ST=22;QN=20200101000000001;CN=2011;PW=123456;MN=ABC;Flag=5;" + cp, "QN out of order", ""},
		{"no QN", "ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + cp, "no QN", ""},
		{"no Flag", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;" + cp, "no Flag", ""},
		{"CST behind QN", "ST=22;CN=2011;QN=201910294112144CST;PW=123456;MN=ABC;Flag=0;" + cp, "QN is not of 17 digits", ""},
		{"MN null", "QN=20200101000000001;ST=null;CN=2011;PW=123456;MN=null;Flag=5;" + cp, "MN is null", ""},
		{"unknown version", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=29;" + cp, "Flag names version 7, which no edition uses", ""},
		{"D without PNUM", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=7;" + cp, "Flag says split, PNUM and PNO do not", ""},
		{"trailing semicolon", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "=N&&", "=N;&&", 1), "; after the last field of CP", ""},
		{"15-digit DataTime", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "20200101000000;", "201910294112144;", 1), `DataTime "201910294112144" cannot be read`, "none"},
		{"DataTime with milliseconds", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "20200101000000;", "20200101000000250;", 1), "DataTime has milliseconds", "2020-01-01T00:00:00.25+08:00"},
		{"DataTime with CST", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "20200101000000;", "20200101000000CST;", 1), "DataTime names the zone CST", "2020-01-01T00:00:00+08:00"},
		{"clock in 2040", "QN=20400101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "2020", "2040", 1), "", "2040-01-01T00:00:00+08:00"},
		{"impossible date", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "20200101", "20200231", 1), `DataTime "20200231000000" cannot be read`, "none"},
		{"without &&", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.ReplaceAll(cp, "&", ""), "CP does not begin with &&", ""},
		{"longer than the standard", "QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;" + strings.Replace(cp, "a34004-Rtd", "x="+strings.Repeat("y", 1000)+";a34004-Rtd", 1), "data segment of 1122 bytes; the standard stops at 1024", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := ParseLine([]byte(packet(c.segment, RuleHJ212)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := f.Readings()
			if len(r) != 1 || r[0].Point() != "a34004-Rtd" || r[0].Value.String() != "75.6" || r[0].Flag != "N" {
				t.Fatalf("readings %+v", r)
			}
			switch {
			case c.note == "" && len(f.Notes) > 0:
				t.Errorf("notes %q", f.Notes)
			case c.note != "" && !slices.Contains(f.Notes, c.note):
				t.Errorf("notes %q, want %q", f.Notes, c.note)
			}
			at := "none"
			if !r[0].Time.IsZero() {
				at = r[0].Time.Format("2006-01-02T15:04:05.999Z07:00")
			}
			if c.at != "" && at != c.at {
				t.Errorf("time %s, want %s", at, c.at)
			}
		})
	}
}

func TestUpperCasedPacketIsRefused(t *testing.T) {
	b := packet("QN=20200101000000001;ST=22;CN=2011;PW=123456;MN=ABC;Flag=5;CP=&&DataTime=20200101000000;a34004-Rtd=75.6&&", RuleHJ212)
	if _, err := ParseLine([]byte(strings.ToUpper(b)), Options{}); !errors.Is(err, ErrCRC) {
		t.Errorf("%v", err)
	}
}

func TestGenuineCRC0000IsTaken(t *testing.T) {
	segment := ""
	for n := 0; ; n++ {
		segment = "ST=22;CN=2011;PW=1;MN=" + strings.Repeat("0", n%7) + string(rune('A'+n%26)) + ";CP=&&a34004-Rtd=" + strings.Repeat("1", n/26%9+1) + "&&"
		if CRC([]byte(segment)) == 0 {
			break
		}
		if n > 10_000 {
			t.Fatal("no such segment found")
		}
	}
	f, err := ParseLine([]byte(packet(segment, RuleHJ212)), Options{})
	if err != nil || f.CRC != "0000" || len(f.Readings()) != 1 {
		t.Errorf("%v %+v", err, f)
	}
}

func TestAnUnusableValueGivesNoReading(t *testing.T) {
	head := "QN=20200101000000001;ST=22;CN=2011;PW=1;MN=ABC;Flag=5;CP=&&DataTime=20200101000000;"
	for content, want := range map[string]string{
		"a34004-Rtd=,a34004-Flag=N":                                       "",
		"a34004-Rtd=NaN,a34004-Flag=N":                                    "",
		"a34004-Rtd=1e3,a34004-Flag=N":                                    "",
		"a34004-Rtd= 1,a34004-Flag=N":                                     "",
		"a34004-Rtd=+1":                                                   "",
		"a34004-Rtd=--":                                                   "",
		"a34004-Rtd=99999999999999999999":                                 "",
		"a34004-Rtd=-0.50,a34004-Flag=S":                                  "a34004-Rtd=-0.50/S",
		"a34004-Rtd=178000.000":                                           "a34004-Rtd=178000.000/",
		"a34004-SampleTime=20200101000000":                                "",
		"a34004-SN=12345,a34004-Info=7":                                   "",
		"PolId=w01018;RtdInterval=30;QnRtn=1":                             "",
		"a34004-Rtd=1,a34004-Rtd=2":                                       "", // which one is not for us to guess
		"a34004-Rtd=1.0,a34004-Rtd=1.0":                                   "a34004-Rtd=1.0/",
		"a34004-Avg=1.0,a34004-Max=2.5;a34004-Flag=T":                     "a34004-Avg=1.0/T a34004-Max=2.5/T",
		"a34004-Rtd=1,a34004-Flag=N;DataTime=20200101000100;a34004-Rtd=2": "a34004-Rtd=1/N a34004-Rtd=2/",
		"SB1-RS=1,SB2-RT=1.6":                                             "SB1-RS=1/ SB2-RT=1.6/",
		"=5;-Rtd=5;a34004-=5":                                             "",
	} {
		f, err := ParseLine([]byte(packet(head+content+"&&", RuleHJ212)), Options{})
		if err != nil {
			t.Fatalf("%s: %v", content, err)
		}
		var got []string
		for _, r := range f.Readings() {
			got = append(got, r.Point()+"="+r.Value.String()+"/"+r.Flag)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s gives %q, want %q (notes %q)", content, s, want, f.Notes)
		}
	}
}

func TestNoSecretLeavesTheDecoder(t *testing.T) {
	for _, segment := range []string{
		"QN=20200101000000001;ST=22;CN=2011;PW=S3CRET;MN=ABC;Flag=5;CP=&&DataTime=20200101000000&&",
		"QN=20200101000000001;ST=22;CN=2011;pw=S3CRET;MN=ABC;Flag=5;CP=&&&&",
		"QN=20200101000000001;ST=22;CN=2011;,PW=S3CRET;MN=ABC;Flag=5;CP=&&&&",
		"QN=20200101000000001;ST=22;CN=2011;PWS3CRET;MN=ABC;Flag=5;CP=&&&&",
		"QN=20200101000000001;ST=22;CN=1072;PW=S3CRET;MN=ABC;Flag=5;CP=&&NewPW=S3CRET&&",
		"QN=20200101000000001;ST=22;CN=1072;PW=1;MN=ABC;Flag=5;CP=&&PW=S3CRET;newpw=S3CRET,x=1&&",
		"QN=20200101000000001;ST=22;CN=1014;PW=1;MN=ABC;Flag=9;CP=&&AnyName=S3CRET;S3CRET&&",
	} {
		f, err := ParseLine([]byte(packet(segment, RuleHJ212)), Options{})
		if err != nil {
			t.Fatalf("%s: %v", segment, err)
		}
		h := f.Header
		shown := strings.Join(append([]string{h.QN, h.ST, h.CN, h.MN, h.Flag, h.PNUM, h.PNO, h.CP}, f.Notes...), " ")
		if strings.Contains(shown, "S3CRET") {
			t.Errorf("%s shows %q", segment, shown)
		}
		_, err = ParseLine([]byte(segment), Options{})
		if err == nil || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("error %v", err)
		}
	}
}

// A wrong length can make the check fall on any four characters.
func TestNoErrorShowsWhatAWrongLengthPointsAt(t *testing.T) {
	segment := "QN=20200101000000001;ST=22;CN=2011;PW=73517351;MN=ABC;Flag=5;CP=&&DataTime=20200101000000&&"
	whole := packet(segment, RuleHJ212)
	for n := range len(segment) {
		b := "##" + string([]byte{'0', '0', '0' + byte(n/10), '0' + byte(n%10)}) + whole[headBytes:]
		if n > 99 {
			break
		}
		if _, err := ParseLine([]byte(b), Options{}); err == nil || strings.Contains(err.Error(), "735") || strings.Contains(err.Error(), "351") {
			t.Errorf("length %d: %v", n, err)
		}
	}
}

func TestSplitPacketsTellTheirPart(t *testing.T) {
	for _, c := range []struct {
		fields        string
		number, total int
		ok            bool
	}{
		{"Flag=6;PNUM=3;PNO=2", 2, 3, true},
		{"Flag=7;PNUM=3;PNO=4", 0, 0, false},
		{"Flag=7;PNUM=0;PNO=0", 0, 0, false},
		{"Flag=7", 0, 0, false},
		{"Flag=5", 0, 0, false},
	} {
		f, err := ParseLine([]byte(packet("QN=1;ST=22;CN=2011;PW=1;MN=A;"+c.fields+";CP=&&&&", RuleHJ212)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		n, total, ok := f.Header.Part()
		if n != c.number || total != c.total || ok != c.ok {
			t.Errorf("%s: part %d of %d, %v", c.fields, n, total, ok)
		}
	}
}

func TestEncryptedContentOpensWithItsKeyOnly(t *testing.T) {
	key := bytes.Repeat([]byte{0x30}, 16)
	plain := named(t, "testdata/foreign.txt")
	for name, digits := range named(t, "testdata/encrypted.hex") {
		b, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		f, n, err := Parse(b, Options{Keys: []Key{{ID: "k", Bytes: key}}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := plain[strings.Replace(name, "encrypted", "plain", 1)]
		if got := want[:headBytes] + string(f.Plain) + f.CRC; got != want || !f.Encrypted || n != len(b) {
			t.Errorf("%s opened to %q (%d of %d bytes)", name, got, n, len(b))
		}
		if bytes.Equal(f.Segment, f.Plain) {
			t.Errorf("%s: the segment as received was overwritten", name)
		}
		if r := f.Readings(); len(r) == 0 || r[0].Value.String() != "1.35" {
			t.Errorf("%s: %v", name, r)
		}
		for _, o := range []Options{{}, {Keys: []Key{{Bytes: bytes.Repeat([]byte{0x31}, 16)}}}, {Keys: []Key{{Bytes: key[:15]}}}} {
			if _, err := ParseLine(b, o); !errors.Is(err, ErrEncrypted) {
				t.Errorf("%s with key %x: %v", name, o.Keys, err)
			}
		}
	}
}

func TestChinesePlainTextIsNotTakenForCiphertext(t *testing.T) {
	gbk := "\xb9\xa4\xb5\xd8\xd1\xef\xb3\xbe\xb9\xa4\xb5\xd8\xd1\xef\xb3\xbe\xb9\xa4"
	f, err := ParseLine([]byte(packet("QN=1;ST=22;CN=2011;PW=1;MN=A;Flag=9;CP=&&x="+gbk+";a34004-Rtd=1&&", RuleHJ212)), Options{Keys: []Key{{Bytes: make([]byte, 16)}}})
	if err != nil || f.Encrypted || len(f.Readings()) != 1 || !slices.Contains(f.Notes, "content is not UTF-8") {
		t.Errorf("%v %+v", err, f)
	}
}
