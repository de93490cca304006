// Package schema carries the JSON Schemas with which an editor completes and
// checks site files and profiles while they are typed.
//
// They are a help and not the judge: what a schema cannot say (line settings that
// disagree, an address used twice) only the loaders of firmware-config do. Their
// invariant: every shipped file fits them, and they offer no key that a loader
// does not read.
package schema

import "embed"

// FS holds site.json, profile.json for instruments that are asked over Modbus, and
// one of the name of every other protocol that profiles are shipped for.
//
//go:embed *.json
var FS embed.FS
