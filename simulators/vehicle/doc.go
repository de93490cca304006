// Package vehicle simulates terminals of JT/T 808 (2013): they register, authenticate,
// report where a truck is and what its boxes measure, and upload afterwards what they
// could not report.
//
// It is not a model of any product. Framing and numbers are written apart from
// drivers/jt808 on purpose, so that one mistake cannot hide on both sides.
//
// Invariant: a report is forgotten only once it was acknowledged, or when Memory is
// full.
package vehicle
