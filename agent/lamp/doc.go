// Package lamp switches the local alarm lamp: on while the alarm of any point
// stands, off when the last is cleared.
//
// It is no alarm list and is not switched by the notary or by people: it needs no
// uplink and no disk. Its invariant: it follows the samples before they are
// sealed, never makes sampling wait, and tells each switch that came about, and
// each failure to switch, as an event.
package lamp
