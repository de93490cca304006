package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/cose"
	"fieldseal/notary/chain"
)

func newOrgRegisterCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "register",
		Short: "Enter sites, keys, signers, rule sets and permissions to read into the register, and read it",
		Long: `The contract Registry holds what the organisations know together, by random ids and
digests, never by names. Each command sends its entry from the account that may make
it: a registrar of the role, or, for permissions, the account that keeps the site.
With --governance it is proposed to the organisations instead.`,
	}
	cmd.AddCommand(enterRegistrar(), enterSite(), enterGateway(), enterSigner(), enterRules(), enterGrant(), revokeGrant(), newRegisterShowCmd())
	return cmd
}

// entering is a command that makes one entry: at once, or as a proposal.
func entering(use, short string, proposes bool, entry func() (call []byte, note string, err error)) *cobra.Command {
	var o orgFlags
	var registry string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := address(registry)
			if err != nil {
				return fmt.Errorf("--registry: %w", err)
			}
			call, note, err := entry()
			if err != nil {
				return err
			}
			if o.governance != "" {
				return propose(cmd, &o, to, call)
			}
			c, account, err := dialWith(cmd, o.url, &o.key)
			if err != nil {
				return err
			}
			defer c.Close()
			if err := c.Call(cmd.Context(), account, to, call); err != nil {
				return err
			}
			words, _ := chain.Words(call, chain.Names{})
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "entered   %s\n%s", words, note)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "rpc", "", "JSON-RPC of the chain; best the organisation's own node")
	f.StringVar(&registry, "registry", "", "address of the contract Registry")
	must(cmd, "rpc", "registry")
	if proposes {
		f.StringVar(&o.governance, "governance", "", "propose it to the organisations of this contract Governance, in place of entering it")
	}
	o.keyed = true
	o.key.add(cmd, "the account that may enter it; with --governance, the organisation's deciding account")
	return cmd
}

func enterRegistrar() *cobra.Command {
	var who, role string
	var end bool
	cmd := entering("registrar", "Let an account enter sites, gateways, signers or rules; the organisations decide it", true, func() ([]byte, string, error) {
		account, err := address(who)
		if err != nil {
			return nil, "", fmt.Errorf("--registrar: %w", err)
		}
		r, err := chain.Role(role)
		return chain.EnterRegistrar(account, r, !end), "", err
	})
	f := cmd.Flags()
	f.StringVar(&who, "registrar", "", "the account, 0x…")
	f.StringVar(&role, "role", "", "sites, gateways, signers or rules")
	f.BoolVar(&end, "end", false, "it may no longer")
	must(cmd, "registrar", "role", "governance")
	return cmd
}

func enterSite() *cobra.Command {
	var site, department, keeper string
	var end bool
	cmd := entering("site", "Register a site, hand it over, or end it", true, func() ([]byte, string, error) {
		s, err := id16("site", site)
		if err != nil {
			return nil, "", err
		}
		d, err := id16("department", department)
		if err != nil {
			return nil, "", err
		}
		k, err := address(keeper)
		if err != nil {
			return nil, "", fmt.Errorf("--keeper: %w", err)
		}
		return chain.EnterSite(s, d, k, !end), "", nil
	})
	f := cmd.Flags()
	siteFlag(cmd, &site)
	f.StringVar(&department, "department", "", "random id of the owning department, 32 hexadecimal digits")
	f.StringVar(&keeper, "keeper", "", "account that keeps the site and alone may share it, 0x…")
	f.BoolVar(&end, "end", false, "the site is ended, and what was shared of it closed")
	must(cmd, "site", "department", "keeper")
	return cmd
}

func enterGateway() *cobra.Command {
	var site, key string
	var span interval
	cmd := entering("gateway", "Register a gateway's key, or revoke it (--revoke)", true, func() ([]byte, string, error) {
		k, err := keyID("gateway", key)
		if err != nil {
			return nil, "", err
		}
		from, until, revoked, err := span.read()
		if err != nil {
			return nil, "", err
		}
		if !revoked.IsZero() {
			return chain.RevokeGateway(k, revoked), "", nil
		}
		s, err := id16("site", site)
		return chain.EnterGateway(k, s, from, until), "", err
	})
	cmd.Flags().StringVar(&key, "gateway", "", "the gateway's key as gateway list --json shows it, or its id, 64 hexadecimal digits")
	siteFlag(cmd, &site)
	span.flags(cmd)
	must(cmd, "gateway")
	cmd.MarkFlagsOneRequired("site", "revoke")
	return cmd
}

