package decode

import (
	"strings"
	"testing"

	"fieldseal/drivers/textline"
	"fieldseal/firmware-config/profile"
)

func TestPrintedLinesAreDecodedByTheirProfile(t *testing.T) {
	lib, err := profile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, _ := lib.Get("scale/mt-sics")
	m, err := textline.Bind(&f.Profile)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New("text", Options{Lines: m})
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{`S S     100.00 g\r\n`: "weight=100.00 g S", "S +": "none", "ES": "error", "1234": "error"} {
		r := d.Line([]byte(line))
		got := "none"
		for _, x := range r.Readings {
			got = x.Point + "=" + x.Value + " " + x.Unit + " " + x.Flag
		}
		if !r.OK {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: %s (%s), want %s", line, got, r.Error, want)
		}
	}
	if d, err = New("text", Options{}); err != nil {
		t.Fatal(err)
	}
	if r := d.Line([]byte("S S     100.00 g")); r.OK || !strings.Contains(r.Error, "--profile") {
		t.Errorf("without a profile: %+v", r)
	}
}
