// Package bus is the master of one Modbus line: it owns the port, sends one
// request at a time and says what came back.
//
// It is not a scheduler (who asks when is the sampler's affair) and not a
// decoder (it gives raw words and bits). It reads and never writes registers.
//
// Modbus RTU carries no transaction number: a reply that comes after its
// deadline looks like the answer to whatever was asked next. Invariant: an
// Exchange with Outcome OK holds the answer to its own request. It rests on
// these, together:
//
//   - one goroutine (Run) owns the port, one request is in flight;
//   - both directions are flushed before each request, and bytes that wait
//     there unasked for put the line into quarantine first;
//   - after any fault the line is read and discarded until it has been quiet
//     for longer than a slave may be late;
//   - while a question of a unit has no answer, an answer of that unit counts only if
//     nothing follows it for as long as an answer may take: a reply that is later than
//     all windows, and meets the same question again, is followed by the true one;
//   - unit, function, byte count, checksum and length must all fit; a byte too
//     many spoils the sample;
//   - two reads of one slave should differ in their count, so that even a reply
//     later than all that cannot pass for the other (DistinctCounts).
//
// On TCP the transaction number does this work, and a fault drops the
// connection.
package bus
