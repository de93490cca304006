package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/file"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/internal/command"
)

func newVerifyCmd() *cobra.Command {
	var lang, zone string
	var trustPaths []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify --trust trust.json FILE…",
		Short: "Judge evidence files offline: genuine, altered, cannot be checked, or not yet anchored",
		Long: `Judge evidence files (*.fseal.json; a folder means all of them in it) by a trust
file, without any network.

Exit code: 0 genuine, 1 altered, 2 cannot be checked, 3 genuine so far but not yet
anchored, 64 usage. Several files: the worst of them.`,
		Args: cobra.MinimumNArgs(1),
		PreRunE: func(*cobra.Command, []string) error {
			if lang != string(verify.English) && lang != string(verify.Chinese) {
				return usage("--lang %q: en or zh", lang)
			}
			if _, err := time.LoadLocation(zone); err != nil {
				return usage("--zone %q is not a time zone such as Asia/Shanghai, UTC or Local", zone)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			loc, err := time.LoadLocation(zone)
			if err != nil {
				return err
			}
			v := judge{lang: verify.Lang(lang), options: verify.Options{Decoders: decoderFor, Now: time.Now().UnixMicro(), Zone: loc}}
			if out, ok := cmd.OutOrStdout().(*os.File); ok {
				v.screen = newScreen(out)
			} else {
				v.screen = &screen{out: cmd.OutOrStdout()}
			}
			if v.versions, err = readVersions(trustPaths); err != nil {
				v.options.TrustError = err
			} else {
				v.options.Trust = v.versions[0]
			}
			if asJSON {
				return v.json(cmd.OutOrStdout(), args)
			}
			return v.tell(args)
		},
	}
	cmd.Flags().StringArrayVar(&trustPaths, "trust", nil, "trust file of your authority; give older versions too, and each file is judged by the one of its time (required)")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the verdict: en or zh")
	cmd.Flags().StringVar(&zone, "zone", "Local", "time zone of the verdict")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON: one object for one file, {verdict, files} for several or a folder")
	if err := cmd.MarkFlagRequired("trust"); err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

// usage is an error in how a command was called, found after cobra's own checks.
func usage(format string, args ...any) error {
	fmt.Fprintf(os.Stderr, "fieldseal: %s\n", fmt.Sprintf(format, args...))
	return command.ExitCode(command.Usage)
}

func decoderFor(protocol string) (profile.Decoder, bool) {
	d, err := decoders.For(protocol)
	return d, err == nil
}

func readTrust(path string) (*trust.File, error) {
	b, err := readBounded(path, trust.MaxFile)
	if err != nil {
		return nil, err
	}
	f, err := trust.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// readVersions reads versions of a trust file, newest first. The oldest is believed
// because it is given, each other because enough issuers of the one before signed it.
func readVersions(paths []string) ([]*trust.File, error) {
	var all []*trust.File
	for _, p := range paths {
		f, err := readTrust(p)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return trust.Versions(all...)
}

// readBounded reads a file, one byte more than the limit at the most, so that
// whoever parses it can refuse it by its size.
func readBounded(path string, limit int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(limit)+1))
}

// judge runs the verifier over files.
type judge struct {
	lang     verify.Lang
	options  verify.Options
	versions []*trust.File // newest first
	screen   *screen
}

// judged is one file's report.
type judged struct {
	path string
	*verify.Report
}

// files lists the evidence files that the arguments mean; folders in name order.
func (v *judge) files(args []string) (paths []string, err error) {
	for _, a := range args {
		info, err := os.Stat(a)
		if err != nil || !info.IsDir() {
			paths = append(paths, a)
			continue
		}
		n := len(paths)
		err = filepath.WalkDir(a, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(p, file.Extension) {
				paths = append(paths, p)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(paths) == n {
			return nil, fmt.Errorf("%s holds no evidence file (*%s)", a, file.Extension)
		}
	}
	return paths, nil
}

func (v *judge) one(path string) judged {
	b, err := readBounded(path, file.MaxFile)
	if err != nil {
		return judged{path, verify.Unreadable(err, v.options)}
	}
	return judged{path, verify.ByVersions(b, v.options, v.versions)}
}

func (v *judge) json(out io.Writer, args []string) error {
	paths, err := v.files(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "fieldseal: %v\n", err)
		return command.ExitCode(verify.Uncheckable.ExitCode())
	}
	single := len(args) == 1 && len(paths) == 1 && paths[0] == args[0]
	all := struct {
		Verdict verify.Status     `json:"verdict"`
		Files   []json.RawMessage `json:"files"`
	}{}
	for _, p := range paths {
		r := v.one(p)
		b, err := r.JSON(v.lang)
		if err != nil {
			return err
		}
		all.Verdict = verify.Worst(all.Verdict, r.Verdict)
		if single {
			fmt.Fprintf(out, "%s\n", b)
			break
		}
		name, err := json.Marshal(p)
		if err != nil {
			return err
		}
		all.Files = append(all.Files, slices.Concat([]byte(`{"file":`), name, []byte(","), bytes.TrimPrefix(b, []byte("{"))))
	}
	if !single {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		if err := e.Encode(all); err != nil {
			return err
		}
	}
	return code(all.Verdict)
}

func code(s verify.Status) error {
	if s == verify.Genuine {
		return nil
	}
	return command.ExitCode(s.ExitCode())
}

// tell writes verdicts for people: trust file first, then a sentence, what is not
// proved, and the ladder.
func (v *judge) tell(args []string) error {
	paths, err := v.files(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "fieldseal: %v\n", err)
		return command.ExitCode(verify.Uncheckable.ExitCode())
	}
	if t := v.options.Trust; t != nil {
		v.screen.line("%s  %s", v.word("Trust file", "信任根文件"), v.word(fmt.Sprintf("%s, version %d", t.Name, t.Version), fmt.Sprintf("%s，版本 %d", t.Name, t.Version)))
		v.screen.line("%s  %s", strings.Repeat(" ", columns(v.word("Trust file", "信任根文件"))), trust.Grouped(t.Fingerprint()))
		for _, old := range v.versions[1:] {
			v.screen.line("%s  %s", v.word("    before", "    旧版本"), v.word(fmt.Sprintf("version %d, for evidence of %v until %v", old.Version, old.From, t.From), fmt.Sprintf("版本 %d，适用于 %v 至 %v 的证据", old.Version, old.From, t.From)))
			v.screen.line("%s  %s", strings.Repeat(" ", columns(v.word("Trust file", "信任根文件"))), trust.Grouped(old.Fingerprint()))
			t = old
		}
	} else {
		v.screen.line("%s  %v", v.word("Trust file", "信任根文件"), v.options.TrustError)
	}
	worst, count := verify.Genuine, map[verify.Status]int{}
	started := time.Now()
	for i, p := range paths {
		r := v.one(p)
		worst = verify.Worst(worst, r.Verdict)
		count[r.Verdict]++
		if len(paths) > 20 {
			// A long list tells each file on a line, and only what is wrong at length.
			v.screen.line("%s %s", v.verdict(r.Verdict), p)
			if r.Verdict != verify.Genuine {
				v.screen.line("    %s", r.Sentence.In(v.lang))
			}
			if time.Since(started) > 2*time.Second && v.screen.colour {
				fmt.Fprintf(os.Stderr, "\r%d/%d", i+1, len(paths))
			}
			continue
		}
		v.ladder(r, len(paths) > 1)
	}
	if len(paths) > 1 {
		var parts []string
		for _, s := range []verify.Status{verify.Genuine, verify.Pending, verify.Uncheckable, verify.Altered} {
			if count[s] > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", count[s], v.name(s)))
			}
		}
		v.screen.line("")
		v.screen.line("%s %s", v.verdict(worst), v.word(fmt.Sprintf("%d files: %s", len(paths), strings.Join(parts, ", ")), fmt.Sprintf("共 %d 个文件：%s", len(paths), strings.Join(parts, "，"))))
	}
	return code(worst)
}

