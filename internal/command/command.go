// Package command is what the three binaries have in common at their edge: exit
// codes, signals, how a wrong call is told from a failed one, and the version.
//
// It knows no subcommand. Its invariant: a call that was not understood exits 64
// and has done nothing.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes. Verdicts have others besides (package evidence/verify).
const (
	Failed = 1
	Usage  = 64 // EX_USAGE of sysexits.h
)

// ErrUsage is wrapped by what a person typed wrongly and only the command itself
// could find: it exits with Usage.
var ErrUsage = errors.New("usage")

// ExitCode is an error that only sets the exit code: what there was to say has
// been said.
type ExitCode int

func (e ExitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main runs a binary until it is done or told to stop, and exits.
func Main(root *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(Execute(ctx, root, os.Args[1:]))
}

// Execute runs the command that the arguments name and returns its exit code.
func Execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SilenceUsage, root.SilenceErrors = true, true
	root.Version = Version()
	// Cobra calls this after flags and arguments were understood, but before it
	// misses the required ones.
	understood := false
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups())
		understood = err == nil
		return err
	}
	cmd, err := root.ExecuteContextC(ctx)
	var code ExitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case !understood || errors.Is(err, ErrUsage):
		fmt.Fprintf(root.ErrOrStderr(), "%s: %v\nSee: %s --help\n", root.Name(), err, cmd.CommandPath())
		return Usage
	}
	fmt.Fprintf(root.ErrOrStderr(), "%s: %v\n", root.Name(), err)
	return Failed
}
