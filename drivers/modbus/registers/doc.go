// Package registers says what the Modbus part of a compiled profile means: which
// read an exchange asks for, where a point stands in its answer, and how those
// bytes become an exact decimal.
//
// It is not a master and opens nothing; package modbus parses the bytes, package
// bus fetches them. It is run by the agent when it reads and by a verifier years
// later, and both must come to the same digits: no binary float ever holds a value.
//
// Its invariant: the same profile, device and bytes give the same values, and a
// value that the bytes do not exactly support is Missing or an error, never a guess.
package registers
