// Package check judges readings as they come: plausible range, rate of change,
// stuck value, the instrument's own flag, and the limit of the site file.
//
// A limit may ask for a time outside before its alarm is raised, for a distance
// within before it is cleared, and for no alarm while another point has a value;
// the Board is where that is looked up.
//
// It is not a filter. Its invariant: a value that goes in comes out unchanged;
// all that check adds are marks and the news that a
// limit was crossed or its pause began or ended.
package check
