package verify_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// story is an ordinary hour: a world whose gateway seals every minute, names
// blocks, and whose log is anchored every minute.
type story struct {
	w       *worldtest.World
	g       *worldtest.Gateway
	plan    worldtest.Entry
	list    worldtest.Entry
	batches []*worldtest.Sealed
}

func ordinary(t testing.TB, minutes int) *story {
	t.Helper()
	w := worldtest.New(t.Name())
	s := &story{w: w, g: w.Enrol()}
	s.plan = w.Plan(s.g, 30*worldtest.Second)
	s.list = w.StatusList(1)
	for range minutes {
		s.minute()
	}
	return s
}

// minute seals a minute, admits it, anchors it and lets the gateway know.
func (s *story) minute() {
	b := s.g.Seal(worldtest.Minute, 10*worldtest.Second)
	s.batches = append(s.batches, b)
	s.w.Admit(b)
	s.anchor()
}

func (s *story) anchor() *worldtest.Head {
	h := s.w.Checkpoint()
	s.w.Anchor(h)
	block := s.w.Mine()
	s.g.Block = &block
	return h
}

func (s *story) last() []*worldtest.Head { return s.w.Heads[len(s.w.Heads)-1:] }

// reading exports one reading of a batch under the newest head.
func (s *story) reading(b *worldtest.Sealed, leaf uint32) *file.File {
	return s.w.Export(s.g, s.last(), s.list, s.plan).Reading(b, leaf)
}

func (s *story) options() verify.Options {
	return verify.Options{Trust: s.w.Trust(), Decoders: worldtest.Decoders}
}

func (s *story) judge(t testing.TB, f *file.File) *verify.Report {
	t.Helper()
	b, err := file.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return verify.File(b, s.options())
}

// tell prints a report when a test is not content with it.
func tell(t testing.TB, r *verify.Report) {
	t.Helper()
	b, err := r.JSON(verify.English)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", b)
}

func want(t testing.TB, r *verify.Report, verdict verify.Status, parts ...string) {
	t.Helper()
	if r.Verdict != verdict {
		tell(t, r)
		t.Fatalf("verdict %v, want %v", r.Verdict, verdict)
	}
	for _, p := range parts {
		if !strings.Contains(r.Sentence.EN, p) {
			tell(t, r)
			t.Fatalf("the sentence lacks %q: %s", p, r.Sentence.EN)
		}
	}
	if r.Sentence.ZH == "" || strings.Contains(r.Sentence.ZH+r.Sentence.EN, "%!") || strings.Contains(r.Sentence.ZH, "were") {
		t.Fatalf("sentences are broken: %q %q", r.Sentence.EN, r.Sentence.ZH)
	}
	for _, c := range r.Checks {
		if strings.Contains(c.Detail.EN+c.Detail.ZH+c.Remedy.EN+c.Remedy.ZH, "%!") {
			t.Fatalf("check %s: %+v", c.Name, c)
		}
	}
}

func TestOneReadingIsGenuine(t *testing.T) {
	s := ordinary(t, 5)
	b := s.batches[3]
	r := s.judge(t, s.reading(b, 2))
	want(t, r, verify.Genuine, "This reading (dust-1/pm10: ", "existed between 2026-03-01 10:03:00 and 10:05:00 (UTC)", "was sealed by gateway "+s.g.ID.String()[:4]+"… of site “North yard”",
		"time and order rest on the log's operator alone")
	if r.Independence != "local" || r.Subject.Anchor != "local" {
		t.Errorf("independence %q, anchor %q", r.Independence, r.Subject.Anchor)
	}
	for _, q := range []verify.Question{verify.Integrity, verify.Origin, verify.Time, verify.Anchoring, verify.Meaning} {
		if got, ok := r.Status(q); !ok || got != verify.Genuine {
			t.Errorf("%s: %v %v", q, got, ok)
		}
	}
	if _, ok := r.Status(verify.Completeness); ok {
		t.Error("one reading raised the question of completeness")
	}
	if len(r.NotProved) < 4 {
		t.Errorf("not proved: %v", r.NotProved)
	}
}

// TestAnEarlierAnchorTightensTheUpperBound carries two heads: the first anchor
// over the batch, and the newest under which the status list stands.
func TestAnEarlierAnchorTightensTheUpperBound(t *testing.T) {
	s := ordinary(t, 3)
	first := s.last()[0]
	b := s.batches[2]
	for range 20 {
		s.minute()
	}
	list := s.w.StatusList(2)
	s.anchor()
	heads := []*worldtest.Head{first, s.last()[0]}
	r := s.judge(t, s.w.Export(s.g, heads, list, s.plan).Reading(b, 1))
	want(t, r, verify.Genuine, "between 2026-03-01 10:02:00 and 10:03:00")
}

func TestARangeIsCompleteAndSaysSo(t *testing.T) {
	s := ordinary(t, 8)
	from, to := s.batches[2].First, s.batches[6].First
	r := s.judge(t, s.w.Export(s.g, s.last(), s.list, s.plan).Range(from, to, s.batches[1:7]...))
	want(t, r, verify.Genuine, "These 24 readings of dust-1/pm10 existed between", "nothing is missing between 2026-03-01 10:02:00 and 10:06:00")
	if strings.Contains(r.Sentence.EN, "configured by the owner") {
		t.Error("a plan is in force, and the sentence says that none is")
	}
	r = s.judge(t, s.w.Export(s.g, s.last(), s.list).Range(from, to, s.batches[1:7]...))
	want(t, r, verify.Genuine, "complete as configured by the owner")
}

func TestEveryVerdictNamesItsTrustFile(t *testing.T) {
	s := ordinary(t, 2)
	r := s.judge(t, s.reading(s.batches[0], 1))
	tf := s.w.Trust()
	if r.Trust.Fingerprint != tf.Fingerprint() || r.Trust.Name != tf.Name || len(strings.Fields(trust.Grouped(r.Trust.Fingerprint))) != 16 {
		t.Errorf("%+v", r.Trust)
	}
}

// TestJSONHasTheKeysThatSystemsRead holds the machine-readable form.
func TestJSONHasTheKeysThatSystemsRead(t *testing.T) {
	s := ordinary(t, 2)
	b, err := s.judge(t, s.reading(s.batches[0], 1)).JSON(verify.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Verdict, Independence, Sentence string
		Checks                          []struct{ Name, Status, Detail string }
		NotProved                       []string `json:"not_proved"`
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Verdict != "genuine" || got.Independence != "local" || !strings.Contains(got.Sentence, "现场“North yard”") || len(got.Checks) < 10 || len(got.NotProved) == 0 {
		t.Errorf("%+v", got)
	}
	for _, c := range got.Checks {
		if c.Name == "" || c.Status != "genuine" || c.Detail == "" {
			t.Errorf("%+v", c)
		}
	}
}