func enterSigner() *cobra.Command {
	var site, key, purpose string
	var span interval
	cmd := entering("signer", "Name a signer of a site's coverage plans or configurations, or revoke it (--revoke)", true, func() ([]byte, string, error) {
		k, err := keyID("public-key", key)
		if err != nil {
			return nil, "", err
		}
		s, err := id16("site", site)
		if err != nil {
			return nil, "", err
		}
		p, err := chain.Purpose(purpose)
		if err != nil {
			return nil, "", fmt.Errorf("--purpose: %w", err)
		}
		from, until, revoked, err := span.read()
		if !revoked.IsZero() {
			return chain.RevokeSigner(s, p, k, revoked), "", err
		}
		return chain.EnterSigner(s, p, k, from, until), "", err
	})
	cmd.Flags().StringVar(&key, "public-key", "", "the signer's public key, or its id, 64 hexadecimal digits")
	cmd.Flags().StringVar(&purpose, "purpose", "plan", "what it signs: plan or configuration")
	siteFlag(cmd, &site)
	span.flags(cmd)
	must(cmd, "public-key", "site")
	return cmd
}

func enterRules() *cobra.Command {
	var name, file string
	var version uint64
	var span interval
	cmd := entering("rules", "Publish a version of a rule set by the digest of its file, for ever", true, func() ([]byte, string, error) {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, "", fmt.Errorf("--file: %w", err)
		}
		from, _, _, err := span.read()
		if from.IsZero() {
			from = time.Now()
		}
		return chain.EnterRules(name, version, sha256.Sum256(b), from), "", err
	})
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "name of the rule set, of which the chain holds a hash")
	f.Uint64Var(&version, "version", 0, "the one after the newest; the first is 1")
	f.StringVar(&file, "file", "", "the rule set")
	f.StringVar(&span.from, "from", "", "when it comes into force, RFC 3339; now if not given")
	must(cmd, "name", "version", "file")
	return cmd
}

func enterGrant() *cobra.Command {
	var site, reader string
	var lasts time.Duration
	cmd := entering("grant", "Let a reader read a site that the account keeps", false, func() ([]byte, string, error) {
		s, err := id16("site", site)
		if err != nil {
			return nil, "", err
		}
		who, err := id32("reader", reader)
		if err != nil {
			return nil, "", err
		}
		if lasts <= 0 {
			return nil, "", fmt.Errorf("--lasts %s: above zero is needed", lasts)
		}
		var id [32]byte
		if _, err := rand.Read(id[:]); err != nil {
			return nil, "", err
		}
		note := fmt.Sprintf("grant     0x%x\n\nThe notary's operator: fieldseal-notary account role NAME --role ROLE --grant SITE=0x%x\n", id, id)
		return chain.EnterGrant(id, s, who, time.Now().Add(lasts)), note, nil
	})
	siteFlag(cmd, &site)
	cmd.Flags().StringVar(&reader, "reader", "", "who may read, as account add prints it: 64 hexadecimal digits")
	cmd.Flags().DurationVar(&lasts, "lasts", 90*24*time.Hour, "for how long")
	must(cmd, "site", "reader")
	return cmd
}

func revokeGrant() *cobra.Command {
	var grant string
	cmd := entering("revoke", "Take a permission to read back, at once", true, func() ([]byte, string, error) {
		id, err := id32("grant", grant)
		return chain.RevokeGrant(id), "The next read by it is refused.\n", err
	})
	cmd.Flags().StringVar(&grant, "grant", "", "the permission, 64 hexadecimal digits")
	must(cmd, "grant")
	return cmd
}

