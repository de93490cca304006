// Package link listens to stations that report by HJ 212: on a serial line, over
// a connection that we dial, or at a port at which they dial in.
//
// It is not a platform: it asks a station for nothing, originates no command and
// knows no unit. It answers what a station wants answered, and on a tee, where
// another platform has the stations' bytes as well, it answers nothing at all.
//
// Its invariant: an acknowledgement is sent only for a packet that is durable in
// the journal, and what passes through a tee passes unchanged.
package link
