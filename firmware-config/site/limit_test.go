package site

import (
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/profile"
)

const fridge = `version: 1
site: {id: s}
gateway: {id: g, data: /tmp/x}
buses:
  - {id: a, kind: serial, path: /dev/ttyUSB0, baud: 9600}
devices:
  - id: fridge-1
    bus: a
    unit: 1
    profile: coldroom/rs-ws
    cadence: 2s
    record: {every: 30m, outside: 2m}
    limits:
      temperature: {low: 2, high: 8, after: 3m, hysteresis: 0.5, pause: [{while: door-1/open, equals: 1, most: 10m}]}
  - {id: door-1, bus: a, unit: 65, profile: contact/door}
`

func TestLimitsOfAFridgeAreCompiledAndReadBack(t *testing.T) {
	s, err := Parse("site.yaml", []byte(fridge), shipped(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Compile("test")
	if err != nil {
		t.Fatal(err)
	}
	d, err := profile.ParseDevice(c.Leaves[2])
	if err != nil {
		t.Fatal(err)
	}
	micros := func(d time.Duration) uint64 { return uint64(d.Microseconds()) }
	if d.ID != "fridge-1" || d.Record != micros(30*time.Minute) || d.RecordOutside != micros(2*time.Minute) || len(d.Limits) != 1 {
		t.Fatalf("device reads back as %+v", d)
	}
	l := d.Limits[0]
	if l.After != micros(3*time.Minute) || l.Hysteresis.String() != "0.5" || len(l.Pauses) != 1 ||
		l.Pauses[0].Point != "door-1/open" || l.Pauses[0].Equals.String() != "1" || l.Pauses[0].Most != micros(10*time.Minute) {
		t.Errorf("limit reads back as %+v", l)
	}
}

func TestMistakesInLimitsNameLineFaultAndRemedy(t *testing.T) {
	for _, x := range []struct{ old, new, want string }{
		{"door-1/open", "door-2/open", `site.yaml:14: device fridge-1: limit of temperature is paused by "door-2/open", and there is no device "door-2"; write device/point`},
		{"door-1/open", "door-1/shut", `site.yaml:14: device fridge-1: limit of temperature is paused by "door-1/shut", and profile contact/door has no point "shut"`},
		{"door-1/open", "fridge-1/temperature", "is paused by the point itself; name another"},
		{"hysteresis: 0.5", "hysteresis: 0", "site.yaml:14: device fridge-1: limit of temperature: a hysteresis of 0; write how far"},
		{"hysteresis: 0.5", "hysteresys: 0.5", "did you mean hysteresis?"},
		{", most: 10m", "", "most is missing; write the longest length"},
		{"after: 3m", "after: 3", `"3" is not a duration`},
		{"outside: 2m", "outside: 31m", "site.yaml:12: device fridge-1: record: outside 31m0s is longer than every 30m0s"},
		{"every: 30m, ", "", "every is missing; write how often"},
	} {
		_, err := Parse("site.yaml", []byte(strings.Replace(fridge, x.old, x.new, 1)), shipped(t), nil)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s instead of %s: says %v and not %q", x.new, x.old, err, x.want)
		}
	}
}

func TestALampHangsOnAFileOrOnALine(t *testing.T) {
	for lamp, want := range map[string]Lamp{
		"{file: /sys/class/leds/alarm/brightness}":       {File: "/sys/class/leds/alarm/brightness"},
		"{line: GPIO5, active: low}":                     {Chip: "gpiochip0", Line: "GPIO5", ActiveLow: true},
		"{line: 5, chip: pinctrl-bcm2711, active: high}": {Chip: "pinctrl-bcm2711", Line: "5"},
	} {
		s, err := Parse("site.yaml", []byte(fridge+"lamp: "+lamp+"\n"), shipped(t), nil)
		if err != nil || s.Lamp != want {
			t.Errorf("%s: %+v, %v", lamp, s, err)
		}
	}
	pins := strings.Replace(fridge, "devices:\n", "  - {id: pins, kind: gpio}\ndevices:\n  - {id: hatch-1, bus: pins, address: GPIO17, profile: io/door}\n", 1)
	for lamp, want := range map[string]string{
		"{}":                                   "write the file that switches it",
		"{line: GPIO5}":                        "active is missing; write the level at which the lamp is on",
		"{file: /x, line: GPIO5, active: low}": "it hangs on a file or on a line; leave one of them out",
		"{file: /x, active: low}":              "active: is for a line",
		"{line: GPIO17, active: low}":          "line GPIO17 of gpiochip0 is device hatch-1 in line 8 already",
		"{line: GPIO5, chip: gpiochip0, active: no}": "active",
	} {
		if _, err := Parse("site.yaml", []byte(pins+"lamp: "+lamp+"\n"), shipped(t), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: says %v and not %q", lamp, err, want)
		}
	}
}
