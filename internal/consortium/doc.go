// Package consortium runs a real chain of several sealers on loopback: geth
// 1.13.15 with Clique, a process each, for tests and `make consortium`.
//
// It is for tests on one machine and never a way to run a chain: keys lie open in
// its folder. Its invariant: no socket is opened on anything but 127.0.0.1, or, with
// sealers apart, on private addresses of its own namespaces and bridge.
package consortium
