package verify_test

import (
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

const minute = worldtest.Minute

// TestAForgerWithoutKeysMakesNothingGenuine: the forger holds every file and no
// key, so he makes every key himself, under the same names and ids, and builds
// the whole world again: headers, checkpoints, chain from genesis, block notes.
func TestAForgerWithoutKeysMakesNothingGenuine(t *testing.T) {
	s := ordinary(t, 4)
	honest := s.options()
	forged := worldtest.New("the forger's own randomness")
	forged.ChainID, forged.Contract, forged.CodeHash = s.w.ChainID, s.w.Contract, s.w.CodeHash
	g := forged.Enrol()
	g.ID, g.Site = s.g.ID, s.g.Site
	g.Enrolment = forged.State(forged.Authority, &statement.Enrolment{Gateway: g.ID, Site: g.Site, Key: g.Key.Public(), SiteSlug: "north-yard", SiteName: "North yard", GatewayName: "gate-1"})
	f := &story{w: forged, g: g, plan: forged.Plan(g, 30*worldtest.Second), list: forged.StatusList(1)}
	for range 4 {
		f.minute()
	}
	whole := f.reading(f.batches[2], 2)
	want(t, f.judge(t, whole), verify.Genuine) // by the forger's own trust file
	judge := func(name string, x *file.File) {
		t.Helper()
		b, err := file.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if r := verify.File(b, honest); r.Verdict != verify.Altered && r.Verdict != verify.Uncheckable {
			tell(t, r)
			t.Fatalf("%s: %v", name, r.Verdict)
		}
	}
	judge("everything forged", whole)

	// Then he mixes: each part of his file in turn is exchanged for the honest one.
	mix := func(change func(mine, real *file.File)) *file.File {
		mine, real := f.reading(f.batches[2], 2), s.reading(s.batches[2], 2)
		mine.Nodes = append(mine.Nodes, real.Nodes...)
		shift := func(path []int) []int {
			for i := range path {
				path[i] += len(mine.Nodes) - len(real.Nodes)
			}
			return path
		}
		for i := range real.Batches {
			shift(real.Batches[i].Log.Path)
			for j := range real.Batches[i].Records {
				shift(real.Batches[i].Records[j].Path)
			}
		}
		for i := range real.Statements {
			shift(real.Statements[i].Log.Path)
		}
		change(mine, real)
		return compact(mine)
	}
	for name, change := range map[string]func(mine, real *file.File){
		"honest checkpoint without anchor": func(m, r *file.File) {
			m.Heads = r.Heads
			m.Heads[0].Anchor = nil
			m.Blocks, m.Trie = m.Blocks[1:], nil
		},
		"honest checkpoint and anchor": func(m, r *file.File) { m.Heads, m.Blocks, m.Trie = r.Heads, r.Blocks, r.Trie },
		"honest statements":            func(m, r *file.File) { m.Statements = r.Statements },
		"honest enrolment":             func(m, r *file.File) { m.Statements[0] = r.Statements[0] },
		"honest batch":                 func(m, r *file.File) { m.Batches = r.Batches; m.Claim = r.Claim },
		"honest header, own records":   func(m, r *file.File) { m.Batches[0].Header = r.Batches[0].Header },
		"own header, honest records":   func(m, r *file.File) { m.Batches[0].Records = r.Batches[0].Records },
		"all honest but the records": func(m, r *file.File) {
			records := m.Batches[0].Records
			nodes := m.Nodes
			*m = *r
			m.Nodes, m.Batches[0].Records = nodes, records
		},
		"all honest but the header": func(m, r *file.File) {
			header, nodes := m.Batches[0].Header, m.Nodes
			*m = *r
			m.Nodes, m.Batches[0].Header = nodes, header
		},
	} {
		judge(name, mix(change))
	}
}

// compact drops pool members that nothing names, as a careful forger would.
func compact(f *file.File) *file.File {
	var out []file.Hash
	at := map[int]int{}
	fix := func(path []int) {
		for i, p := range path {
			if _, ok := at[p]; !ok {
				at[p] = len(out)
				for k, h := range out {
					if h == f.Nodes[p] {
						at[p] = k
					}
				}
				if at[p] == len(out) {
					out = append(out, f.Nodes[p])
				}
			}
			path[i] = at[p]
		}
	}
	for i := range f.Batches {
		if f.Batches[i].Log != nil {
			fix(f.Batches[i].Log.Path)
		}
		for j := range f.Batches[i].Records {
			fix(f.Batches[i].Records[j].Path)
		}
	}
	for i := range f.Configs {
		fix(f.Configs[i].Path)
	}
	for i := range f.Statements {
		fix(f.Statements[i].Log.Path)
	}
	for i := range f.Heads {
		fix(f.Heads[i].Consistency)
	}
	f.Nodes = out
	return f
}

func TestEvidenceBringsNoTrustOfItsOwn(t *testing.T) {
	s := ordinary(t, 2)
	b, err := file.Marshal(s.reading(s.batches[1], 1))
	if err != nil {
		t.Fatal(err)
	}
	other := worldtest.New("another district").Trust()
	r := verify.File(b, verify.Options{Trust: other, Decoders: worldtest.Decoders})
	want(t, r, verify.Uncheckable, "cannot be checked, because", "What would help")
	if r.Trust.Fingerprint != other.Fingerprint() {
		t.Error("the verdict does not name the trust file in use")
	}
	want(t, verify.File(b, verify.Options{Decoders: worldtest.Decoders}), verify.Uncheckable)
}

// TestDeletingIsNoticed takes away a reading, a batch, the first, the newest.
func TestDeletingIsNoticed(t *testing.T) {
	s := ordinary(t, 8)
	from, to := s.batches[2].First, s.batches[6].First
	all := s.batches[1:7]
	without := func(i int) []*worldtest.Sealed {
		return append(append([]*worldtest.Sealed{}, all[:i]...), all[i+1:]...)
	}
	export := func(batches []*worldtest.Sealed) *file.File {
		return s.w.Export(s.g, s.last(), s.list, s.plan).Range(from, to, batches...)
	}
	want(t, s.judge(t, export(all)), verify.Genuine)
	for name, f := range map[string]*file.File{
		"a batch within":      export(without(3)),
		"the opening header":  export(without(0)),
		"the closing header":  export(without(5)),
		"the newest two":      export(all[:4]),
		"everything but ends": export([]*worldtest.Sealed{all[0], all[5]}),
	} {
		if r := s.judge(t, f); r.Verdict != verify.Uncheckable {
			tell(t, r)
			t.Errorf("%s deleted: %v", name, r.Verdict)
		}
	}
	for i := range all[1:5] {
		f := export(all)
		records := f.Batches[1+i].Records
		f.Batches[1+i].Records = append(records[:2:2], records[3:]...)
		r := s.judge(t, compact(f))
		want(t, r, verify.Uncheckable, "is a reading of the point and is withheld")
	}
	f := export(all)
	f.Batches[2].Records = nil
	want(t, s.judge(t, compact(f)), verify.Uncheckable, "contents record is withheld")
}

func TestASignedGapIsCountedAndASilenceIsNot(t *testing.T) {
	s := ordinary(t, 3)
	gapFrom := s.w.Clock
	s.w.Clock += 20 * minute
	gap := &record.Gap{Points: []string{worldtest.Point}, From: gapFrom - 10*worldtest.Second, To: s.w.Clock, Cause: record.CauseNoAnswer, Mono: 1}
	signed := s.g.Seal(minute, 10*worldtest.Second, gap)
	s.batches = append(s.batches, signed)
	s.w.Admit(signed)
	s.anchor()
	s.minute()
	s.list = s.w.StatusList(2)
	s.anchor()
	from, to := s.batches[1].First, s.batches[4].First
	r := s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Range(from, to, s.batches...))
	want(t, r, verify.Genuine, "nothing is missing", "but 1 signed gap(s) of 20 min in all (no answer)")
	if !strings.Contains(r.Sentence.ZH, "仪器无应答") {
		t.Error(r.Sentence.ZH)
	}

	// The gap withheld, plan or no plan: the contents record tells.
	f := s.w.Export(s.g, s.last(), s.list).Range(from, to, s.batches...)
	records := f.Batches[3].Records
	f.Batches[3].Records = records[:len(records)-1]
	want(t, s.judge(t, compact(f)), verify.Uncheckable, "is a gap record and is withheld")

	// The same silence without the gap record.
	q := ordinary(t, 3)
	q.w.Clock += 20 * minute
	q.minute()
	q.minute()
	r = q.judge(t, q.w.Export(q.g, q.last(), q.list, q.plan).Range(q.batches[1].First, q.batches[4].First, q.batches...))
	want(t, r, verify.Uncheckable, "neither a reading nor a signed gap")
}

