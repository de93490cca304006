package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/api/client"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/notary/cosign"
)

func newOrgCosignCmd() *cobra.Command {
	var key keyFlags
	var url, notary, ca, logKey, anchors, state string
	var depth uint64
	var every time.Duration
	var once bool
	cmd := &cobra.Command{
		Use:   "cosign --notary URL --log-key FILE --rpc URL --anchors ADDRESS --key FILE --passphrase FILE --state FILE",
		Short: "Cosign a log's checkpoints for an organisation, as long as each extends the one before",
		Long: `Runs beside the organisation's own node. It asks the notary which checkpoint waits, and
signs it if the log's key signed it and it extends both what this command signed before
(kept in --state, written before a signature leaves) and what is anchored by the
organisation's own node. It listens on no port. What it refuses it says, and goes on looking.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			contract, err := address(anchors)
			if err != nil {
				return fmt.Errorf("--anchors: %w", err)
			}
			text, err := os.ReadFile(logKey)
			if err != nil {
				return fmt.Errorf("--log-key: %w", err)
			}
			verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
			if err != nil {
				return fmt.Errorf("--log-key %s: %w; log.vkey of the notary's data folder, compared with its operator", logKey, err)
			}
			// Two on one file would each sign what the other does not know of.
			free, err := cosign.Lock(state)
			if err != nil {
				return fmt.Errorf("--state: %w", err)
			}
			defer free()
			asker, err := client.Dial(notary, ca, "")
			if err != nil {
				return err
			}
			account, err := key.open(cmd)
			if err != nil {
				return err
			}
			c, err := chain.Dial(cmd.Context(), url, depth)
			if err != nil {
				return err
			}
			defer c.Close()
			code, err := c.CodeHash(cmd.Context(), contract)
			if err != nil {
				return err
			}
			if code != contracts.CodeHash() {
				return fmt.Errorf("--anchors 0x%x: chain %d has code %x there, which is not that of Anchors", contract, c.ID(), code)
			}
			o := &cosign.Organisation{
				Origin: verifier.Name(), LogKey: verifier, Notary: asker, Node: c.Bind(contract, anchor.LogID(verifier.Name()), account),
				Final: c.FinalNumber, Account: account, State: state, Logger: logger(cmd, false),
			}
			if !once {
				return o.Run(cmd.Context(), every)
			}
			size, err := o.Once(cmd.Context())
			if errors.Is(err, cosign.ErrNothing) {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "Nothing waits for a cosignature.")
				return err
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Cosigned size %d of %s.\n", size, o.Origin)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&notary, "notary", "", "the notary's HTTPS, https://HOST:7411")
	f.StringVar(&ca, "ca", "", "certificate of its CA (ca.pem); empty: the machine's roots")
	f.StringVar(&logKey, "log-key", "", "file with the log's verifier key (log.vkey), as compared with the notary's operator")
	f.StringVar(&url, "rpc", "", "JSON-RPC of the organisation's own node")
	f.StringVar(&anchors, "anchors", "", "address of the contract Anchors")
	f.StringVar(&state, "state", "", "file with what was signed last; one for each log, never restored from a copy")
	f.Uint64Var(&depth, "depth", 0, "blocks on top that make a block final; 0 on a chain whose blocks cannot be undone")
	f.DurationVar(&every, "every", 2*time.Second, "between looks")
	f.BoolVar(&once, "once", false, "cosign what waits now, and end")
	key.add(cmd, "the organisation's cosigning account")
	must(cmd, "notary", "log-key", "rpc", "anchors", "state")
	return cmd
}
