// Package profile holds the compiled device profile: what a point of an
// instrument means, where its bytes stand and how they become an exact decimal;
// and the configuration of a gateway that binds devices to profiles
// (docs/formats.md §5).
//
// It is not the YAML an engineer writes (firmware-config/profile compiles that),
// nor a decoder of any protocol: a point's source is opaque here.
//
// Its invariant: the digest of a profile or configuration is over the bytes as
// compiled, and those bytes have one form.
package profile
