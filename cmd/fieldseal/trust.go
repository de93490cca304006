package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
	"fieldseal/internal/command"
	"fieldseal/notary/authority"
)

func newTrustCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Make, sign, show and compare trust files: what a verifier believes before it starts",
	}
	cmd.AddCommand(newTrustKeygenCmd(), newTrustNewCmd(), newTrustUpdateCmd(), newTrustSignCmd(), newTrustShowCmd(), newTrustDiffCmd())
	return cmd
}

func newTrustNewCmd() *cobra.Command {
	var facts, name, key, out string
	var makeKey, insecure bool
	var days, threshold int
	var bound time.Duration
	var supervisors, authorities, issuers, organisations []string
	cmd := &cobra.Command{
		Use:   "new --facts FILE|URL --name NAME --issuer-key FILE -o trust.json",
		Short: "Make a trust file out of a notary's facts, for one issuer to sign or several",
		Long: `Make a trust file, version 1, out of what a notary says of itself (trust-facts.json
of its data folder, or its address). Nobody believes those facts by themselves:
compare the fingerprints that are printed here aloud with the notary's operator,
the authority and supervision, before you hand the file out.

One issuer: --issuer-key signs it, under the name of the file. Several: name each
with --issuer NAME=KEY and how many must sign with --threshold; what is written is a
draft, which they sign one after another: fieldseal trust sign.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := readFacts(facts, insecure)
			if err != nil {
				return err
			}
			f, err := trust.ParseFacts(text)
			if err != nil {
				return fmt.Errorf("%s: %w", facts, err)
			}
			if err := addKeys(&f.Supervisors, "supervisor", supervisors); err != nil {
				return err
			}
			if err := addKeys(&f.Authorities, "authority", authorities); err != nil {
				return err
			}
			if err := addOrganisations(&f.Chain, organisations); err != nil {
				return err
			}
			t := trust.Draft(name, f, trust.At(time.Now().AddDate(0, 0, days)))
			if bound > 0 {
				t.Bound = uint64(bound / time.Second)
			}
			if len(issuers) == 0 {
				if key == "" {
					return usage("give --issuer-key, or --issuer NAME=KEY for each of several issuers")
				}
				k, err := issuerKey(key, makeKey)
				if err != nil {
					return err
				}
				t.Issuers = []trust.Issuer{{Name: name, Key: trust.Key{Key: k.Public()}}}
			} else if err := addIssuers(t, issuers); err != nil {
				return err
			}
			if t.Threshold = len(t.Issuers); threshold > 0 {
				t.Threshold = threshold
			}
			return issue(cmd, t, nil, key, out)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&facts, "facts", "", "trust-facts.json of the notary, or the notary's URL (required)")
	fl.StringVar(&name, "name", "", "name of the trust file, and of its issuer if there is one (required)")
	fl.StringArrayVar(&issuers, "issuer", nil, "one of several issuers, NAME=ed25519:…")
	fl.IntVar(&threshold, "threshold", 0, "issuers that must sign it, and believe the next (default: all)")
	fl.StringVar(&key, "issuer-key", "", "private key of an issuer who signs at once, PKCS #8 PEM")
	fl.BoolVar(&makeKey, "make-key", false, "make the issuer's key if the file does not exist")
	fl.StringVarP(&out, "out", "o", "trust.json", "file to write; an existing one is kept")
	fl.IntVar(&days, "days", 3650, "days from now that the file is valid")
	fl.DurationVar(&bound, "bound", 0, "stretch between the bounds of a reading's time that needs no remark (default 15m)")
	fl.StringArrayVar(&supervisors, "supervisor", nil, "a supervision key besides those of the facts (ed25519:…)")
	fl.StringArrayVar(&authorities, "authority", nil, "an enrolment authority's key besides those of the facts (ed25519:…)")
	fl.StringArrayVar(&organisations, "organisation", nil, "who seals with an account of the chain, NAME=0x…")
	fl.BoolVar(&insecure, "insecure", false, "take facts from a URL whose certificate is not known here; they are compared aloud anyway")
	for _, f := range []string{"facts", "name"} {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err) // the flag was defined above
		}
	}
	return cmd
}

// addOrganisations names the holders of accounts that seal.
func addOrganisations(c *trust.Chain, texts []string) error {
	for _, s := range texts {
		name, text, ok := strings.Cut(s, "=")
		var a trust.Hex20
		if err := a.UnmarshalText([]byte(strings.ToLower(strings.TrimPrefix(text, "0x")))); !ok || err != nil {
			return usage("--organisation %q: want NAME=0x and 40 hex digits", s)
		}
		c.Name(a, name)
	}
	return nil
}

// FactsPath is where a notary serves its facts.
const factsPath = "/api/v1/trust-facts"

func readFacts(from string, insecure bool) ([]byte, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		return readBounded(from, trust.MaxFile)
	}
	c := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: insecure}}}
	resp, err := c.Get(strings.TrimSuffix(from, "/") + factsPath)
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("facts: %s answered %s", from, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, trust.MaxFile+1))
}

func addKeys(to *[]trust.Key, what string, texts []string) error {
	for _, s := range texts {
		k, err := cose.ParseKeyText(s)
		if err != nil {
			return fmt.Errorf("--%s: %w", what, err)
		}
		if !slices.ContainsFunc(*to, func(have trust.Key) bool { return have.Equal(k) }) {
			*to = append(*to, trust.Key{Key: k})
		}
	}
	return nil
}

func issuerKey(path string, make bool) (cose.Signer, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && make {
		return authority.MakeKey(path)
	}
	return authority.ReadKey(path)
}

// writeNew never writes over a file.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("trust file: %w", err)
	}
	if _, err = f.Write(b); err != nil {
		f.Close()
		return fmt.Errorf("trust file: %w", err)
	}
	return f.Close()
}

func newTrustShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE",
		Short: "Check a trust file's signatures and tell what it believes",
		Args:  cobra.ExactArgs(1),
		Long: `Check a trust file's signatures and tell what it believes. Exit code 1: it is a draft
that too few of its issuers have signed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := readDraft(args[0])
			if err != nil {
				return err
			}
			showTrust(cmd.OutOrStdout(), t)
			return notYet(cmd.OutOrStdout(), t, nil, args[0])
		},
	}
}

