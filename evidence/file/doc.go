// Package file holds the evidence file (*.fseal.json): a structured claim and
// the exact bytes that support it, for one reading or a range of one point
// (docs/formats.md §8).
//
// It is not a verifier: it knows the shape of the file, its limits and that
// every pooled part is used; package verify judges what is inside. It carries no
// prose and no trust.
//
// Its invariant: Parse accepts one JSON value for each content, so a changed
// character of a field is another content or no evidence file at all; white
// space and the order of keys alone are free.
package file
