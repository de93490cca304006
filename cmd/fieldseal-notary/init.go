package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/cose"
	"fieldseal/notary/service"
)

func newInitCmd() *cobra.Command {
	var data, authority string
	o := service.InitOptions{}
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
			o.Now, o.Log = time.Now(), logger(cmd, false)
			id, err := service.Init(cmd.Context(), service.Folder(data), o)
			if err != nil {
				return err
			}
			kind := "embedded: its key lies in this folder, and enrolments are signed unattended"
			if authority != "" {
				kind = "apart from this notary"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "log        %s\nauthority  %s (%s)\nchain      %s, id %d\ncontract   0x%x\n\nNext: fieldseal-notary run --data %s\n",
				id.Origin, id.Authority, kind, id.Chain, id.ChainID, id.Contract[:], data)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "", "data folder")
	f.StringVar(&o.Origin, "origin", "", "name of the log, DNS-like and unique; it cannot be changed")
	f.StringVar(&authority, "authority-key", "", "public key of an enrolment authority elsewhere (ed25519:…); without it one is made here")
	f.StringVar(&o.ChainURL, "chain-url", "", "JSON-RPC of an EVM chain; without it the embedded one is used")
	f.Uint64Var(&o.Depth, "chain-depth", 12, "blocks on top that make a block of that chain final")
	for _, name := range []string{"data", "origin"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the name is in the lines above
		}
	}
	return cmd
}
