package verify_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/file"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
	"fieldseal/evidence/wire"
)

var update = flag.Bool("update", false, "write the examples of docs/formats.md anew")

const formats = "../../docs/formats.md"

func hexLines(b []byte) string {
	s := hex.EncodeToString(b)
	var lines []string
	for ; len(s) > 64; s = s[64:] {
		lines = append(lines, s[:64])
	}
	return strings.Join(append(lines, s), "\n")
}

// examples makes every worked example from fixed keys.
func examples(t *testing.T) map[string]string {
	t.Helper()
	w := worldtest.New("docs/formats.md")
	g := w.Enrol()
	list := w.StatusList(1)
	block := w.Mine()
	g.Block = &block
	b := g.Seal(10*worldtest.Second, 10*worldtest.Second)
	w.Admit(b)
	h := w.Checkpoint()
	w.Anchor(h)
	step := w.State(w.LogStatements, &statement.AlarmStep{Alarm: batch.ID{1, 2, 3}, Step: statement.StepStatement, Kind: statement.AlarmEdge, Since: worldtest.Start,
		Site: g.Site, Gateway: g.ID, Device: "dust-1", Points: []string{worldtest.Point}, Record: &statement.Leaf{Index: b.Index, Leaf: 1}, By: "li.wei", Role: "company", Note: "road washed"})
	f := w.Export(g, []*worldtest.Head{h}, list).Reading(b, 1)
	text, err := file.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	want(t, verify.File(text, verify.Options{Trust: w.Trust(), Decoders: worldtest.Decoders}), verify.Genuine)
	claim, err := json.MarshalIndent(f.Claim, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	m, err := cose.Parse(b.Raw())
	if err != nil {
		t.Fatal(err)
	}
	digest := b.Digest()
	root := profile.ConfigRoot(g.Leaves)
	message, err := w.Trust().Message()
	if err != nil {
		t.Fatal(err)
	}
	fence := func(kind, s string) string { return "```" + kind + "\n" + s + "\n```" }
	out := map[string]string{
		"checkpoint":   fence("", strings.TrimSuffix(string(h.Note), "\n")),
		"claim":        fence("json", string(claim)),
		"file":         fence("json", string(bytes.TrimSpace(text))),
		"trustmessage": fence("", string(message)),
		"fingerprint":  fence("", w.Trust().Fingerprint()),
	}
	for name, x := range map[string][]byte{
		"sigstructure": m.SigStructure(cose.BatchContext), "digest": digest[:], "key": g.Key.Public().Append(nil),
		"contents": b.Payload.LeafBytes(0), "reading": b.Payload.LeafBytes(1), "frame": b.Payload.LeafBytes(2),
		"gap":     (&record.Gap{Points: []string{worldtest.Point}, From: worldtest.Start, To: worldtest.Start + worldtest.Minute, Cause: record.CauseNoAnswer, Mono: 5, Missed: 6}).Append(nil),
		"payload": b.Stored, "secret": b.Stored[3:35], "header": b.Raw(),
		"settings": g.Leaves[0], "device": g.Leaves[1], "configroot": root[:], "profile": g.Profile,
		"enrolment": g.Enrolment.Raw, "enrolmentbody": g.Enrolment.Body, "alarmstep": step.Raw, "alarmstepbody": step.Body, "hello": wire.EncodeUp(&wire.Hello{Software: "agent"}),
	} {
		out[name] = fence("", hexLines(x))
	}
	return out
}

// TestTheExamplesOfTheFormatsAreTrue regenerates them (-update) or compares.
func TestTheExamplesOfTheFormatsAreTrue(t *testing.T) {
	doc, err := os.ReadFile(formats)
	if err != nil {
		t.Fatal(err)
	}
	made := examples(t)
	mark := regexp.MustCompile("<!-- example ([a-z]+) -->\n(?:```[a-z]*\n(?s:.*?)\n```\n)?")
	seen := map[string]bool{}
	got := mark.ReplaceAllFunc(doc, func(m []byte) []byte {
		name := string(mark.FindSubmatch(m)[1])
		seen[name] = true
		if made[name] == "" {
			t.Errorf("no test makes example %q", name)
		}
		return fmt.Appendf(nil, "<!-- example %s -->\n%s\n", name, made[name])
	})
	for name := range made {
		if !seen[name] {
			t.Errorf("example %q is not in the document", name)
		}
	}
	if bytes.Equal(doc, got) {
		return
	}
	if !*update {
		t.Fatal("examples differ from what the code makes; run this test with -update and look at what changed")
	}
	if err := os.WriteFile(formats, got, 0o644); err != nil {
		t.Fatal(err)
	}
}
