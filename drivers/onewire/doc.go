// Package onewire reads what DS18B20 thermometers say on a 1-wire bus: the text of
// the kernel's file w1_slave, or the nine bytes of the scratchpad itself.
//
// It opens nothing and starts no conversion; drivers/onewire/link does.
//
// Its invariant: a temperature comes out only of nine bytes whose checksum is
// right and that a DS18B20 can have measured: neither nine zeros, whose checksum
// is right by accident, nor the value that stands in the chip before it has
// measured.
//
// References: Analog Devices (Maxim) data sheet DS18B20, rev. 6; the kernel's
// Documentation/w1/slaves/w1_therm.rst.
package onewire
