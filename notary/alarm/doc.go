// Package alarm keeps the life of alarms: raised, acknowledged by whom, answered by
// the site, cleared. An alarm is raised by what a gateway sealed (a limit passed, a
// gap), or by what the notary observes (a point or gateway that says nothing, a log
// or chain that stands still).
//
// It judges no reading and no coverage (the gateway and package coverage do) and
// decides nobody's rights. Every step that is not a sealed record itself is a
// statement in the log, and the rows kept here say no more than log and sealed
// records do.
//
// Its invariant: a step is answered only when it is in the log and its event in the
// cursor of package live; batches may come in any order, and an old one neither
// raises a cleared alarm again nor clears a newer one.
package alarm
