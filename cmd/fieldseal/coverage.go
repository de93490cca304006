package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/statement"
	"fieldseal/firmware-config/site"
	"fieldseal/notary/api/client"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
)

func newCoverageCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "coverage",
		Short: "Say what a site must send, as the supervision side",
		Long: `A coverage plan names the points that a site must send, how often, by which gateway
and with which device profile. Completeness and meaning are judged by the plan in
force; without one they are judged as the owner configured his gateway.`,
	}
	cmd.AddCommand(newCoverageKeygenCmd(), newCoverageNewCmd(), newCoverageSignCmd(), newSubmitCmd("coverage sign"))
	return cmd
}

func newCoverageKeygenCmd() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "keygen --key FILE",
		Short: "Make a supervision key",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := authority.MakeKey(path)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `supervision  %s
key          %s (keep it apart from the notary)

The notary takes its plans once notary.yaml names it, and it is started again:

  authority:
    supervision:
      - "%s"
`, k.Public(), path, k.Public())
			return err
		},
	}
	cmd.Flags().StringVar(&path, "key", "supervision.key", "file to make")
	return cmd
}

// plan is a coverage plan as people read and change it before it is signed.
type plan struct {
	Version int         `yaml:"version"` // 1
	Origin  string      `yaml:"origin"`  // of the log it is meant for
	Site    string      `yaml:"site"`    // id, 32 hex digits
	Name    string      `yaml:"name"`    // of the site, for the reader only
	From    string      `yaml:"from"`    // RFC 3339
	Until   string      `yaml:"until,omitempty"`
	Points  []planPoint `yaml:"points"`
}

type planPoint struct {
	Point   string `yaml:"point"`
	Every   string `yaml:"every"`   // greatest interval between two readings
	Gateway string `yaml:"gateway"` // id, 32 hex digits
	Profile string `yaml:"profile"` // digest of the compiled profile, 64 hex digits
	Low     string `yaml:"low,omitempty"`
	High    string `yaml:"high,omitempty"`
}

