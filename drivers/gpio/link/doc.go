// Package link watches digital inputs of the gateway through the kernel's GPIO
// character device, and switches one output for a local alarm lamp.
//
// It decides nothing about meaning: package gpio does. A line belongs to one
// device; lines that the site file does not name are left alone.
//
// Its invariant: what it hands on of a line was read without a fault, and while a
// line cannot be read nothing is handed on, least of all the low level that a
// failed read gives.
package link
