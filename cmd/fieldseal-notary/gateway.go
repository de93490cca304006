package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
	"fieldseal/notary/service"
	"fieldseal/notary/store/badgerstore"
)

func newGatewayCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gateway",
		Short: "Enrol, list and revoke gateways",
		Long: `With --data these commands work on a notary's data folder: while the notary runs they
go through the socket in that folder, which only its owner may open; while it does
not, they change the folder directly. With --notary they ask a notary elsewhere, over
HTTPS and with its operator's token.`,
	}
	cmd.AddCommand(newGatewayEnrolCmd(), newGatewayListCmd(), newGatewayRevokeCmd())
	return cmd
}

// register is what the commands do, through the socket or directly.
type register interface {
	order(ctx context.Context, o enrol.Order) (api.Ordered, error)
	list(ctx context.Context) ([]api.Gateway, error)
	revoke(ctx context.Context, g batch.ID, v api.Revoke) error
	close() error
}

// target says where the register is: in a data folder, or behind a notary's HTTPS.
type target struct{ data, notary, ca, token string }

func (t *target) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.data, "data", "", "data folder of the notary, running or not")
	f.StringVar(&t.notary, "notary", "", "address of a running notary elsewhere, https://HOST:7411; needs --ca and --token")
	f.StringVar(&t.ca, "ca", "", "certificate of that notary's CA (ca.pem of its data folder)")
	f.StringVar(&t.token, "token", "", "file with its operator's token (admin.token of its data folder)")
	cmd.MarkFlagsOneRequired("data", "notary")
	cmd.MarkFlagsMutuallyExclusive("data", "notary")
	cmd.MarkFlagsRequiredTogether("notary", "token")
}

// open tries the running notary first.
func (t *target) open(ctx context.Context) (register, error) {
	if t.notary != "" {
		c, err := client.Dial(t.notary, t.ca, t.token)
		return &running{c}, err
	}
	d := service.Folder(t.data)
	id, err := d.Identity()
	if err != nil {
		return nil, err
	}
	r := &running{client.ClientFor(d.Client())}
	_, err = r.list(ctx)
	if err == nil {
		return r, nil
	}
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return openStopped(d, id)
}

// running speaks to a notary that runs.
type running struct{ *client.Client }

func (r *running) close() error { return nil }

func (r *running) order(ctx context.Context, o enrol.Order) (out api.Ordered, err error) {
	err = r.JSON(ctx, http.MethodPost, api.GatewaysPath, o, &out)
	return out, err
}

func (r *running) list(ctx context.Context) (out []api.Gateway, err error) {
	err = r.JSON(ctx, http.MethodGet, api.GatewaysPath, nil, &out)
	return out, err
}

func (r *running) revoke(ctx context.Context, g batch.ID, v api.Revoke) error {
	var out api.Gateway
	return r.JSON(ctx, http.MethodPost, api.GatewaysPath+"/"+g.String()+"/revoke", v, &out)
}

// stopped works on the folder of a notary that does not run.
type stopped struct {
	store    *badgerstore.Store
	registry *enrol.Registry
	ca       *access.CA
	logKey   string
}

func openStopped(d service.Folder, id *service.Identity) (_ *stopped, err error) {
	s := &stopped{}
	key, err := os.ReadFile(string(d) + "/log.vkey")
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", id.Origin, err)
	}
	s.logKey = strings.TrimSpace(string(key))
	if s.ca, err = access.Open(string(d), time.Now); err != nil {
		return nil, err
	}
	if s.store, err = badgerstore.Open(d.StoreDir(), slog.New(slog.DiscardHandler)); err != nil {
		return nil, fmt.Errorf("%w (a notary that is starting or stopping answers in a moment)", err)
	}
	if s.registry, err = enrol.Open(s.store, rand.Reader, time.Now); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	return s, nil
}

func (s *stopped) close() error { return s.store.Close() }

func (s *stopped) order(_ context.Context, o enrol.Order) (api.Ordered, error) {
	c, expires, err := s.registry.Order(o, s.ca, s.logKey)
	return api.Ordered{Code: c.String(), Expires: expires}, err
}

func (s *stopped) list(context.Context) (out []api.Gateway, err error) {
	for _, e := range s.registry.List() {
		out = append(out, api.Gateway{Entry: e})
	}
	return out, nil
}

func (s *stopped) revoke(_ context.Context, g batch.ID, v api.Revoke) error {
	h, err := s.store.Head()
	if err != nil {
		return err
	}
	return s.registry.Revoke(g, enrol.Revocation{FromIndex: h.Size, Suspected: v.Suspected, Reason: v.Reason})
}

// withRegister opens the register for one command.
func withRegister(cmd *cobra.Command, t *target, f func(register) error) error {
	r, err := t.open(cmd.Context())
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.close())
}

