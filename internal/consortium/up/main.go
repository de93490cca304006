// Command up runs four sealers on loopback until it is interrupted: `make consortium`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"fieldseal/internal/consortium"
	"fieldseal/notary/chain"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "consortium:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "fieldseal-consortium-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pass := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(pass, []byte("for trying out\n"), 0o600); err != nil {
		return err
	}
	var accounts [][20]byte
	organisations := "version: 1\nthreshold: 3\nperiod: 168h\norganisations:\n"
	for _, name := range []string{"city", "builder", "watch", "court", "deployer", "notary"} {
		account, err := chain.NewKeystore(filepath.Join(dir, name+".json"), pass, nil, true)
		if err != nil {
			return err
		}
		address := account.Address()
		if accounts = append(accounts, address); len(accounts) <= 4 {
			organisations += fmt.Sprintf("  - {name: %s, key: \"0x%x\"}\n", name, address)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "organisations.yaml"), []byte(organisations), 0o600); err != nil {
		return err
	}
	w, err := consortium.New("bin/tools/geth", filepath.Join(dir, "net"), 4, 2, accounts...)
	if err != nil {
		return fmt.Errorf("%w; make tools installs geth", err)
	}
	defer func() {
		if e := w.Close(); err == nil {
			err = e
		}
	}()
	var urls []string
	for _, s := range w.Sealers {
		urls = append(urls, fmt.Sprintf("  %s  seals as 0x%x", s.URL, s.Address))
	}
	fmt.Printf("Four sealers on loopback, for trying out only; the first block comes in about 10 s.\n%s\nfunded keys (one passphrase for all) and organisations.yaml in %s\n\nNext: bin/fieldseal-notary chain check --rpc %s\n      bin/fieldseal-notary chain deploy --rpc %s --key %s --passphrase %s --organisations %s\nCtrl-C ends it and removes the folder.\n",
		strings.Join(urls, "\n"), dir, w.Sealers[0].URL, w.Sealers[0].URL, filepath.Join(dir, "deployer.json"), pass, filepath.Join(dir, "organisations.yaml"))
	<-ctx.Done()
	return nil
}
