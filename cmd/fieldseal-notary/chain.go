package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
)

func newChainCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "chain", Short: "Found a consortium's contracts on an EVM chain, look at a chain, make keys"}
	cmd.AddCommand(newChainCheckCmd(), newChainDeployCmd(), newChainKeyCmd(), newChainCallsCmd())
	return cmd
}

func newChainCheckCmd() *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use:   "check --rpc URL",
		Short: "Say whether a chain is fit for anchoring, and by which profile",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := chain.Dial(cmd.Context(), url, 0)
			if err != nil {
				return err
			}
			defer c.Close()
			f, err := c.Check(cmd.Context())
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "chain    id %d, genesis %x\n", f.ID, f.Genesis)
			for _, x := range f.Findings {
				word := "good"
				switch {
				case !x.OK && x.Must:
					word = "BAD"
				case !x.OK:
					word = "note"
				}
				fmt.Fprintf(out, "%-8s %s\n", word, x.Text)
			}
			if !f.Fit() {
				return errors.New("this chain is not fit for anchoring; what is marked BAD says why")
			}
			if f.Profile == "" {
				_, err = fmt.Fprintf(out, "\nIt can be anchored in, but no trust file can describe it yet.\n")
			} else {
				_, err = fmt.Fprintf(out, "\nIt is fit. In notary.yaml: chain: {url: %s, profile: %s}\n", url, f.Profile)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&url, "rpc", "", "JSON-RPC of the chain")
	must(cmd, "rpc")
	return cmd
}

// consortium is the file that says who governs.
type consortium struct {
	Version       int           `yaml:"version"`   // 1
	Threshold     uint32        `yaml:"threshold"` // weight that decides
	Period        time.Duration `yaml:"period"`    // for which a proposal stays open
	Organisations []struct {
		Name     string `yaml:"name"`
		Key      string `yaml:"key"`      // account that decides, 0x…
		Cosigner string `yaml:"cosigner"` // account that cosigns; empty: key
		Weight   uint32 `yaml:"weight"`   // 1 if not given
	} `yaml:"organisations"`
}

func readConsortium(path string) (k consortium, orgs []chain.Organisation, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return k, nil, err
	}
	if err := yaml.UnmarshalWithOptions(b, &k, yaml.Strict()); err != nil {
		return k, nil, fmt.Errorf("%s: %w", path, err)
	}
	if k.Version != 1 {
		return k, nil, fmt.Errorf("%s: version %d; this release knows 1", path, k.Version)
	}
	for _, o := range k.Organisations {
		out := chain.Organisation{Name: o.Name, Weight: o.Weight}
		if out.Key, err = address(o.Key); err == nil && o.Cosigner != "" {
			out.Cosigner, err = address(o.Cosigner)
		}
		if err != nil {
			return k, nil, fmt.Errorf("%s: organisation %q: %w", path, o.Name, err)
		}
		orgs = append(orgs, out)
	}
	return k, orgs, nil
}

// address reads an account or contract.
func address(s string) ([20]byte, error) { return chain.Address(s) }

// keyFlags say where an account's key is: encrypted in a file, or with an external
// signer. A passphrase is in a file; a command line and an environment are read by
// others.
type keyFlags struct{ chain.KeySource }

func (k *keyFlags) add(cmd *cobra.Command, whose string) {
	f := cmd.Flags()
	f.StringVar(&k.File, "key", "", "encrypted key file of "+whose+"; fieldseal-notary chain key makes one")
	f.StringVar(&k.Passphrase, "passphrase", "", "file whose first line opens it")
	f.StringVar(&k.Signer, "signer", "", "URL or socket of an external signer, such as Clef, in place of a key file")
	f.StringVar(&k.Account, "account", "", "account at the external signer, 0x…")
	cmd.MarkFlagsOneRequired("key", "signer")
	cmd.MarkFlagsMutuallyExclusive("key", "signer")
	cmd.MarkFlagsRequiredTogether("key", "passphrase")
	cmd.MarkFlagsRequiredTogether("signer", "account")
}

