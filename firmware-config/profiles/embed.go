// Package profiles carries the instrument profiles that a release ships, as the
// YAML files that an engineer reads and copies.
//
// It holds data and no code; firmware-config/profile reads it. Its invariant: a
// file's path below this folder is its profile's id.
package profiles

import "embed"

// FS holds the profiles, at maker or kind / model.yaml.
//
//go:embed */*.yaml
var FS embed.FS