// TestABatchWithheldForThreeDaysSaysSo: the gateway seals, keeps its batch three
// days, and delivers.
func TestABatchWithheldForThreeDaysSaysSo(t *testing.T) {
	s := ordinary(t, 3)
	held := s.g.Seal(minute, 10*worldtest.Second)
	s.w.Clock += 3 * worldtest.Day
	s.list = s.w.StatusList(2)
	s.w.Admit(held)
	s.anchor()
	r := s.judge(t, s.reading(held, 2))
	want(t, r, verify.Genuine, "existed between 2026-03-01 10:03:00 and 2026-03-04 10:04:00", "Between the lower and the upper bound lie 3 days: within these only the gateway's key vouches.")

	// Sent live three days later, a successor that was logged at once bounds it again.
	q := ordinary(t, 3)
	held = q.g.Seal(minute, 10*worldtest.Second)
	live := q.g.Seal(minute, 10*worldtest.Second)
	q.w.Admit(live)
	q.anchor()
	early := q.last()[0]
	q.w.Clock += 3 * worldtest.Day
	q.list = q.w.StatusList(2)
	q.w.Admit(held)
	q.anchor()
	r = q.judge(t, q.w.Export(q.g, []*worldtest.Head{early, q.last()[0]}, q.list, q.plan).Reading(held, 2, held, live))
	want(t, r, verify.Genuine, "between 2026-03-01 10:03:00 and 10:05:00")
	if strings.Contains(r.Sentence.EN, "only the gateway's key vouches") {
		t.Error(r.Sentence.EN)
	}
}

