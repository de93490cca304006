// Package dlt645 reads the bytes of DL/T 645-2007, the protocol of electricity
// meters on an RS-485 line in China, and builds the three requests that read.
//
// It opens nothing and is no master. It cannot switch a meter: no function of it
// builds any control code but 11H (read data), 12H (read on) and 13H (read
// address), and there is none that takes a control code.
//
// Invariant: a number comes out only if every nibble of it is a decimal digit
// and the reply is exactly as long as its data identifier says.
//
// References are to DL/T 645-2007.
package dlt645
