// Package e2e holds the tests of the whole: the real binaries, instruments on
// real pseudo-terminals, outside judges, and a hand that kills at random.
//
// It is tests alone, under the build tag peers (make test). Its invariant: what
// these tests look at is what the binaries left on disk and on the wire.
package e2e
