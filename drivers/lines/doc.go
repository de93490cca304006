// Package lines listens to instruments that print lines of text: receivers of
// NMEA 0183, and scales, thermometers and the like whose profile has a pattern for
// what they print. Some of these print only when asked; then the profile holds the
// question.
//
// It knows neither protocol: drivers/nmea and drivers/textline read the lines. It
// sends nothing but the question of a profile that declares it to change nothing.
//
// Its invariant: a line whose beginning was not seen, or that was torn, gives no
// value; what is sealed is the line byte for byte, its end included.
package lines
