// Package nmea reads sentences of NMEA 0183 that say where and when a receiver
// is: RMC, GGA, GLL, GNS, VTG and ZDA, of any talker (GP, GN, GL, GA, and BD or GB
// for BeiDou).
//
// It opens nothing and is no general NMEA library: other sentences are checked
// and named, and give no values.
//
// Invariant: a position comes out only from a sentence whose checksum is right
// and which says that the receiver measured it, and only if it lies on the
// globe. A receiver's estimate, simulation or manual entry is not a position.
package nmea
