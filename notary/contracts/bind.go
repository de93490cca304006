//go:build ignore

// bind writes bindings.go from the compiled contracts, by go-ethereum's own
// abigen library at the version that go.mod pins (its command would pull the
// whole of go-ethereum's tool set into go.mod).
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bind:", err)
		os.Exit(1)
	}
}

func run() error {
	names := []string{"Anchors", "Governance", "Registry"}
	var abis, bins []string
	for _, n := range names {
		abi, err := os.ReadFile(n + ".abi.json")
		if err != nil {
			return fmt.Errorf("no ABI, run generate.sh: %w", err)
		}
		bin, err := os.ReadFile(n + ".bin")
		if err != nil {
			return fmt.Errorf("no bytecode, run generate.sh: %w", err)
		}
		abis, bins = append(abis, string(abi)), append(bins, strings.TrimSpace(string(bin)))
	}
	code, err := abigen.BindV2(names, abis, bins, "contracts", nil, nil)
	if err != nil {
		return fmt.Errorf("bindings: %w", err)
	}
	return os.WriteFile("bindings.go", []byte(code), 0o644)
}