// TestAClockSetBackAnHourIsFound: the good hour is run twice.
func TestAClockSetBackAnHourIsFound(t *testing.T) {
	s := ordinary(t, 62)
	s.g.ClockOff = -worldtest.Hour
	for range 62 {
		s.minute()
	}
	from := s.batches[1].First
	to := from + worldtest.Hour
	// The claim is for the first hour; everything that lies in it by the gateway's
	// clock is in the file.
	f := s.w.Export(s.g, s.last(), s.list, s.plan).Range(from, to, s.batches...)
	r := s.judge(t, f)
	want(t, r, verify.Uncheckable, "the clock was set back by", "was sealed twice, and the file holds both runs")

	// Nothing but the link gives it away while no block is named: then it is a finding.
	q := ordinary(t, 0)
	seal := func() {
		b := q.g.Seal(minute, 10*worldtest.Second)
		q.batches = append(q.batches, b)
		q.w.Admit(b)
	}
	for range 5 {
		seal()
	}
	q.g.ClockOff = -3 * minute
	for range 8 {
		seal()
	}
	q.anchor()
	from = q.batches[1].First
	r = q.judge(t, q.w.Export(q.g, q.last(), q.list, q.plan).Range(from, from+2*minute, q.batches...))
	want(t, r, verify.Genuine, "was set back by 3 min", "was sealed twice, and the file holds both runs")
	if n := r.Subject.Readings; n != 18 {
		t.Errorf("the claim holds %d readings, both runs have 18 in touching batches", n)
	}
}

