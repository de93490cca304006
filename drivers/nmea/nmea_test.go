package nmea

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// sealed puts a checksum behind a sentence.
func sealed(body string) string {
	x := 0
	for _, c := range []byte(body) {
		x ^= int(c)
	}
	return fmt.Sprintf("$%s*%02X", body, x)
}

func describe(f Fix) string {
	var out []string
	for _, r := range f.Readings {
		out = append(out, r.Point+"="+r.Value.String())
	}
	if !f.Time.IsZero() {
		out = append(out, "@"+f.Time.Format("2006-01-02T15:04:05.999Z07:00"))
	}
	return strings.Join(out, " ")
}

func foreign(t testing.TB) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/foreign.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for line := range strings.Lines(string(data)) {
		sentence, want, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("%q", line)
		}
		m[sentence] = want
	}
	return m
}

func TestForeignSentences(t *testing.T) {
	for sentence, want := range foreign(t) {
		for _, end := range []string{"", "\r\n", "\n"} {
			s, err := Parse([]byte(sentence + end))
			if err != nil {
				t.Errorf("%s: %v", sentence, err)
				continue
			}
			fix := s.Fix()
			if s.Talker != sentence[1:3] || s.Type != sentence[3:6] {
				t.Errorf("%s: talker %s, type %s", sentence, s.Talker, s.Type)
			}
			if want == "void" {
				if len(fix.Readings) > 0 || len(fix.Notes) == 0 {
					t.Errorf("%s gives %+v", sentence, fix)
				}
				continue
			}
			if got := describe(fix); got != want || len(fix.Notes) > 0 {
				t.Errorf("%s: %q %q, want %q", sentence, got, fix.Notes, want)
			}
		}
	}
}

func TestAPositionIsMeasuredAndPossibleOrNone(t *testing.T) {
	const tail = ",5.0,90.0,221126,,,A"
	for body, want := range map[string]string{
		"GNRMC,061500.00,A,3113.82496,N,12128.42206,E" + tail:               "lat=31.2304160 lon=121.4737010 speed=5.0 course=90.0 @2026-11-22T06:15:00Z",
		"GNRMC,061500.00,V,3113.82496,N,12128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,V,,,,,,,221126,,,N":                                "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,9113.82496,N,12128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,9000.00001,N,12128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,9000.00000,N,18000.00000,W" + tail:               "lat=90.0000000 lon=-180.0000000 speed=5.0 course=90.0 @2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3160.00000,N,12128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3113.82496,X,12128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,113.82496,N,12128.42206,E" + tail:                "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3113.82496,N,18128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,-113.82496,N,12128.42206,E" + tail:               "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3113.82496,N,12128.42206,E,5.0,90.0,221126,,,E":  "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3113.82496,N,12128.42206,E,5.0,90.0,221126,,,S":  "@2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3113.82496,N,12128.42206,E,x,90.0,221126,,,A":    "lat=31.2304160 lon=121.4737010 course=90.0 @2026-11-22T06:15:00Z",
		"GNRMC,061500.00,A,3113.82496,N,12128.42206,E,5.0,90.0,310226,,,A":  "lat=31.2304160 lon=121.4737010 speed=5.0 course=90.0",
		"GNRMC,256000.00,A,3113.82496,N,12128.42206,E" + tail:               "lat=31.2304160 lon=121.4737010 speed=5.0 course=90.0",
		"GNGGA,061500.00,3113.82496,N,12128.42206,E,0,00,99.9,,M,,M,,":      "",
		"GNGGA,061500.00,3113.82496,N,12128.42206,E,8,12,0.6,4.1,M,9.0,M,,": "", // a simulator
		"GNGGA,061500.00,3113.82496,N,12128.42206,E,4,12,0.6,4.1,M,9.0,M,,": "lat=31.2304160 lon=121.4737010 altitude=4.1 satellites=12 hdop=0.6",
		"GNGGA,061500.00,3113.82496,N,12128.42206,E,4,12,0.6,4.1,f,9.0,M,,": "lat=31.2304160 lon=121.4737010 satellites=12 hdop=0.6",
		"GNGNS,061500.00,3113.82496,N,12128.42206,E,ANN,12,0.6,4.1,9.0,,,V": "lat=31.2304160 lon=121.4737010 altitude=4.1 satellites=12 hdop=0.6",
		"GNGNS,061500.00,3113.82496,N,12128.42206,E,NNN,12,0.6,4.1,9.0,,,V": "",
		"GNGNS,061500.00,3113.82496,N,12128.42206,E,ENN,12,0.6,4.1,9.0,,,V": "",
		"GNGLL,3113.82496,N,12128.42206,E,061500.00,A,N":                    "",
		"GNVTG,90.0,T,,M,5.0,N,9.3,K,N":                                     "",
		"GNVTG,90.0,T,,M,5.0,N,9.3,K,A":                                     "course=90.0 speed=5.0 speed-kmh=9.3",
		"GNZDA,061500.00,22,11,2026,00,00":                                  "@2026-11-22T06:15:00Z",
		"GNZDA,061500.00,31,04,2026,00,00":                                  "",
		"GNGSV,1,1,01,05,45,120,42":                                         "",
		"PUBX,00,061500.00":                                                 "",
	} {
		s, err := Parse([]byte(sealed(body)))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if got := describe(s.Fix()); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestDamagedSentencesAreRefused(t *testing.T) {
	good := sealed("GPVTG,45.5,T,67.5,M,30.45,N,56.40,K")
	for i := range good {
		b := []byte(good)
		b[i] ^= 0x01
		if s, err := Parse(b); err == nil {
			t.Errorf("byte %d changed: %+v", i, s)
		}
	}
	for text, want := range map[string]error{
		"":                    ErrStart,
		"GPVTG,45.5*00":       ErrStart,
		"$GPVTG,45.5,T":       ErrChecksum,
		"$GPVTG,45.5,T*":      ErrChecksum,
		"$GPVTG,45.5,T*1":     ErrChecksum,
		good + "9":            ErrChecksum,
		good + "\r\n$":        ErrChecksum,
		sealed("GPV"):         ErrForm,
		sealed("GPVTG,\x01"):  ErrForm,
		sealed("GPVTG,4\xe8"): ErrForm,
		sealed("GPVTG" + strings.Repeat(",", 70)): ErrForm,
		"$" + strings.Repeat("A", 5000):           ErrLength,
	} {
		if s, err := Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%q: %+v %v, want %v", text, s, err, want)
		}
	}
	if _, err := Parse([]byte(strings.ToLower(good))); err == nil {
		t.Error("a sentence in lower case has another checksum")
	}
}

func FuzzParse(f *testing.F) {
	for s := range foreign(f) {
		f.Add(s, false)
		f.Add(strings.TrimPrefix(s[:strings.IndexByte(s, '*')], "$"), true)
	}
	f.Fuzz(func(t *testing.T, text string, seal bool) {
		if seal {
			text = sealed(text)
		}
		s, err := Parse([]byte(text))
		if err != nil {
			return
		}
		fix := s.Fix()
		for _, r := range fix.Readings {
			v := r.Value.Float()
			if r.Point == "lat" && (v > 90 || v < -90) || r.Point == "lon" && (v > 180 || v < -180) {
				t.Fatalf("%s: %v", text, r)
			}
		}
	})
}
