// Command fieldseal-notary takes sealed batches from gateways, logs them, signs
// checkpoints, anchors them in a chain and proves what it holds.
package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"fieldseal/internal/command"
)

func main() { command.Main(newRoot()) }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "fieldseal-notary",
		Short: "Log, anchor and prove sealed field measurements",
	}
	root.AddCommand(
		newInitCmd(),
		newRunCmd(),
		newLogCmd(),
		newGatewayCmd(),
		newAccountCmd(),
		newChainCmd(),
		newOrgCmd(),
	)
	return root
}

// logger writes to the command's error stream.
func logger(cmd *cobra.Command, verbose bool) *slog.Logger {
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), logOptions(verbose)))
}

// jsonLogger writes a JSON object a line, for systems that collect logs.
func jsonLogger(cmd *cobra.Command, verbose bool) *slog.Logger {
	return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), logOptions(verbose)))
}

func logOptions(verbose bool) *slog.HandlerOptions {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return &slog.HandlerOptions{Level: level}
}
