// Package bench is what the engineer at the cabinet works with: it checks a site
// file before the agent runs, and reads each instrument once or again and again,
// showing every byte and every step from it to the value.
//
// It seals nothing, keeps nothing and is no part of the running agent; what it
// shows is never evidence. It asks by the same bus master and decodes by the same
// code as the agent, so that what reads here reads there. Its invariant: it only
// sends reads.
package bench
