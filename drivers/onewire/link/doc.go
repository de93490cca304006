// Package link asks DS18B20 thermometers, each on its own schedule: through the
// kernel's files (/sys/bus/w1/devices/28-…/w1_slave), or on a bus that is driven
// here.
//
// It decides nothing about meaning: package onewire does. It searches no bus; a
// thermometer that the site file does not name is left alone.
//
// Its invariant: what it hands on as measured was converted after it was asked
// for, as far as the kernel and the chip tell.
package link
