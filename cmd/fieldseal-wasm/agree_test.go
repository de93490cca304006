package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// sampled is a file that both verifiers judge.
type sampled struct {
	task
	text, trusted []byte
}

// agreed makes the files of the comparison: what a demo recorded (see
// testdata/demo/README.md), what a world of the tests makes, and each of them spoiled.
func agreed(t *testing.T) (out []sampled) {
	t.Helper()
	dir := t.TempDir()
	write := func(b []byte) string {
		path := filepath.Join(dir, fmt.Sprint(len(out), "-", len(b)))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	add := func(text, trusted []byte) {
		s := sampled{text: text, trusted: trusted}
		s.task = task{File: write(text), Now: 1_800_000_000_000_000, Offset: 480}
		if trusted != nil {
			s.Trust = write(trusted)
		}
		out = append(out, s)
	}
	spoil := func(text, trusted []byte) {
		add(text, trusted)
		all, err := parts(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			for _, offset := range []int{0, p.Size / 3, p.Size - 1} {
				if a, err := alter(text, p.ID, offset); err == nil {
					add([]byte(a.Text), trusted)
				}
			}
		}
	}
	recorded, err := filepath.Glob("testdata/demo/*" + file.Extension)
	if err != nil || len(recorded) == 0 {
		t.Fatalf("testdata/demo holds no evidence file: %v", err)
	}
	demo, err := os.ReadFile("testdata/demo/trust.json")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := worldtest.New("stranger").Trust().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range recorded {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		spoil(text, demo)
		add(unanchored(t, text), demo)
		if i == 0 {
			add(text, nil)
			add(text, stranger)
			add(text, text)
			add(text[:len(text)/2], demo)
			add(append(text, ' '), demo)
			add([]byte("%PDF-1.7"), demo)
			add(nil, demo)
			add([]byte(strings.Repeat("[", 1<<16)), demo)
			add(make([]byte, file.MaxFile+1), demo)
		}
	}
	for _, p := range []anchor.Profile{"", anchor.QBFT, anchor.Clique} {
		w := worldtest.New("agree " + string(p))
		if p != "" {
			w.Consort(p, 4)
		}
		g := w.Enrol()
		list := w.StatusList(1)
		b := g.Seal(worldtest.Minute, 10*worldtest.Second)
		w.Admit(b)
		h := w.Checkpoint()
		w.Anchor(h)
		for range 4 {
			w.Mine() // on Clique a block is believed once enough sealers built on it
		}
		text, err := file.Marshal(w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1))
		if err != nil {
			t.Fatal(err)
		}
		trusted, err := w.Trust().Marshal()
		if err != nil {
			t.Fatal(err)
		}
		spoil(text, trusted)
	}
	return out
}

// unanchored is a file as it was before the chain had its log: without anchors, and
// without the blocks that only they needed.
func unanchored(t *testing.T, text []byte) []byte {
	t.Helper()
	f, err := file.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	named := map[uint64]bool{}
	for i := range f.Batches {
		h, err := batch.ParseHeader(f.Batches[i].Header)
		if err != nil {
			t.Fatal(err)
		}
		if h.Block != nil {
			named[h.Block.Number] = true
		}
	}
	blocks := []file.Block{}
	for _, b := range f.Blocks {
		h, err := anchor.ParseHeader(b.Header)
		if err != nil {
			t.Fatal(err)
		}
		if named[h.Number] {
			blocks = append(blocks, b)
		}
	}
	// The newest checkpoint alone, under which everything of a demo's file stands.
	last := len(f.Heads) - 1
	head := f.Heads[last]
	head.Anchor, head.Consistency = nil, []int{}
	var b file.Builder
	again := func(path []int) []int { return b.Path(f.Hashes(path)) }
	place := func(p *file.Place) {
		if p.Head != last {
			t.Fatal("an entry stands under an earlier checkpoint")
		}
		p.Head, p.Path = 0, again(p.Path)
	}
	for i := range f.Batches {
		if f.Batches[i].Log != nil {
			place(f.Batches[i].Log)
		}
		for j := range f.Batches[i].Records {
			f.Batches[i].Records[j].Path = again(f.Batches[i].Records[j].Path)
		}
	}
	for i := range f.Configs {
		f.Configs[i].Path = again(f.Configs[i].Path)
	}
	for i := range f.Statements {
		place(&f.Statements[i].Log)
	}
	f.Heads, f.Blocks, f.Trie, f.Nodes = []file.Head{head}, blocks, [][]byte{}, b.File.Nodes
	out, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// answer is the part of the JSON that is compared field by field.
type answer struct {
	Verdict  string `json:"verdict"`
	Sentence words  `json:"sentence"`
	Rungs    []struct {
		Name   string `json:"name"`
		Title  words  `json:"title"`
		Status string `json:"status"`
		Detail words  `json:"detail"`
	} `json:"rungs"`
}

func decoded(t *testing.T, raw json.RawMessage) (a answer) {
	t.Helper()
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// compare holds a browser's answer to the report that fieldseal verify prints, in
// both languages.
func compare(t *testing.T, s sampled, got answer) {
	t.Helper()
	o := verify.Options{Decoders: decoderFor, Now: s.Now, Zone: zone(s.Offset)}
	var versions []*trust.File
	if s.trusted != nil {
		f, err := trust.Parse(s.trusted)
		if versions = []*trust.File{f}; err != nil {
			versions, o.TrustError = nil, err
		}
	}
	r := verify.ByVersions(s.text, o, versions)
	if got.Verdict != r.Verdict.String() || got.Sentence != both(r.Sentence) {
		t.Fatalf("%s\nbrowser: %s %s\nterminal: %v %s", s.File, got.Verdict, got.Sentence.EN, r.Verdict, r.Sentence.EN)
	}
	if len(got.Rungs) != len(r.Checks) {
		t.Fatalf("%s: %d rungs and %d checks", s.File, len(got.Rungs), len(r.Checks))
	}
	for i, c := range r.Checks {
		if g := got.Rungs[i]; g.Name != c.Name || g.Status != c.Status.String() || g.Detail != both(c.Detail) || g.Title != both(verify.Title(c.Name)) {
			t.Errorf("%s: %+v is not %+v", s.File, g, c)
		}
	}
}
