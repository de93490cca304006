package profile

import (
	"strings"
	"time"

	"fieldseal/drivers/gpio"
	"fieldseal/drivers/i2c"
	"fieldseal/drivers/onewire"
	"fieldseal/firmware-config/document"
)

// The dialects of what is wired to the gateway's own pins.

// gpioDialect is that of digital inputs: one line, watched by itself.
var gpioDialect = dialect{
	kinds:   []Kind{GPIO},
	address: "write the line of the chip, by name or number, such as address: GPIO17",
	head: func(m *document.Mapping) any {
		return readInput(m.Take("input").Required("write how the line is watched, such as input: {kind: contact, active: low, pull: up, debounce: 50ms}"))
	},
	message: func(_ *document.Node, _ *document.Mapping, head any) ([]byte, string) {
		in := head.(gpio.Input)
		return in.Append(nil), string(in.Kind)
	},
	point: quantity(gpio.AppendSource, gpio.State, gpio.Interval, gpio.Total),
	bind:  bindWith(gpio.Bind),
}

func readInput(n *document.Node) gpio.Input {
	m := n.Mapping()
	in := gpio.Input{
		Kind: gpio.Kind(m.Take("kind").Required("write " + join(gpio.Kinds)).Choice(texts(gpio.Kinds)...)),
		Pull: gpio.PullNone, Alarm: gpio.AlarmNone,
		Debounce: uint64(m.Take("debounce").Duration(0, gpio.MaxDebounce*time.Microsecond) / time.Microsecond),
	}
	in.ActiveLow = m.Take("active").Required("write the level that counts, active: low or active: high").Choice("low", "high") == "low"
	if v := m.Take("pull"); !v.Absent() {
		in.Pull = gpio.Pull(v.Choice(texts(gpio.Pulls)...))
	}
	if v := m.Take("event"); !v.Absent() {
		in.Alarm = gpio.Alarm(v.Choice(texts(gpio.Alarms)...))
	}
	m.Done()
	if err := in.Check(); err != nil && in.Kind != "" {
		n.Fail(err)
	}
	return in
}

// i2cDialect is that of small sensors on an I2C bus.
var i2cDialect = dialect{
	kinds:        []Kind{I2C},
	address:      "write the chip's address on the bus, such as address: \"0x44\"",
	checkAddress: func(a string) error { _, err := i2c.ParseAddress(a); return err },
	head: func(m *document.Mapping) any {
		chip := m.Take("chip").Required("write which chip it is, such as chip: " + i2c.Chips()[0])
		stretch := m.Take("stretch")
		c := i2c.Command{Chip: chip.Choice(i2c.Chips()...)}
		if !stretch.Absent() {
			c.Stretch = stretch.Bool()
		}
		if c.Chip != "" {
			if _, err := i2c.Find(c.Chip, c.Stretch); err != nil {
				chip.Fail(err)
			}
		}
		return c
	},
	message: func(_ *document.Node, _ *document.Mapping, head any) ([]byte, string) {
		c := head.(i2c.Command)
		return i2c.AppendRequest(nil, c.Chip, c.Stretch), c.Chip
	},
	point: quantity(i2c.AppendSource, i2c.Temperature, i2c.Humidity),
	bind:  bindWith(i2c.Bind),
}

// onewireDialect is that of DS18B20 thermometers.
var onewireDialect = dialect{
	kinds:        []Kind{W1},
	address:      "write the thermometer's number, as its folder in /sys/bus/w1/devices is called, such as address: 28-0316a2794aff",
	checkAddress: func(a string) error { _, err := onewire.ParseAddress(a); return err },
	head: func(m *document.Mapping) any {
		return m.Take("chip").Required("write chip: " + onewire.Chip).Choice(onewire.Chip)
	},
	message: func(_ *document.Node, _ *document.Mapping, head any) ([]byte, string) {
		return onewire.AppendRequest(nil), head.(string)
	},
	point: func(_ *document.Node, m *document.Mapping) ([]byte, string) {
		var s onewire.Source
		if v := m.Take("keep_power_on"); !v.Absent() {
			s.KeepPowerOn = v.Bool()
		}
		return s.Append(nil), onewire.Temperature
	},
	bind: bindWith(onewire.Bind),
}

// quantity reads a point that is one of a protocol's quantities.
func quantity[Q ~string](add func([]byte, Q) []byte, known ...Q) func(*document.Node, *document.Mapping) ([]byte, string) {
	return func(_ *document.Node, m *document.Mapping) ([]byte, string) {
		q := m.Take("quantity").Required("write which quantity it is: " + join(known)).Choice(texts(known)...)
		return add(nil, Q(q)), q
	}
}

func texts[T ~string](of []T) []string {
	out := make([]string, len(of))
	for i, x := range of {
		out[i] = string(x)
	}
	return out
}

func join[T ~string](of []T) string { return strings.Join(texts(of), ", ") }
