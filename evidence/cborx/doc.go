// Package cborx reads and writes the one CBOR encoding Fieldseal signs: RFC 8949
// §4.2.1 core deterministic encoding, narrowed to what the formats need.
//
// It is not a general CBOR library: floating-point numbers, indefinite lengths,
// undefined and simple values other than false, true and null do not exist here.
//
// Its invariant: a [Reader] accepts exactly one byte string for each value, so
// bytes that were read can be hashed as received and never need re-encoding.
package cborx
