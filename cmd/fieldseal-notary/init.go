package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/cose"
	"fieldseal/notary/service"
)

func newInitCmd() *cobra.Command {
	var data, authority, contract, predecessor string
	o := service.InitOptions{Joined: &service.Joined{}}
	cmd := &cobra.Command{
		Use:   "init --data DIR --origin log.example.org/yard",
		Short: "Make a notary in a folder: keys, certificate authority, contract and log",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if authority != "" {
				k, err := cose.ParseKeyText(authority)
				if err != nil {
					return fmt.Errorf("--authority-key: %w; fieldseal authority init prints it", err)
				}
				o.Authority = &k
			}
			if contract != "" {
				if o.ChainURL == "" {
					return errors.New("--contract: name the chain with --chain-url")
				}
				a, err := address(contract)
				if err != nil {
					return fmt.Errorf("--contract: %w", err)
				}
				o.Contract = &a
			}
			if predecessor != "" {
				c, err := service.ReadClosing(predecessor)
				if err != nil {
					return fmt.Errorf("--predecessor: %w", err)
				}
				o.Predecessor = c
			}
			o.Now, o.Log = time.Now(), logger(cmd, false)
			id, err := service.Init(cmd.Context(), service.Folder(data), o)
			if err != nil {
				return err
			}
			kind := "embedded: its key lies in this folder, and enrolments are signed unattended"
			if authority != "" {
				kind = "apart from this notary"
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "log        %s\nauthority  %s (%s)\nchain      %s, id %d\ncontract   0x%x\n", id.Origin, id.Authority, kind, id.Chain, id.ChainID, id.Contract[:])
			if p := o.Predecessor; p != nil {
				fmt.Fprintf(out, "succeeds   %s\n", p.Origin)
			}
			if o.Contract != nil {
				fmt.Fprintf(out, "writer     0x%x\n\nAnchors wait until the organisations have registered the log:\n  fieldseal-notary org propose log --origin %s --writer 0x%x --governance 0x%x --anchors 0x%x --rpc … --key … --passphrase …\n",
					o.Joined.Writer, id.Origin, o.Joined.Writer, o.Joined.Governor, id.Contract[:])
			}
			_, err = fmt.Fprintf(out, "\nNext: fieldseal-notary run --data %s\n", data)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "", "data folder")
	f.StringVar(&o.Origin, "origin", "", "name of the log, DNS-like and unique; it cannot be changed")
	f.StringVar(&authority, "authority-key", "", "public key of an enrolment authority elsewhere (ed25519:…); without it one is made here")
	f.StringVar(&o.ChainURL, "chain-url", "", "JSON-RPC of an EVM chain; without it the embedded one is used")
	f.StringVar(&contract, "contract", "", "address of the contract Anchors that several organisations founded (chain deploy); without it an own one is deployed")
	f.StringVar(&o.Key.File, "chain-key", "", "encrypted key file of the account that anchors; chain.key of the data folder if none is named; made if it is not there")
	f.StringVar(&o.Key.Passphrase, "chain-passphrase", "", "file whose first line opens it")
	f.StringVar(&o.Key.Signer, "chain-signer", "", "URL or socket of an external signer, such as Clef, in place of a key file")
	f.StringVar(&o.Key.Account, "chain-account", "", "account at the external signer, 0x…")
	f.StringVar(&predecessor, "predecessor", "", "closed.json of a closed log that this one succeeds")
	f.Uint64Var(&o.Depth, "chain-depth", 12, "blocks on top that make a block of that chain final")
	for _, name := range []string{"data", "origin"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the name is in the lines above
		}
	}
	return cmd
}
