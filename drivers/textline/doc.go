// Package textline reads what instruments print as lines of text, such as scales
// and thermometers, by a pattern that the profile gives: a regular expression
// whose named groups are the values.
//
// It opens nothing and knows no instrument. A printed line has no checksum: what a
// line fault changes into another line that fits is another value, so a pattern
// should say as much of the line as it can, the unit included.
//
// Its invariant: a value comes only from a line that a pattern fits from its first
// to its last character, and a text that is no plain number is no value.
package textline