func newGatewayEnrolCmd() *cobra.Command {
	var t target
	var reach string
	var codeOnly bool
	var o enrol.Order
	cmd := &cobra.Command{
		Use:   `enrol --data DIR --site ID --name "North yard" --gateway ID`,
		Short: "Print a one-time code with which one gateway of a site enrols",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.SiteName == "" {
				o.SiteName = o.Site
			}
			return withRegister(cmd, &t, func(r register) error {
				c, err := r.order(cmd.Context(), o)
				if err != nil {
					return err
				}
				w := cmd.OutOrStdout()
				if codeOnly {
					_, err = fmt.Fprintln(w, c.Code)
					return err
				}
				at := reach
				switch {
				case at != "":
				case t.notary != "":
					at = t.notary
				default:
					at = httpAddress(t.data)
				}
				_, err = fmt.Fprintf(w, `Code for gateway %s of site %s (%s), good for one gateway until %s:

  %s

It carries the fingerprints of this notary, so that the gateway knows it. On the gateway:

  fieldseal-agent enrol --config site.yaml --notary %s --code %s
`, o.Gateway, o.Site, o.SiteName, c.Expires.Local().Format("2006-01-02 15:04 MST"), c.Code, at, c.Code)
				return err
			})
		},
	}
	f := cmd.Flags()
	t.flags(cmd)
	f.StringVar(&o.Site, "site", "", "configuration id of the site, such as north-yard")
	f.StringVar(&o.SiteName, "name", "", "name of the site for people (default: its id)")
	f.StringVar(&o.Gateway, "gateway", "", "configuration id of the gateway, such as gw-1")
	f.StringVar(&reach, "reach", "", "host:port under which the gateway reaches the notary's HTTPS, for the printed command")
	f.BoolVar(&codeOnly, "quiet", false, "print the code alone")
	for _, name := range []string{"site", "gateway"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the name is in the lines above
		}
	}
	return cmd
}

// httpAddress guesses from the settings how a gateway reaches the notary.
func httpAddress(data string) string {
	c, err := service.ReadConfig(data+"/"+service.ConfigFile, false)
	if err != nil {
		return "HOST:7411"
	}
	host, port, err := net.SplitHostPort(c.Listen.HTTP)
	if err != nil {
		return c.Listen.HTTP
	}
	if ip := net.ParseIP(host); (host == "" || ip != nil && ip.IsUnspecified()) && len(c.Listen.Hosts) > 0 {
		host = c.Listen.Hosts[0]
	} else if host == "" || ip != nil && ip.IsUnspecified() {
		host = "HOST"
	}
	return net.JoinHostPort(host, port)
}

func newGatewayListCmd() *cobra.Command {
	var t target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list --data DIR",
		Short: "Show every gateway: pending, enrolled or revoked",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRegister(cmd, &t, func(r register) error {
				all, err := r.list(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					if all == nil {
						all = []api.Gateway{}
					}
					e := json.NewEncoder(cmd.OutOrStdout())
					e.SetIndent("", "  ")
					return e.Encode(all)
				}
				return printGateways(cmd.OutOrStdout(), all, time.Now())
			})
		},
	}
	t.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func printGateways(out io.Writer, all []api.Gateway, now time.Time) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "No gateway yet. Next: fieldseal-notary gateway enrol")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tGATEWAY\tID\tSTATE\tBATCHES\tNOW")
	for _, g := range all {
		state, present := string(g.State), "not connected"
		switch {
		case g.State == enrol.Pending:
			present = "waits for: fieldseal authority sign"
		case g.State == enrol.Revoked:
			present = g.Revocation.Reason
			if g.Revocation.Listed == 0 {
				present += " (not yet in a status list: fieldseal authority sign)"
			}
		case g.Connected != nil:
			present = "connected for " + now.Sub(*g.Connected).Round(time.Second).String()
		case g.Seen > 0:
			present = "last batch " + now.Sub(time.UnixMicro(g.Seen)).Round(time.Second).String() + " ago"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", g.SiteSlug, g.GatewayName, g.Gateway, state, g.Batches, present)
	}
	return w.Flush()
}

func newGatewayRevokeCmd() *cobra.Command {
	var t target
	var gateway, since string
	var v api.Revoke
	cmd := &cobra.Command{
		Use:   `revoke --data DIR --gateway ID --reason "stolen"`,
		Short: "Stop believing a gateway's key, for good",
		Long: `The gateway is cut off at once and takes no part from the log's present size on. The
enrolment authority says so to everybody else with its next status list.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since != "" {
				at, err := time.Parse(time.RFC3339, since)
				if err != nil {
					return fmt.Errorf("--since %q: write it as 2026-03-01T10:00:00Z", since)
				}
				v.Suspected = at.UnixMicro()
			}
			return withRegister(cmd, &t, func(r register) error {
				g, err := find(cmd.Context(), r, gateway)
				if err != nil {
					return err
				}
				if err := r.revoke(cmd.Context(), g.Gateway, v); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), `Gateway %s (%s at %s) is revoked and cut off.

Next, where the authority is not embedded: fieldseal authority sign
`, g.Gateway, g.GatewayName, g.SiteSlug)
				return err
			})
		},
	}
	f := cmd.Flags()
	t.flags(cmd)
	f.StringVar(&gateway, "gateway", "", "id of the gateway (32 hex digits, or enough of them), as list shows it")
	f.StringVar(&v.Reason, "reason", "", "why, in a few words; it is published")
	f.StringVar(&since, "since", "", "when the key may have come into other hands, RFC 3339")
	for _, name := range []string{"gateway", "reason"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the name is in the lines above
		}
	}
	return cmd
}

// find resolves an id or a beginning of it that no other gateway shares.
func find(ctx context.Context, r register, text string) (*api.Gateway, error) {
	all, err := r.list(ctx)
	if err != nil {
		return nil, err
	}
	var found []*api.Gateway
	for i := range all {
		if strings.HasPrefix(all[i].Gateway.String(), text) {
			found = append(found, &all[i])
		}
	}
	if len(text) < 4 || len(found) != 1 {
		return nil, fmt.Errorf("--gateway %q fits %d gateways; give the id, or at least its first 4 digits, as fieldseal-notary gateway list shows it", text, len(found))
	}
	return found[0], nil
}