// facts of a trust file for people, one a line; diff compares these lines.
func trustLines(t *trust.File) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add("valid        %v until %v", t.From, t.Until)
	add("signed       by %d of %d issuers, %d needed", len(t.Signatures), len(t.Issuers), t.Threshold)
	for _, i := range t.Issuers {
		add("issuer       %s  %s", i.Name, i.Key)
	}
	for _, s := range t.Authorities {
		add("authority    %s  %s  %v until %v", s.Name, s.Key, s.From, s.Until)
	}
	for _, s := range t.Supervisors {
		add("supervision  %s  %s  %v until %v", s.Name, s.Key, s.From, s.Until)
	}
	for _, l := range t.Logs {
		add("log          %s  anchored on chain %d every %d s", l.Origin, l.Chain, l.Interval)
		add("  key        %s", l.Key)
		add("  contract   %x  code %x", l.Contract, l.CodeHash)
		for _, w := range l.Witnesses {
			add("  witness    %s  (%d needed)", w, l.Quorum)
		}
	}
	for _, c := range t.Chains {
		add("chain        %d  profile %s, %s", c.ID, c.Profile, independence(c.Independence))
		add("  genesis    %x", c.Genesis)
		for _, n := range c.Notes {
			add("  note key   %s", n)
		}
		for _, v := range c.Validators {
			until, quorum := "on", "as the profile says"
			if v.To != 0 {
				until = fmt.Sprintf("to %d", v.To)
			}
			if v.Quorum != 0 {
				quorum = fmt.Sprint(v.Quorum)
			}
			for _, a := range v.Accounts {
				who := c.NameOf(a)
				if who == "" {
					who = "(no organisation named)"
				}
				add("  validator  %x  %s; of %d, block %d %s, quorum %s", a, who, len(v.Accounts), v.From, until, quorum)
			}
		}
		if r := c.Registry; r != nil {
			add("  registry   %x  code %x", r.Contract, r.CodeHash)
		}
		if c.Epoch != 0 {
			add("  epoch      %d blocks: validators may vote for their successors", c.Epoch)
		}
	}
	add("bound        %v", time.Duration(t.Bound)*time.Second)
	return lines
}

func independence(s string) string {
	if s == trust.Local {
		return "local: the log's operator runs it alone"
	}
	return s
}

func showTrust(out io.Writer, t *trust.File) {
	fmt.Fprintf(out, "%s, version %d\n%s\n\n", t.Name, t.Version, trust.Grouped(t.Fingerprint()))
	if t.Predecessor != "" {
		fmt.Fprintf(out, "follows      %s\n", trust.Grouped(t.Predecessor))
	}
	for _, l := range trustLines(t) {
		fmt.Fprintln(out, l)
	}
}

func newTrustDiffCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what changed, and whether NEW may replace OLD (signed by enough of OLD's issuers)",
		Long: `Tell what changed between two trust files. Exit code 0: NEW may replace OLD, or is
the same; 1: it may not.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			old, err := readTrust(args[0])
			if err != nil {
				return err
			}
			next, err := readDraft(args[1])
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			showDiff(out, old, next)
			if old.Fingerprint() == next.Fingerprint() {
				fmt.Fprintln(out, "They say the same.")
				return nil
			}
			err = old.Follows(next)
			if n := next.Signed(); err == nil && n < next.Threshold {
				err = fmt.Errorf("%w: %d of its own issuers signed it, %d are needed", trust.ErrUnsigned, n, next.Threshold)
			}
			if err != nil {
				fmt.Fprintf(out, "The second may not replace the first: %v\n", err)
				return command.ExitCode(1)
			}
			fmt.Fprintln(out, "The second may replace the first: enough of its issuers signed it.")
			return nil
		},
	}
}

// showDiff tells what changes from one version to the next, a line each.
func showDiff(out io.Writer, old, next *trust.File) {
	a, b := trustLines(old), trustLines(next)
	fmt.Fprintf(out, "- %s, version %d  %s\n+ %s, version %d  %s\n", old.Name, old.Version, trust.Grouped(old.Fingerprint()), next.Name, next.Version, trust.Grouped(next.Fingerprint()))
	for _, l := range a {
		if !slices.Contains(b, l) {
			fmt.Fprintf(out, "- %s\n", l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			fmt.Fprintf(out, "+ %s\n", l)
		}
	}
}
