// Package profile reads the YAML in which an engineer describes an instrument and
// compiles it to the bytes that evidence carries (evidence/profile).
//
// It is not the compiled form: titles of golden frames, serial line settings,
// reply deadlines and the names of exchanges stay in the YAML, for they decide
// how bytes are fetched and not what they mean, and a verifier needs none of them.
//
// Its invariant: a profile that Parse accepts can be compiled, and every answer
// to its exchanges can be decoded.
package profile

//go:generate go test -run TestInstrumentsPage -update
