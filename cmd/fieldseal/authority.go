package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/cose"
	"fieldseal/notary/api/client"
	"fieldseal/notary/authority"
)

func newAuthorityCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "authority",
		Short: "Sign enrolments and revocations as the enrolment authority",
		Long: `An enrolment authority says which gateways exist and which are not believed any more,
with a key that is not the notary's. Its folder belongs on another machine, in other
hands. Without a network: fetch what waits with requests, carry the file to the key,
sign it there, carry the answer back and submit it.`,
	}
	cmd.AddCommand(newAuthorityInitCmd(), newAuthorityRequestsCmd(), newAuthoritySignCmd(), newSubmitCmd("authority sign"))
	return cmd
}

func newAuthorityInitCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "init --dir DIR",
		Short: "Make the authority's key in a folder of its own",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
			k, err := authority.MakeKey(filepath.Join(dir, authority.KeyFile))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `authority  %s
key        %s (keep it apart from the notary, with a copy in a safe)

Next, where the notary is: fieldseal-notary init --data DIR --origin NAME --authority-key %s
`, k.Public(), filepath.Join(dir, authority.KeyFile), k.Public())
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of the authority")
	if err := cmd.MarkFlagRequired("dir"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

func newAuthorityRequestsCmd() *cobra.Command {
	var n notaryFlags
	var out string
	cmd := &cobra.Command{
		Use:   "requests --notary URL -o FILE",
		Short: "Fetch what waits for the authority's signature into a file",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, r, err := fetchRequests(cmd.Context(), &n)
			if err != nil {
				return err
			}
			if r.Empty() {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "Nothing waits.")
				return err
			}
			if err := writeWhole(out, text, false); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Next, where the key is: fieldseal authority sign --dir DIR --requests %s -o signed.json\n", quote(out))
			return err
		},
	}
	n.add(cmd, true)
	cmd.Flags().StringVarP(&out, "out", "o", "requests.json", "file to write")
	return cmd
}

func fetchRequests(ctx context.Context, n *notaryFlags) ([]byte, *authority.Requests, error) {
	c, err := n.dial()
	if err != nil {
		return nil, nil, err
	}
	text, _, err := c.Ask(ctx, "GET", client.RequestsPath, nil, authority.MaxRequests)
	if err != nil {
		return nil, nil, err
	}
	r, err := authority.ParseRequests(text)
	return text, r, err
}

