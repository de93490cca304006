package main

import (
	"crypto/sha256"
	"fmt"

	"github.com/spf13/cobra"

	"fieldseal/notary/web/verifier"
)

func newVerifierCmd() *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:   "verifier -o verify.html",
		Short: "Write the inspector's desk as one file that opens from disk, without network",
		Long: `Writes verify.html: the page of the inspector's desk with the verifier in it, the
same code as fieldseal verify. It opens from disk in a browser, asks no network,
and takes evidence files, folders and a trust file of your own.

Hand it on together with the SHA-256 that this command prints.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			html, err := verifier.HTML()
			if err != nil {
				return err
			}
			if err := writeWhole(out, html, force); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s, %d bytes\nSHA-256 %x\n\nNext: open it in a browser, choose your trust file, drop evidence files on it\n", out, len(html), sha256.Sum256(html))
			return err
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "verify.html", "file to write")
	cmd.Flags().BoolVar(&force, "force", false, "write over a file that is there")
	return cmd
}
