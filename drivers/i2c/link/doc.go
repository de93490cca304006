// Package link asks the sensors on one I2C bus of the gateway, each on its own
// schedule, through the kernel's character device (/dev/i2c-1).
//
// It decides nothing about meaning: package i2c does. It needs no initialisation
// of the host and looks for no device that it was not given.
//
// Its invariant: what it hands on is one measurement of one device, begun and
// read with nothing of another device's between on the bus.
package link
