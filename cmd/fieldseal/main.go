// Command fieldseal is for people: it verifies evidence offline, makes and shows
// trust files, signs for authority and supervision, fetches evidence, and runs
// the demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"fieldseal/internal/release"
)

// Exit codes besides those of a verdict (0 genuine, 1 altered, 2 uncheckable, 3 pending).
const (
	exitFailed = 1
	exitUsage  = 64
)

// exitCode is an error that only sets the exit code: what there was to say has
// been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(execute(ctx, os.Args[1:]))
}

func execute(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	return run(ctx, root)
}

func run(ctx context.Context, root *cobra.Command) int {
	// Cobra calls this after flags and arguments were understood, but before it
	// asks for the required flags.
	understood := false
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups())
		understood = err == nil
		return err
	}
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case !understood:
		fmt.Fprintf(root.ErrOrStderr(), "fieldseal: %v\nSee: fieldseal --help\n", err)
		return exitUsage
	}
	fmt.Fprintf(root.ErrOrStderr(), "fieldseal: %v\n", err)
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "fieldseal",
		Short:         "Verify sealed field measurements, and what people do besides",
		Version:       release.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newVerifyCmd(),
		newTrustCmd(),
		newEvidenceCmd(),
		newAuthorityCmd(),
		newCoverageCmd(),
		newDemoCmd(),
	)
	return root
}
