//go:build peers

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/internal/peers"
	"fieldseal/internal/rig"
	"fieldseal/notary/openid"
)

// openProvider runs npm's oidc-provider until the test ends, and has a notary that
// stands still believe it, as its operator does.
func openProvider(t *testing.T, r *rig.Rig) error {
	node, err := peers.Node.Path()
	if err != nil {
		return err
	}
	modules, err := peers.OIDCProvider.Path()
	if err != nil {
		return err
	}
	root, err := peers.Root()
	if err != nil {
		return err
	}
	cmd := exec.Command(node, filepath.Join(root, "notary", "api", "testdata", "provider.mjs"), modules, "https://"+r.HTTP+openid.CallbackPath)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = io.Discard // it warns of its development interactions
	if err := cmd.Start(); err != nil {
		return err
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // its end is not what is tested
	})
	issuer := ""
	for lines := bufio.NewScanner(out); issuer == "" && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "http://") {
			issuer = lines.Text()
		}
	}
	if issuer == "" {
		return errors.New("the provider did not start")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	secret := filepath.Join(r.Dir, "openid.secret")
	if err := os.WriteFile(secret, []byte("a secret of this test alone\n"), 0o600); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(r.NotaryDir(), "notary.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, `openid:
  issuer: %s
  title: City identity
  client_id: fieldseal
  client_secret_file: %s
  page: https://%s
  roles:
    - {claim: groups, value: supervisors, role: centre, districts: [pudong]}
`, issuer, secret, r.HTTP)
	return errors.Join(err, f.Close())
}
