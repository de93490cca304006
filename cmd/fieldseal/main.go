// Command fieldseal is for people: it verifies evidence offline, makes and shows
// trust files, signs for authority and supervision, fetches evidence, and runs
// the demo.
package main

import (
	"github.com/spf13/cobra"

	"fieldseal/internal/command"
)

func main() { command.Main(newRoot()) }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "fieldseal",
		Short: "Verify sealed field measurements, and what people do besides",
	}
	root.AddCommand(
		newVerifyCmd(),
		newVerifierCmd(),
		newTrustCmd(),
		newEvidenceCmd(),
		newWatchCmd(),
		newLoginCmd(),
		newLogoutCmd(),
		newTokenCmd(),
		newCertificateCmd(),
		newAuthorityCmd(),
		newCoverageCmd(),
		newCalibrationCmd(),
		newDemoCmd(),
		newSimulateCmd(),
	)
	return root
}
