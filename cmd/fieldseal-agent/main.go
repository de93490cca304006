// Command fieldseal-agent reads the instruments of a site, seals what they say
// and keeps it until the notary proves that it has it.
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

// software is what batches and enrolment name.
func software() string { return "fieldseal-agent " + release.Version() }

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 64
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(executeRoot(ctx, newRoot(), os.Args[1:]))
}

func executeRoot(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	// Cobra calls RunE only after flags and arguments were understood.
	understood := false
	for _, c := range root.Commands() {
		if run := c.RunE; run != nil {
			c.RunE = func(cmd *cobra.Command, args []string) error {
				understood = true
				return run(cmd, args)
			}
		}
	}
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case !understood || errors.Is(err, errUsage):
		fmt.Fprintf(root.ErrOrStderr(), "fieldseal-agent: %v\nSee: fieldseal-agent --help\n", err)
		return exitUsage
	}
	fmt.Fprintf(root.ErrOrStderr(), "fieldseal-agent: %v\n", err)
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "fieldseal-agent",
		Short:         "Read instruments, seal what they say, keep it until it is proved to be logged",
		Version:       release.Version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newEnrolCmd(),
		newRunCmd(),
		newCheckCmd(),
		newDecodeCmd(),
		newReadCmd(),
		newVersionCmd(),
	)
	return root
}

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), software())
			return err
		},
	}
}
