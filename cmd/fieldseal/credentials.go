package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fieldseal/notary/api/client"
)

// kept is where fieldseal login keeps what it got for a notary: the token, which
// only its owner may read, and the certificate of the notary's CA.
type kept struct{ token, ca string }

// keptFor names the files for a notary's address.
func keptFor(address string) (kept, error) {
	base, err := client.BaseURL(address)
	if err != nil {
		return kept{}, err
	}
	u, err := url.Parse(base)
	if err != nil {
		return kept{}, err
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return kept{}, fmt.Errorf("where tokens are kept: %w", err)
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil {
		return kept{}, fmt.Errorf("notary %q: %w", address, err)
	}
	// A colon stands in IPv6 addresses and in no file name on Windows.
	name := filepath.Join(dir, "fieldseal", strings.ReplaceAll(host, ":", "-")+"_"+port)
	return kept{token: name + ".token", ca: name + ".ca.pem"}, nil
}

// keep replaces a file in one step.
func keep(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// dial asks with the token of --token, else with what fieldseal login has kept for
// this notary, else as nobody.
func (n *notaryFlags) dial() (*client.Client, error) {
	token, ca := n.token, n.ca
	if k, err := keptFor(n.address); err == nil {
		if token == "" && exists(k.token) {
			token = k.token
		}
		if ca == "" && exists(k.ca) {
			ca = k.ca
		}
	}
	return client.Dial(n.address, ca, token)
}
