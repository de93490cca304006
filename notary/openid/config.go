package openid

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"fieldseal/notary/accounts"
)

// Config is the section openid of notary.yaml.
type Config struct {
	Issuer   string   `yaml:"issuer"` // as the provider's discovery document names itself; empty: none
	Title    string   `yaml:"title"`  // of the provider, for the page; empty: the issuer's host
	ClientID string   `yaml:"client_id"`
	Secret   string   `yaml:"client_secret_file"` // empty: a public client
	CA       string   `yaml:"ca"`                 // file; empty: the machine's roots
	Page     string   `yaml:"page"`               // where browsers reach this notary, https://HOST:PORT
	Name     string   `yaml:"name"`               // claim that names the account; empty: preferred_username
	Scopes   []string `yaml:"scopes"`             // besides openid; none: profile
	Roles    []Rule   `yaml:"roles"`              // the first that fits counts; none: refused
}

// Rule gives a role to those whose claim holds a value.
type Rule struct {
	Claim      string   `yaml:"claim"`
	Value      string   `yaml:"value"`
	Role       string   `yaml:"role"`
	Businesses []string `yaml:"businesses"`
	Districts  []string `yaml:"districts"`
	Sites      []string `yaml:"sites"`
	Everywhere bool     `yaml:"everywhere"`
}

func (r *Rule) spec(name string) accounts.Spec {
	s := accounts.Spec{Name: name, Role: accounts.Role(r.Role), Scope: accounts.Scope{Districts: r.Districts, Sites: r.Sites}}
	for _, b := range r.Businesses {
		s.Scope.Businesses = append(s.Scope.Businesses, accounts.Business(b))
	}
	return s
}

// On says whether a provider is configured.
func (c *Config) On() bool { return c.Issuer != "" }

// Check says what is wrong with the section.
func (c *Config) Check() error {
	if !c.On() {
		if c.ClientID != "" || len(c.Roles) > 0 {
			return errors.New("openid.issuer is missing")
		}
		return nil
	}
	if err := address("openid.issuer", c.Issuer, true); err != nil {
		return err
	}
	if err := address("openid.page", c.Page, false); err != nil {
		return err
	}
	if c.ClientID == "" {
		return errors.New("openid.client_id is missing")
	}
	if len(c.Roles) == 0 {
		return errors.New("openid.roles is empty: nobody could sign in")
	}
	for i, r := range c.Roles {
		s := r.spec("name")
		err := s.Check()
		if err == nil && r.Everywhere != s.Scope.Everywhere() {
			err = errors.New("say which sites: businesses, districts or sites, or else everywhere: true")
		}
		if err == nil && (r.Claim == "" || r.Value == "") {
			err = errors.New("claim and value are needed")
		}
		if err != nil {
			return fmt.Errorf("openid.roles[%d]: %w", i, err)
		}
	}
	return nil
}

// address holds a URL to https; a provider on this machine may speak plain HTTP.
func address(key, s string, plain bool) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !plain && strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("%s: %q is not an address such as https://id.example", key, s)
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || plain && u.Scheme == "http" && local {
		return nil
	}
	return fmt.Errorf("%s: %q is not https; only a provider on this machine itself may speak plain HTTP", key, s)
}

// assign finds the role of who has these claims.
func (c *Config) assign(name string, claims map[string]any) (accounts.Spec, bool) {
	for _, r := range c.Roles {
		switch v := claims[r.Claim].(type) {
		case string:
			if v == r.Value {
				return r.spec(name), true
			}
		case []any:
			if slices.ContainsFunc(v, func(x any) bool { s, ok := x.(string); return ok && s == r.Value }) {
				return r.spec(name), true
			}
		}
	}
	return accounts.Spec{}, false
}
