// Command fieldseal-notary takes sealed batches from gateways, logs them, signs
// checkpoints, anchors them in a chain and proves what it holds.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"fieldseal/internal/release"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 64
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, newRoot(), os.Args[1:]))
}

func execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	// Cobra calls this after arguments were understood, but before it misses flags.
	understood := false
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups())
		understood = err == nil
		return err
	}
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case !understood:
		fmt.Fprintf(root.ErrOrStderr(), "fieldseal-notary: %v\nSee: fieldseal-notary --help\n", err)
		return exitUsage
	}
	fmt.Fprintf(root.ErrOrStderr(), "fieldseal-notary: %v\n", err)
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "fieldseal-notary",
		Short:         "Log, anchor and prove sealed field measurements",
		Version:       release.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newInitCmd(),
		newRunCmd(),
		newLogCmd(),
		newGatewayCmd(),
	)
	return root
}

// logger writes to the command's error stream.
func logger(cmd *cobra.Command, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
}
