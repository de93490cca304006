// Package jt808 reads the bytes of JT/T 808, the protocol by which vehicle
// terminals report in China, in its editions of 2011, 2013 and 2019: escaping,
// check byte, header, position reports with their extras, and batches of them.
//
// It opens nothing and answers nothing. It does not say what a vendor's extra
// means; the cold chain's temperatures have no standard extra, so that only a
// device profile can name them.
//
// Invariant: a message is decoded only if its check byte and its length are
// right, and a position only if the terminal says that it had one and it lies
// on the globe.
//
// References are to JT/T 808-2019 unless another edition is named.
package jt808