// open opens the account; it makes no key.
func (k *keyFlags) open(cmd *cobra.Command) (*chain.Account, error) {
	if k.Signer == "" {
		if _, err := os.Stat(k.File); err != nil {
			return nil, fmt.Errorf("--key: %w; fieldseal-notary chain key makes one", err)
		}
	}
	a, err := k.Open(cmd.Context())
	if err == nil && a.LiesOpen() {
		return nil, fmt.Errorf("--key %s: the key lies open in the file; encrypt it: fieldseal-notary chain key --from %s --out %s.json --passphrase FILE", k.File, k.File, k.File)
	}
	return a, err
}

func newChainKeyCmd() *cobra.Command {
	var out, passphrase, from string
	var light bool
	cmd := &cobra.Command{
		Use:   "key --out FILE --passphrase FILE",
		Short: "Make an account's key, encrypted in a file",
		Long: `Writes a keystore file (Web3 Secret Storage, as geth and Clef read it) and prints the
account's address. The passphrase is the first line of a file that only its owner may read.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var source *string
			if from != "" {
				source = &from
			}
			a, err := chain.NewKeystore(out, passphrase, source, light)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "account  0x%x\nkey      %s\n", a.Address(), out)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "file to write; it must not be there")
	f.StringVar(&passphrase, "passphrase", "", "file whose first line encrypts it")
	f.StringVar(&from, "from", "", "key file of 64 hex digits to take over, in place of a new key")
	f.BoolVar(&light, "light", false, "spend a hundredth of the work on the passphrase: for trying out only")
	must(cmd, "out", "passphrase")
	return cmd
}

func newChainCallsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "calls",
		Short: "Print the calls of the contracts, as clef --4bytedb-custom takes them",
		Long: `Clef signs no call that it cannot show to a person. Written into a file, this tells it
the calls of Anchors, Governance and Registry by name.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			calls, err := contracts.Selectors()
			if err != nil {
				return err
			}
			e := json.NewEncoder(cmd.OutOrStdout())
			e.SetIndent("", "  ")
			return e.Encode(calls)
		},
	}
}

func newChainDeployCmd() *cobra.Command {
	var url, file string
	var key keyFlags
	cmd := &cobra.Command{
		Use:   "deploy --rpc URL --key FILE --passphrase FILE --organisations FILE",
		Short: "Deploy Governance, Anchors and Registry for several organisations",
		Long: `Deploys the three contracts. The account of --key pays and keeps no power over them: from
then on only the organisations of the file decide, and none of them alone.

  version: 1
  threshold: 3
  period: 168h
  organisations:
    - {name: City supervision, key: "0x…", cosigner: "0x…"}`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, orgs, err := readConsortium(file)
			if err != nil {
				return err
			}
			c, account, err := dialWith(cmd, url, &key)
			if err != nil {
				return err
			}
			defer c.Close()
			f, err := c.Found(cmd.Context(), account, orgs, k.Threshold, k.Period)
			if err != nil {
				return fmt.Errorf("account 0x%x: %w", account.Address(), err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "governance 0x%x\nanchors    0x%x\nregistry   0x%x\n\nCompare these aloud. Next: fieldseal-notary org list --rpc %s --governance 0x%x\n",
				f.Governance, f.Anchors, f.Registry, url, f.Governance)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&url, "rpc", "", "JSON-RPC of the chain")
	f.StringVar(&file, "organisations", "", "who governs, a YAML file")
	key.add(cmd, "an account that can pay")
	must(cmd, "rpc", "organisations")
	return cmd
}

func dialWith(cmd *cobra.Command, url string, key *keyFlags) (*chain.Chain, *chain.Account, error) {
	account, err := key.open(cmd)
	if err != nil {
		return nil, nil, err
	}
	c, err := chain.Dial(cmd.Context(), url, 0)
	return c, account, err
}

func must(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the name is in the lines above
		}
	}
}
