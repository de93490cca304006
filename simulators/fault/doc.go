// Package fault makes a simulated site misbehave by a script: what, to whom,
// when and for how long, the same at every run.
//
// It is not the misbehaviour itself: how an instrument answers late or a port
// vanishes is done by packages device and line, through [Injector].
//
// Invariant: every step that began is ended, also when the script is cut short.
package fault
