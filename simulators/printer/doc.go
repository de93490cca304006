// Package printer simulates instruments that print lines: scales, thermometers and
// the like by the pattern of their compiled profile, by themselves or when asked, and
// receivers of NMEA 0183, at rest or moving.
//
// It is not a model of any product, and shares no code with drivers/textline,
// drivers/nmea and drivers/lines. Invariant: a line that is not misbehaving fits the
// pattern of its profile, or is not printed.
package printer