func newCoverageNewCmd() *cobra.Command {
	var n notaryFlags
	var configs []string
	var out, from, until string
	var slack float64
	cmd := &cobra.Command{
		Use:   "new --config site.yaml… --notary URL -o plan.yaml",
		Short: "Draft a plan from the site files of a site's gateways",
		Long: `Drafts what the site files say: each point at its cadence times --slack, with its
profile and limits. The notary is asked for the ids of the site and its gateways. Read
the draft and change what supervision wants otherwise, then sign it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !(slack >= 1 && slack <= 1000) {
				return usage("--slack %v: from 1 to 1000", slack)
			}
			p := &plan{Version: 1, From: from, Until: until}
			if p.From == "" {
				p.From = time.Now().UTC().Format(time.RFC3339)
			}
			c, err := n.dial()
			if err != nil {
				return err
			}
			if err := p.draft(cmd.Context(), c, configs, slack); err != nil {
				return err
			}
			if _, err := p.body(); err != nil {
				return err
			}
			text, err := yaml.Marshal(p)
			if err != nil {
				return err
			}
			head := "# Coverage plan: what the site must send. `every` is the greatest interval between two readings.\n"
			if err := writeWhole(out, append([]byte(head), text...), false); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d points of %s from %s\n\nNext, after reading it: fieldseal coverage sign --key supervision.key %s\n", out, len(p.Points), p.Name, p.From, quote(out))
			return err
		},
	}
	n.add(cmd, true)
	f := cmd.Flags()
	f.StringSliceVar(&configs, "config", nil, "site file of a gateway of the site; several gateways: several times")
	f.StringVarP(&out, "out", "o", "plan.yaml", "file to write")
	f.StringVar(&from, "from", "", "when it comes into force, RFC 3339 (default: now)")
	f.StringVar(&until, "until", "", "when it ends, RFC 3339 (default: when a later plan begins)")
	f.Float64Var(&slack, "slack", 3, "greatest interval as a multiple of the cadence")
	if err := cmd.MarkFlagRequired("config"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

// draft fills the plan from site files and the notary's register.
func (p *plan) draft(ctx context.Context, c *client.Client, configs []string, slack float64) error {
	var gateways []client.Gateway
	if err := c.JSON(ctx, "GET", client.GatewaysPath, nil, &gateways); err != nil {
		return err
	}
	var err error
	if p.Origin, err = originOf(ctx, c); err != nil {
		return err
	}
	for _, path := range configs {
		s, err := site.Load(path)
		if err != nil {
			return err
		}
		g, err := enrolled(gateways, s.ID, s.Gateway.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if p.Site != "" && p.Site != g.Site.String() {
			return fmt.Errorf("%s is of site %s; a plan is of one site", path, s.ID)
		}
		p.Site, p.Name = g.Site.String(), g.SiteName
		if err := p.addSite(s, g.Gateway, slack); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	slices.SortFunc(p.Points, func(a, b planPoint) int { return strings.Compare(a.Point, b.Point) })
	return nil
}

// enrolled finds the gateway of a site that is enrolled now under a name.
func enrolled(all []client.Gateway, siteID, gateway string) (*client.Gateway, error) {
	var found *client.Gateway
	for i := range all {
		g := &all[i]
		if g.SiteSlug == siteID && g.GatewayName == gateway && g.State != enrol.Revoked && (found == nil || g.Requested > found.Requested) {
			found = g
		}
	}
	if found == nil {
		return nil, fmt.Errorf("the notary knows no gateway %q of site %q; enrol it first (fieldseal-notary gateway enrol)", gateway, siteID)
	}
	return found, nil
}

func (p *plan) addSite(s *site.Site, g batch.ID, slack float64) error {
	compiled, err := s.Compile("")
	if err != nil {
		return err
	}
	for i := range compiled.Config.Devices {
		d := &compiled.Config.Devices[i]
		prof, ok := compiled.Profile(d.Profile)
		src, known := s.Device(d.ID)
		if !ok || !known {
			return fmt.Errorf("device %s has no profile", d.ID)
		}
		for _, pt := range prof.Profile.Points {
			x := planPoint{Point: d.ID + "/" + pt.Name, Gateway: g.String(), Profile: hex.EncodeToString(d.Profile[:]),
				Every: time.Duration(math.Ceil(src.CadenceOf(int(pt.Exchange)).Seconds()*slack) * float64(time.Second)).String()}
			for _, l := range d.Limits {
				if l.Point == pt.Name {
					x.Low, x.High = text(l.Low), text(l.High)
				}
			}
			p.Points = append(p.Points, x)
		}
	}
	return nil
}

func text(d *decimal.D) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// body turns the plan into what is signed.
func (p *plan) body() (*statement.Coverage, error) {
	if p.Version != 1 {
		return nil, fmt.Errorf("plan: version %d; this program reads version 1", p.Version)
	}
	out := &statement.Coverage{}
	var err error
	if out.Site, err = batch.ParseID(p.Site); err != nil {
		return nil, fmt.Errorf("plan: site: %w", err)
	}
	if out.From, err = moment("from", p.From); err != nil {
		return nil, err
	}
	if p.Until != "" {
		if out.Until, err = moment("until", p.Until); err != nil {
			return nil, err
		}
		if out.Until <= out.From {
			return nil, errors.New("plan: until is not after from")
		}
	}
	if len(p.Points) == 0 || len(p.Points) > statement.MaxPlanned {
		return nil, fmt.Errorf("plan: %d points, where 1 to %d may be", len(p.Points), statement.MaxPlanned)
	}
	points := slices.Clone(p.Points)
	slices.SortFunc(points, func(a, b planPoint) int { return strings.Compare(a.Point, b.Point) })
	for i, x := range points {
		if i > 0 && points[i-1].Point == x.Point {
			return nil, fmt.Errorf("plan: point %s is there twice", x.Point)
		}
		y, err := x.planned()
		if err != nil {
			return nil, fmt.Errorf("plan: point %s: %w", x.Point, err)
		}
		out.Points = append(out.Points, y)
	}
	return out, nil
}

func (x *planPoint) planned() (y statement.Planned, err error) {
	if device, name, ok := strings.Cut(x.Point, "/"); !ok || device == "" || name == "" {
		return y, errors.New("a point is DEVICE/NAME")
	}
	y.Point = x.Point
	every, err := time.ParseDuration(x.Every)
	if err != nil || every < time.Millisecond {
		return y, fmt.Errorf("every %q: write it as 30s or 5m", x.Every)
	}
	y.MaxInterval = uint64(every.Microseconds())
	if y.Gateway, err = batch.ParseID(x.Gateway); err != nil {
		return y, fmt.Errorf("gateway: %w", err)
	}
	digest, err := hex.DecodeString(x.Profile)
	if err != nil || len(digest) != 32 {
		return y, fmt.Errorf("profile %q is not a digest of 64 hex digits", x.Profile)
	}
	y.Profile = [32]byte(digest)
	for _, b := range []struct {
		text string
		to   **decimal.D
	}{{x.Low, &y.Low}, {x.High, &y.High}} {
		if b.text == "" {
			continue
		}
		d, err := decimal.Parse(b.text)
		if err != nil {
			return y, err
		}
		*b.to = &d
	}
	if y.Low != nil && y.High != nil && y.Low.Cmp(*y.High) >= 0 {
		return y, fmt.Errorf("low %s is not below high %s", x.Low, x.High)
	}
	return y, nil
}

func moment(name, s string) (int64, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1980 || t.Year() > 9000 {
		return 0, fmt.Errorf("plan: %s %q: write it as 2026-03-01T10:00:00Z", name, s)
	}
	return t.UnixMicro(), nil
}

// readPlan reads a plan file strictly.
func readPlan(path string) (*plan, error) {
	raw, err := readBounded(path, 1<<20)
	if err != nil {
		return nil, err
	}
	p := &plan{}
	d := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict())
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("plan %s: %s", path, yaml.FormatError(err, false, true))
	}
	return p, nil
}

func newCoverageSignCmd() *cobra.Command {
	var key, out string
	cmd := &cobra.Command{
		Use:   "sign --key supervision.key PLAN -o FILE",
		Short: "Sign a plan with the supervision key",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := readPlan(args[0])
			if err != nil {
				return err
			}
			body, err := p.body()
			if err != nil {
				return err
			}
			if out == "" {
				out = strings.TrimSuffix(strings.TrimSuffix(args[0], ".yaml"), ".yml") + ".signed.json"
			}
			by, err := signStatement(key, p.Origin, body, out)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d points for log %s, signed by %s\n\nNext: fieldseal coverage submit --notary URL %s\n", len(body.Points), p.Origin, by, quote(out))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "supervision.key", "the supervision key")
	f.StringVarP(&out, "out", "o", "", "file to write (default: the plan's name with .signed.json)")
	return cmd
}