func (v *judge) word(en, zh string) string { return verify.Text{EN: en, ZH: zh}.In(v.lang) }

func (v *judge) name(s verify.Status) string { return s.Word().In(v.lang) }

// colour is a status's colour as a terminal is told it.
func colour(s verify.Status) string {
	return map[string]string{"green": good, "yellow": warning, "magenta": unsure, "red": bad}[s.Colour()]
}

func (v *judge) verdict(s verify.Status) string {
	return v.screen.paint(colour(s), s.Mark()+" "+pad(v.name(s), columns(v.name(verify.Uncheckable))))
}

// ladder tells one file at length.
func (v *judge) ladder(r judged, named bool) {
	v.screen.line("")
	if named {
		v.screen.line("%s", v.screen.paint(strong, r.path))
	}
	v.screen.line("%s", v.screen.paint(colour(r.Verdict), r.Verdict.Mark()+" "+strings.ToUpper(v.name(r.Verdict))))
	for _, l := range wrap(r.Sentence.In(v.lang), 96) {
		v.screen.line("  %s", l)
	}
	v.screen.line("")
	v.screen.line("%s", v.word("Not proved:", "未予证明："))
	for _, n := range r.NotProved {
		for i, l := range wrap(n.In(v.lang), 94) {
			v.screen.line("  %s %s", [...]string{"·", " "}[min(i, 1)], l)
		}
	}
	v.screen.line("")
	width, titles := 0, 0
	for _, c := range r.Checks {
		width = max(width, columns(c.Question.Title().In(v.lang)))
		titles = max(titles, columns(verify.Title(c.Name).In(v.lang)))
	}
	for _, q := range verify.Questions {
		label := q.Title().In(v.lang)
		for _, c := range r.Checks {
			if c.Question != q {
				continue
			}
			detail := c.Detail.In(v.lang)
			if c.Status != verify.Genuine {
				detail = v.name(c.Status) + v.word(": ", "：") + detail
			}
			v.screen.line("%s  %s %s  %s", pad(label, width), v.screen.paint(colour(c.Status), c.Status.Mark()), pad(verify.Title(c.Name).In(v.lang), titles), v.screen.paint(faint, detail))
			label = ""
		}
	}
}

// wrap breaks a text into lines of at most width columns: at blanks, and between
// Chinese characters.
func wrap(text string, width int) (lines []string) {
	line, word := "", ""
	flush := func() {
		if columns(line)+columns(word) > width && line != "" {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += word
		word = ""
	}
	for _, r := range text {
		if closing := strings.ContainsRune("，。：；、）”》？！", r); word != "" && columns(string(r)) == 2 && !closing {
			flush()
		}
		word += string(r)
		if r == ' ' {
			flush()
		}
	}
	flush()
	return append(lines, line)
}
