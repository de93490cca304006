package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"fieldseal/notary/log"
	"fieldseal/notary/service"
)

func newLogCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "log", Short: "Look after the log of a stopped notary"}
	cmd.AddCommand(newLogExportCmd(), newLogCheckCmd())
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
