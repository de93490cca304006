package verify_test

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// tables reads the Markdown tables of docs/verdict.md by the heading of their
// first column.
func tables(t *testing.T) map[string][][]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/verdict.md")
	if err != nil {
		t.Fatal(err)
	}
	out, name := map[string][][]string{}, ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			name = ""
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		switch {
		case name == "":
			name = cells[0]
		case !strings.HasPrefix(cells[0], "--"):
			out[name] = append(out[name], cells)
		}
	}
	return out
}

func status(t *testing.T, word string) verify.Status {
	t.Helper()
	for s := verify.Genuine; s <= verify.Altered; s++ {
		if s.String() == word {
			return s
		}
	}
	t.Fatalf("no status is called %q", word)
	return 0
}

func TestTheDocumentedTablesAreTheVerifiers(t *testing.T) {
	doc := tables(t)
	for _, row := range doc["status"] {
		if s := status(t, row[0]); row[2] != string(rune('0'+s.ExitCode())) {
			t.Errorf("%s: exit code %s, the verifier's is %d", row[0], row[2], s.ExitCode())
		}
	}
	for _, row := range doc["among the checks"] {
		var all []verify.Status
		for w := range strings.SplitSeq(row[0], ", ") {
			all = append(all, status(t, w))
		}
		if got := verify.Worst(all...); got != status(t, row[1]) {
			t.Errorf("%s: %v, the document says %s", row[0], got, row[1])
		}
	}
	var names []string
	for _, row := range doc["check"] {
		names = append(names, row[0])
	}
	if !slices.Equal(names, verify.Names()) {
		t.Errorf("checks are %v, the document has %v", verify.Names(), names)
	}
}

