//go:build !(js && wasm)

package main

import (
	"fmt"
	"os"
)

// serve says what this command is for, where there is no page to serve.
func serve() {
	fmt.Fprintln(os.Stderr, "fieldseal-wasm runs in a browser: build it with GOOS=js GOARCH=wasm (make page does), or use fieldseal verify")
	os.Exit(64)
}
