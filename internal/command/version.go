package command

import "runtime/debug"

// version is set by the linker for releases.
var version = "dev"

// Version is the release's name, else "dev" with the commit the build recorded.
func Version() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "dev-" + s.Value[:12]
			}
		}
	}
	return version
}