// TestARestoredCardIsARollback: the card is copied, the gateway runs on, stops, and
// starts again from the copy.
func TestARestoredCardIsARollback(t *testing.T) {
	s := ordinary(t, 3)
	image := s.g.Copy()
	lost := []*worldtest.Sealed{}
	for range 3 {
		s.minute()
	}
	lost = append(lost, s.batches[3:]...)
	s.w.Clock += 2 * minute
	s.g = image
	for range 4 {
		s.minute()
	}
	kept := append(append([]*worldtest.Sealed{}, s.batches[:3]...), s.batches[6:]...)
	all := append(append([]*worldtest.Sealed{}, s.batches[:3]...), append(lost, s.batches[6:]...)...)
	_ = kept
	f := s.w.Export(s.g, s.last(), s.list).Range(s.batches[1].First, s.batches[9].First, all...)
	r := s.judge(t, f)
	want(t, r, verify.Genuine, "Rollback: two runs of batches grow from one header", "Both runs are kept and shown")
}

// TestAClonedBoxIsTwoSpeakers: the card is copied into a second box and both run.
func TestAClonedBoxIsTwoSpeakers(t *testing.T) {
	s := ordinary(t, 3)
	clone := s.g.Copy()
	var first, second []*worldtest.Sealed
	for range 3 {
		at := s.w.Clock
		first = append(first, s.g.Seal(minute, 10*worldtest.Second))
		s.w.Clock = at
		second = append(second, clone.Seal(minute, 10*worldtest.Second))
		s.w.Admit(first[len(first)-1], second[len(second)-1])
	}
	s.anchor()
	all := append(append(append([]*worldtest.Sealed{}, s.batches...), first...), second...)
	r := s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Range(s.batches[1].First, first[2].First, all...))
	want(t, r, verify.Uncheckable, "two speakers", "the gateway was copied")
	// One reading of one of them, the other's header as the proof.
	r = s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Reading(first[0], 2, first[0], second[0]))
	want(t, r, verify.Uncheckable, "two speakers")
}

// TestTwoContentsOfOneIdentityAreEquivocation: the card is copied while it runs.
func TestTwoContentsOfOneIdentityAreEquivocation(t *testing.T) {
	s := ordinary(t, 3)
	twin := *s.g
	a := s.g.Seal(minute, 10*worldtest.Second)
	b := twin.Seal(minute, 20*worldtest.Second)
	s.w.Admit(a, b)
	s.anchor()
	r := s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Reading(a, 2, a, b))
	want(t, r, verify.Uncheckable, "equivocation: the gateway's key signed two contents")
}

func TestARevokedKeyIsBelievedOnlyBeforeItsIndex(t *testing.T) {
	s := ordinary(t, 4)
	cut := s.batches[2].Index
	s.list = s.w.StatusList(2, statement.Revocation{Gateway: s.g.ID, FromIndex: cut, Suspected: s.w.Clock - minute, Reason: "box stolen"})
	s.anchor()
	want(t, s.judge(t, s.reading(s.batches[1], 1)), verify.Genuine, "revoked later (box stolen)")
	want(t, s.judge(t, s.reading(s.batches[2], 1)), verify.Uncheckable, "revoked from log entry", "box stolen")
	want(t, s.judge(t, s.reading(s.batches[3], 1)), verify.Uncheckable, "revoked from log entry")
	// An old list cannot hide the new one for longer than it was due.
	old := ordinary(t, 1)
	old.w.Clock += 2 * worldtest.Day
	old.minute()
	want(t, old.judge(t, old.reading(old.batches[1], 1)), verify.Uncheckable, "a newer status list was due")
}

func TestOriginNeedsEnrolmentAndList(t *testing.T) {
	s := ordinary(t, 2)
	want(t, s.judge(t, s.w.Export(s.g, s.last(), s.plan).Reading(s.batches[1], 1)), verify.Uncheckable, "nobody says that the key was not revoked")
	x := s.w.Export(s.g, s.last(), s.list)
	x.Statements = x.Statements[1:]
	want(t, s.judge(t, x.Reading(s.batches[1], 1)), verify.Uncheckable, "enrolment is not in the file")
	// A ghost: a gateway that enrolled itself.
	ghost := s.w.State(s.g.Key, &statement.Enrolment{Gateway: s.g.ID, Site: s.g.Site, Key: s.g.Key.Public(), SiteSlug: "x", SiteName: "x", GatewayName: "x"})
	s.anchor()
	x = s.w.Export(s.g, s.last(), s.list)
	x.Statements[0] = ghost
	want(t, s.judge(t, x.Reading(s.batches[1], 1)), verify.Uncheckable, "the trust file knows no enrolment authority with the key")
}