// cases makes the file of each documented case.
func cases() map[string]func(t *testing.T) *verify.Report {
	span := func(s *story) (from, to int64) { return s.batches[2].First, s.batches[6].First }
	ranged := func(t *testing.T, s *story, batches []*worldtest.Sealed, statements ...worldtest.Entry) *verify.Report {
		from, to := span(s)
		return s.judge(t, s.w.Export(s.g, s.last(), statements...).Range(from, to, batches...))
	}
	changed := func(t *testing.T, change func(f *file.File)) *verify.Report {
		s := ordinary(t, 4)
		f := s.reading(s.batches[2], 2)
		change(f)
		return s.judge(t, f)
	}
	answered := func(t *testing.T, by func(w *worldtest.World) cose.Signer, point string, change func(e *worldtest.Entry)) *verify.Report {
		s := ordinary(t, 4)
		steps := alarmSteps(s, by(s.w), point)
		s.anchor()
		change(&steps[len(steps)-1])
		return s.judge(t, s.w.Export(s.g, s.last(), append([]worldtest.Entry{s.list, s.plan}, steps...)...).Reading(s.batches[2], 2))
	}
	byLog := func(w *worldtest.World) cose.Signer { return w.LogStatements }
	nothing := func(*worldtest.Entry) {}
	return map[string]func(t *testing.T) *verify.Report{
		"an alarm that was acknowledged and answered": func(t *testing.T) *verify.Report { return answered(t, byLog, worldtest.Point, nothing) },
		"an alarm's step that the log did not sign": func(t *testing.T) *verify.Report {
			return answered(t, func(w *worldtest.World) cose.Signer { return w.Supervisor }, worldtest.Point, nothing)
		},
		"an alarm's step about another point": func(t *testing.T) *verify.Report { return answered(t, byLog, "dust-2/pm10", nothing) },
		"an alarm's step with one bit changed": func(t *testing.T) *verify.Report {
			return answered(t, byLog, worldtest.Point, func(e *worldtest.Entry) { e.Body = bytes.Clone(e.Body); e.Body[len(e.Body)-1] ^= 1 })
		},
		"an ordinary reading": func(t *testing.T) *verify.Report { return changed(t, func(*file.File) {}) },
		"an ordinary range": func(t *testing.T) *verify.Report {
			s := ordinary(t, 8)
			return ranged(t, s, s.batches[1:7], s.list, s.plan)
		},
		"a range without a plan": func(t *testing.T) *verify.Report {
			s := ordinary(t, 8)
			return ranged(t, s, s.batches[1:7], s.list)
		},
		"a range with a signed gap": func(t *testing.T) *verify.Report {
			s := ordinary(t, 4)
			from := s.w.Clock - 10*worldtest.Second
			s.w.Clock += 5 * minute
			b := s.g.Seal(minute, 10*worldtest.Second, &record.Gap{Points: []string{worldtest.Point}, From: from, To: s.w.Clock, Cause: record.CauseBus, Mono: 1})
			s.batches = append(s.batches, b)
			s.w.Admit(b)
			for range 3 {
				s.minute()
			}
			return ranged(t, s, s.batches[1:7], s.list, s.plan)
		},
		"a batch withheld for three days": func(t *testing.T) *verify.Report {
			s := ordinary(t, 3)
			b := s.g.Seal(minute, 10*worldtest.Second)
			s.w.Clock += 3 * worldtest.Day
			s.list = s.w.StatusList(2)
			s.w.Admit(b)
			s.anchor()
			return s.judge(t, s.reading(b, 1))
		},
		"a card restored from a copy": func(t *testing.T) *verify.Report {
			s := ordinary(t, 3)
			image := s.g.Copy()
			for range 2 {
				s.minute()
			}
			s.g = image
			for range 3 {
				s.minute()
			}
			return ranged(t, s, s.batches, s.list, s.plan)
		},
		"sealed before its key was revoked": func(t *testing.T) *verify.Report { return revoked(t, 1) },
		"sealed after its key was revoked":  func(t *testing.T) *verify.Report { return revoked(t, 2) },
		"logged, not yet anchored": func(t *testing.T) *verify.Report {
			s := ordinary(t, 2)
			b := s.g.Seal(minute, 10*worldtest.Second)
			s.w.Admit(b)
			s.w.Checkpoint()
			return s.judge(t, s.reading(b, 1))
		},
		"a reading withheld from a range": func(t *testing.T) *verify.Report {
			s := ordinary(t, 8)
			from, to := span(s)
			f := s.w.Export(s.g, s.last(), s.list, s.plan).Range(from, to, s.batches[1:7]...)
			r := f.Batches[2].Records
			f.Batches[2].Records = append(r[:3:3], r[4:]...)
			return s.judge(t, compact(f))
		},
		"a batch left out of a range": func(t *testing.T) *verify.Report {
			s := ordinary(t, 8)
			return ranged(t, s, append(append([]*worldtest.Sealed{}, s.batches[1:4]...), s.batches[5:7]...), s.list, s.plan)
		},
		"the newest batches left out": func(t *testing.T) *verify.Report {
			s := ordinary(t, 8)
			return ranged(t, s, s.batches[1:6], s.list, s.plan)
		},
		"a silence that nothing explains": func(t *testing.T) *verify.Report {
			s := ordinary(t, 4)
			s.w.Clock += 5 * minute
			for range 4 {
				s.minute()
			}
			return ranged(t, s, s.batches[1:7], s.list, s.plan)
		},
		"a clock set back an hour": func(t *testing.T) *verify.Report {
			s := ordinary(t, 3)
			s.w.Clock += worldtest.Hour
			s.anchor()
			s.g.ClockOff = -worldtest.Hour
			s.minute()
			return s.judge(t, s.reading(s.batches[3], 1))
		},
		"a cloned box": func(t *testing.T) *verify.Report {
			s := ordinary(t, 3)
			clone, at := s.g.Copy(), s.w.Clock
			a := s.g.Seal(minute, 10*worldtest.Second)
			s.w.Clock = at
			b := clone.Seal(minute, 10*worldtest.Second)
			s.w.Admit(a, b)
			s.anchor()
			return s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Reading(a, 1, a, b))
		},
		"two contents of one batch": func(t *testing.T) *verify.Report {
			s := ordinary(t, 3)
			twin := *s.g
			a, b := s.g.Seal(minute, 10*worldtest.Second), twin.Seal(minute, 20*worldtest.Second)
			s.w.Admit(a, b)
			s.anchor()
			return s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Reading(a, 1, a, b))
		},
		"no status list": func(t *testing.T) *verify.Report {
			s := ordinary(t, 2)
			return s.judge(t, s.w.Export(s.g, s.last(), s.plan).Reading(s.batches[1], 1))
		},
		"a ghost gateway": func(t *testing.T) *verify.Report {
			s := ordinary(t, 2)
			ghost := s.w.State(s.g.Key, &statement.Enrolment{Gateway: s.g.ID, Site: s.g.Site, Key: s.g.Key.Public(), SiteSlug: "x", SiteName: "x", GatewayName: "x"})
			s.anchor()
			x := s.w.Export(s.g, s.last(), s.list)
			x.Statements[0] = ghost
			return s.judge(t, x.Reading(s.batches[1], 1))
		},
		"another district's trust file": func(t *testing.T) *verify.Report {
			s := ordinary(t, 2)
			return other(t, s, worldtest.New("another district").Trust())
		},
		"an expired trust file": func(t *testing.T) *verify.Report {
			s := ordinary(t, 2)
			f := s.w.Trust()
			f.Until, f.Signatures = trust.Time(worldtest.Start/worldtest.Second)+30, nil
			if err := f.Sign(s.w.Issuer); err != nil {
				t.Fatal(err)
			}
			return other(t, s, f)
		},
		"not an evidence file": func(t *testing.T) *verify.Report {
			return verify.File([]byte("%PDF-1.7"), ordinary(t, 1).options())
		},
		"a record with one bit changed": func(t *testing.T) *verify.Report {
			return changed(t, func(f *file.File) { r := f.Batches[0].Records[0].Raw; r[len(r)/2] ^= 1 })
		},
		"a header with one bit changed": func(t *testing.T) *verify.Report {
			return changed(t, func(f *file.File) {
				f.Batches[0].Header = bytes.Clone(f.Batches[0].Header)
				f.Batches[0].Header[60] ^= 1
			})
		},
		"a checkpoint with one bit changed": func(t *testing.T) *verify.Report {
			return changed(t, func(f *file.File) {
				n := bytes.Clone(f.Heads[0].Note)
				i := bytes.IndexByte(n, '\n') + 1
				n[i] ^= 1 // the size
				f.Heads[0].Note = n
			})
		},
		"an anchor with one bit changed": func(t *testing.T) *verify.Report {
			return changed(t, func(f *file.File) { f.Heads[0].Anchor.Time ^= 1 })
		},
		"a configuration that is not in the file": func(t *testing.T) *verify.Report {
			s := ordinary(t, 4)
			f := s.reading(s.batches[2], 2)
			f.Configs = nil
			return s.judge(t, compact(f))
		},
		"a profile with one bit changed": func(t *testing.T) *verify.Report {
			return changed(t, func(f *file.File) {
				p := bytes.Clone(f.Profiles[0])
				p[0] ^= 0x80 // so that it cannot be read, either
				f.Profiles[0] = p
			})
		},
		"a profile that nothing names": func(t *testing.T) *verify.Report {
			return changed(t, func(f *file.File) {
				p := bytes.Clone(f.Profiles[0])
				p[len(p)-1] ^= 1
				f.Profiles = append(f.Profiles, p)
			})
		},
		"a value that its frame does not say": func(t *testing.T) *verify.Report {
			s := ordinary(t, 1)
			x, f := s.g.Reading(s.w.Clock, "148.5")
			f.Received = []byte("248.5\r\n")
			b := batch.NewBuilder()
			id, err := b.AddFrame(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.AddReading(x, id); err != nil {
				t.Fatal(err)
			}
			from := s.w.Clock
			s.w.Clock += minute
			lie := s.g.Close(b, from)
			s.w.Admit(lie)
			s.anchor()
			return s.judge(t, s.reading(lie, 1))
		},
		"a log with two histories": func(t *testing.T) *verify.Report {
			s := ordinary(t, 2)
			liar := s.w.Clone()
			s.w.Fill(1)
			seen := s.w.Checkpoint()
			s.g.Named = &batch.Checkpoint{Size: seen.Size, Root: seen.Root}
			b := s.g.Seal(minute, 10*worldtest.Second)
			liar.Clock = s.w.Clock
			liar.Admit(b)
			split := &story{w: liar, g: s.g, list: s.list, plan: s.plan}
			split.anchor()
			return split.judge(t, split.reading(b, 1))
		},
	}
}

