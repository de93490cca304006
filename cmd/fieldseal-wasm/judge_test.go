package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// sample is an anchored reading and the trust file for it. The world's protocol
// has no decoder here, so only its rung of decoding cannot be checked.
func sample(t testing.TB) (text, trusted []byte) {
	t.Helper()
	w := worldtest.New("wasm")
	text = reading(t, w)
	trusted, err := w.Trust().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text, trusted
}

func reading(t testing.TB, w *worldtest.World) []byte {
	t.Helper()
	g := w.Enrol()
	list := w.StatusList(1)
	b := g.Seal(worldtest.Minute, 10*worldtest.Second)
	w.Admit(b)
	h := w.Checkpoint()
	w.Anchor(h)
	text, err := file.Marshal(w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestEvidenceIsJudgedByTheVersionOfItsTime gives a newer trust file alone, and with
// the one that it follows.
func TestEvidenceIsJudgedByTheVersionOfItsTime(t *testing.T) {
	w := worldtest.New("versions")
	text := reading(t, w)
	first := w.Trust()
	second := first.Next()
	second.From = trust.Time(w.Clock/worldtest.Second) + 86400
	second.Until = second.From + 86400
	if err := second.Sign(w.Issuer); err != nil {
		t.Fatal(err)
	}
	var versions [][]byte
	for _, f := range []*trust.File{second, first} {
		b, err := f.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, b)
	}
	trusts := func(v *verdict) verify.Status {
		for _, r := range v.Rungs {
			if r.Name == "trust" {
				return r.Status
			}
		}
		return verify.Altered
	}
	if v := judge(text, settings{}, versions[0]); trusts(v) != verify.Uncheckable {
		t.Errorf("by a version that was not valid yet: %v", trusts(v))
	}
	v := judge(text, settings{}, versions...)
	if trusts(v) != verify.Genuine || v.Trust.Version != 1 {
		t.Errorf("with the version of its time: %v, by version %d", trusts(v), v.Trust.Version)
	}
	d, err := describe(versions)
	if err != nil || len(d) != 2 || d[0].Version != 2 || d[1].Version != 1 {
		t.Errorf("%+v %v", d, err)
	}
}

func TestEveryRungOpensToValuesThatAgree(t *testing.T) {
	text, trusted := sample(t)
	v := judge(text, settings{Offset: 480}, trusted)
	if !strings.Contains(v.Sentence.EN, "UTC+08:00") && !strings.Contains(v.Rungs[len(v.Rungs)-3].Detail.EN, "UTC+08:00") {
		t.Errorf("the reader's zone is not used: %s", v.Sentence.EN)
	}
	for _, r := range v.Rungs {
		if r.Name == "decoding" {
			continue
		}
		if r.Status != verify.Genuine {
			t.Errorf("%s is %v: %s", r.Name, r.Status, r.Detail.EN)
		}
		if len(r.Workings) == 0 {
			t.Errorf("%s opens to nothing", r.Name)
		}
		for _, s := range r.Workings {
			if s.Match != nil && !*s.Match {
				t.Errorf("%s: %s: %s does not agree", r.Name, s.Label.EN, s.Value)
			}
			if s.Label.ZH == "" {
				t.Errorf("%s: %q has no Chinese", r.Name, s.Label.EN)
			}
		}
	}
	for _, name := range []string{"record", "inclusion", "signature", "anchor", "configuration", "checkpoint", "trust", "enrolment"} {
		found := false
		for _, r := range v.Rungs {
			for _, s := range r.Workings {
				found = found || r.Name == name && s.Match != nil
			}
		}
		if !found {
			t.Errorf("%s compares nothing that was computed again", name)
		}
	}
}

func TestAnyChangedByteMakesARungFall(t *testing.T) {
	text, trusted := sample(t)
	all, err := parts(text)
	if err != nil || len(all) < 7 {
		t.Fatalf("%d parts, %v", len(all), err)
	}
	for _, p := range all {
		for _, offset := range []int{0, p.Size / 2, p.Size - 1} {
			a, err := alter(text, p.ID, offset)
			if err != nil {
				// A file may be refused before anything is judged; then nothing was shown to be good.
				t.Logf("%s, byte %d: %v", p.ID, offset, err)
				continue
			}
			v := judge([]byte(a.Text), settings{}, trusted)
			fallen := false
			for _, r := range v.Rungs {
				fallen = fallen || r.Status == verify.Altered || r.Status == verify.Uncheckable && r.Name != "decoding"
			}
			if !fallen {
				t.Errorf("%s, byte %d: %v", p.ID, offset, v.Verdict)
			}
			back, err := alter([]byte(a.Text), p.ID, offset)
			if err == nil && back.Text != string(text) {
				t.Errorf("%s: changed back it is another file", p.ID)
			}
		}
	}
	if _, err := alter(text, "record", 1<<20); err == nil {
		t.Error("a byte beyond the end was changed")
	}
	if _, err := alter(text, "nothing", 0); err == nil {
		t.Error("a part that is not there was changed")
	}
}

func TestNoInputStopsTheVerifier(t *testing.T) {
	text, trusted := sample(t)
	for _, in := range [][]byte{nil, {}, []byte("{"), []byte("null"), []byte("[]"), trusted, text[:len(text)/2]} {
		if v := judge(in, settings{}, trusted); v.Verdict != verify.Uncheckable {
			t.Errorf("%.20q is %v", in, v.Verdict)
		}
		if _, err := json.Marshal(judge(in, settings{}, in)); err != nil {
			t.Error(err)
		}
	}
	if v := judge(text, settings{}); v.Verdict != verify.Uncheckable {
		t.Errorf("without a trust file: %v", v.Verdict)
	}
	if d, err := describe([][]byte{trusted}); err != nil || len(d) != 1 || d[0].Name == "" || !strings.Contains(d[0].Fingerprint, " ") {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := describe([][]byte{text}); err == nil {
		t.Error("evidence passed for a trust file")
	}
}

// FuzzJudge holds the whole call to any bytes: a verdict, never a crash.
func FuzzJudge(f *testing.F) {
	text, trusted := sample(f)
	f.Add(text)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := json.Marshal(judge(in, settings{}, trusted)); err != nil {
			t.Error(err)
		}
		if all, err := parts(in); err == nil && len(all) > 0 {
			if _, err := alter(in, all[0].ID, 0); err != nil {
				t.Log(err)
			}
		}
	})
}

