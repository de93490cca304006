package export_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
	"fieldseal/notary/internal/lab"
)

// scene is a notary with an embedded chain and one gateway at work.
type scene struct {
	*testing.T
	n      *lab.Notary
	chain  *lab.Chain
	ledger *lab.Ledger
	x      *export.Exporter
	trust  *trust.File
	g      *lab.Gateway
	s      *lab.Sealer
}

func open(t *testing.T) *scene {
	t.Helper()
	c, o := lab.NewChain(t)
	n := lab.New(t, o)
	h := &scene{T: t, n: n, chain: c, ledger: n.Ledger(c), g: n.Enrol("north-yard", "gw-1")}
	var err error
	if h.trust, err = export.OwnTrust(n.Facts(c)); err != nil {
		t.Fatal(err)
	}
	h.x = export.New(export.Config{Log: n.Log, Store: n.Store, Registry: n.Registry, Anchors: h.ledger, Trust: h.trust,
		Decoders: worldtest.Decoders, Now: n.Now, Logger: slog.New(slog.DiscardHandler)})
	h.anchor()
	// Blocks tell the real time, so that what is sealed here lies before it.
	h.s = n.NewSealer(h.g, time.Now().UnixMicro()-30*lab.Minute)
	return h
}

// anchor anchors all that is in the log and lets the gateway know.
func (h *scene) anchor() { h.n.Anchor(h.chain, h.ledger) }

// name has the gateway seal from now on and name the newest final block.
func (h *scene) name() {
	h.Helper()
	h.s.Clock = time.Now().UnixMicro() - lab.Minute
	h.s.Block, _ = h.ledger.Newest()
}

// minutes seals and logs that many batches of a minute, six readings a point each.
func (h *scene) minutes(n int) (out []*lab.Sealed) {
	h.Helper()
	for range n {
		b := h.s.Seal(lab.Minute, 10*lab.Second)
		h.n.Send(b)
		out = append(out, b)
	}
	return out
}

func (h *scene) reading(b *lab.Sealed, leaf uint32) (*export.Result, *file.File) {
	h.Helper()
	return h.open(h.x.Reading(h.Context(), h.g.Gateway, b.Boot, b.Seq, leaf))
}

func (h *scene) rng(from, to int64) (*export.Result, *file.File) {
	h.Helper()
	return h.open(h.x.Range(h.Context(), h.g.Gateway, lab.PM10, from, to))
}

func (h *scene) open(r *export.Result, err error) (*export.Result, *file.File) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
	f, err := file.Parse(r.Text)
	if err != nil {
		h.Fatal(err)
	}
	return r, f
}

// want verifies anew, as an inspector does.
func (h *scene) want(r *export.Result, verdict verify.Status, parts ...string) {
	h.Helper()
	got := verify.File(r.Text, verify.Options{Trust: h.trust, Decoders: worldtest.Decoders})
	said := got.Sentence.EN
	for _, f := range got.Findings {
		said += " " + f.EN
	}
	for _, c := range got.Checks {
		if c.Status != verify.Genuine {
			said += " [" + c.Name + ": " + c.Detail.EN + "]"
		}
	}
	if got.Verdict != verdict {
		h.Fatalf("verdict %v, want %v: %s", got.Verdict, verdict, said)
	}
	for _, p := range parts {
		if !strings.Contains(said, p) {
			h.Errorf("lacks %q: %s", p, said)
		}
	}
}

func (h *scene) plan(from, until int64, points ...string) {
	h.Helper()
	c := &statement.Coverage{Site: h.g.Site, From: from, Until: until}
	for _, p := range points {
		c.Points = append(c.Points, statement.Planned{Point: p, MaxInterval: uint64(15 * lab.Second), Profile: profile.Digest(h.s.Profile), Gateway: h.g.Gateway})
	}
	s, body, err := statement.Sign(h.n.Supervision, rand.Reader, lab.Origin, h.n.Now().UnixMicro(), c)
	if err != nil {
		h.Fatal(err)
	}
	if _, err := h.n.Desk.Submit(h.Context(), authority.Signed{Header: s.Raw(), Body: body}); err != nil {
		h.Fatal(err)
	}
}

func TestReadingIsPendingThenGenuine(t *testing.T) {
	h := open(t)
	h.name()
	b := h.minutes(2)[1]
	h.n.Settle()
	r, f := h.reading(b, 2)
	h.want(r, verify.Pending)
	if len(f.Heads) != 1 || f.Heads[0].Anchor != nil {
		t.Errorf("%d heads", len(f.Heads))
	}
	h.anchor()
	r, f = h.reading(b, 2)
	h.want(r, verify.Genuine, "dust-1/pm10")
	if r.Report.Verdict != verify.Genuine {
		t.Errorf("own check said %v", r.Report.Verdict)
	}
	if !f.Claim.Frames || len(f.Batches) != 1 || len(f.Blocks) == 0 {
		t.Errorf("frames %v, %d batches, %d blocks", f.Claim.Frames, len(f.Batches), len(f.Blocks))
	}
	t.Logf("one reading: %d bytes", len(r.Text))
}

