// Package crane reads protocol 0EH of tower-crane safety monitors ("black
// boxes"): frames that begin with 7E 7E 0E and end with 7D 7D.
//
// The protocol is one maker family's; no standard text of it is at hand, and a
// frame carries no checksum, only its length and its two ends. Units are
// therefore the profile's to say. It opens nothing and answers nothing.
//
// Invariant: the crane's own time is given as it was sent, beside the instant it
// means, and is never replaced by another.
package crane