func newRegisterShowCmd() *cobra.Command {
	var url, registry, site, gateway, signer, purpose, rules, grant string
	cmd := &cobra.Command{
		Use:   "show --rpc URL --registry ADDRESS (--site ID | --gateway KEY | --public-key KEY --site ID | --rules FILE | --grant ID)",
		Short: "Say in words what the register holds of something, or that it holds nothing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := address(registry)
			if err != nil {
				return fmt.Errorf("--registry: %w", err)
			}
			var kind anchor.Fact
			var key [32]byte
			switch {
			case signer != "":
				var s [16]byte
				var p uint8
				if key, err = keyID("public-key", signer); err == nil {
					s, err = id16("site", site)
				}
				if err == nil {
					p, err = chain.Purpose(purpose)
				}
				kind, key = anchor.FactSigner, anchor.SignerKey(s, p, key)
			case site != "":
				var s [16]byte
				s, err = id16("site", site)
				kind, key = anchor.FactSite, anchor.SiteKey(s)
			case gateway != "":
				key, err = keyID("gateway", gateway)
				kind = anchor.FactGateway
			case rules != "":
				var b []byte
				b, err = os.ReadFile(rules)
				kind, key = anchor.FactRules, sha256.Sum256(b)
			default:
				key, err = id32("grant", grant)
				kind = anchor.FactGrant
			}
			if err != nil {
				return err
			}
			c, err := chain.Dial(cmd.Context(), url, 0)
			if err != nil {
				return err
			}
			defer c.Close()
			words, err := c.Register(at).Tell(cmd.Context(), kind, key)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), words)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&url, "rpc", "", "JSON-RPC of the chain; best the organisation's own node")
	f.StringVar(&registry, "registry", "", "address of the contract Registry")
	siteFlag(cmd, &site)
	f.StringVar(&gateway, "gateway", "", "a gateway's key, or its id")
	f.StringVar(&signer, "public-key", "", "a signer's public key, or its id; with --site")
	f.StringVar(&purpose, "purpose", "plan", "what the signer signs: plan or configuration")
	f.StringVar(&rules, "rules", "", "a rule set's file")
	f.StringVar(&grant, "grant", "", "a permission to read")
	must(cmd, "rpc", "registry")
	cmd.MarkFlagsOneRequired("site", "gateway", "rules", "grant")
	cmd.MarkFlagsMutuallyExclusive("gateway", "public-key", "rules", "grant")
	for _, other := range []string{"gateway", "rules", "grant"} {
		cmd.MarkFlagsMutuallyExclusive("site", other)
	}
	return cmd
}

func siteFlag(cmd *cobra.Command, site *string) {
	cmd.Flags().StringVar(site, "site", "", "the site's random id, 32 hexadecimal digits; gateway list --json shows it")
}

// interval is when a key is good, as flags.
type interval struct{ from, until, revoke string }

func (i *interval) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&i.from, "from", "", "when it begins, RFC 3339; from the beginning if not given")
	f.StringVar(&i.until, "until", "", "when it ends, RFC 3339; never if not given")
	f.StringVar(&i.revoke, "revoke", "", "it is not to be believed since then, RFC 3339, not in the future")
	cmd.MarkFlagsMutuallyExclusive("from", "revoke")
	cmd.MarkFlagsMutuallyExclusive("until", "revoke")
}

func (i *interval) read() (from, until, revoked time.Time, err error) {
	for _, x := range []struct {
		name, text string
		into       *time.Time
	}{{"from", i.from, &from}, {"until", i.until, &until}, {"revoke", i.revoke, &revoked}} {
		if x.text == "" {
			continue
		}
		if *x.into, err = time.Parse(time.RFC3339, x.text); err != nil {
			return from, until, revoked, fmt.Errorf("--%s %q: write a time such as 2026-03-01T08:00:00Z", x.name, x.text)
		}
	}
	return from, until, revoked, nil
}

func id16(name, s string) (id [16]byte, err error) {
	err = hexID(name, s, id[:])
	return id, err
}

func id32(name, s string) (id [32]byte, err error) {
	err = hexID(name, s, id[:])
	return id, err
}

func hexID(name, s string, into []byte) error {
	b, err := hex.DecodeString(strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X"))
	if err != nil || len(b) != len(into) {
		return fmt.Errorf("--%s %q: %d hexadecimal digits are expected", name, s, 2*len(into))
	}
	copy(into, b)
	for _, x := range b {
		if x != 0 {
			return nil
		}
	}
	return fmt.Errorf("--%s: an id of zeros names nothing", name)
}

// keyID is the id of a key that is given as text or already as its id.
func keyID(name, s string) ([32]byte, error) {
	if k, err := cose.ParseKeyText(s); err == nil {
		return k.ID(), nil
	}
	id, err := id32(name, s)
	if err != nil {
		err = errors.New("--" + name + ": neither a public key in text nor its id of 64 hexadecimal digits")
	}
	return id, err
}
