// Package link hears tower cranes' black boxes of protocol 0EH: at a port where they
// dial in, at a server that is dialled, or on a serial line.
//
// It answers nothing: what a platform answers is not public. A box that asks for
// answers before it reports cannot be served.
//
// Its invariant: a frame is cut where its type, its length and both its ends fit, and
// what fits nothing is sealed as damaged if it is known whose it is, else left out.
package link
