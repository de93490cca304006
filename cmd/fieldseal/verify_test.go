package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify/worldtest"
	"fieldseal/internal/command"
)

// folder holds a trust file and evidence of every verdict. The world's protocol
// has no decoder in the command, so its files disclose no frames.
func folder(t *testing.T) (dir string, w *worldtest.World) {
	t.Helper()
	dir = t.TempDir()
	w = worldtest.New("cmd")
	g := w.Enrol()
	list := w.StatusList(1)
	b := g.Seal(worldtest.Minute, 10*worldtest.Second)
	w.Admit(b)
	h := w.Checkpoint()
	w.Anchor(h)
	late := g.Seal(worldtest.Minute, 10*worldtest.Second)
	w.Admit(late)
	pending := w.Checkpoint()
	write := func(name string, f *file.File) {
		f.Claim.Frames = false
		for i := range f.Batches {
			f.Batches[i].Records = f.Batches[i].Records[:1]
		}
		prune(f)
		text, err := file.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name+file.Extension), text)
	}
	write("genuine", w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1))
	write("pending", w.Export(g, []*worldtest.Head{pending}, list).Reading(late, 1))
	f := w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1)
	f.Batches[0].Records[0].Raw[50] ^= 1
	write("altered", f)
	write("uncheckable", w.Export(g, []*worldtest.Head{h}).Reading(b, 1))
	text, err := w.Trust().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "trust.json"), text)
	put(t, filepath.Join(dir, "broken.fseal.json"), []byte("{"))
	return dir, w
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// prune drops nodes that nothing names.
func prune(f *file.File) {
	at, nodes := map[int]int{}, []file.Hash{}
	fix := func(path []int) {
		for i, p := range path {
			if _, ok := at[p]; !ok {
				at[p] = len(nodes)
				nodes = append(nodes, f.Nodes[p])
			}
			path[i] = at[p]
		}
	}
	for i := range f.Batches {
		fix(f.Batches[i].Log.Path)
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
	f.Nodes = nodes
}

func call(args ...string) (code int, out string) {
	var b bytes.Buffer
	root := newRoot()
	root.SetOut(&b)
	root.SetErr(&b)
	return command.Execute(context.Background(), root, args), b.String()
}

func TestExitCodesTellTheVerdict(t *testing.T) {
	dir, _ := folder(t)
	at := func(name string) string { return filepath.Join(dir, name+file.Extension) }
	tr := filepath.Join(dir, "trust.json")
	for _, tc := range []struct {
		want int
		args []string
	}{
		{0, []string{at("genuine")}}, {1, []string{at("altered")}}, {2, []string{at("uncheckable")}}, {2, []string{at("broken")}},
		{2, []string{at("missing")}}, {3, []string{at("pending")}}, {3, []string{at("genuine"), at("pending")}},
		{1, []string{at("genuine"), at("altered"), at("uncheckable")}}, {1, []string{dir}}, {2, []string{t.TempDir()}},
		{64, nil}, {64, []string{"--lang", "fr", at("genuine")}}, {64, []string{"--nonsense"}}, {64, []string{"--zone", "Mars/Base", at("genuine")}},
	} {
		for _, more := range [][]string{nil, {"--json"}} {
			args := append(append([]string{"verify", "--trust", tr}, tc.args...), more...)
			if code, out := call(args...); code != tc.want {
				t.Errorf("%v: exit code %d, want %d\n%s", args, code, tc.want, out)
			}
		}
	}
	if code, _ := call("verify", at("genuine")); code != 64 {
		t.Errorf("without --trust: exit code %d", code)
	}
	if code, out := call("verify", "--trust", at("broken"), at("genuine")); code != 2 || !strings.Contains(out, "not a trust file") {
		t.Errorf("a broken trust file: exit code %d\n%s", code, out)
	}
	if code, _ := call("nonsense"); code != 64 {
		t.Errorf("an unknown command: exit code %d", code)
	}
}

func TestTheTrustFileComesFirstAndNoColourWhenPiped(t *testing.T) {
	dir, w := folder(t)
	_, out := call("verify", "--zone", "UTC", "--trust", filepath.Join(dir, "trust.json"), filepath.Join(dir, "genuine"+file.Extension))
	lines := strings.Split(out, "\n")
	if !strings.Contains(lines[0], "North district, version 1") || !strings.Contains(lines[1], trust.Grouped(w.Trust().Fingerprint())) {
		t.Errorf("the first lines are\n%s\n%s", lines[0], lines[1])
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colour in a pipe")
	}
	for _, part := range []string{"✓ GENUINE", "existed before 2026-03-01 10:01:00 (UTC)", "Not proved:", "integrity", "✓ entries stand in the log"} {
		if !strings.Contains(out, part) {
			t.Errorf("lacks %q:\n%s", part, out)
		}
	}
	_, out = call("verify", "--lang", "zh", "--zone", "Asia/Shanghai", "--trust", filepath.Join(dir, "trust.json"), filepath.Join(dir, "genuine"+file.Extension))
	for _, part := range []string{"信任根文件", "✓ 属实", "2026-03-01 18:01:00（UTC+08:00）", "未予证明：", "条目在存证日志中"} {
		if !strings.Contains(strings.ReplaceAll(out, "\n  ", ""), part) {
			t.Errorf("lacks %q:\n%s", part, out)
		}
	}
}

func TestJSONIsOneObjectForOneFile(t *testing.T) {
	dir, _ := folder(t)
	var one struct {
		Verdict, Independence, Sentence string
		Checks                          []struct{ Name, Status, Detail string }
	}
	_, out := call("verify", "--json", "--trust", filepath.Join(dir, "trust.json"), filepath.Join(dir, "altered"+file.Extension))
	if err := json.Unmarshal([]byte(out), &one); err != nil || one.Verdict != "altered" || one.Independence != "local" {
		t.Errorf("%+v %v", one, err)
	}
	var many struct {
		Verdict string
		Files   []struct{ File, Verdict string }
	}
	_, out = call("verify", "--json", "--trust", filepath.Join(dir, "trust.json"), dir)
	if err := json.Unmarshal([]byte(out), &many); err != nil || many.Verdict != "altered" || len(many.Files) != 5 {
		t.Errorf("%+v %v", many, err)
	}
	for _, f := range many.Files {
		if want := strings.TrimSuffix(filepath.Base(f.File), file.Extension); want != "broken" && f.Verdict != want {
			t.Errorf("%s is %s", f.File, f.Verdict)
		}
	}
}

func TestATrustFileIsMadeShownAndCompared(t *testing.T) {
	dir, w := folder(t)
	facts, err := w.Facts().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	put(t, at("facts.json"), facts)
	code, out := call("trust", "new", "--facts", at("facts.json"), "--name", "My district", "--issuer-key", at("issuer.key"), "--make-key", "-o", at("mine.json"))
	if code != 0 || !strings.Contains(out, "local: the log's operator runs it alone") {
		t.Fatalf("%d %s", code, out)
	}
	mine, err := readTrust(at("mine.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, trust.Grouped(mine.Fingerprint())) {
		t.Error("the fingerprint is not printed")
	}
	if code, out := call("verify", "--trust", at("mine.json"), at("genuine"+file.Extension)); code != 0 {
		t.Errorf("by the new trust file: %d\n%s", code, out)
	}
	if code, _ := call("trust", "new", "--facts", at("facts.json"), "--name", "x", "--issuer-key", at("issuer.key"), "-o", at("mine.json")); code != 1 {
		t.Errorf("wrote over a trust file: %d", code)
	}
	if code, out := call("trust", "show", at("mine.json")); code != 0 || !strings.Contains(out, "My district, version 1") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := call("trust", "diff", at("mine.json"), at("mine.json")); code != 0 || !strings.Contains(out, "They say the same") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := call("trust", "diff", at("mine.json"), at("trust.json")); code != 1 || !strings.Contains(out, "may not replace") {
		t.Errorf("%d %s", code, out)
	}
}
