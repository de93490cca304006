package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestACalibrationIsReadBeforeTheNotaryIsAsked(t *testing.T) {
	dir := t.TempDir()
	certificate, empty := filepath.Join(dir, "c.pdf"), filepath.Join(dir, "empty.pdf")
	for path, text := range map[string]string{certificate: "%PDF-", empty: ""} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	good := calibrated{site: "north-yard", gateway: "gw-1", device: "dust-1", instrument: "TSI 8530 no. 1", certificate: "2026-0412", lab: "Metrology", file: certificate, performed: "2026-04-12", until: "2027-04-11"}
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	b, err := good.body(now)
	if err != nil {
		t.Fatal(err)
	}
	if at := time.UnixMicro(b.Until).Local(); at.Format(time.DateTime) != "2027-04-12 00:00:00" {
		t.Errorf("good until %s: the last day counts whole", at)
	}
	if b.Document == [32]byte{} {
		t.Error("no digest")
	}
	for name, tc := range map[string]struct {
		change func(*calibrated)
		want   string
	}{
		"no device":        {func(c *calibrated) { c.device = "" }, "--device: 0 bytes"},
		"a long number":    {func(c *calibrated) { c.certificate = strings.Repeat("9", 129) }, "--number: 129 bytes, where 1 to 128"},
		"a day":            {func(c *calibrated) { c.performed = "12.4.2026" }, "write a day such as"},
		"ahead":            {func(c *calibrated) { c.performed, c.until = "2026-06-01", "2027-06-01" }, "lies ahead"},
		"over before":      {func(c *calibrated) { c.until = "2026-04-10" }, "is not after --performed"},
		"no certificate":   {func(c *calibrated) { c.file += ".x" }, "--certificate"},
		"an empty one":     {func(c *calibrated) { c.file = empty }, "is empty"},
		"a folder":         {func(c *calibrated) { c.file = dir }, "--certificate"},
		"a year long past": {func(c *calibrated) { c.performed = "0026-04-12" }, "a year from 1980"},
	} {
		c := good
		tc.change(&c)
		if _, err := c.body(now); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
