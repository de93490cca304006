// Package rig runs the real binaries on one machine: a notary, agents, the
// people's commands, each in its folder with its log beside it.
//
// It knows their command lines and nothing inside them; the demo, the whole-system
// tests and the benchmark stand on it. It ends only processes that it started.
//
// Invariant: after Close no process started by a Rig is left running.
package rig