func TestFileDisclosesNothingOfOtherPoints(t *testing.T) {
	h := open(t)
	bs := h.minutes(4)
	h.anchor()
	for _, f := range []*file.File{second(h.reading(bs[1], 2)), second(h.rng(bs[1].First, bs[3].First))} {
		for i := range f.Batches {
			for _, rec := range f.Batches[i].Records {
				l, err := batch.ParseLeaf(rec.Raw)
				if err != nil {
					t.Fatal(err)
				}
				if x, ok := l.Body.(*record.Reading); ok && x.Point != lab.PM10 {
					t.Errorf("leaf %d discloses %s", rec.Leaf, x.Point)
				}
			}
		}
	}
}

func second[A, B any](_ A, b B) B { return b }

func TestUpperBoundIsTheFirstAnchorOverTheReading(t *testing.T) {
	h := open(t)
	b := h.minutes(1)[0]
	h.anchor()
	_, f := h.reading(b, 1)
	first := f.Heads[0].Anchor.Number
	for range 5 {
		h.minutes(1)
		h.anchor()
	}
	r, f := h.reading(b, 1)
	if len(f.Heads) != 2 || f.Heads[0].Anchor.Number != first {
		t.Fatalf("%d heads, the first anchored in block %d, want %d", len(f.Heads), f.Heads[0].Anchor.Number, first)
	}
	h.want(r, verify.Genuine)
}

func TestLargeReadingLeavesOutTheSecondAnchor(t *testing.T) {
	defer export.SlimAbove(export.SlimAbove(1))
	h := open(t)
	b := h.minutes(1)[0]
	h.anchor()
	h.minutes(1)
	h.anchor()
	r, f := h.reading(b, 1)
	if len(f.Heads) != 2 || f.Heads[0].Anchor == nil || f.Heads[1].Anchor != nil {
		t.Fatalf("%d heads", len(f.Heads))
	}
	h.want(r, verify.Genuine)
}

func TestRangeIsCompleteAndClosed(t *testing.T) {
	h := open(t)
	bs := h.minutes(8)
	h.anchor()
	r, f := h.rng(bs[2].First, bs[6].First)
	h.want(r, verify.Genuine, "24 readings", "configured by the owner")
	if n := len(f.Batches); n != 6 {
		t.Errorf("%d batches: an opening, four, a closing one were expected", n)
	}
	placed := 0
	for i := range f.Batches {
		if f.Batches[i].Log != nil {
			placed++
		}
	}
	if placed != 1 {
		t.Errorf("%d batches carry a path; the last one vouches for all", placed)
	}
	h.plan(bs[0].First, 0, lab.PM10)
	h.anchor()
	r, _ = h.rng(bs[2].First, bs[6].First)
	h.want(r, verify.Genuine, "24 readings")
	// The newest batches have no closing header yet, and the verdict says so.
	r, _ = h.rng(bs[2].First, h.s.Clock+lab.Minute)
	h.want(r, verify.Uncheckable, "no header after the range")
}

func TestClosingHeaderBeyondTheAnchorStillCloses(t *testing.T) {
	h := open(t)
	bs := h.minutes(3)
	h.anchor()
	h.minutes(1)
	r, f := h.rng(bs[0].First, bs[2].Last+1)
	h.want(r, verify.Genuine, "18 readings")
	if f.Heads[len(f.Heads)-1].Anchor == nil {
		t.Error("an anchored checkpoint covers the claim and was not used")
	}
}

func TestPlanIsChosenAsTheVerifierChooses(t *testing.T) {
	h := open(t)
	bs := h.minutes(8)
	h.plan(bs[0].First, bs[4].First, lab.PM10)
	h.plan(bs[4].First, 0, lab.PM10)
	h.plan(bs[7].First, 0, lab.PM25)
	h.minutes(1)
	h.anchor()
	for name, tc := range map[string]struct {
		from, to int64
		plans    int
	}{
		"in the first":         {bs[1].First, bs[3].First, 1},
		"over both":            {bs[2].First, bs[6].First, 2},
		"in one without point": {bs[7].First, bs[7].First + 30*lab.Second, 0},
		"begun before any":     {bs[0].First - 1, bs[2].First, 0},
	} {
		r, f := h.rng(tc.from, tc.to)
		n := 0
		for _, s := range f.Statements {
			if p, err := statement.Parse(s.Header); err == nil && p.Type == statement.TypeCoverage {
				n++
			}
		}
		if n != tc.plans {
			t.Errorf("%s: %d plans, want %d", name, n, tc.plans)
		}
		h.want(r, verify.Genuine)
	}
}

