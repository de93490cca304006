package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/chain"
)

func newOrgProposeCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "propose", Short: "Propose a change to the other organisations"}
	cmd.AddCommand(proposeLog(), proposeWriter(), proposeBounds(), proposeStop(true), proposeStop(false), proposeClose(), proposeOrganisation(), proposeRules())
	return cmd
}

// proposing is a command that proposes one call: of Anchors about a log, or, with
// ofGovernance, of Governance itself.
func proposing(use, short string, ofGovernance bool, data func(log [32]byte) ([]byte, error)) *cobra.Command {
	var o orgFlags
	var target, origin string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if origin != "" {
				o.origins = append(o.origins, origin)
			}
			at, name := o.governance, "--governance"
			if !ofGovernance {
				at, name = target, "--anchors"
			}
			to, err := address(at)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			call, err := data(anchor.LogID(origin))
			if err != nil {
				return err
			}
			return propose(cmd, &o, to, call)
		},
	}
	o.add(cmd, true)
	if !ofGovernance {
		cmd.Flags().StringVar(&target, "anchors", "", "address of the contract Anchors")
		cmd.Flags().StringVar(&origin, "origin", "", "the log's origin")
		must(cmd, "anchors", "origin")
	}
	return cmd
}

// propose proposes a call to the organisations and says what the others do next.
func propose(cmd *cobra.Command, o *orgFlags, to [20]byte, call []byte) error {
	c, r, account, err := o.open(cmd)
	if err != nil {
		return err
	}
	defer c.Close()
	orgs, needed, err := r.Organisations(cmd.Context())
	if err != nil {
		return err
	}
	id, err := r.Propose(cmd.Context(), account, to, call)
	if err != nil {
		return err
	}
	words, _ := chain.Words(call, o.names(orgs))
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "proposed  %x\n  %s\n  It is done once weight %d has approved it.\n\nThe others: fieldseal-notary org approve %x --rpc … --governance %s --key … --passphrase …\n", id, words, needed, id[:8], o.governance)
	return err
}

func proposeLog() *cobra.Command {
	var writer string
	var cosigners uint8
	var rate uint64
	cmd := proposing("log", "Register a log with its writer", false, func(log [32]byte) ([]byte, error) {
		w, err := address(writer)
		return chain.RegisterLog(log, w, cosigners, rate), err
	})
	cmd.Flags().StringVar(&writer, "writer", "", "account of the log's notary, the only one that may anchor it")
	boundFlags(cmd, &cosigners, &rate)
	must(cmd, "writer")
	return cmd
}

func boundFlags(cmd *cobra.Command, cosigners *uint8, rate *uint64) {
	cmd.Flags().Uint8Var(cosigners, "cosigners", 0, "organisations that must cosign each checkpoint")
	cmd.Flags().Uint64Var(rate, "rate", 100_000, "most entries that the log may grow by in a second")
}

func proposeWriter() *cobra.Command {
	var writer string
	cmd := proposing("writer", "Give a log another writer", false, func(log [32]byte) ([]byte, error) {
		w, err := address(writer)
		return chain.ReplaceWriter(log, w), err
	})
	cmd.Flags().StringVar(&writer, "writer", "", "account that anchors the log from then on")
	must(cmd, "writer")
	return cmd
}

func proposeBounds() *cobra.Command {
	var cosigners uint8
	var rate uint64
	cmd := proposing("bounds", "Change how many cosign a log and how fast it may grow", false, func(log [32]byte) ([]byte, error) {
		return chain.BoundLog(log, cosigners, rate), nil
	})
	boundFlags(cmd, &cosigners, &rate)
	must(cmd, "cosigners", "rate")
	return cmd
}

func proposeStop(stop bool) *cobra.Command {
	use, short := "resume", "Let a stopped log go on"
	if stop {
		use, short = "stop", "Stop a log for now"
	}
	return proposing(use, short, false, func(log [32]byte) ([]byte, error) { return chain.StopLog(log, stop), nil })
}

func proposeClose() *cobra.Command {
	var size uint64
	var successor string
	cmd := proposing("close", "Close a log at an anchored size, for ever", false, func(log [32]byte) ([]byte, error) {
		next := [32]byte{}
		if successor != "" {
			next = anchor.LogID(successor)
		}
		return chain.CloseLog(log, size, next), nil
	})
	cmd.Flags().Uint64Var(&size, "size", 0, "entries that its history has")
	cmd.Flags().StringVar(&successor, "successor", "", "origin of the log that goes on")
	must(cmd, "size")
	return cmd
}

func proposeOrganisation() *cobra.Command {
	var org chain.Organisation
	var decides, cosigns string
	var threshold uint32
	cmd := proposing("organisation", "Put an organisation in, change it, or take it out (--weight 0)", true, func([32]byte) (data []byte, err error) {
		if org.Weight > 0 {
			if decides == "" {
				return nil, errors.New("--decides: the account that decides for the organisation")
			}
			if org.Key, err = address(decides); err == nil && cosigns != "" {
				org.Cosigner, err = address(cosigns)
			}
		}
		return chain.SetOrganisation(org, threshold), err
	})
	f := cmd.Flags()
	f.StringVar(&org.Name, "name", "", "name of the organisation, by which it is known")
	f.StringVar(&decides, "decides", "", "account that decides for it, 0x…")
	f.StringVar(&cosigns, "cosigns", "", "account that cosigns for it, 0x…; the deciding one if none is named")
	f.Uint32Var(&org.Weight, "weight", 1, "what its approval counts; 0 takes it out")
	f.Uint32Var(&threshold, "threshold", 0, "weight that decides from then on: above half of all, and above each single one")
	must(cmd, "name", "threshold")
	return cmd
}

func proposeRules() *cobra.Command {
	var threshold uint32
	var period time.Duration
	cmd := proposing("rules", "Change what a decision needs", true, func([32]byte) ([]byte, error) { return chain.SetRules(threshold, period), nil })
	cmd.Flags().Uint32Var(&threshold, "threshold", 0, "weight that decides from then on: above half of all, and above each single one")
	cmd.Flags().DurationVar(&period, "period", 7*24*time.Hour, "for which a proposal stays open")
	must(cmd, "threshold")
	return cmd
}
