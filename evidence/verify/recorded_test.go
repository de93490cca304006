package verify_test

import (
	"strings"
	"testing"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// alarmSteps logs that an alarm of a point was acknowledged, and answered by the site.
func alarmSteps(s *story, by cose.Signer, point string) (out []worldtest.Entry) {
	device, _, _ := strings.Cut(point, "/")
	for _, x := range []statement.AlarmStep{
		{Step: statement.StepAcknowledged, By: "zhang.min", Role: "inspector"},
		{Step: statement.StepStatement, By: "li.wei", Role: "company", Note: "the road was washed"},
	} {
		x.Alarm, x.Kind, x.Since, x.Site, x.Gateway = batch.ID{9}, statement.AlarmEdge, s.batches[2].First, s.g.Site, s.g.ID
		x.Device, x.Points, x.Record = device, []string{point}, &statement.Leaf{Index: s.batches[2].Index, Leaf: 3}
		out = append(out, s.w.State(by, &x))
	}
	return out
}

func TestAlarmStepsAreToldAsWhatTheNotaryRecorded(t *testing.T) {
	s := ordinary(t, 4)
	steps := alarmSteps(s, s.w.LogStatements, worldtest.Point)
	s.anchor()
	r := s.judge(t, s.w.Export(s.g, s.last(), append([]worldtest.Entry{s.list, s.plan}, steps...)...).Reading(s.batches[2], 2))
	want(t, r, verify.Genuine)
	c, ok := r.Check("recorded")
	if !ok || !strings.Contains(c.Detail.EN, "2 steps") {
		tell(t, r)
		t.Fatalf("%+v", c)
	}
	var told []string
	for _, f := range r.Findings {
		if strings.HasPrefix(f.EN, "The notary recorded") && strings.HasPrefix(f.ZH, "公证端于") {
			told = append(told, f.EN)
		}
	}
	if len(told) != 2 || !strings.Contains(told[0], "zhang.min (inspector) acknowledged the alarm") || !strings.Contains(told[1], "li.wei (company) says") || !strings.Contains(told[1], "“the road was washed”") {
		t.Errorf("told: %q", told)
	}
}

// TestANameStandsInTheBodyOnly: the log, which anyone may read, holds a salted digest.
func TestANameStandsInTheBodyOnly(t *testing.T) {
	s := ordinary(t, 3)
	for _, e := range alarmSteps(s, s.w.LogStatements, worldtest.Point) {
		if strings.Contains(string(e.Raw), "li.wei") || strings.Contains(string(e.Raw), "zhang.min") {
			t.Error("a name stands in the log entry")
		}
	}
}
