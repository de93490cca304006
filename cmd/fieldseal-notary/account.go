package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
)

func newAccountCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Give people accounts, roles and first passwords",
		Long: `An account has one role, limited to businesses, districts and sites if you say so.
With --data these commands work on the data folder, whether the notary runs or not:
so an operator who forgot the password gets a new one. docs/operations.md has the
table of what each role may do.`,
	}
	cmd.AddCommand(newAccountAddCmd(), newAccountListCmd(), newAccountRoleCmd(), newAccountDisableCmd(true), newAccountDisableCmd(false), newAccountResetCmd(), newAccountTrailCmd())
	return cmd
}

// asking runs f with a client of the target.
func asking(cmd *cobra.Command, t *target, f func(context.Context, *client.Client) error) error {
	c, closing, err := t.dial(cmd.Context())
	if err != nil {
		return err
	}
	return errors.Join(f(cmd.Context(), c), closing())
}

// granting is a role with its limits, as flags.
type granting struct {
	role       string
	businesses []string
	districts  []string
	sites      []string
	everywhere bool
	grants     []string
}

func (g *granting) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&g.role, "role", "", "operator, centre, inspector, company, auditor or public")
	f.StringSliceVar(&g.businesses, "business", nil, "only sites of these: construction, food")
	f.StringSliceVar(&g.districts, "district", nil, "only sites of these districts")
	f.StringSliceVar(&g.sites, "site", nil, "only these sites (configuration ids)")
	f.StringSliceVar(&g.grants, "grant", nil, "only this site, and only while the permission stands in the chain's register, as SITE=ID (fieldseal-notary org register grant)")
	f.BoolVar(&g.everywhere, "everywhere", false, "every site, also those that come later")
	mustHave(cmd, "role")
}

func mustHave(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flags are in the lines above
		}
	}
}

func (g *granting) spec(name string) (accounts.Spec, error) {
	s := accounts.Spec{Name: name, Role: accounts.Role(g.role), Scope: accounts.Scope{Districts: g.districts, Sites: g.sites}}
	for _, b := range g.businesses {
		s.Scope.Businesses = append(s.Scope.Businesses, accounts.Business(b))
	}
	for _, text := range g.grants {
		x, err := accounts.ParseGrant(text)
		if err != nil {
			return s, fmt.Errorf("--grant: %w", err)
		}
		s.Scope.Grants = append(s.Scope.Grants, x)
		if !slices.Contains(s.Scope.Sites, x.Site) {
			s.Scope.Sites = append(s.Scope.Sites, x.Site)
		}
	}
	if g.everywhere != s.Scope.Everywhere() {
		return s, errors.New("say which sites: --business, --district, --site or --grant, or else --everywhere")
	}
	return s, nil
}

func newAccountAddCmd() *cobra.Command {
	var t target
	var g granting
	cmd := &cobra.Command{
		Use:   "add NAME --data DIR --role ROLE (--everywhere | --business B --district D --site S --grant S=ID)",
		Short: "Make an account and print its first password, once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := g.spec(args[0])
			if err != nil {
				return err
			}
			return asking(cmd, &t, func(ctx context.Context, c *client.Client) error {
				var out client.FirstPassword
				if err := c.JSON(ctx, http.MethodPost, client.AccountsPath, s, &out); err != nil {
					return err
				}
				return printFirst(cmd.OutOrStdout(), out)
			})
		},
	}
	t.flags(cmd)
	g.flags(cmd)
	return cmd
}

func printFirst(w io.Writer, p client.FirstPassword) error {
	_, err := fmt.Fprintf(w, `First password of %s, shown this once; it must be changed at the first sign-in:

  %s

Next, on the page or at a terminal: fieldseal login --notary HOST:%s --name %s
`, p.Name, p.Password, client.DefaultPort, p.Name)
	if err == nil && p.Reader != "" {
		_, err = fmt.Fprintf(w, "Permissions to read that stand on the chain call it 0x%s.\n", p.Reader)
	}
	return err
}

func newAccountListCmd() *cobra.Command {
	var t target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list --data DIR",
		Short: "Show every account with its role and limits",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return asking(cmd, &t, func(ctx context.Context, c *client.Client) error {
				var out client.Items[accounts.User]
				if err := c.JSON(ctx, http.MethodGet, client.AccountsPath, nil, &out); err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), out.Items)
				}
				return printAccounts(cmd.OutOrStdout(), out.Items)
			})
		},
	}
	t.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func printAccounts(out io.Writer, all []accounts.User) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "No account yet. Next: fieldseal-notary account add NAME --role operator --everywhere")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tLIMITED TO\tLAST SIGN-IN\tNOW")
	for _, a := range all {
		last, now := "never", "may sign in"
		if a.SignedIn > 0 {
			last = time.UnixMicro(a.SignedIn).Local().Format("2006-01-02 15:04 MST")
		}
		switch {
		case a.Disabled:
			now = "disabled"
		case a.Left:
			now = "has no role at its OpenID provider any more"
		case a.MustChange:
			now = "must change the first password"
		case a.Subject != "":
			now = "signs in at " + a.Subject
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.Role, limits(&a.Scope), last, now)
	}
	return w.Flush()
}

