package house

import (
	"slices"
	"strings"
)

// module is the module's path; folders below are relative to it.
const module = "fieldseal"

// A Room is one folder and what its packages may import of ours. Test files may
// import more: a test stands outside the house and looks in.
type Room struct {
	Folder  string
	Imports []string // folders, each with all below it
	Pure    bool     // no files, sockets, processes, goroutines, wall clock or randomness
}

// pureDrivers are the decoders: functions from bytes to values.
var pureDrivers = []string{"drivers/modbus", "drivers/modbus/registers", "drivers/hj212", "drivers/dlt645", "drivers/jt808", "drivers/nmea", "drivers/crane", "drivers/mqtt", "drivers/gpio", "drivers/i2c", "drivers/onewire", "drivers/textline", "drivers/decoders"}

// Rooms is the plan of the house. The longest folder that fits a package rules it.
var Rooms = []Room{
	{Folder: "evidence", Imports: []string{"evidence"}, Pure: true},

	{Folder: "drivers", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/modbus", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/modbus/bus", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/modbus/tap", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/modbus/commission", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/modbus/registers", Imports: []string{"evidence", "=drivers/modbus"}, Pure: true},
	{Folder: "drivers/source", Imports: []string{"evidence"}},
	{Folder: "drivers/stream"},
	{Folder: "drivers/rounds"},
	{Folder: "drivers/hj212", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/hj212/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/dlt645", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/dlt645/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/jt808", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/jt808/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/nmea", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/mqtt", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/mqtt/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/mqtt/embedded", Imports: []string{"drivers/mqtt/link"}},
	{Folder: "drivers/crane", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/gpio", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/gpio/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/crane/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/i2c", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/i2c/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/onewire", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/onewire/link", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/textline", Imports: []string{"evidence"}, Pure: true},
	{Folder: "drivers/lines", Imports: []string{"evidence", "drivers"}},
	{Folder: "drivers/decoders", Imports: append([]string{"evidence"}, exactly(pureDrivers)...), Pure: true},

	// A protocol's description lives with the protocol, so what compiles a
	// profile may ask it how to write one.
	{Folder: "firmware-config", Imports: append([]string{"evidence", "firmware-config"}, exactly(slices.DeleteFunc(slices.Clone(pureDrivers), func(f string) bool { return f == "drivers/decoders" }))...)},

	{Folder: "agent", Imports: []string{"evidence", "drivers", "firmware-config", "agent"}},
	{Folder: "notary", Imports: append([]string{"evidence", "firmware-config/profile", "notary"}, exactly(pureDrivers)...)},

	// What the simulators say they work out by their own code, or a mistake would
	// hide on both sides.
	{Folder: "simulators", Imports: []string{"evidence", "firmware-config", "drivers/serialport", "simulators"}},

	{Folder: "cmd/fieldseal-agent", Imports: []string{"evidence", "drivers", "firmware-config", "agent", "internal/command"}},
	{Folder: "cmd/fieldseal-notary", Imports: []string{"evidence", "drivers", "firmware-config", "notary", "internal/command"}},
	{Folder: "cmd/fieldseal-wasm", Imports: []string{"evidence", "=drivers/decoders"}},
	{Folder: "cmd/fieldseal", Imports: []string{"evidence", "drivers", "firmware-config", "notary", "simulators", "internal/rig", "internal/command"}},

	{Folder: "internal", Imports: []string{"internal"}},
	{Folder: "internal/consortium/up", Imports: []string{"notary", "internal"}},
	{Folder: "internal/crowd", Imports: []string{"simulators/fleet", "internal/rig"}},
	{Folder: "internal/bench", Imports: []string{"evidence", "drivers", "firmware-config", "agent", "notary", "simulators", "internal"}},
	{Folder: "internal/e2e", Imports: []string{"evidence", "drivers", "firmware-config", "agent", "notary", "simulators", "internal"}},
}

// exactly marks folders whose subfolders are not meant.
func exactly(folders []string) []string {
	out := make([]string, len(folders))
	for i, f := range folders {
		out[i] = "=" + f
	}
	return out
}

// A Ban keeps packages out of a binary, however far away they are imported.
type Ban struct {
	Binary string
	Of     []string
	Why    string
}

// Bans lists what each binary must not hold.
var Bans = []Ban{
	{"cmd/fieldseal-agent", []string{"github.com/ethereum/", "fieldseal/evidence/anchor", "fieldseal/evidence/verify", "fieldseal/notary", "fieldseal/simulators", "github.com/mochi-mqtt/", "github.com/danielgtaylor/"}, "the gateway's binary holds no chain code, no verifier and no notary"},
	{"cmd/fieldseal-notary", []string{"fieldseal/agent", "fieldseal/simulators", "fieldseal/drivers/serialport"}, "the notary reads no instruments"},
	{"cmd/fieldseal-wasm", []string{"github.com/ethereum/", "fieldseal/notary", "fieldseal/agent", "fieldseal/firmware-config", "fieldseal/simulators", "net/http", "github.com/spf13/"}, "a phone loads the verifier over a site's network"},
	{"cmd/fieldseal", []string{"github.com/ethereum/", "github.com/danielgtaylor/"}, "what an inspector runs needs no chain library (NOTICE says so)"},
}

// impure are standard packages with a window to the outside.
var impure = []string{"os", "net", "syscall", "crypto/rand", "math/rand", "math/rand/v2", "log", "plugin", "unsafe", "runtime"}

// Find is the room that rules a package.
func Find(pkg string) (Room, bool) {
	var best Room
	for _, r := range Rooms {
		if within(pkg, r.Folder) && len(r.Folder) > len(best.Folder) {
			best = r
		}
	}
	return best, best.Folder != ""
}

// Allows says whether a package of r may import pkg, both relative to the module.
func (r Room) Allows(pkg string) bool {
	return slices.ContainsFunc(r.Imports, func(f string) bool {
		if exact, ok := strings.CutPrefix(f, "="); ok {
			return pkg == exact
		}
		return within(pkg, f)
	})
}

func within(pkg, folder string) bool {
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

// looksOut says whether a standard package has a window to the outside.
func looksOut(std string) bool {
	return slices.ContainsFunc(impure, func(p string) bool {
		// math/rand/v2 and log/slog are named or forbidden by their parents; of
		// net only the pure net/netip and net/url are free.
		return std == p || strings.HasPrefix(std, p+"/") && std != "net/netip" && std != "net/url"
	})
}