func TestStatusesAreToldApartWithoutColour(t *testing.T) {
	a := describeSelf()
	seen := map[string]bool{}
	for _, s := range a.Statuses {
		for _, w := range []string{s.Mark, s.Word.EN, s.Word.ZH, s.Colour} {
			if w == "" || seen[w] {
				t.Errorf("%v: %q is empty or another status's", s.Status, w)
			}
			seen[w] = true
		}
	}
	if len(a.Statuses) != 4 || len(a.Questions) != len(verify.Questions) || a.Limits.File == 0 || a.Extension == "" {
		t.Errorf("%+v", a)
	}
}

// TestARangeOpensAtABatchThatShowsAReading reads recorded ranges, whose first batches
// hold nothing of the point.
func TestARangeOpensAtABatchThatShowsAReading(t *testing.T) {
	paths, err := filepath.Glob("testdata/demo/*-range" + file.Extension)
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	trusted, err := os.ReadFile("testdata/demo/trust.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := parts(text)
		if err != nil || !slices.ContainsFunc(all, func(p part) bool { return p.ID == "record" }) {
			t.Errorf("%s: no reading to change: %v", path, err)
		}
		for _, r := range judge(text, settings{}, trusted).Rungs {
			if (r.Name == "record" || r.Name == "decoding") && len(r.Workings) < 3 {
				t.Errorf("%s: %s opens to %d lines", path, r.Name, len(r.Workings))
			}
		}
	}
}
