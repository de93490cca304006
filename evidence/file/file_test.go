package file_test

import (
	"bytes"
	"errors"
	"testing"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/verify/worldtest"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

func sample(t testing.TB) *file.File {
	t.Helper()
	w := worldtest.New("file")
	g := w.Enrol()
	list := w.StatusList(1)
	b := g.Seal(worldtest.Minute, 10*worldtest.Second)
	w.Admit(b)
	h := w.Checkpoint()
	w.Anchor(h)
	return w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1)
}

func TestWhatIsWrittenReadsBack(t *testing.T) {
	f := sample(t)
	plain, err := file.Marshal(f)
	if err != nil || bytes.Contains(plain, []byte(`"after"`)) || bytes.Contains(plain, []byte(`"changes"`)) {
		t.Errorf("what is not there is written: %v", err)
	}
	f.Blocks[0].After = [][]byte{{1}, {2}}
	f.Changes = []file.Change{{Headers: [][]byte{{1}, {2}}}, {Headers: [][]byte{{3}}}}
	b, err := file.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	back, err := file.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := file.Marshal(back)
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("written again it is another file: %v", err)
	}
}

// TestPoolsHoldWhatIsNamedOnceAndOnlyThat breaks one rule of the shape at a time.
func TestPoolsHoldWhatIsNamedOnceAndOnlyThat(t *testing.T) {
	for name, change := range map[string]func(*file.File){
		"format":              func(f *file.File) { f.Format = "fieldseal-evidence/2" },
		"unused node":         func(f *file.File) { f.Nodes = append(f.Nodes, file.Hash{1}) },
		"node twice":          func(f *file.File) { f.Nodes = append(f.Nodes, f.Nodes[0]) },
		"node beyond":         func(f *file.File) { f.Configs[0].Path[0] = len(f.Nodes) },
		"node below":          func(f *file.File) { f.Configs[0].Path[0] = -1 },
		"unused trie node":    func(f *file.File) { f.Trie = append(f.Trie, []byte{1}) },
		"empty trie node":     func(f *file.File) { f.Trie[0] = nil },
		"trie beyond":         func(f *file.File) { f.Heads[0].Anchor.Account[0] = 99 },
		"block beyond":        func(f *file.File) { f.Heads[0].Anchor.Block = 1 },
		"block twice":         func(f *file.File) { f.Blocks = append(f.Blocks, f.Blocks[0]) },
		"head beyond":         func(f *file.File) { f.Batches[0].Log.Head = 1 },
		"no head":             func(f *file.File) { f.Heads = nil },
		"no batch":            func(f *file.File) { f.Batches = nil },
		"profile twice":       func(f *file.File) { f.Profiles = append(f.Profiles, f.Profiles[0]) },
		"leaves out of order": func(f *file.File) { r := f.Batches[0].Records; r[0], r[1] = r[1], r[0] },
		"leaf twice":          func(f *file.File) { r := f.Batches[0].Records; r[1].Leaf = r[0].Leaf },
		"no kind":             func(f *file.File) { f.Claim.Kind = "" },
		"both parts":          func(f *file.File) { f.Claim.Range = &file.Range{From: 1, To: 2} },
		"the other part":      func(f *file.File) { f.Claim.Reading, f.Claim.Range = nil, &file.Range{From: 1, To: 2} },
		"empty range": func(f *file.File) {
			f.Claim = file.Claim{Kind: file.KindRange, Point: "a/b", Range: &file.Range{From: 2, To: 2}}
		},
		"contents claimed":     func(f *file.File) { f.Claim.Reading.Leaf = 0 },
		"no point":             func(f *file.File) { f.Claim.Point = "" },
		"consistency at first": func(f *file.File) { f.Heads[0].Consistency = []int{0} },
		"config of no path":    func(f *file.File) { f.Configs[0].Size = 4 },
		"config turned":        func(f *file.File) { f.Configs[0].Index = 2 },
		"header on top twice":  func(f *file.File) { f.Blocks[0].After = [][]byte{{1}, {1}} },
		"empty header on top":  func(f *file.File) { f.Blocks[0].After = [][]byte{nil} },
		"too many on top":      func(f *file.File) { f.Blocks[0].After = make([][]byte, anchor.MaxAfter+1) },
		"change of nothing":    func(f *file.File) { f.Changes = []file.Change{{}} },
		"empty header":         func(f *file.File) { f.Changes = []file.Change{{Headers: [][]byte{nil}}} },
		"too long a change":    func(f *file.File) { f.Changes = []file.Change{{Headers: make([][]byte, anchor.MaxRun+1)}} },
		"too many changes":     func(f *file.File) { f.Changes = make([]file.Change, file.MaxChanges+1) },
		"sequence too great":   func(f *file.File) { f.Claim.Reading.Seq = 1 << 53 },
	} {
		f := sample(t)
		change(f)
		if _, err := file.Marshal(f); !errors.Is(err, file.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAConfigurationsPlaceHasOneSpelling: every place in every tree becomes turns
// of a full tree that lead to the same root.
func TestAConfigurationsPlaceHasOneSpelling(t *testing.T) {
	text, err := file.Marshal(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size <= 40; size++ {
		leaves := make([]merkle.Hash, size)
		for i := range leaves {
			leaves[i] = merkle.Leaf([]byte{byte(i)})
		}
		root := merkle.Root(leaves)
		for i := range leaves {
			f, err := file.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			x := file.Builder{File: *f}
			path := merkle.Path(leaves, i)
			at := make([]int, len(path))
			for j, h := range path {
				at[j] = len(x.File.Nodes)
				x.File.Nodes = append(x.File.Nodes, file.Hash(h))
			}
			c := f.Configs[0]
			c.Index, c.Size, c.Leaf, c.Path = uint32(i), uint32(size), []byte{byte(i)}, at
			x.File.Configs = []file.Config{f.Configs[0], c}
			b, err := file.Marshal(&x.File)
			if err != nil {
				t.Fatalf("leaf %d of %d: %v", i, size, err)
			}
			back, err := file.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			c = back.Configs[1]
			hashes := make([][]byte, len(path))
			for j := range path {
				hashes[j] = path[j][:]
			}
			h := merkle.Leaf(c.Leaf)
			got, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, uint64(c.Index), uint64(c.Size), h[:], hashes)
			if err != nil || !bytes.Equal(got, root[:]) {
				t.Fatalf("leaf %d of %d as %d of %d: %v", i, size, c.Index, c.Size, err)
			}
		}
	}
}

func TestTheBuilderPools(t *testing.T) {
	var b file.Builder
	h := []merkle.Hash{{1}, {2}, {1}}
	if p := b.Path(h); p[0] != p[2] || p[0] == p[1] || len(b.File.Nodes) != 2 {
		t.Errorf("%v %v", p, b.File.Nodes)
	}
	proof := anchor.Proof{ChainID: 5, Contract: bytes.Repeat([]byte{7}, 20), Number: 2, Time: 3, Block: anchor.Block{Header: []byte{1}, Note: []byte{2}},
		Account: [][]byte{{1}, {2}}, Storage: [][]byte{{2}, {3}}}
	a := b.Anchor(proof)
	back := b.File.Proof(a)
	if len(b.File.Trie) != 3 || !bytes.Equal(back.Account[1], back.Storage[0]) || !bytes.Equal(back.Contract, proof.Contract) || back.Number != 2 {
		t.Errorf("%+v", back)
	}
}

// FuzzParse: a text that reads has one canonical form, which reads to itself.
func FuzzParse(f *testing.F) {
	b, err := file.Marshal(sample(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format":"fieldseal-evidence/1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := file.Parse(text)
		if err != nil {
			return
		}
		one, err := file.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		back, err := file.Parse(one)
		if err != nil {
			t.Fatal(err)
		}
		if two, err := file.Marshal(back); err != nil || !bytes.Equal(one, two) {
			t.Fatalf("%s\n%s %v", one, two, err)
		}
	})
}
