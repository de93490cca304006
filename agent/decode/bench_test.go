package decode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkLine is the cost of one frame of each protocol, with JSON left out.
func BenchmarkLine(b *testing.B) {
	sample := func(driver, file, name string) string {
		data, err := os.ReadFile(filepath.Join("..", "..", "drivers", driver, "testdata", file))
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if n, frame, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && n == name {
				return frame
			}
		}
		return strings.TrimSpace(string(data))
	}
	for protocol, line := range map[string]string{
		"hj212":      sample("hj212", "foreign.txt", "td-typo-semicolon-lower-crc"),
		"dlt645":     sample("dlt645", "foreign.txt", "rates-1936"),
		"jt808":      sample("jt808", "foreign.txt", "su-2019"),
		"nmea":       "$GPRMC,220516,A,5133.82,N,00042.24,W,173.8,231.8,130694,004.2,W*70",
		"modbus-rtu": hexReply,
		"crane-0e":   sample("crane", "realtime-66.hex", ""),
	} {
		b.Run(protocol, func(b *testing.B) {
			d := decoder(b, protocol, Options{})
			r := d.Line([]byte(line))
			if !r.OK {
				b.Fatal(r.Error)
			}
			b.ReportAllocs()
			for b.Loop() {
				d.Line([]byte(line))
			}
			if n := len(r.Readings); n > 0 {
				b.ReportMetric(float64(b.Elapsed().Microseconds())*1000/float64(b.N)/float64(n), "µs/1000-points")
			}
		})
	}
}
