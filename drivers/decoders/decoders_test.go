package decoders

import (
	"slices"
	"testing"
)

func TestEveryNameHasADecoder(t *testing.T) {
	want := []string{"crane-0e", "dlt645", "gpio", "hj212", "i2c", "jt808", "modbus-rtu", "modbus-tcp", "mqtt", "nmea", "text", "w1"}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("decoders for %v, want %v; evidence of a protocol that is left out can no longer be decoded", got, want)
	}
	for _, n := range Names() {
		if d, err := For(n); err != nil || d == nil {
			t.Errorf("%s: %v %v", n, d, err)
		}
	}
	if _, err := For("telex"); err == nil {
		t.Error("a protocol without decoder was found")
	}
}
