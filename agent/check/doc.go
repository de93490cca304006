// Package check judges readings as they come: plausible range, rate of change,
// stuck value, the instrument's own flag, and the limit of the site file.
//
// It is not a filter. Its invariant: a value that goes in comes out unchanged;
// all that check adds are marks and the news that a limit was crossed.
package check
