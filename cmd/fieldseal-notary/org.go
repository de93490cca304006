package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/chain"
)

// orgFlags are what every command of an organisation is told.
type orgFlags struct {
	url, governance string
	key             keyFlags
	keyed           bool
	origins         []string
}

func (o *orgFlags) add(cmd *cobra.Command, key bool) {
	cmd.Flags().StringVar(&o.url, "rpc", "", "JSON-RPC of the chain; best the organisation's own node")
	cmd.Flags().StringVar(&o.governance, "governance", "", "address of the contract Governance")
	must(cmd, "rpc", "governance")
	if key {
		o.keyed = true
		o.key.add(cmd, "the organisation's deciding account")
	}
}

func (o *orgFlags) open(cmd *cobra.Command) (c *chain.Chain, r *chain.Round, account *chain.Account, err error) {
	g, err := address(o.governance)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("--governance: %w", err)
	}
	if o.keyed {
		c, account, err = dialWith(cmd, o.url, &o.key)
	} else {
		c, err = chain.Dial(cmd.Context(), o.url, 0)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	return c, c.Round(g), account, nil
}

// named adds the flag by which decisions about logs are read with their names.
func (o *orgFlags) named(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&o.origins, "origin", nil, "origins of logs that decisions may be about; the chain knows a log by a hash of its origin")
}

// names are what people call logs and organisations.
func (o *orgFlags) names(orgs []chain.Organisation) chain.Names {
	n := chain.Names{Logs: map[[32]byte]string{}, Organisations: map[[32]byte]string{}}
	for _, origin := range o.origins {
		n.Logs[anchor.LogID(origin)] = origin
	}
	for _, x := range orgs {
		n.Organisations[x.ID] = x.Name
	}
	return n
}

func newOrgCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "org", Short: "Decide together with the other organisations of a chain"}
	cmd.AddCommand(newOrgListCmd(), newOrgProposeCmd(), newOrgApproveCmd(), newOrgCosignCmd(), newOrgRegisterCmd())
	return cmd
}

func newOrgListCmd() *cobra.Command {
	var o orgFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "list --rpc URL --governance ADDRESS",
		Short: "Show who governs and what waits for a decision",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, r, _, err := o.open(cmd)
			if err != nil {
				return err
			}
			defer c.Close()
			orgs, threshold, err := r.Organisations(cmd.Context())
			if err != nil {
				return err
			}
			list, err := r.Proposals(cmd.Context())
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "A decision needs weight %d.\n", threshold)
			for _, x := range orgs {
				fmt.Fprintf(out, "  %-24s weight %d  decides 0x%x  cosigns 0x%x\n", x.Name, x.Weight, x.Key, x.Cosigner)
			}
			for _, p := range list {
				if all || p.Open(time.Now()) {
					fmt.Fprintln(out)
					showProposal(out, p, o.names(orgs))
				}
			}
			return nil
		},
	}
	o.add(cmd, false)
	o.named(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "also what was decided and what expired")
	return cmd
}

func showProposal(out io.Writer, p chain.Proposal, names chain.Names) {
	state := "open until " + p.Expires.UTC().Format(time.RFC3339)
	switch {
	case p.Done:
		state = "decided and done"
	case !p.Open(time.Now()):
		state = "expired " + p.Expires.UTC().Format(time.RFC3339)
	}
	words, known := chain.Words(p.Data, names)
	if !known {
		words = fmt.Sprintf("A CALL THAT THIS RELEASE DOES NOT KNOW; do not approve it unread: %x", p.Data)
	}
	fmt.Fprintf(out, "proposal  %x\n  %s\n  at contract 0x%x\n  %s; weight %d of %d approved: %s\n", p.ID, words, p.Target, state, p.Weight, p.Needed, strings.Join(p.Approved, ", "))
}

func newOrgApproveCmd() *cobra.Command {
	var o orgFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "approve PROPOSAL --rpc URL --governance ADDRESS --key FILE --passphrase FILE",
		Short: "Show a proposal and, with --yes, approve it; the approval that decides also does it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, r, account, err := o.open(cmd)
			if err != nil {
				return err
			}
			defer c.Close()
			orgs, _, err := r.Organisations(cmd.Context())
			if err != nil {
				return err
			}
			list, err := r.Proposals(cmd.Context())
			if err != nil {
				return err
			}
			want := strings.ToLower(strings.TrimPrefix(args[0], "0x"))
			var found []chain.Proposal
			for _, p := range list {
				if strings.HasPrefix(fmt.Sprintf("%x", p.ID), want) {
					found = append(found, p)
				}
			}
			if len(want) < 8 || len(found) != 1 {
				return fmt.Errorf("proposal %q: %d fit; give at least 8 digits that only one begins with, org list shows them", args[0], len(found))
			}
			p := found[0]
			showProposal(cmd.OutOrStdout(), p, o.names(orgs))
			if !yes {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "\nNothing was approved. If this is what was agreed, say it again with --yes.")
				return err
			}
			if err := r.Approve(cmd.Context(), account, p); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "\nApproved.")
			return err
		},
	}
	o.add(cmd, true)
	o.named(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "approve what is shown")
	return cmd
}
