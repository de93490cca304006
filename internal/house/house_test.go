package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

type listed struct {
	ImportPath string
	Dir        string
	Doc        string
	Standard   bool
	GoFiles    []string
	Imports    []string
}

// packages lists the module's packages as built for linux, without tests.
var packages = sync.OnceValues(func() ([]listed, error) {
	return list("./...")
})

func list(args ...string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-e=false", "-json=ImportPath,Dir,Doc,Standard,GoFiles,Imports"}, args...)...)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=-mod=readonly")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %v: %w\n%s", args, err, stderr.String())
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

func ours(t *testing.T) []listed {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages found: this test would prove nothing", len(all))
	}
	return all
}

func inside(importPath string) (string, bool) {
	return strings.CutPrefix(importPath, module+"/")
}

func TestEveryPackageImportsOnlyWhatItsRoomMay(t *testing.T) {
	for _, p := range ours(t) {
		pkg, ok := inside(p.ImportPath)
		if !ok {
			t.Errorf("a package at the root of the module: %s", p.ImportPath)
			continue
		}
		room, ok := Find(pkg)
		if !ok {
			t.Errorf("%s has no room: give its folder a rule in internal/house/rules.go and a line in docs/architecture.md", pkg)
			continue
		}
		for _, imp := range p.Imports {
			if other, ok := inside(imp); ok && !room.Allows(other) {
				t.Errorf("%s imports %s: %s may import only %s", pkg, other, room.Folder, strings.Join(room.Imports, ", "))
			}
		}
	}
}

func TestPureRoomsHaveNoWindow(t *testing.T) {
	for _, p := range ours(t) {
		pkg, _ := inside(p.ImportPath)
		if room, ok := Find(pkg); !ok || !room.Pure {
			continue
		}
		for _, imp := range p.Imports {
			if !strings.Contains(strings.Split(imp, "/")[0], ".") && looksOut(imp) {
				t.Errorf("%s imports %s: what a verdict rests on takes bytes and returns verdicts", pkg, imp)
			}
		}
		for _, file := range p.GoFiles {
			for _, fault := range impurities(t, filepath.Join(p.Dir, file), nil) {
				t.Error(fault)
			}
		}
	}
}

// impurities finds goroutines and readings of the clock in one file.
func impurities(t *testing.T, path string, src any) (faults []string) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	clock := map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true, "NewTimer": true, "NewTicker": true, "Local": true, "LoadLocation": true}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			faults = append(faults, fmt.Sprintf("%s: a goroutine in a pure package", fset.Position(n.Pos())))
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && clock[n.Sel.Name] {
				faults = append(faults, fmt.Sprintf("%s: time.%s in a pure package: take the time as an argument", fset.Position(n.Pos()), n.Sel.Name))
			}
		}
		return true
	})
	return faults
}

func TestBinariesHoldOnlyWhatTheyShould(t *testing.T) {
	built := map[string]bool{}
	for _, p := range ours(t) {
		built[p.ImportPath] = true
	}
	for _, ban := range Bans {
		t.Run(filepath.Base(ban.Binary), func(t *testing.T) {
			if !built[module+"/"+ban.Binary] {
				t.Fatalf("no package %s", ban.Binary)
			}
			deps, err := list("-deps", "./"+ban.Binary)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range deps {
				for _, prefix := range ban.Of {
					if d.ImportPath == prefix || strings.HasPrefix(d.ImportPath, strings.TrimSuffix(prefix, "/")+"/") {
						t.Errorf("%s holds %s: %s", ban.Binary, d.ImportPath, ban.Why)
					}
				}
			}
		})
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range ours(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment: what it is, what it is not, its one invariant", p.ImportPath)
		}
	}
}

// The rules themselves: a rule that allows everything would keep nothing.
func TestRulesRefuseWhatTheyShould(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"evidence/verify", "evidence/anchor", true},
		{"evidence/verify", "drivers/modbus", false},
		{"agent/uplink", "notary/broker", false},
		{"notary/intake", "agent/seal", false},
		{"notary/export", "drivers/decoders", true},
		{"notary/intake", "drivers/modbus/bus", false},
		{"firmware-config/profile", "drivers/modbus/registers", true},
		{"firmware-config/profile", "drivers/decoders", false},
		{"simulators/site", "drivers/modbus", false},
		{"simulators/site", "drivers/decoders", false},
		{"simulators/line", "drivers/serialport", true},
		{"drivers/modbus/bus", "agent/sample", false},
		{"drivers/decoders", "drivers/modbus/bus", false},
		{"cmd/fieldseal-agent", "notary/service", false},
		{"cmd/fieldseal-notary", "agent/seal", false},
	} {
		room, ok := Find(c.from)
		if !ok {
			t.Fatalf("no room for %s", c.from)
		}
		if got := room.Allows(c.to); got != c.want {
			t.Errorf("%s importing %s: allowed %v, want %v", c.from, c.to, got, c.want)
		}
	}
	for std, want := range map[string]bool{"os": true, "os/exec": true, "net/http": true, "net/netip": false, "crypto/rand": true, "crypto/sha256": false, "log/slog": true, "time": false, "encoding/json": false} {
		if looksOut(std) != want {
			t.Errorf("looksOut(%q) = %v, want %v", std, !want, want)
		}
	}
	const clocked = "package p\nimport \"time\"\nfunc f() { go f(); _ = time.Now() }\n"
	if got := impurities(t, "p.go", clocked); len(got) != 2 {
		t.Errorf("a goroutine and a clock give %d faults: %v", len(got), got)
	}
}
