// Package decoders maps the protocol that a profile names to the decoder of its
// frames.
//
// It is not a plug-in mechanism: the table is written out, so that a reader sees
// every protocol whose evidence can be decoded again. Its invariant: every entry
// is pure.
package decoders

import (
	"fmt"
	"slices"
	"strings"

	"fieldseal/drivers/crane"
	"fieldseal/drivers/dlt645"
	"fieldseal/drivers/gpio"
	"fieldseal/drivers/hj212"
	"fieldseal/drivers/i2c"
	"fieldseal/drivers/jt808"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/nmea"
	"fieldseal/drivers/onewire"
	"fieldseal/drivers/textline"
	"fieldseal/evidence/profile"
)

// All is every decoder by protocol name, in a new map.
func All() map[string]profile.Decoder {
	return map[string]profile.Decoder{
		crane.Protocol:        crane.Decoder{},
		dlt645.Protocol:       dlt645.Decoder{},
		hj212.Protocol:        hj212.Decoder{},
		jt808.Protocol:        jt808.Decoder{},
		mqtt.Protocol:         mqtt.Decoder{},
		nmea.Protocol:         nmea.Decoder{},
		registers.ProtocolRTU: registers.RTU{},
		registers.ProtocolTCP: registers.TCP{},
		textline.Protocol:     textline.Decoder{},
		gpio.Protocol:         gpio.Decoder{},
		i2c.Protocol:          i2c.Decoder{},
		onewire.Protocol:      onewire.Decoder{},
	}
}

// For finds the decoder of a protocol.
func For(protocol string) (profile.Decoder, error) {
	if d, ok := All()[protocol]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("protocol %q has no decoder here; known are %s", protocol, strings.Join(Names(), ", "))
}

// Names are the protocols known, ascending.
func Names() []string {
	var names []string
	for n := range All() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
