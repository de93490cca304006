// Package decode is the engineer's decoder: the logic of `fieldseal-agent
// decode`. Frames come in as text, one a line, and go out as JSON, one object a
// line, by the same pure decoders that read instruments.
//
// It reads no instrument and seals nothing. Its invariant: a value is printed
// only if its frame's check and length are right and the frame says that the
// value holds; everything else is an error or a note, and never a password.
package decode
