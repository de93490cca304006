// Package commission builds the Modbus requests that change an instrument:
// functions 5, 6, 15 and 16, and checks their answers.
//
// It serves an engineer who sets up an instrument at the cabinet and nothing
// else. The running agent never imports it, and the bus refuses its requests:
// an evidence agent does not originate a control command.
//
// Invariant: a write counts as done only if the slave's answer repeats what was
// asked, byte for byte as the standard says.
package commission
