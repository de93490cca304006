package profile

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"fieldseal/drivers/crane"
	"fieldseal/drivers/dlt645"
	"fieldseal/drivers/gpio"
	"fieldseal/drivers/i2c"
	"fieldseal/drivers/jt808"
	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/nmea"
	"fieldseal/drivers/onewire"
	"fieldseal/drivers/textline"
	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
)

// dialects are those of every protocol but Modbus, by name.
var dialects = map[string]*dialect{
	"hj212":           &hj212Dialect,
	dlt645.Protocol:   &dlt645Dialect,
	nmea.Protocol:     &nmeaDialect,
	jt808.Protocol:    &jt808Dialect,
	crane.Protocol:    &craneDialect,
	mqtt.Protocol:     &mqttDialect,
	textline.Protocol: &textDialect,
	gpio.Protocol:     &gpioDialect,
	i2c.Protocol:      &i2cDialect,
	onewire.Protocol:  &onewireDialect,
}

var dlt645Dialect = dialect{
	kinds:        []Kind{Serial, TCP},
	address:      "write the meter's number, 12 digits as on its plate, such as address: \"000012345678\"",
	checkAddress: dlt645.CheckAddress,
	message: func(_ *document.Node, m *document.Mapping, _ any) ([]byte, string) {
		di, words := readDI(m.Take("di").Required("write the data identifier to read, such as di: \"00010000\""))
		return dlt645.AppendDI(nil, di), words
	},
	point: func(_ *document.Node, m *document.Mapping) ([]byte, string) {
		di, words := readDI(m.Take("di").Required("write its data identifier, such as di: \"02010100\""))
		return dlt645.AppendDI(nil, di), words
	},
	bind: bindWith(dlt645.Bind),
}

// readDI reads a data identifier as the standard prints it, most significant
// byte first.
func readDI(n *document.Node) (uint32, string) {
	s := n.Text(8)
	b, err := hex.DecodeString(s)
	if s == "" {
		return 0, ""
	}
	if err != nil || len(b) != 4 {
		n.Failf("%q is no data identifier; write 8 hexadecimal digits in quotes, such as \"00010000\"", s)
		return 0, ""
	}
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), strings.ToUpper(s)
}

var nmeaDialect = dialect{
	kinds: []Kind{Serial, TCP, Listen},
	message: func(_ *document.Node, m *document.Mapping, _ any) ([]byte, string) {
		s := m.Take("sentence").Required("write the sentence's type, such as sentence: RMC").Text(3)
		return nmea.AppendName(nil, s), s
	},
	point: named(nmea.AppendName, "write which reading of the sentence it is, such as field: lat"),
	bind:  bindWith(nmea.Bind),
}

var craneDialect = dialect{
	kinds:   []Kind{Listen, TCP, Serial},
	roams:   true,
	address: "write the black box's device id as it sends it, 6 hexadecimal digits, such as address: \"0A0B0C\"",
	checkAddress: func(a string) error {
		if b, err := hex.DecodeString(a); err != nil || len(b) != 3 || strings.ToUpper(a) != a {
			return fmt.Errorf("%q is no id; write 6 hexadecimal digits in quotes, letters in upper case, such as \"0A0B0C\"", a)
		}
		return nil
	},
	point: named(crane.AppendName, "write which reading it is, such as field: load"),
	bind:  bindWith(crane.Bind),
}

var jt808Dialect = dialect{
	kinds:        []Kind{Listen},
	roams:        true,
	address:      "write the terminal's phone number as it sends it, 12 or 20 digits, such as address: \"013812345678\"",
	checkAddress: digits(12, 20),
	point: func(n *document.Node, m *document.Mapping) ([]byte, string) {
		field, item := m.Take("field"), m.Take("item")
		if !field.Absent() {
			s := jt808.Source{Name: field.Text(32)}
			if err := s.Check(); err != nil && s.Name != "" {
				field.Fail(err)
			}
			return s.Append(nil), s.Name
		}
		item.Required("write field: for a reading of the standard, such as lat, or item: with the number of the maker's additional item")
		s := jt808.Source{Item: byte(item.Int(1, 255)), Offset: uint8(m.Take("byte").Int(0, 254)), Bytes: 2}
		if v := m.Take("type"); !v.Absent() {
			t := v.Choice("u8", "s8", "u16", "s16", "u32", "s32")
			s.Signed = strings.HasPrefix(t, "s")
			if bits, err := strconv.Atoi(strings.TrimLeft(t, "us")); err == nil {
				s.Bytes = uint8(bits / 8)
			}
		}
		if v := m.Take("order"); !v.Absent() {
			s.Little = v.Choice("big", "little") == "little"
		}
		if err := s.Check(); err != nil {
			n.Fail(err)
		}
		return s.Append(nil), fmt.Sprintf("item %02X byte %d", s.Item, s.Offset)
	},
	noValue: func(n *document.Node) []byte { return n.Hex(1, 4) },
	bind:    bindWith(jt808.Bind),
}

// named reads a point that is a reading of the protocol by its name.
func named(add func([]byte, string) []byte, remedy string) func(*document.Node, *document.Mapping) ([]byte, string) {
	return func(_ *document.Node, m *document.Mapping) ([]byte, string) {
		s := m.Take("field").Required(remedy).Text(32)
		return add(nil, s), s
	}
}

// bindWith makes a check of a driver's Bind.
func bindWith[T any](bind func(*profile.Profile) (T, error)) func(*profile.Profile) error {
	return func(p *profile.Profile) error {
		_, err := bind(p)
		return err
	}
}

// digits refuses an address that has not one of these numbers of digits.
func digits(counts ...int) func(string) error {
	return func(address string) error {
		for _, n := range counts {
			if len(address) == n && strings.Trim(address, "0123456789") == "" {
				return nil
			}
		}
		return fmt.Errorf("%q has not %v digits; write them in quotes, with the zeros in front", address, counts)
	}
}
