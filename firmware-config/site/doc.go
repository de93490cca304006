// Package site reads the one file in which an engineer describes a site: its
// gateway, its buses, the instruments on them and what they are held to. From it
// come the polling plan and the configuration that every batch header binds.
//
// It opens no port and knows no protocol; where a port is opened or a reading
// judged, that is the agent's.
//
// Its invariant: a Site that Parse returns can be run as it stands: profiles
// exist, line settings agree, no two devices answer to one address, every
// parameter has a value and every limit a point.
package site
