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
type orgFlags struct{ url, key, governance string }

func (o *orgFlags) add(cmd *cobra.Command, key bool) {
	cmd.Flags().StringVar(&o.url, "rpc", "", "JSON-RPC of the chain; best the organisation's own node")
	cmd.Flags().StringVar(&o.governance, "governance", "", "address of the contract Governance")
	must(cmd, "rpc", "governance")
	if key {
		cmd.Flags().StringVar(&o.key, "key", "", "key file of the organisation's deciding account")
		must(cmd, "key")
	}
}

func (o *orgFlags) open(cmd *cobra.Command) (c *chain.Chain, r *chain.Round, account *chain.Account, err error) {
	g, err := address(o.governance)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("--governance: %w", err)
	}
	if o.key != "" {
		c, account, err = dialWith(cmd, o.url, o.key)
	} else {
		c, err = chain.Dial(cmd.Context(), o.url, 0)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	return c, c.Round(g), account, nil
}

func newOrgCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "org", Short: "Decide together with the other organisations of a chain"}
	cmd.AddCommand(newOrgListCmd(), newOrgProposeCmd(), newOrgApproveCmd())
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
					showProposal(out, p)
				}
			}
			return nil
		},
	}
	o.add(cmd, false)
	cmd.Flags().BoolVar(&all, "all", false, "also what was decided and what expired")
	return cmd
}

func showProposal(out io.Writer, p chain.Proposal) {
	state := "open until " + p.Expires.UTC().Format(time.RFC3339)
	switch {
	case p.Done:
		state = "decided and done"
	case !p.Open(time.Now()):
		state = "expired " + p.Expires.UTC().Format(time.RFC3339)
	}
	words, known := chain.Words(p.Data)
	if !known {
		words = fmt.Sprintf("A CALL THAT THIS RELEASE DOES NOT KNOW; do not approve it unread: %x", p.Data)
	}
	fmt.Fprintf(out, "proposal  %x\n  %s\n  at contract 0x%x\n  %s; weight %d of %d: %s\n", p.ID, words, p.Target, state, p.Weight, p.Needed, strings.Join(p.Approved, ", "))
}

func newOrgApproveCmd() *cobra.Command {
	var o orgFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "approve PROPOSAL --rpc URL --governance ADDRESS --key FILE",
		Short: "Show a proposal and, with --yes, approve it; the approval that decides also does it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, r, account, err := o.open(cmd)
			if err != nil {
				return err
			}
			defer c.Close()
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
			showProposal(cmd.OutOrStdout(), p)
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
	cmd.Flags().BoolVar(&yes, "yes", false, "approve what is shown")
	return cmd
}

func newOrgProposeCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "propose", Short: "Propose a change to the other organisations"}
	var origin, writer, successor string
	var cosigners uint8
	var rate, size uint64
	logID := func() [32]byte { return anchor.LogID(origin) }
	needs := func(c *cobra.Command, flags ...string) *cobra.Command {
		must(c, flags...)
		return c
	}
	register := proposing("log", "Register a log with its writer", func() ([]byte, error) {
		w, err := address(writer)
		return chain.RegisterLog(logID(), w, cosigners, rate), err
	})
	register.Flags().StringVar(&writer, "writer", "", "account of the log's notary, the only one that may anchor it")
	register.Flags().Uint8Var(&cosigners, "cosigners", 0, "organisations that must cosign each checkpoint")
	register.Flags().Uint64Var(&rate, "rate", 100_000, "most entries that the log may grow by in a second")
	replace := proposing("writer", "Give a log another writer", func() ([]byte, error) {
		w, err := address(writer)
		return chain.ReplaceWriter(logID(), w), err
	})
	replace.Flags().StringVar(&writer, "writer", "", "account that anchors the log from then on")
	closing := proposing("close", "Close a log at an anchored size, for ever", func() ([]byte, error) {
		next := [32]byte{}
		if successor != "" {
			next = anchor.LogID(successor)
		}
		return chain.CloseLog(logID(), size, next), nil
	})
	closing.Flags().Uint64Var(&size, "size", 0, "entries that its history has")
	closing.Flags().StringVar(&successor, "successor", "", "origin of the log that goes on")
	stop := proposing("stop", "Stop a log for now", func() ([]byte, error) { return chain.StopLog(logID(), true), nil })
	resume := proposing("resume", "Let a stopped log go on", func() ([]byte, error) { return chain.StopLog(logID(), false), nil })
	for _, c := range []*cobra.Command{needs(register, "writer"), needs(replace, "writer"), needs(closing, "size"), stop, resume} {
		c.Flags().StringVar(&origin, "origin", "", "the log's origin")
		must(c, "origin")
		cmd.AddCommand(c)
	}
	return cmd
}

// proposing is a command that proposes one call of Anchors.
func proposing(use, short string, data func() ([]byte, error)) *cobra.Command {
	var o orgFlags
	var target string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := address(target)
			if err != nil {
				return fmt.Errorf("--anchors: %w", err)
			}
			call, err := data()
			if err != nil {
				return err
			}
			c, r, account, err := o.open(cmd)
			if err != nil {
				return err
			}
			defer c.Close()
			id, err := r.Propose(cmd.Context(), account, to, call)
			if err != nil {
				return err
			}
			words, _ := chain.Words(call)
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "proposed  %x\n  %s\n\nThe others: fieldseal-notary org approve %x --rpc … --governance %s --key …\n", id, words, id[:8], o.governance)
			return err
		},
	}
	o.add(cmd, true)
	cmd.Flags().StringVar(&target, "anchors", "", "address of the contract Anchors")
	must(cmd, "anchors")
	return cmd
}
