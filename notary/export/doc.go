// Package export assembles evidence files: for one reading, or for all readings
// of one point over a stretch of time, everything an inspector needs and nothing
// that belongs to another point.
//
// It is not a judge: what a file is worth is package verify's to say, on the
// inspector's machine. The exporter asks it only so that no file leaves which
// this notary itself finds altered.
//
// Its invariant: a file discloses, of each batch, the contents record, the
// records of the claimed point and what bears on it, and no other record; and no
// salt but theirs.
package export
