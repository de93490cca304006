// Package station reads the YAML in which an engineer describes a station that
// reports by HJ 212, and compiles it to the bytes that evidence carries
// (evidence/profile): which factor of which message is which point, in which
// unit, and what the station does that the standard does not allow.
//
// It is not firmware-config/profile, which describes instruments that are asked:
// a station speaks by itself, so it has messages in place of exchanges and no
// serial line. Units stand here and nowhere else, for the wire names none.
//
// Its invariant: a profile that Parse accepts can be compiled, and every packet
// of its messages can be decoded.
package station
