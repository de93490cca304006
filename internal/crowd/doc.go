// Package crowd is a real notary with a connected fleet: every gateway enrolled by a
// code of its own, at a site of its own or at one for all. The measures and the test
// of the page with many sites stand on it.
//
// It is neither the notary nor the gateways (internal/rig runs the one,
// simulators/fleet is the others): it brings them together and paces them.
//
// Invariant: a crowd that was made is whole; where one gateway cannot enrol, nothing
// is left running.
package crowd
