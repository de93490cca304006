package site

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"fieldseal/evidence/profile"
	"fieldseal/firmware-config/document"
	"fieldseal/simulators/fault"
)

// longest is the longest time of a scenario.
const longest = 7 * 24 * time.Hour

// read reads the two files of a scenario's folder.
func read(dir fs.FS, name string) (Scenario, error) {
	play, err := small(dir, "play.yaml")
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", name, err)
	}
	s, err := parse(name+"/play.yaml", play)
	if err != nil {
		return Scenario{}, err
	}
	if s.site, err = small(dir, "site.yaml"); err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", name, err)
	}
	return s, nil
}

func small(dir fs.FS, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, document.MaxSize+1))
	if err == nil && len(b) > document.MaxSize {
		err = fmt.Errorf("%s is above the limit of %d bytes", name, document.MaxSize)
	}
	return b, err
}

// parse reads play.yaml: the title, the points to show, how points go through the
// day, and what happens.
func parse(name string, data []byte) (Scenario, error) {
	doc, err := document.Open(name, data)
	if err != nil {
		return Scenario{}, err
	}
	m := doc.Root().Mapping()
	m.Version(1)
	s := Scenario{ID: m.Take("id").Required("write the id of the site").ID(), Curves: map[string]Curve{}}
	title := m.Take("title").Required("write title: {en: …, zh: …}").Mapping()
	s.Title = profile.Text{EN: title.Take("en").Required("write it in English").Text(profile.MaxText), ZH: title.Take("zh").Required("write it in Chinese").Text(profile.MaxText)}
	title.Done()
	for _, n := range m.Take("shown").List(16) {
		s.Shown = append(s.Shown, n.Text(profile.MaxText))
	}
	ids, curves := m.Take("curves").Mapping().Rest()
	for i, n := range curves {
		s.Curves[ids[i]] = readCurve(n)
	}
	s.Script.Period = m.Take("every").Duration(time.Second, longest)
	for _, n := range m.Take("steps").List(1000) {
		s.Script.Steps = append(s.Script.Steps, readStep(n))
	}
	m.Done()
	if err := doc.Err(); err != nil {
		return Scenario{}, err
	}
	if err := s.Script.Check(); err != nil {
		return Scenario{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func readCurve(n *document.Node) Curve {
	m := n.Mapping()
	number := func(key string) float64 {
		if v := m.Take(key); !v.Absent() {
			return v.Decimal().Float()
		}
		return 0
	}
	c := Curve{Base: number("base"), Swing: number("swing"), Peak: number("peak"), Noise: number("noise"), Depth: number("depth"), Low: number("low"), High: number("high"),
		Wander: m.Take("wander").Duration(time.Second, longest), Cycle: m.Take("cycle").Duration(time.Second, longest)}
	m.Done()
	return c
}

// words are the kinds of a step as a scenario names them.
var words = map[string]fault.Kind{"late": fault.Late, "dead": fault.Dead, "value": fault.Value, "no-value": fault.NoValue, "vanish": fault.Vanish,
	"garbage": fault.Garbage, "bad-check": fault.BadCheck, "torn": fault.Torn}

func readStep(n *document.Node) fault.Step {
	m := n.Mapping()
	s := fault.Step{At: m.Take("at").Required("write when, such as at: 20s").Duration(0, longest)}
	s.Kind = words[m.Take("do").Required("write what happens").Choice("late", "dead", "value", "no-value", "vanish", "garbage", "bad-check", "torn")]
	s.Target = m.Take("to").Required("write to what: a device, device/point, or a bus").Text(profile.MaxText)
	if s.Kind == fault.Late {
		s.Delay = m.Take("by").Required("write by how much, such as by: 900ms").Duration(time.Millisecond, longest)
	} else if !s.Kind.Once() {
		s.For = m.Take("for").Required("write for how long, such as for: 30s").Duration(time.Millisecond, longest)
	}
	if s.Kind == fault.Value {
		s.Value = m.Take("value").Required("write at which value the point stands").Decimal().Float()
	}
	if point := strings.Contains(s.Target, "/"); s.Target != "" && point != (s.Kind == fault.Value || s.Kind == fault.NoValue) {
		n.Failf("to: %q; value and no-value happen to a point, device/point, the others to a device or a bus", s.Target)
	}
	m.Done()
	return s
}