func newAuthoritySignCmd() *cobra.Command {
	var n notaryFlags
	var dir, requests, out string
	var yes bool
	cmd := &cobra.Command{
		Use:   "sign --dir DIR (--notary URL | --requests FILE -o FILE)",
		Short: "Show what waits, sign it, and bring it to the notary",
		Long: `Shows the enrolments that wait and the revocations of the next status list, asks, and
signs. Run it when a gateway was ordered or revoked, and at least daily (with --yes
from a timer, once you trust who orders enrolments): each status list speaks for 24 h.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := authority.ReadKey(filepath.Join(dir, authority.KeyFile))
			if err != nil {
				return err
			}
			var r *authority.Requests
			if requests != "" {
				text, err := readBounded(requests, authority.MaxRequests)
				if err != nil {
					return err
				}
				if r, err = authority.ParseRequests(text); err != nil {
					return err
				}
			} else if _, r, err = fetchRequests(cmd.Context(), &n); err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if r.Empty() {
				_, err := fmt.Fprintln(w, "Nothing waits.")
				return err
			}
			showRequests(w, r)
			if !yes && !agreed(cmd.InOrStdin(), w) {
				return errors.New("nothing was signed")
			}
			answers, err := signRequests(dir, key, r, time.Now())
			if err != nil {
				return err
			}
			if requests != "" {
				if err := writeWhole(out, answers, false); err != nil {
					return err
				}
				_, err := fmt.Fprintf(w, "Next, where the notary can be reached: fieldseal authority submit --notary URL %s\n", quote(out))
				return err
			}
			return submitAndTell(cmd, &n, answers)
		},
	}
	n.add(cmd, false)
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "", "folder of the authority")
	f.StringVar(&requests, "requests", "", "file that `fieldseal authority requests` wrote, instead of asking the notary")
	f.StringVarP(&out, "out", "o", "signed.json", "file for the signed statements, with --requests")
	f.BoolVar(&yes, "yes", false, "sign without asking")
	cmd.MarkFlagsOneRequired("notary", "requests")
	cmd.MarkFlagsMutuallyExclusive("notary", "requests")
	if err := cmd.MarkFlagRequired("dir"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

// newSubmitCmd brings statements that were signed elsewhere to a notary.
func newSubmitCmd(by string) *cobra.Command {
	var n notaryFlags
	cmd := &cobra.Command{
		Use:   "submit --notary URL FILE",
		Short: "Bring what `fieldseal " + by + "` wrote to the notary",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readBounded(args[0], authority.MaxAnswers)
			if err != nil {
				return err
			}
			if _, err := authority.ParseAnswers(text); err != nil {
				return err
			}
			return submitAndTell(cmd, &n, text)
		},
	}
	n.add(cmd, true)
	return cmd
}

func submitAndTell(cmd *cobra.Command, n *notaryFlags, answers []byte) error {
	c, err := n.dial()
	if err != nil {
		return err
	}
	at, err := submit(cmd.Context(), c, answers)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d statements are in the log, at %s.\n", len(at), strings.Trim(fmt.Sprint(at), "[]"))
	return err
}

func showRequests(out io.Writer, r *authority.Requests) {
	fmt.Fprintf(out, "For log %s:\n\n", r.Origin)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range r.Enrolments {
		fmt.Fprintf(w, "  enrol\t%s\tat %s (%s)\tgateway %s\tkey %s\tasked %s\n", e.GatewayName, e.SiteName, e.SiteSlug, e.Gateway, e.Key,
			time.UnixMicro(e.Requested).Local().Format("2006-01-02 15:04 MST"))
	}
	if s := r.Status; s != nil {
		fmt.Fprintf(w, "  status list %d\t%d revoked\n", s.Serial, len(s.Revoked))
		for _, v := range s.Revoked {
			fmt.Fprintf(w, "    revoked\t%s\tfrom log entry %d\t%s\n", v.Gateway, v.FromIndex, v.Reason)
		}
	}
	w.Flush()
	fmt.Fprintln(out)
}

func agreed(in io.Reader, out io.Writer) bool {
	fmt.Fprint(out, "Compare the keys with the people at the gateways. Sign all of this? [y/N] ")
	line, err := bufio.NewReader(in).ReadString('\n')
	fmt.Fprintln(out)
	return err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "y")
}

// remembered is the last status list that this folder signed for a log: a notary
// that forgets one, or asks for its number again with less in it, is refused.
type remembered struct {
	Origin  string            `json:"origin"`
	Serial  uint64            `json:"serial"`
	Request *authority.Status `json:"request"`
	Signed  authority.Signed  `json:"signed"`
}

func memoryFile(dir, origin string) string {
	h := sha256.Sum256([]byte(origin))
	return filepath.Join(dir, fmt.Sprintf("status-%x.json", h[:8]))
}

// signRequests signs, and remembers the status list before anybody else sees it.
func signRequests(dir string, key cose.Signer, r *authority.Requests, now time.Time) ([]byte, error) {
	path := memoryFile(dir, r.Origin)
	var last remembered
	switch raw, err := os.ReadFile(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(raw, &last); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var again *authority.Signed
	if s := r.Status; s != nil && last.Serial > 0 {
		switch {
		case s.Serial < last.Serial:
			return nil, fmt.Errorf("the notary asks for status list %d of log %s; this authority has signed number %d. The notary has forgotten it: bring its newest store back", s.Serial, r.Origin, last.Serial)
		case s.Serial == last.Serial && sameRows(s, last.Request):
			// The answer did not arrive; the same bytes again are no second list.
			again, r.Status = &last.Signed, nil
		case s.Serial == last.Serial:
			for _, v := range last.Request.Revoked {
				if !hasRow(s, v) {
					return nil, fmt.Errorf("the notary asks for status list %d again, without the revocation of gateway %s that it had asked for", s.Serial, v.Gateway)
				}
			}
		}
	}
	a, err := authority.Sign(key, rand.Reader, now, r)
	if err != nil {
		return nil, err
	}
	if again != nil {
		a.Statements = append(a.Statements, *again)
	} else if r.Status != nil {
		raw, err := json.Marshal(remembered{r.Origin, r.Status.Serial, r.Status, a.Statements[len(a.Statements)-1]})
		if err != nil {
			return nil, err
		}
		if err := writeWhole(path, raw, true); err != nil {
			return nil, err
		}
	}
	return authority.WriteAnswers(a)
}

func sameRows(a, b *authority.Status) bool {
	x, err := json.Marshal(a.Revoked)
	y, err2 := json.Marshal(b.Revoked)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

func hasRow(s *authority.Status, v authority.Revocation) bool {
	for _, w := range s.Revoked {
		if w.Gateway == v.Gateway && w.FromIndex <= v.FromIndex {
			return true
		}
	}
	return false
}