func TestPendingSaysSinceWhenAndUntilWhen(t *testing.T) {
	s := ordinary(t, 2)
	b := s.g.Seal(minute, 10*worldtest.Second)
	s.w.Admit(b)
	s.w.Checkpoint()
	r := s.judge(t, s.reading(b, 1))
	want(t, r, verify.Pending, "not yet anchored", "sealed at 2026-03-01 10:02:59", "expected by 2026-03-01 10:03:4")
	if r.Verdict.ExitCode() != 3 || r.Subject.Anchor != "pending" {
		t.Errorf("exit %d, anchor %q", r.Verdict.ExitCode(), r.Subject.Anchor)
	}
}

// TestALyingGatewayIsCaughtByItsOwnFrame: the value is not what the bytes say.
func TestALyingGatewayIsCaughtByItsOwnFrame(t *testing.T) {
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
	want(t, s.judge(t, s.reading(lie, 1)), verify.Altered, "says 148.5", "its raw frame says 248.5")
}

// TestAProfileThatSupervisionDidNotSignIsNoticed: a plan names another profile.
func TestAProfileThatSupervisionDidNotSignIsNoticed(t *testing.T) {
	s := ordinary(t, 1)
	s.plan = s.w.State(s.w.Supervisor, &statement.Coverage{Site: s.g.Site, From: worldtest.Start,
		Points: []statement.Planned{{Point: worldtest.Point, MaxInterval: 1 << 30, Profile: [32]byte{1}, Gateway: s.g.ID}}})
	s.minute()
	want(t, s.judge(t, s.reading(s.batches[1], 1)), verify.Uncheckable, "the coverage plan signed by supervision says 01000000…")
}

// TestALogWithTwoHistoriesIsCaughtByGossip: the gateway names a checkpoint that it
// verified, and the log shows the court another tree of that size.
func TestALogWithTwoHistoriesIsCaughtByGossip(t *testing.T) {
	s := ordinary(t, 2)
	liar := s.w.Clone()
	s.w.Fill(1)
	seen := s.w.Checkpoint()
	s.g.Named = &batch.Checkpoint{Size: seen.Size, Root: seen.Root}
	b := s.g.Seal(minute, 10*worldtest.Second)
	s.w.Fill(1)

	liar.Clock = s.w.Clock
	liar.Admit(b)
	split := &story{w: liar, g: s.g, list: s.list, plan: s.plan}
	h := split.anchor()
	if h.Size != seen.Size {
		t.Fatalf("sizes %d and %d", h.Size, seen.Size)
	}
	want(t, split.judge(t, split.reading(b, 1)), verify.Altered, "two histories")
}

// TestUnneededPartsAreRefused: nothing rides along unchecked.
func TestUnneededPartsAreRefused(t *testing.T) {
	s := ordinary(t, 4)
	other := s.w.Enrol()
	s.anchor()
	for name, change := range map[string]func(x *worldtest.Export, f *file.File){
		"a second enrolment": func(x *worldtest.Export, f *file.File) {},
		"another record": func(x *worldtest.Export, f *file.File) {
			b := s.batches[1]
			path := x.Path(pathOf(b, 3))
			f.Batches[0].Records = append(f.Batches[0].Records[:1:1], file.Record{Leaf: 3, Raw: b.Payload.LeafBytes(3), Path: path}, f.Batches[0].Records[1])
			f.Nodes = x.File.Nodes
		},
		"an unrelated batch": func(x *worldtest.Export, f *file.File) {
			f.Batches = append(f.Batches, file.Batch{Header: s.batches[3].Raw()})
		},
		"the same batch twice": func(x *worldtest.Export, f *file.File) {
			f.Batches = append(f.Batches, file.Batch{Header: s.batches[1].Raw()})
		},
		"another block": func(x *worldtest.Export, f *file.File) {
			b := s.w.Block(1)
			f.Blocks = append(f.Blocks, file.Block{Header: b.Header, Note: b.Note})
		},
	} {
		x := s.w.Export(s.g, s.last(), s.list, s.plan)
		if name == "a second enrolment" {
			x.Statements = append(x.Statements, other.Enrolment)
		}
		f := x.Reading(s.batches[1], 1)
		change(x, f)
		if r := s.judge(t, f); r.Verdict != verify.Uncheckable {
			tell(t, r)
			t.Errorf("%s: %v", name, r.Verdict)
		}
	}
}

