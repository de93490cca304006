// Package centre is the notary's read side: the newest value of every point,
// its history at any span, what was known at a moment, and where a site stands.
//
// It is not evidence and seals nothing: everything in it follows from the log
// and can be made again from there. Alarms and blindness are judged elsewhere
// and only shown beside.
//
// Its invariant: it takes in nothing but admitted batches, each exactly once in
// its sums, whatever the order they come in and whenever the notary stops.
package centre