func revoked(t *testing.T, i int) *verify.Report {
	s := ordinary(t, 4)
	s.list = s.w.StatusList(2, statement.Revocation{Gateway: s.g.ID, FromIndex: s.batches[2].Index, Reason: "stolen"})
	s.anchor()
	return s.judge(t, s.reading(s.batches[i], 1))
}

func other(t *testing.T, s *story, f *trust.File) *verify.Report {
	b, err := file.Marshal(s.reading(s.batches[1], 1))
	if err != nil {
		t.Fatal(err)
	}
	return verify.File(b, verify.Options{Trust: f, Decoders: worldtest.Decoders})
}

func TestEveryDocumentedCaseGivesItsVerdict(t *testing.T) {
	made := cases()
	maps.Copy(made, consortiumCases())
	maps.Copy(made, registerCases())
	for _, row := range tables(t)["case"] {
		t.Run(row[0], func(t *testing.T) {
			make, ok := made[row[0]]
			if !ok {
				t.Fatal("no test makes this case")
			}
			delete(made, row[0])
			r := make(t)
			want(t, r, status(t, row[1]))
			if row[2] == "–" {
				return
			}
			if c, ok := r.Check(row[2]); !ok || c.Status != r.Verdict {
				tell(t, r)
				t.Errorf("check %s is %v", row[2], c.Status)
			}
		})
	}
	for name := range made {
		t.Errorf("case %q is not documented", name)
	}
}
