package openid

import (
	"strings"
	"testing"
	"time"
)

func TestConfigurationThatWouldBeUnsafeIsRefused(t *testing.T) {
	good := func() Config {
		return Config{Issuer: "https://id.example", ClientID: "fieldseal", Page: "https://notary.example:7411",
			Roles: []Rule{{Claim: "groups", Value: "staff", Role: "inspector", Everywhere: true}}}
	}
	if c := good(); c.Check() != nil {
		t.Fatal(c.Check())
	}
	if err := (&Config{}).Check(); err != nil {
		t.Errorf("no provider: %v", err)
	}
	for want, spoil := range map[string]func(*Config){
		"issuer is missing":    func(c *Config) { c.Issuer = "" },
		"not https":            func(c *Config) { c.Issuer = "http://id.example" },
		"openid.page":          func(c *Config) { c.Page = "http://127.0.0.1:7411" },
		"not an address":       func(c *Config) { c.Page = "https://notary.example/path" },
		"client_id is missing": func(c *Config) { c.ClientID = "" },
		"roles is empty":       func(c *Config) { c.Roles = nil },
		"none of":              func(c *Config) { c.Roles[0].Role = "keeper" },
		"say which sites":      func(c *Config) { c.Roles[0].Everywhere = false },
		"claim and value":      func(c *Config) { c.Roles[0].Value = "" },
		"own sites only":       func(c *Config) { c.Roles[0].Role = "company" },
	} {
		c := good()
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	c := good()
	c.Issuer = "http://127.0.0.1:9000"
	if err := c.Check(); err != nil {
		t.Errorf("a provider on this machine: %v", err)
	}
}

// FuzzClaims: whatever a provider claims, a role comes from a rule alone.
func FuzzClaims(f *testing.F) {
	p, err := New(Config{Issuer: "https://id.example", ClientID: "x", Page: "https://n.example", Roles: []Rule{{Claim: "groups", Value: "staff", Role: "inspector", Everywhere: true}}}, time.Now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("li.wei", "staff", true)
	f.Add("", "staff", false)
	f.Fuzz(func(t *testing.T, name, group string, list bool) {
		claims := map[string]any{"preferred_username": name, "groups": group}
		if list {
			claims["groups"] = []any{1.0, group}
		}
		if who, err := p.person("s", claims); err == nil && (group != "staff" || who.Role != "inspector" || who.Spec.Check() != nil) {
			t.Errorf("%q of %q is %+v", name, group, who)
		}
	})
}
