// Package hj212 reads the bytes of HJ 212, the protocol by which environmental
// stations (dust, noise, water) report in China, in its editions of 2005, 2017
// and 2025: framing by length, the standard's own CRC rule, header, content,
// and the values in it.
//
// It opens nothing and answers nothing; package hj212/link would. It gives no
// unit, for the wire names none: the same code carries ng/m3, ug/m3 or mg/m3 as
// the maker liked, and only a device profile can say which.
//
// Invariant: a frame whose length and CRC are right is never refused, whatever
// else is odd about it, and what is odd is noted. The access password PW is
// read past and kept nowhere.
//
// References are to HJ 212-2017 unless another edition is named. The CRC is no
// proof of anything: by its rule (Annex A) it can take 256 values only.
package hj212
