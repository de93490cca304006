// Package site plays whole sites: the instruments of a construction site and of
// a cold store, wired to pseudo-terminals, with values that go through a day.
//
// It measures nothing and is no model of any maker's product: what the registers
// look like comes from the compiled profile, by an encoder of its own that
// shares no code with the decoders under drivers.
//
// Invariant: with one seed, one instant has one value, whoever asks and how often.
package site
