package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/simulators/fault"
	"fieldseal/simulators/site"
)

func TestDemoTellsEveryStepOfItsScripts(t *testing.T) {
	for _, s := range site.Scenarios {
		x := &demoSite{Scenario: s}
		for _, step := range s.Script.Steps {
			begun, ended := x.happened(fault.Event{Step: step}), x.happened(fault.Event{Step: step, Ended: true})
			if !strings.Contains(begun, step.Target) || strings.Contains(begun, step.Kind.String()+" of") {
				t.Errorf("%v of %s is told as %q", step.Kind, step.Target, begun)
			}
			if step.Kind != fault.Late && begun == ended {
				t.Errorf("beginning and end of %v are told alike: %q", step.Kind, begun)
			}
		}
	}
}

func TestDemoTellsGapsAndAlarmsAsTheyWereSealed(t *testing.T) {
	at := time.Date(2026, 5, 4, 10, 2, 14, 0, time.Local).UnixMicro()
	high := decimal.New(150, 0)
	value := decimal.New(187, 0)
	for want, body := range map[string]record.Body{
		"gap      dust-1/pm10 from 10:02:14 to 10:02:24: no answer, 3 polls missed":     &record.Gap{Points: []string{"dust-1/pm10"}, From: at, To: at + 10e6, Cause: record.CauseNoAnswer, Missed: 3},
		"gap      every point from 10:02:14 to 10:02:24: agent restarted":               &record.Gap{From: at, To: at + 10e6, Cause: record.CauseRestarted},
		"gap      a/x and 2 more from 10:02:14 to 10:02:24: bus fault, one poll missed": &record.Gap{Points: []string{"a/x", "a/y", "a/z"}, From: at, To: at + 10e6, Cause: record.CauseBus, Missed: 1},
		"event    alarm raised: dust-1/pm10 is 187, limit 150":                          &record.Event{Type: record.EventAlarmRaised, Subject: "dust-1/pm10", Value: &value, Limit: &high},
		"event    agent started": &record.Event{Type: record.EventStarted},
	} {
		if got := (news{body: body}).tell(); got != want {
			t.Errorf("told %q, wanted %q", got, want)
		}
	}
}

func TestColumnsCountChineseTwice(t *testing.T) {
	for text, want := range map[string]int{"": 0, "pm10": 4, "测点": 4, "µg/m³": 5, "“无”，": 6, "①": 1} {
		if got := columns(text); got != want {
			t.Errorf("%q takes %d columns, wanted %d", text, got, want)
		}
	}
}

func TestWatchRefusesWhatIsNoEvidence(t *testing.T) {
	if _, err := newWatch().look([]byte(`{"format":"fieldseal-evidence/1"}`)); err == nil {
		t.Error("half a file was taken for evidence")
	}
}

func TestDemoIsRefusedWithoutTheBinariesBesideIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	err := runDemo(t.Context(), dir, true, newScreen(os.Stderr))
	if err == nil || !strings.Contains(err.Error(), "make") {
		t.Errorf("a test binary without the others beside it: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made all the same")
	}
}