// limits is a scope in words.
func limits(s *accounts.Scope) string {
	if s.Everywhere() {
		return "nothing"
	}
	var out []string
	for _, b := range s.Businesses {
		out = append(out, string(b))
	}
	for _, d := range s.Districts {
		out = append(out, "district "+d)
	}
	for _, x := range s.Sites {
		out = append(out, "site "+x)
	}
	for _, g := range s.Grants {
		out = append(out, fmt.Sprintf("%s while permission %s… stands", g.Site, g.ID[:8]))
	}
	return strings.Join(out, ", ")
}

func newAccountRoleCmd() *cobra.Command {
	var t target
	var g granting
	cmd := &cobra.Command{
		Use:   "role NAME --data DIR --role ROLE (--everywhere | --business B --district D --site S --grant S=ID)",
		Short: "Give an account another role and other limits, at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := g.spec(args[0])
			if err != nil {
				return err
			}
			return asking(cmd, &t, func(ctx context.Context, c *client.Client) error {
				var out accounts.User
				if err := c.JSON(ctx, http.MethodPut, client.AccountsPath+"/"+url.PathEscape(s.Name), s, &out); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is now %s, limited to %s. Open streams of it have ended.\n", out.Name, out.Role, limits(&out.Scope))
				if err == nil && len(out.Scope.Grants) > 0 {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "Permissions to read that stand on the chain call it 0x%s.\n", out.Reader)
				}
				return err
			})
		},
	}
	t.flags(cmd)
	g.flags(cmd)
	return cmd
}

func newAccountDisableCmd(off bool) *cobra.Command {
	var t target
	use, short, done := "disable", "Shut an account out at once, with its sessions and tokens", "is shut out. Its sessions have ended; its tokens are not taken"
	if !off {
		use, short, done = "enable", "Let a disabled account in again", "may sign in again"
	}
	cmd := &cobra.Command{
		Use:   use + " NAME --data DIR",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return asking(cmd, &t, func(ctx context.Context, c *client.Client) error {
				var out accounts.User
				if err := c.JSON(ctx, http.MethodPost, client.AccountsPath+"/"+url.PathEscape(args[0])+"/disable", client.Disable{Disabled: off}, &out); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s.\n", out.Name, done)
				return err
			})
		},
	}
	t.flags(cmd)
	return cmd
}

func newAccountResetCmd() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "reset NAME --data DIR",
		Short: "Give an account a new first password, and end its sessions and tokens",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return asking(cmd, &t, func(ctx context.Context, c *client.Client) error {
				var out client.FirstPassword
				if err := c.JSON(ctx, http.MethodPost, client.AccountsPath+"/"+url.PathEscape(args[0])+"/reset", nil, &out); err != nil {
					return err
				}
				return printFirst(cmd.OutOrStdout(), out)
			})
		},
	}
	t.flags(cmd)
	return cmd
}

func newAccountTrailCmd() *cobra.Command {
	var t target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "trail --data DIR",
		Short: "Show who changed what and who signed in, checked from the first row on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return asking(cmd, &t, func(ctx context.Context, c *client.Client) error {
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				if !asJSON {
					fmt.Fprintln(w, "NUMBER\tTIME\tBY\tROLE\tFROM\tWHAT\tSUBJECT")
				}
				var last accounts.Deed
				for after := "0"; after != ""; {
					var page client.Items[accounts.Deed]
					if err := c.JSON(ctx, http.MethodGet, client.AuditPath+"?limit=1000&after="+after, nil, &page); err != nil {
						return err
					}
					for _, d := range page.Items {
						if d.Number != last.Number+1 || last.Number > 0 && d.Prev != last.Hash() {
							return fmt.Errorf("row %d of the trail does not follow from row %d: rows were changed or taken out", d.Number, last.Number)
						}
						last = d
						if asJSON {
							if err := json.NewEncoder(cmd.OutOrStdout()).Encode(d); err != nil {
								return err
							}
							continue
						}
						fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Number, time.UnixMicro(d.Time).Local().Format("2006-01-02 15:04:05"), d.By, d.Role, d.From, d.What, d.Subject)
					}
					after = page.Next
				}
				if err := w.Flush(); err != nil || asJSON || last.Number == 0 {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "\nEvery row follows from the one before. Kept elsewhere, this shows later that the end was not cut off:\n  row %d  SHA-256 %s\n", last.Number, last.Hash())
				return err
			})
		},
	}
	t.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line, with what was before and after")
	return cmd
}
