package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
	"fieldseal/internal/command"
	"fieldseal/notary/authority"
)

// named is a flag of the form NAME=ed25519:…
type named struct {
	name string
	key  trust.Key
}

func parseNamed(flag, text string) (n named, err error) {
	name, key, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return n, usage("--%s %q: want NAME=ed25519:…", flag, text)
	}
	k, err := cose.ParseKeyText(key)
	if err != nil {
		return n, fmt.Errorf("--%s %s: %w", flag, name, err)
	}
	return named{name, trust.Key{Key: k}}, nil
}

// addIssuers adds issuers that flags name.
func addIssuers(f *trust.File, texts []string) error {
	for _, s := range texts {
		n, err := parseNamed("issuer", s)
		if err != nil {
			return err
		}
		f.Issuers = append(f.Issuers, trust.Issuer{Name: n.name, Key: n.key})
	}
	return nil
}

// drop removes the one item with a name.
func drop[T any](list []T, flag, name string, nameOf func(T) string) ([]T, error) {
	i := slices.IndexFunc(list, func(x T) bool { return nameOf(x) == name })
	if i < 0 {
		return nil, fmt.Errorf("--%s: nobody is called %q in the version before", flag, name)
	}
	return slices.Delete(list, i, i+1), nil
}

func newTrustKeygenCmd() *cobra.Command {
	var key string
	cmd := &cobra.Command{
		Use:   "keygen --issuer-key FILE",
		Short: "Make an issuer's key on this machine, and print its public half to read aloud",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := authority.MakeKey(key)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\nThe private key lies in %s and leaves this machine with nobody.\n", k.Public(), key)
			return nil
		},
	}
	cmd.Flags().StringVar(&key, "issuer-key", "", "private key to make, PKCS #8 PEM; an existing one is kept (required)")
	if err := cmd.MarkFlagRequired("issuer-key"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

func newTrustUpdateCmd() *cobra.Command {
	var o struct {
		facts, from, key, out, name                string
		insecure                                   bool
		days, threshold                            int
		bound                                      time.Duration
		issuers, supervisors, authorities          []string
		dropIssuers, endSupervisors, endAuthorites []string
	}
	cmd := &cobra.Command{
		Use:   "update OLD -o NEW",
		Short: "Draft the next version of a trust file, for its issuers to sign one after another",
		Long: `Draft version n+1 out of version n: the same, with what the flags change. It names
version n by its fingerprint and is believed once the threshold of n's issuers (and of
its own) have signed it: fieldseal trust sign. Version n stays valid for evidence from
its own interval; from --from on, evidence is judged by version n+1.

What no flag says is edited in the draft itself before the first signature: it is JSON.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			old, err := readTrust(args[0])
			if err != nil {
				return err
			}
			n := old.Next()
			now := time.Now()
			if n.From = trust.At(now); o.from != "" {
				if err := n.From.UnmarshalText([]byte(o.from)); err != nil {
					return fmt.Errorf("--from: %w", err)
				}
			}
			if o.days > 0 {
				n.Until = trust.At(now.AddDate(0, 0, o.days))
			}
			if o.name != "" {
				n.Name = o.name
			}
			if o.bound > 0 {
				n.Bound = uint64(o.bound / time.Second)
			}
			for _, name := range o.dropIssuers {
				if n.Issuers, err = drop(n.Issuers, "drop-issuer", name, func(i trust.Issuer) string { return i.Name }); err != nil {
					return err
				}
			}
			if err := addIssuers(n, o.issuers); err != nil {
				return err
			}
			if o.threshold > 0 {
				n.Threshold = o.threshold
			}
			if o.facts != "" {
				text, err := readFacts(o.facts, o.insecure)
				if err != nil {
					return err
				}
				f, err := trust.ParseFacts(text)
				if err != nil {
					return fmt.Errorf("%s: %w", o.facts, err)
				}
				n.Take(f)
			}
			for _, x := range []struct {
				flag, end string
				list      *[]trust.Signer
				add, ends []string
			}{{"supervisor", "end-supervisor", &n.Supervisors, o.supervisors, o.endSupervisors}, {"authority", "end-authority", &n.Authorities, o.authorities, o.endAuthorites}} {
				if err := signers(n, x.flag, x.end, x.list, x.add, x.ends); err != nil {
					return err
				}
			}
			return issue(cmd, n, old, o.key, o.out)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&o.out, "out", "o", "", "file to write; an existing one is kept (required)")
	fl.StringVar(&o.facts, "facts", "", "take log and chain anew from a notary's trust-facts.json or URL; what the version before says of other logs and chains stays")
	fl.BoolVar(&o.insecure, "insecure", false, "take facts from a URL whose certificate is not known here; they are compared aloud anyway")
	fl.StringVar(&o.name, "name", "", "another name of the trust file")
	fl.StringVar(&o.from, "from", "", "from when evidence is judged by it, such as 2026-01-02T15:04:05Z (default now)")
	fl.IntVar(&o.days, "days", 0, "days from now that it is valid (default: until when the version before is)")
	fl.DurationVar(&o.bound, "bound", 0, "stretch between the bounds of a reading's time that needs no remark")
	fl.StringArrayVar(&o.issuers, "issuer", nil, "another issuer, NAME=ed25519:…")
	fl.StringArrayVar(&o.dropIssuers, "drop-issuer", nil, "an issuer who leaves, by name")
	fl.IntVar(&o.threshold, "threshold", 0, "issuers that must sign it, and believe the next")
	fl.StringArrayVar(&o.supervisors, "supervisor", nil, "a supervision key that is valid from --from on, NAME=ed25519:…")
	fl.StringArrayVar(&o.endSupervisors, "end-supervisor", nil, "a supervision key that ends at --from, by name")
	fl.StringArrayVar(&o.authorities, "authority", nil, "an enrolment authority's key that is valid from --from on, NAME=ed25519:…")
	fl.StringArrayVar(&o.endAuthorites, "end-authority", nil, "an enrolment authority's key that ends at --from, by name")
	fl.StringVar(&o.key, "issuer-key", "", "sign it at once with this issuer's private key")
	if err := cmd.MarkFlagRequired("out"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

// signers ends and adds authorities or supervisors of a draft.
func signers(n *trust.File, flag, endFlag string, list *[]trust.Signer, add, ends []string) error {
	for _, name := range ends {
		i := slices.IndexFunc(*list, func(s trust.Signer) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("--%s: nobody is called %q in the version before", endFlag, name)
		}
		(*list)[i].Until = min((*list)[i].Until, n.From)
	}
	for _, s := range add {
		x, err := parseNamed(flag, s)
		if err != nil {
			return err
		}
		*list = append(*list, trust.Signer{Name: x.name, Key: x.key, From: n.From, Until: n.Until})
	}
	return nil
}

// issue writes a draft, signed if a key is given, and says what is to be done next.
func issue(cmd *cobra.Command, t, old *trust.File, key, out string) error {
	if key != "" {
		if err := signAs(t, old, key); err != nil {
			return err
		}
	}
	b, err := t.Marshal()
	if err != nil {
		return err
	}
	if err := writeNew(out, b); err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	if old == nil {
		showTrust(w, t)
	} else {
		showDiff(w, old, t)
	}
	nextStep(w, t, old, out)
	return nil
}

// signAs adds a signature of one who may sign: an issuer of this version or of the
// one before.
func signAs(t, old *trust.File, path string) error {
	k, err := authority.ReadKey(path)
	if err != nil {
		return err
	}
	_, ours := t.Issuer(k.Public())
	if _, before := name(old, k.Public()); !ours && !before {
		return fmt.Errorf("%s: %v is no issuer of version %d or of the one before; it signs nothing here", path, k.Public(), t.Version)
	}
	return t.Sign(k)
}

func name(f *trust.File, k cose.Key) (string, bool) {
	if f == nil {
		return "", false
	}
	return f.Issuer(k)
}

// lacks says which signatures a draft still needs; empty: none.
func lacks(t, old *trust.File) (out []string) {
	if n := t.Signed(); n < t.Threshold {
		out = append(out, fmt.Sprintf("%d more of its own issuers (%d of %d needed have signed)", t.Threshold-n, n, t.Threshold))
	}
	if old != nil {
		if n := old.Signers(t); n < old.Threshold {
			out = append(out, fmt.Sprintf("%d more of version %d's issuers (%d of %d needed have signed)", old.Threshold-n, old.Version, n, old.Threshold))
		}
	}
	return out
}

func nextStep(w io.Writer, t, old *trust.File, path string) {
	if missing := lacks(t, old); len(missing) > 0 {
		fmt.Fprintf(w, "\n%s is a draft that nobody believes yet. It needs %s.\nNext, on each issuer's own machine:\n  fieldseal trust sign --issuer-key KEY", path, strings.Join(missing, " and "))
		if old != nil {
			fmt.Fprintf(w, " --previous VERSION-%d", old.Version)
		}
		fmt.Fprintf(w, " %s\n", path)
		return
	}
	fmt.Fprintf(w, "\n%s is signed by enough. Next: compare the fingerprint aloud, then\n  fieldseal verify --trust %s", path, path)
	if old != nil {
		fmt.Fprintf(w, " --trust VERSION-%d", old.Version)
	}
	fmt.Fprintln(w, " FILE…")
}

func newTrustSignCmd() *cobra.Command {
	var key, previous, out string
	cmd := &cobra.Command{
		Use:   "sign --issuer-key KEY [--previous OLD] FILE",
		Short: "Sign a trust file as one of its issuers, offline; the signature is added to the file",
		Long: `Sign a trust file as one of its issuers. Read what is printed before you hand the
file on: it is what your signature says. From version 2 on the version before is
needed, to which this one is compared and whose issuers must sign it.

Issuers sign one after another, each on a machine of their own: the file is carried
from one to the next. Nothing but the signature is changed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := args[0]
			t, err := readDraft(path)
			if err != nil {
				return err
			}
			var old *trust.File
			switch {
			case previous != "":
				if old, err = readTrust(previous); err != nil {
					return err
				}
				if err := old.Succeeds(t); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			case t.Version > 1:
				return usage("%s is version %d: give the version before it with --previous, so that what changes can be told", path, t.Version)
			}
			if err := signAs(t, old, key); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			b, err := t.Marshal()
			if err != nil {
				return err
			}
			if out != "" {
				path, err = out, writeNew(out, b)
			} else {
				err = replace(path, b)
			}
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			if old == nil {
				showTrust(w, t)
			} else {
				showDiff(w, old, t)
			}
			nextStep(w, t, old, path)
			return nil
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&key, "issuer-key", "", "issuer's private key, PKCS #8 PEM (required)")
	fl.StringVar(&previous, "previous", "", "the version before this one; from version 2 on")
	fl.StringVarP(&out, "out", "o", "", "file to write; an existing one is kept (default: the file itself)")
	if err := cmd.MarkFlagRequired("issuer-key"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

// replace writes a file anew or not at all.
func replace(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("trust file: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, bytes.NewReader(b))
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("trust file: %w", err)
	}
	return nil
}

func readDraft(path string) (*trust.File, error) {
	b, err := readBounded(path, trust.MaxFile)
	if err != nil {
		return nil, err
	}
	f, err := trust.ParseDraft(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// notYet is how a command ends that shows a file which nobody believes.
func notYet(w io.Writer, t, old *trust.File, path string) error {
	if len(lacks(t, old)) == 0 {
		return nil
	}
	nextStep(w, t, old, path)
	return command.ExitCode(1)
}
