package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"fieldseal/notary/api/client"
)

// watchRetry is the pause before a stream that broke off is taken up again.
const watchRetry = time.Second

func newWatchCmd() *cobra.Command {
	var n notaryFlags
	params := map[string]*[]string{}
	cmd := &cobra.Command{
		Use:   "watch --notary URL [--site S] [--point P]",
		Short: "Show live readings as they are sealed, logged and anchored",
		Long: `Follows the notary's stream and keeps a table of the newest reading of each point with
its state. When the notary restarts, it resumes where it was. Into a pipe it writes
one line for each reading instead. Ctrl-C ends it.

What is shown is what the notary says; fieldseal evidence get fetches what proves itself.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q := url.Values{}
			for name, v := range params {
				q[name] = append(q[name], *v...)
			}
			c, err := n.dial()
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			t := &watchTable{out: out, rows: map[string]*watched{}}
			if f, ok := out.(interface{ Fd() uintptr }); ok {
				t.live = isatty.IsTerminal(f.Fd())
			}
			return followNotary(cmd.Context(), c, q, t, cmd.ErrOrStderr())
		},
	}
	n.add(cmd, true)
	for _, p := range [][2]string{
		{"site", "configuration id of a site; may be repeated"}, {"gateway", "id of a gateway; may be repeated"},
		{"device", "device, such as dust-1; may be repeated"}, {"point", "point, DEVICE/NAME; may be repeated"},
	} {
		params[p[0]] = cmd.Flags().StringSlice(p[0], nil, p[1])
	}
	return cmd
}

// followNotary follows until ctx ends. What the notary refuses ends it; a connection
// that breaks does not.
func followNotary(ctx context.Context, c *client.Client, q url.Values, t *watchTable, warn io.Writer) error {
	var last uint64
	resume, told := false, false
	for {
		at, err := c.Stream(ctx, q, last, resume, func(e client.Event) error { told = false; return t.take(e) })
		if at > 0 {
			last, resume = at, true
		}
		var refused *client.Problem
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused) && refused.Status < 500:
			return err
		case !resume && err != nil && refused == nil:
			return err // it never answered: the address or the certificate is wrong
		}
		if !told {
			told = true
			fmt.Fprintf(warn, "The stream broke off (%v); trying again.\n", cmp.Or(err, io.EOF))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchRetry):
		}
	}
}

// watched is the newest reading of a point.
type watched struct {
	site, gateway, point, value, unit, state string
	time                                     int64
	index                                    uint64
	marks                                    []string
}

// watchTable keeps what is shown.
type watchTable struct {
	out  io.Writer
	live bool // a terminal: draw the table anew; else a line for each reading
	rows map[string]*watched
	line string // of the newest word that is not a reading
}

// watchData holds the fields of all kinds of event that are shown.
type watchData struct {
	Site     string         `json:"site"`
	Gateway  string         `json:"gateway"`
	Readings []watchReading `json:"readings"`
	Points   []watchReading `json:"points"`
	State    string         `json:"state"`
	Size     uint64         `json:"size"`
	Dropped  int            `json:"dropped"`
	Alarm    watchAlarm     `json:"alarm"`
	Step     watchStep      `json:"step"`
}

type watchAlarm struct {
	Kind   string `json:"kind"`
	Device string `json:"device"`
	Point  string `json:"point"`
	Value  string `json:"value"`
	Limit  string `json:"limit"`
	Cause  string `json:"cause"`
}

type watchStep struct {
	Step string `json:"step"`
	Time int64  `json:"time"`
	By   string `json:"by"`
}

// tell is a step of an alarm in one line.
func (d *watchData) tell() string {
	a, s := d.Alarm, d.Step
	what := cmp.Or(a.Point, a.Device, "the whole gateway")
	line := fmt.Sprintf("%s  alarm %s: %s, %s", time.UnixMicro(s.Time).UTC().Format("15:04:05"), s.Step, what, a.Kind)
	if a.Cause != "" {
		line += ", " + a.Cause
	}
	if a.Value != "" && a.Limit != "" {
		line += fmt.Sprintf(" (%s, limit %s)", a.Value, a.Limit)
	}
	if s.By != "" {
		line += ", by " + s.By
	}
	return line
}

type watchReading struct {
	Site    string   `json:"site"`
	Gateway string   `json:"gateway"`
	Point   string   `json:"point"`
	Value   string   `json:"value"`
	Unit    string   `json:"unit"`
	Time    int64    `json:"time"`
	Index   uint64   `json:"index"`
	Marks   []string `json:"marks"`
}

func (t *watchTable) take(e client.Event) error {
	var d watchData
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return fmt.Errorf("event %d: %w", e.ID, err)
	}
	switch e.Name {
	case "admission":
		for _, r := range d.Readings {
			r.Site, r.Gateway = d.Site, d.Gateway
			if err := t.put(r); err != nil {
				return err
			}
		}
	case "state":
		for _, w := range t.rows {
			if w.index < d.Size && w.state != "anchored" && (d.State != "logged" || w.state == "sealed") {
				w.state = d.State
			}
		}
	case "thinned":
		t.line = fmt.Sprintf("%d batches were left out: this terminal is too slow. The newest values are shown.", d.Dropped)
		for _, r := range d.Points {
			if err := t.put(r); err != nil {
				return err
			}
		}
	case "alarm":
		t.line = d.tell() // a pipe takes readings alone
	default:
		return nil // of a later release
	}
	if !t.live {
		return nil
	}
	return t.draw()
}

func (t *watchTable) put(r watchReading) error {
	key := r.Gateway + " " + r.Point
	if have := t.rows[key]; have == nil || have.time <= r.Time {
		t.rows[key] = &watched{r.Site, r.Gateway, r.Point, r.Value, r.Unit, "sealed", r.Time, r.Index, r.Marks}
	}
	if t.live {
		return nil
	}
	_, err := fmt.Fprintf(t.out, "%s\t%s\t%s\t%s\t%s\t%s\n", time.UnixMicro(r.Time).UTC().Format(time.RFC3339Nano), r.Gateway, r.Point, r.Value, r.Unit, strings.Join(r.Marks, ","))
	return err
}

// draw writes the table over the one before.
func (t *watchTable) draw() error {
	rows := make([]*watched, 0, len(t.rows))
	width := len("point")
	for _, w := range t.rows {
		rows = append(rows, w)
		width = max(width, len(w.point))
	}
	slices.SortFunc(rows, func(a, b *watched) int {
		return cmp.Or(cmp.Compare(a.site, b.site), cmp.Compare(a.gateway, b.gateway), cmp.Compare(a.point, b.point))
	})
	var s strings.Builder
	s.WriteString("\x1b[H\x1b[2J")
	fmt.Fprintf(&s, "%-8s  %-*s  %12s  %-8s  %-15s  %s\n", "gateway", width, "point", "value", "unit", "time (UTC)", "state")
	for _, w := range rows {
		fmt.Fprintf(&s, "%-8.8s  %-*s  %12s  %-8s  %-15s  %s %s\n", w.gateway, width, w.point, w.value, w.unit,
			time.UnixMicro(w.time).UTC().Format("15:04:05.000"), w.state, strings.Join(w.marks, ","))
	}
	if t.line != "" {
		fmt.Fprintf(&s, "\n%s\n", t.line)
	}
	_, err := io.WriteString(t.out, s.String())
	return err
}
