package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A Peer is one outside part.
type Peer struct {
	Name string
	From string // where tools/peers.sh takes it from
	find func() (string, error)
}

// The peers, in the order in which tools/peers.sh installs them.
var (
	// Socat joins two pseudo-terminals into a serial line.
	Socat = Peer{"socat", "Debian package socat", command("socat")}
	// Mbpoll is a Modbus master.
	Mbpoll = Peer{"mbpoll", "Debian package mbpoll", command("mbpoll")}
	// CC compiles the C slaves.
	CC = Peer{"cc", "Debian package gcc", command("cc", "gcc")}
	// Libmodbus is the C library; its path is the header modbus.h.
	Libmodbus = Peer{"libmodbus", "Debian package libmodbus-dev", file("/usr/include/modbus/modbus.h", "/usr/local/include/modbus/modbus.h")}
	// Strace shows in which order system calls were made.
	Strace = Peer{"strace", "Debian package strace", command("strace")}
	// Mosquitto is an MQTT broker, MosquittoPub a client of one.
	Mosquitto    = Peer{"mosquitto", "Debian package mosquitto", file("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto")}
	MosquittoPub = Peer{"mosquitto_pub", "Debian package mosquitto-clients", command("mosquitto_pub")}
	// Curl asks the notary as the examples of docs/api.md do.
	Curl = Peer{"curl", "Debian package curl", command("curl")}
	// Node runs the slaves and compilers that come from npm.
	Node = Peer{"node", "Debian package nodejs", command("node", "nodejs")}
	// ModbusSerial is npm's modbus-serial; its path is the node_modules folder
	// that NODE_PATH takes.
	ModbusSerial = Peer{"modbus-serial", "npm, tools/peers/package-lock.json", modules("tools/peers/node_modules", "modbus-serial")}
	// Chromium is the browser that uses the page.
	Chromium = Peer{"chromium", "Debian package chromium", command("chromium", "chromium-browser", "google-chrome")}
	// Playwright drives it, with axe-core beside it; its path is the node_modules
	// folder of both.
	Playwright = Peer{"playwright-core", "npm, tools/peers/package-lock.json", modules("tools/peers/node_modules", "playwright-core")}
	// Page is the notary's page as make built it, which needs Node.js and npm.
	Page = Peer{"the page", "make page", file("notary/web/dist/index.html.br")}
	// OIDCProvider is npm's oidc-provider, a certified OpenID provider; its path is
	// the node_modules folder.
	OIDCProvider = Peer{"oidc-provider", "npm, tools/peers/package-lock.json", modules("tools/peers/node_modules", "oidc-provider")}
	// Fsck is Tessera's checker of a whole published log.
	Fsck = Peer{"fsck", "tools/go.mod (make tools)", file("bin/tools/fsck")}
	// Geth runs the sealers of a consortium: 1.13.15, the last release with Clique.
	Geth = Peer{"geth", "go install (make tools)", file("bin/tools/geth")}
	// Clef signs for accounts, asked by JSON-RPC: of geth's release.
	Clef = Peer{"clef", "go install (make tools)", file("bin/tools/clef")}
	// IP lays out network namespaces, as root.
	IP = Peer{"ip", "Debian package iproute2", command("ip")}
	// PosixOneshot appends entries to a log by Tessera's POSIX driver.
	PosixOneshot = Peer{"posix-oneshot", "tools/go.mod (make tools)", file("bin/tools/posix-oneshot")}
)

// Need gives the path of each peer, in order. If one is missing the test is
// skipped with the reason, or fails where peers are required.
func Need(t testing.TB, need ...Peer) []string {
	t.Helper()
	paths := make([]string, len(need))
	for i, p := range need {
		path, err := p.Path()
		if err != nil {
			why := fmt.Sprintf("%s is not here (%v); it comes from %s: run tools/peers.sh", p.Name, err, p.From)
			if Required() {
				t.Fatal(why)
			}
			t.Skip(why)
		}
		paths[i] = path
	}
	return paths
}

// Required says whether a missing peer is a failure.
func Required() bool {
	return os.Getenv("FIELDSEAL_PEERS") == "required" || os.Getenv("CI") == "true"
}

// Path finds the peer on this machine.
func (p Peer) Path() (string, error) { return p.find() }

// Root is the top folder of the checkout that the test runs in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && slices.Contains(strings.Split(string(mod), "\n"), "module fieldseal") {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod of module fieldseal above the working folder")
		}
		dir = up
	}
}

func command(names ...string) func() (string, error) {
	return func() (path string, err error) {
		for _, n := range names {
			if path, err = exec.LookPath(n); err == nil {
				return path, nil
			}
		}
		return "", err
	}
}

// file finds the first of some files; relative ones are below the checkout.
func file(paths ...string) func() (string, error) {
	return func() (string, error) {
		for _, p := range paths {
			if !filepath.IsAbs(p) {
				root, err := Root()
				if err != nil {
					return "", err
				}
				p = filepath.Join(root, p)
			}
			if _, err := os.Stat(p); err == nil {
				return p, nil
			}
		}
		return "", fmt.Errorf("none of %s exists", strings.Join(paths, ", "))
	}
}

func modules(dir, module string) func() (string, error) {
	return func() (string, error) {
		path, err := file(filepath.Join(dir, module, "package.json"))()
		if err != nil {
			return "", err
		}
		return filepath.Dir(filepath.Dir(path)), nil
	}
}