// TestAForkWithinARunDoesNotHideTheClone: the clone runs while only the second arm
// of a fork does.
func TestAForkWithinARunDoesNotHideTheClone(t *testing.T) {
	s := ordinary(t, 3)
	clone := s.g.Copy()
	seal := func(g *worldtest.Gateway) *worldtest.Sealed {
		b := g.Seal(minute, 10*worldtest.Second)
		s.w.Admit(b)
		return b
	}
	a1 := seal(s.g)
	restored := s.g.Copy()
	a2 := seal(s.g)
	s.w.Clock += 5 * minute
	at := s.w.Clock
	arm := seal(restored)
	s.w.Clock = at
	b1 := seal(clone)
	s.anchor()
	all := append(append([]*worldtest.Sealed{}, s.batches...), a1, a2, arm, b1)
	r := s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Range(s.batches[1].First, a2.First, all...))
	want(t, r, verify.Uncheckable, "two speakers")
}

// TestAPlanInTheMiddleOfARangeCounts: a stricter plan that comes into force and ends
// within the range is held against what was sealed meanwhile.
func TestAPlanInTheMiddleOfARangeCounts(t *testing.T) {
	s := ordinary(t, 2)
	state := func(from, until int64, every uint64) worldtest.Entry {
		return s.w.State(s.w.Supervisor, &statement.Coverage{Site: s.g.Site, From: from, Until: until,
			Points: []statement.Planned{{Point: worldtest.Point, MaxInterval: every, Profile: profile.Digest(s.g.Profile), Gateway: s.g.ID}}})
	}
	middle := s.w.Clock + 2*worldtest.Minute
	strict := state(middle, middle+worldtest.Minute, uint64(5*worldtest.Second))
	loose := state(middle, middle+worldtest.Minute, uint64(15*worldtest.Second))
	gone := s.w.State(s.w.Supervisor, &statement.Coverage{Site: s.g.Site, From: middle, Until: middle + worldtest.Minute,
		Points: []statement.Planned{{Point: "other/point", MaxInterval: 1, Profile: profile.Digest(s.g.Profile), Gateway: s.g.ID}}})
	before := state(worldtest.Start-worldtest.Hour, worldtest.Start, 1)
	for range 6 {
		s.minute()
	}
	from, to := s.batches[2].First, s.batches[6].First
	judge := func(plans ...worldtest.Entry) *verify.Report {
		return s.judge(t, s.w.Export(s.g, s.last(), append([]worldtest.Entry{s.list}, plans...)...).Range(from, to, s.batches[1:7]...))
	}
	want(t, judge(s.plan), verify.Genuine, "nothing is missing")
	want(t, judge(s.plan, loose), verify.Genuine, "nothing is missing")
	want(t, judge(s.plan, strict), verify.Uncheckable, "the plan asks for one every 5 s")
	want(t, judge(s.plan, gone), verify.Uncheckable, "does not ask this gateway for")
	want(t, judge(loose), verify.Uncheckable, "covers the whole range")
	want(t, judge(s.plan, before), verify.Uncheckable) // in force at no moment of the range
}

// TestAKeyThatWasEnrolledAfterwardsIsNotBelieved for what was logged before.
func TestAKeyThatWasEnrolledAfterwardsIsNotBelieved(t *testing.T) {
	s := ordinary(t, 1)
	again := s.w.State(s.w.Authority, s.g.EnrolmentBody())
	s.minute()
	old, late := s.batches[0], s.batches[1]
	export := func(b *worldtest.Sealed) *verify.Report {
		x := s.w.Export(s.g, s.last(), s.list, s.plan)
		x.Statements[0] = again
		return s.judge(t, x.Reading(b, 1))
	}
	want(t, export(old), verify.Uncheckable, "stands in the log before the gateway's enrolment")
	want(t, export(late), verify.Genuine)
}
