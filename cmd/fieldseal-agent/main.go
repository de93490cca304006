// Command fieldseal-agent reads the instruments of a site, seals what they say
// and keeps it until the notary proves that it has it.
package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"fieldseal/internal/command"
)

// software is what batches and enrolment name.
func software() string { return "fieldseal-agent " + command.Version() }

func main() { command.Main(newRoot()) }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "fieldseal-agent",
		Short: "Read instruments, seal what they say, keep it until it is proved to be logged",
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
