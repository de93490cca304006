package main

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"fieldseal/agent/bench"
	"fieldseal/firmware-config/schema"
	"fieldseal/firmware-config/site"
)

func newCheckCmd() *cobra.Command {
	var config, schemas string
	cmd := &cobra.Command{
		Use:   "check --config site.yaml | --schema DIR",
		Short: "Validate a site file and print the polling plan; opens no port",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schemas != "" {
				return os.CopyFS(schemas, schema.FS)
			}
			s, err := site.Load(config)
			if err != nil {
				return err
			}
			return bench.Check(s, screen(cmd.OutOrStdout()))
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "site file")
	cmd.Flags().StringVar(&schemas, "schema", "", "instead write the editors' schemas, site.json and profile.json, to this folder")
	cmd.MarkFlagsOneRequired("config", "schema")
	cmd.MarkFlagsMutuallyExclusive("config", "schema")
	return cmd
}

// screen has colours on a terminal only, and none where NO_COLOR asks for none.
func screen(w io.Writer) *bench.Screen {
	f, ok := w.(*os.File)
	return &bench.Screen{W: w, Colour: ok && isatty.IsTerminal(f.Fd()) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}
