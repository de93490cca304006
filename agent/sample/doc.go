// Package sample asks instruments on an absolute schedule and turns each answer
// into records: the frame, the readings in it, devices lost and found, and the
// gaps where a reading should have been.
//
// It is not a driver (bytes on a line are the bus master's affair) and seals
// nothing. Its invariant: from a sampler's start to its end, each stretch of time
// of each point is spanned by two readings one cadence apart, or lies in exactly
// one gap; gaps of a point never overlap. With a recording interval the readings
// are all judged and not all handed on: of those handed on, neighbours without a
// gap between them are at most one such interval apart, rounded to the cadence,
// and a gap begins at the reading before it, handed on or not.
//
// A gap is handed on when it ends, when its cause changes, when it has grown for
// a minute since it was last handed on, and when the sampler stops.
package sample
