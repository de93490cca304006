// Package link reads electricity meters of DL/T 645-2007 on a serial line, or
// behind a bare serial server, one question at a time.
//
// It cannot write to a meter: drivers/dlt645 builds no frame but those that read,
// and only what it built is ever sent. It reads no values itself; drivers/dlt645
// does.
//
// Its invariant: an answer serves only the question that was sent last. After
// whatever went wrong nothing is asked before the line has been silent for longer
// than its latest answer was late.
package link
