package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"fieldseal/notary/chain"
)

func newChainCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "chain", Short: "Found a consortium's contracts on an EVM chain, and look at a chain"}
	cmd.AddCommand(newChainCheckCmd(), newChainDeployCmd())
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
func address(s string) (a [20]byte, err error) {
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(b) != len(a) {
		return a, fmt.Errorf("address %q: want 0x and 40 hex digits", s)
	}
	return [20]byte(b), nil
}

func newChainDeployCmd() *cobra.Command {
	var url, key, file string
	cmd := &cobra.Command{
		Use:   "deploy --rpc URL --key FILE --organisations FILE",
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
			c, account, err := dialWith(cmd, url, key)
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
	f.StringVar(&key, "key", "", "key file of an account that can pay; made if it is not there")
	f.StringVar(&file, "organisations", "", "who governs, a YAML file")
	must(cmd, "rpc", "key", "organisations")
	return cmd
}

func dialWith(cmd *cobra.Command, url, key string) (*chain.Chain, *chain.Account, error) {
	account, err := chain.OpenAccount(key)
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
