package main

import (
	"strings"
	"testing"
)

// TestRegisterSaysWhatIsWrongBeforeItAsksTheChain: nothing listens at the address.
func TestRegisterSaysWhatIsWrongBeforeItAsksTheChain(t *testing.T) {
	contract, site, key := "0x"+strings.Repeat("1", 40), strings.Repeat("2", 32), strings.Repeat("3", 64)
	common := []string{"--rpc", "http://127.0.0.1:1", "--registry", contract, "--key", "none.json", "--passphrase", "none"}
	for name, tc := range map[string]struct {
		want string
		args []string
	}{
		"a short site":           {`--site "22": 32 hexadecimal digits`, []string{"site", "--site", "22", "--department", site, "--keeper", contract}},
		"a department of zeros":  {"--department: an id of zeros", []string{"site", "--site", site, "--department", strings.Repeat("0", 32), "--keeper", contract}},
		"a keeper":               {"--keeper", []string{"site", "--site", site, "--department", site, "--keeper", "li"}},
		"a role":                 {"none of sites, gateways, signers, rules", []string{"registrar", "--registrar", contract, "--role", "king", "--governance", contract}},
		"nobody decides":         {"required flag", []string{"registrar", "--registrar", contract, "--role", "sites"}},
		"a gateway":              {"--gateway: neither a public key", []string{"gateway", "--gateway", "dust-1", "--site", site}},
		"a gateway of no site":   {"at least one of the flags", []string{"gateway", "--gateway", key}},
		"a time":                 {`--until "tomorrow": write a time such as`, []string{"gateway", "--gateway", key, "--site", site, "--until", "tomorrow"}},
		"revoked and given":      {"none of the others", []string{"gateway", "--gateway", key, "--revoke", "2026-01-01T00:00:00Z", "--from", "2026-01-01T00:00:00Z"}},
		"a purpose":              {"neither plan nor configuration", []string{"signer", "--public-key", key, "--site", site, "--purpose", "x"}},
		"a rule set's file":      {"--file", []string{"rules", "--name", "x", "--version", "1", "--file", "there/is/none"}},
		"a reader":               {"--reader", []string{"grant", "--site", site, "--reader", "li"}},
		"a permission that ends": {"--lasts", []string{"grant", "--site", site, "--reader", key, "--lasts", "0s"}},
		"a permission":           {"--grant", []string{"revoke", "--grant", "1"}},
		"the key's file":         {"none.json", []string{"revoke", "--grant", key}},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := notary(t, append(append([]string{"org", "register"}, tc.args...), common...)...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("%v, want %q\n%s", err, tc.want, out)
			}
		})
	}
}
