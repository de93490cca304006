package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/notary/log"
	"fieldseal/notary/service"
)

func newLogCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "log", Short: "Look after the log of a stopped notary"}
	cmd.AddCommand(newLogExportCmd(), newLogCheckCmd(), newLogCloseCmd())
	return cmd
}

func newLogExportCmd() *cobra.Command {
	var data, out string
	cmd := &cobra.Command{
		Use:   "export --data DIR --out OUT",
		Short: "Write the log as a folder of tiles (C2SP tlog-tiles) with its verifier key in log.vkey",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, vkey, done, err := service.Folder(data).OpenLog(log.Options{Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			defer done()
			if err := l.Export(out, vkey); err != nil {
				return err
			}
			h := l.Head()
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d entries of %s with root %x written to %s\n", h.Size, h.Origin, h.Root, out)
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data folder of a notary that is not running")
	cmd.Flags().StringVar(&out, "out", "", "folder to write; it must be empty or not there yet")
	for _, name := range []string{"data", "out"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the name is in the lines above
		}
	}
	return cmd
}

func newLogCloseCmd() *cobra.Command {
	var data, reason string
	cmd := &cobra.Command{
		Use:   `close --data DIR --reason "the chain was reset"`,
		Short: "End the log of a stopped notary for ever, so that a successor can go on from it",
		Long: `Writes closed.json: the last checkpoint, signed. From then on the notary of this folder
serves what it holds and takes nothing. The successor's first entry binds that checkpoint
(init --predecessor), so that who holds the new log can tell what the old one was.
What gateways sealed and this notary has not acknowledged stays in their journals.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := service.Folder(data).CloseLog(reason, time.Now())
			if err != nil {
				return err
			}
			size, root, err := c.Head()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s ends with %d entries, root %x\n\nNext: fieldseal-notary init --data NEW --origin NEW-ORIGIN --predecessor %s\nThen enrol the gateways there, each with an empty data folder; fieldseal-notary run --data %s goes on serving the old log.\n",
				c.Origin, size, root, filepath.Join(data, service.ClosingFile), data)
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data folder of a notary that is not running")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for those who find it closed")
	must(cmd, "data", "reason")
	return cmd
}

func newLogCheckCmd() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "check --data DIR",
		Short: "Replay the log of a stopped notary and compare it with what was signed",
		Long: `Hashes every entry again and compares it with the tiles, the newest checkpoint and the
head file (log.head_file of notary.yaml). A store that is behind its head file is an old
copy: the command says so and exits 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := service.Folder(data)
			c, err := service.ReadConfig(filepath.Join(data, service.ConfigFile), false)
			if err != nil {
				return err
			}
			l, _, done, err := d.OpenLog(log.Options{HeadFile: d.HeadFile(c), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				return err
			}
			defer done()
			if r := l.ReadOnly(); r != "" {
				return errors.New(r)
			}
			h := l.Head()
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d entries of %s hash to what was signed; the newest checkpoint covers %d\n", l.Size(), h.Origin, h.Size)
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "data folder of a notary that is not running")
	if err := cmd.MarkFlagRequired("data"); err != nil {
		panic(err) // the name is in the lines above
	}
	return cmd
}
