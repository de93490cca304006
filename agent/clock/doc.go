// Package clock is the agent's one clock: wall time, time since the machine
// started, how good the wall clock is, and whether somebody set it.
//
// It is not a timer: waiting goes through package time, so that a test can make
// time pass. Its invariant: between two steps that it reported, wall time minus
// boot time is constant, so times that it gave ascend and their differences are
// true.
package clock
