//go:build ignore

// bind writes bindings.go from the compiled contract, by go-ethereum's own
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
	abi, err := os.ReadFile("Anchors.abi.json")
	if err != nil {
		return fmt.Errorf("no ABI, run generate.sh: %w", err)
	}
	bin, err := os.ReadFile("Anchors.bin")
	if err != nil {
		return fmt.Errorf("no bytecode, run generate.sh: %w", err)
	}
	code, err := abigen.BindV2([]string{"Anchors"}, []string{string(abi)}, []string{strings.TrimSpace(string(bin))}, "contracts", nil, nil)
	if err != nil {
		return fmt.Errorf("Anchors.abi.json: %w", err)
	}
	return os.WriteFile("bindings.go", []byte(code), 0o644)
}
