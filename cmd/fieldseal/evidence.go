package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"fieldseal/evidence/file"
	"fieldseal/notary/api/client"
)

// notaryFlags say which notary a command asks, and as whom.
type notaryFlags struct{ address, ca, token string }

func (n *notaryFlags) add(cmd *cobra.Command, required bool) {
	f := cmd.Flags()
	f.StringVar(&n.address, "notary", "", "address of the notary, https://HOST:7411")
	f.StringVar(&n.ca, "ca", "", "certificate of the notary's CA (ca.pem of its data folder); without it the machine's roots count")
	f.StringVar(&n.token, "token", "", "file with an access token (fieldseal token new) or the operator's (admin.token); without it the one of fieldseal login counts")
	f.StringVar(&n.token, "token-file", "", "the same")
	if required {
		if err := cmd.MarkFlagRequired("notary"); err != nil {
			panic(err) // the flag was defined above
		}
	}
}

// quote makes an argument safe to paste into a shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@=+,", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func newEvidenceCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "evidence", Short: "Fetch evidence files from a notary, and print their codes"}
	cmd.AddCommand(newEvidenceGetCmd(), newEvidenceCodeCmd())
	return cmd
}

func newEvidenceGetCmd() *cobra.Command {
	var n notaryFlags
	var out string
	var force bool
	params := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "get --notary URL --site S --point P --from T --to T -o FILE",
		Short: "Fetch the evidence of a point's readings, or of one reading",
		Long: `Fetches one evidence file. With --from and --to (RFC 3339; the range includes --from
and ends before --to) it shows every reading of the point in that time; with
--from latest the newest one; with --gateway, --boot, --seq and --leaf one record.

What the notary sends proves itself: fieldseal verify judges it by your trust file,
without any network.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := url.Values{}
			for name, v := range params {
				if *v != "" {
					q.Set(name, *v)
				}
			}
			return getEvidence(cmd, &n, q, out, force)
		},
	}
	n.add(cmd, true)
	f := cmd.Flags()
	for _, p := range [][2]string{
		{"site", "configuration id of the site, such as north-yard"},
		{"point", "point, DEVICE/NAME, such as dust-1/pm10"},
		{"from", "begin of the range, such as 2026-03-01T10:00:00Z, or latest"},
		{"to", "end of the range, which it does not include"},
		{"gateway", "id of the gateway, where several of a site read the point"},
		{"boot", "boot id of one record"}, {"seq", "sequence of its batch"}, {"leaf", "its leaf"},
		{"grant", "id of a permission that the chain's register keeps: the evidence tells whether it stands, or that there is none"},
	} {
		params[p[0]] = f.String(p[0], "", p[1])
	}
	f.StringVarP(&out, "out", "o", "", "file to write (default: the name that the notary gives)")
	f.BoolVar(&force, "force", false, "write over a file that is there")
	cmd.MarkFlagsRequiredTogether("boot", "seq", "leaf", "gateway")
	cmd.MarkFlagsRequiredTogether("site", "point")
	cmd.MarkFlagsOneRequired("site", "boot")
	cmd.MarkFlagsMutuallyExclusive("site", "boot")
	return cmd
}

func getEvidence(cmd *cobra.Command, n *notaryFlags, q url.Values, out string, force bool) error {
	c, err := n.dial()
	if err != nil {
		return err
	}
	text, name, err := c.Evidence(cmd.Context(), q)
	if err != nil {
		return err
	}
	if _, err := file.Parse(text); err != nil {
		return fmt.Errorf("the notary's answer: %w", err)
	}
	if out == "" {
		if out = filepath.Base(name); !strings.HasSuffix(out, file.Extension) {
			return errors.New("the notary names no file; give one with -o")
		}
	}
	if err := writeWhole(out, text, force); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s, %d bytes\n\nNext: fieldseal verify --trust trust.json %s\n", out, len(text), quote(out))
	return err
}

func writeWhole(path string, text []byte, force bool) error {
	if !force {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already; choose another name with -o, or --force", path)
		}
	}
	// Through a file beside it, so that nobody ever reads half of one.
	part := path + ".part~"
	if err := os.WriteFile(part, text, 0o644); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// submit brings signed statements to a notary.
func submit(ctx context.Context, c *client.Client, answers []byte) ([]uint64, error) {
	var t client.Taken
	err := c.JSON(ctx, "POST", client.StatementsPath, answers, &t)
	return t.Indices, err
}
