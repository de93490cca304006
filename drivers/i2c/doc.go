// Package i2c reads what small sensors on an I2C bus answer: temperature and
// humidity of Sensirion's SHT3x and SHT4x.
//
// It opens nothing and waits for nothing; drivers/i2c/link does. It holds no
// command but "measure once".
//
// Its invariant: a number comes out only of six bytes whose two checksums are
// right, and it is the data sheet's formula worked out exactly and rounded once.
//
// References: Sensirion data sheets SHT3x-DIS (§4.3, §4.12, §4.13) and SHT4x
// (§4.4 to §4.6).
package i2c
