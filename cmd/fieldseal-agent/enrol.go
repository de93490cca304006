package main

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fieldseal/agent/identity"
	"fieldseal/evidence/wire"
	"fieldseal/firmware-config/site"
)

func newEnrolCmd() *cobra.Command {
	var config, notary, code string
	cmd := &cobra.Command{
		Use:   "enrol --config site.yaml --code CODE",
		Short: "Make this machine a gateway of a notary",
		Long: `Makes the gateway's keys if there are none, shows their public halves to the notary
and stores what it answers in the data folder. The code comes from the notary's
operator (fieldseal-notary gateway enrol); it works once, and it lets this machine
know the notary before anything is sent.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := site.Load(config)
			if err != nil {
				return err
			}
			c, err := wire.ParseCode(code)
			if err != nil {
				return err
			}
			if notary == "" {
				notary = s.Notary.Address
			}
			if notary == "" {
				return errors.New("no notary to enrol with; pass --notary HOST:7411, or write notary: {address: HOST:7411} in " + config)
			}
			folder := identity.Folder(s.Gateway.Data)
			id, err := identity.Enrol(cmd.Context(), folder, notary, c, software(), rand.Reader)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), `Enrolled with the notary at %s.
  gateway  %s  (%s)
  site     %s  (%s)
  log      %s
  broker   %s
  keys in  %s  (keep a copy of nothing: a key that exists twice proves less)

Batches are accepted once the enrolment authority has signed. Next:
  fieldseal-agent run --config %s
`, id.Notary, id.Gateway, s.Gateway.ID, id.Site, s.ID, id.Origin, id.Broker, folder, config)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&config, "config", "site.yaml", "site file")
	f.StringVar(&notary, "notary", "", "notary's address, host:port or URL (default: the site file's)")
	f.StringVar(&code, "code", "", "enrolment code")
	cmd.MarkFlagRequired("code")
	return cmd
}