func TestRestartIsJoinedAndRollbackIsShownWhole(t *testing.T) {
	h := open(t)
	first := h.minutes(3)
	card := h.s.Copy() // an image of the card is taken
	h.minutes(2)
	h.s = card // and restored
	card.Clock += 5 * lab.Minute
	again := h.minutes(2)
	h.minutes(1)
	h.anchor()
	r, _ := h.rng(again[0].First, again[1].Last+1)
	h.want(r, verify.Genuine, "12 readings")
	// A range over both runs shows both and says what it is.
	r, f := h.rng(first[1].First, again[1].Last+1)
	if len(f.Batches) < 7 {
		t.Errorf("%d batches: both runs were expected", len(f.Batches))
	}
	h.want(r, verify.Genuine, "Rollback")
	// A range that begins after the fork still finds the common root.
	r, _ = h.rng(again[0].First-2*lab.Minute-5*lab.Minute+1, again[1].Last+1)
	h.want(r, verify.Genuine, "Rollback")
}

func TestEquivocationTravelsWithTheReading(t *testing.T) {
	h := open(t)
	h.minutes(1)
	twin := *h.s
	a := h.minutes(1)[0]
	b := twin.Seal(lab.Minute, 20*lab.Second)
	if err := h.n.Intake.Handle(t.Context(), h.g.Gateway, message(b)); err != nil {
		t.Fatal(err)
	}
	if h.n.Refused() == nil {
		t.Fatal("the second content was not refused")
	}
	h.minutes(1)
	h.anchor()
	r, _ := h.reading(a, 1)
	h.want(r, verify.Uncheckable, "equivocation")
}

func TestGapSealedLaterExplainsTheSilence(t *testing.T) {
	h := open(t)
	bs := h.minutes(2)
	h.plan(bs[0].First, 0, lab.PM10)
	from := h.s.Clock
	for range 5 {
		h.n.Send(h.s.Seal(lab.Minute, 0))
	}
	h.n.Send(h.s.Seal(lab.Minute, 0, &record.Gap{Points: []string{lab.PM10}, From: from - 10*lab.Second, To: h.s.Clock, Cause: record.CauseNoAnswer, Mono: 1}))
	h.minutes(2)
	h.anchor()
	// The range ends before the gap record was sealed.
	r, _ := h.rng(bs[1].First, from+2*lab.Minute)
	h.want(r, verify.Genuine, "gap")
}

func TestLostPayloadIsNamedByItsGap(t *testing.T) {
	h := open(t)
	bs := h.minutes(2)
	lost := h.s.Seal(lab.Minute, 10*lab.Second)
	lost.Payload = nil
	h.n.Send(lost)
	h.n.Send(h.s.Seal(lab.Minute, 10*lab.Second, &record.Gap{From: lost.First, To: lost.Last + 1, Cause: record.CauseJournal, Mono: 1,
		Lost: &record.LostRun{Boot: lost.Boot, First: lost.Seq, Last: lost.Seq}}))
	h.minutes(2)
	h.anchor()
	r, _ := h.rng(bs[1].First, lost.Last+1)
	h.want(r, verify.Genuine)
	if _, err := h.x.Reading(t.Context(), h.g.Gateway, lost.Boot, lost.Seq, 1); !errors.Is(err, export.ErrWithheld) {
		t.Errorf("a reading whose payload was lost: %v", err)
	}
}

func TestRevokedGatewaysOldReadingsStayGenuine(t *testing.T) {
	h := open(t)
	b := h.minutes(1)[0]
	h.anchor()
	if err := h.n.Registry.Revoke(h.g.Gateway, enrol.Revocation{FromIndex: h.n.Log.Size(), Reason: "stolen"}); err != nil {
		t.Fatal(err)
	}
	h.n.SignPending()
	h.anchor()
	r, _ := h.reading(b, 1)
	h.want(r, verify.Genuine)
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	h := open(t)
	b := h.minutes(1)[0]
	h.n.Settle()
	for name, tc := range map[string]struct {
		do   func() error
		want error
	}{
		"unknown gateway": {func() error { _, err := h.x.Range(t.Context(), batch.ID{1}, lab.PM10, 0, 1); return err }, export.ErrNothing},
		"unknown batch":   {func() error { _, err := h.x.Reading(t.Context(), h.g.Gateway, b.Boot, 99, 1); return err }, export.ErrNothing},
		"no such leaf":    {func() error { _, err := h.x.Reading(t.Context(), h.g.Gateway, b.Boot, b.Seq, 500); return err }, export.ErrNothing},
		"contents leaf":   {func() error { _, err := h.x.Reading(t.Context(), h.g.Gateway, b.Boot, b.Seq, 0); return err }, export.ErrNothing},
		"empty time":      {func() error { _, err := h.x.Range(t.Context(), h.g.Gateway, lab.PM10, 1, 2); return err }, export.ErrNothing},
	} {
		if err := tc.do(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func message(b *lab.Sealed) []byte { return lab.Message(b) }
