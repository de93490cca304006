package export_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/verify"
	"fieldseal/notary/internal/lab"
)

// TestAFileRecountsAlarmsOnlyWhereAsked: whoever asks for them gets the steps of
// the point's alarms, with names; no other file holds any.
func TestAFileRecountsAlarmsOnlyWhereAsked(t *testing.T) {
	h := open(t)
	b := h.minutes(3)
	for _, x := range []statement.AlarmStep{
		{Step: statement.StepAcknowledged, Points: []string{lab.PM10}, By: "zhang.min", Role: "inspector"},
		{Step: statement.StepStatement, Points: []string{lab.PM10}, By: "li.wei", Role: "company", Note: "the road was washed"},
		{Step: statement.StepAcknowledged, Points: []string{lab.PM25}, By: "chen.jie", Role: "inspector"}, // another point's
	} {
		x.Alarm, x.Kind, x.Since, x.Site, x.Gateway, x.Device = batch.ID{7}, statement.AlarmEdge, b[1].First, h.g.Site, h.g.Gateway, "dust-1"
		s, body, err := statement.Sign(h.n.LogStatements, rand.Reader, lab.Origin, h.n.Now().UnixMicro(), &x)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.n.Log.AppendStatement(t.Context(), s, body); err != nil {
			t.Fatal(err)
		}
	}
	h.minutes(1)
	h.anchor()
	names := func(f *file.File) (out string) {
		for _, s := range f.Statements {
			out += string(s.Body)
		}
		return out
	}
	for kind, r := range map[string]func(bool) (*file.File, []byte){
		"range": func(with bool) (*file.File, []byte) {
			x := h.x
			if with {
				x = x.Recounting()
			}
			r, f := h.open(x.Range(t.Context(), h.g.Gateway, lab.PM10, b[0].First, b[2].First))
			return f, r.Text
		},
		"reading": func(with bool) (*file.File, []byte) {
			x := h.x
			if with {
				x = x.Recounting()
			}
			r, f := h.open(x.Reading(t.Context(), h.g.Gateway, b[1].Boot, b[1].Seq, 1))
			return f, r.Text
		},
	} {
		plain, _ := r(false)
		if strings.Contains(names(plain), "zhang.min") {
			t.Errorf("%s: a file that was not asked for alarms names people", kind)
		}
		f, text := r(true)
		if got := names(f); !strings.Contains(got, "zhang.min") || !strings.Contains(got, "the road was washed") || strings.Contains(got, "chen.jie") {
			t.Errorf("%s: %s", kind, base64.StdEncoding.EncodeToString([]byte(got)))
		}
		report := verify.File(text, verify.Options{Trust: h.trust})
		said := ""
		for _, x := range report.Findings {
			said += x.EN + "\n"
		}
		c, ok := report.Check("recorded")
		if !ok || c.Status != verify.Genuine || strings.Count(said, "The notary recorded") != 2 {
			t.Errorf("%s: %v %+v\n%s", kind, ok, c, said)
		}
	}
}
