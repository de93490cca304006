package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
)

func newTokenCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke access tokens for systems and scripts",
		Long: `An access token acts for your account, within the permissions and sites that you give
it, until it ends or is revoked. It is shown once; the notary keeps only its hash.
Commands take it from a file of mode 0600: --token FILE.`,
	}
	cmd.AddCommand(newTokenNewCmd(), newTokenListCmd(), newTokenRevokeCmd())
	return cmd
}

func newTokenNewCmd() *cobra.Command {
	var n notaryFlags
	var label, out string
	var may, districts, sites, businesses []string
	var all bool
	lasts := days(90 * 24 * time.Hour)
	cmd := &cobra.Command{
		Use:   "new --notary URL --label TEXT --may reading:read [--site S] [--lasts 90d] [-o FILE]",
		Short: "Make an access token, and show it once",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := accounts.TokenSpec{Label: label, Expires: time.Now().Add(time.Duration(lasts)).UnixMicro(), Scope: accounts.Scope{Districts: districts, Sites: sites}}
			for _, text := range may {
				p, err := accounts.ParsePermission(text)
				if err != nil {
					return fmt.Errorf("--may: %w", err)
				}
				s.Limits = append(s.Limits, p)
			}
			for _, b := range businesses {
				s.Scope.Businesses = append(s.Scope.Businesses, accounts.Business(b))
			}
			if all == (len(s.Limits) > 0) {
				return errors.New("say what it may do: --may RESOURCE:ACTION, as often as needed, or else --may-all for all that your account may")
			}
			c, err := n.dial()
			if err != nil {
				return err
			}
			var t client.NewToken
			if err := c.JSON(cmd.Context(), http.MethodPost, client.TokensPath, s, &t); err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if out != "" {
				f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
				if err == nil {
					_, err = fmt.Fprintln(f, t.Token)
					err = errors.Join(err, f.Sync(), f.Close())
				}
				if err != nil {
					return fmt.Errorf("token %s is made and could not be written (revoke it): %w", t.ID, err)
				}
				_, err = fmt.Fprintf(w, "Token %s for %s is in %s, until %s.\n", t.ID, t.Account, out, day(t.Expires))
				return err
			}
			_, err = fmt.Fprintf(w, "Token %s for %s, shown this once, good until %s:\n\n  %s\n", t.ID, t.Account, day(t.Expires), t.Token)
			return err
		},
	}
	n.add(cmd, true)
	f := cmd.Flags()
	f.StringVar(&label, "label", "", "what the token is for, to know it by")
	f.StringSliceVar(&may, "may", nil, "what it may do, such as reading:read or evidence:read")
	f.BoolVar(&all, "may-all", false, "all that your account may")
	f.StringSliceVar(&businesses, "business", nil, "only sites of these")
	f.StringSliceVar(&districts, "district", nil, "only sites of these districts")
	f.StringSliceVar(&sites, "site", nil, "only these sites")
	f.Var(&lasts, "lasts", "how long it lasts, such as 12h or 90d")
	f.StringVarP(&out, "out", "o", "", "file to write it to, mode 0600")
	if err := cmd.MarkFlagRequired("label"); err != nil {
		panic(err) // the flag is in the lines above
	}
	return cmd
}

// days is a duration that may be given in days.
type days time.Duration

func (d *days) String() string {
	if v := time.Duration(*d); v%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", v/(24*time.Hour))
	}
	return time.Duration(*d).String()
}

func (d *days) Set(s string) error {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		x, err := strconv.ParseUint(n, 10, 12)
		if err != nil {
			return fmt.Errorf("%q is not a number of days", n)
		}
		*d = days(time.Duration(x) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	*d = days(v)
	return err
}

func (d *days) Type() string { return "duration" }

func day(micros int64) string {
	return time.UnixMicro(micros).Local().Format("2006-01-02 15:04 MST")
}

func newTokenListCmd() *cobra.Command {
	var n notaryFlags
	cmd := &cobra.Command{
		Use:   "list --notary URL",
		Short: "Show your access tokens",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := n.dial()
			if err != nil {
				return err
			}
			var all client.Items[accounts.AccessToken]
			if err := c.JSON(cmd.Context(), http.MethodGet, client.TokensPath, nil, &all); err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tLABEL\tMAY\tENDS\tLAST USED\tNOW")
			for _, t := range all.Items {
				may, used, now := "all of the account", "never", "good"
				if len(t.Limits) > 0 {
					var each []string
					for _, p := range t.Limits {
						each = append(each, p.String())
					}
					may = strings.Join(each, " ")
				}
				if t.Used > 0 {
					used = day(t.Used)
				}
				switch {
				case t.Revoked != 0:
					now = "revoked " + day(t.Revoked)
				case t.Expires <= time.Now().UnixMicro():
					now = "ended"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Label, may, day(t.Expires), used, now)
			}
			return w.Flush()
		},
	}
	n.add(cmd, true)
	return cmd
}

func newTokenRevokeCmd() *cobra.Command {
	var n notaryFlags
	cmd := &cobra.Command{
		Use:   "revoke ID --notary URL",
		Short: "End an access token at once, with what is open under it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := n.dial()
			if err != nil {
				return err
			}
			var t accounts.AccessToken
			if err := c.JSON(cmd.Context(), http.MethodDelete, client.TokensPath+"/"+args[0], nil, &t); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Token %s (%s) is revoked.\n", t.ID, t.Label)
			return err
		},
	}
	n.add(cmd, true)
	return cmd
}
