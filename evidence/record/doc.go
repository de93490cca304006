// Package record holds the leaves of a batch: contents, reading, frame, event
// and gap (docs/formats.md §3). It encodes and decodes their bodies and knows
// their limits; it does not know salts, trees or headers (package batch).
//
// Its invariant: for every accepted body, Append(Parse(body)) == body.
package record
