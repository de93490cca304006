package alarm

import (
	"cmp"
	"slices"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
)

const (
	gapKind     = statement.AlarmGap
	stepRaised  = statement.StepRaised
	stepCleared = statement.StepCleared
)

// outside is how a point was outside its limit, from the first reading outside,
// which lies before the alarm by the limit's duration.
type outside struct {
	From  int64            `json:"from"`
	Worst *coverage.Sample `json:"worst,omitempty"`
	Unit  string           `json:"unit"`
	Title profile.Text     `json:"title"`
	// What instrument it is: the id of its profile.
	Profile string `json:"profile"`
	Lead    int64  `json:"lead"` // µs before the alarm in which readings outside belong to it
}

// readings gives the alarms of limits the readings outside that belong to them.
func (b *book) readings(index uint64, h *batch.Header, p *batch.Payload, g *coverage.Gateway) {
	for i, r := range p.Records {
		r, ok := r.(*record.Reading)
		if !ok || !slices.Contains(r.Marks, record.MarkLimit) {
			continue
		}
		for _, e := range b.about[subject{"limit", h.Gateway, r.Point}] {
			b.outside(e, g, r.Unit, coverage.Sample{Time: r.Time, Value: r.Value, Ref: coverage.Ref{Index: index, Leaf: uint32(i)}})
		}
	}
}

// before gives an alarm that is new the readings outside that led to it.
func (b *book) before(e *entry, g *coverage.Gateway) {
	if e.Out == nil {
		e.Out = newOutside(e, e.point(), g)
	}
	p := g.Points[e.point()]
	if p == nil || p.Out == nil || p.Out.Last < e.Raised-e.Out.Lead || p.Out.From > e.until() {
		return
	}
	e.Out.From = min(e.Out.From, p.Out.From)
	e.Out.Lead = max(e.Out.Lead, e.Raised-p.Out.From)
	for _, x := range []coverage.Sample{p.Out.Low, p.Out.High} {
		b.outside(e, g, e.Out.Unit, x)
	}
}

// outside takes a reading outside the limit into an alarm that it belongs to.
func (b *book) outside(e *entry, g *coverage.Gateway, unit string, r coverage.Sample) {
	if e.Out == nil {
		e.Out = newOutside(e, e.point(), g)
	}
	o := e.Out
	if r.Time < e.Raised-o.Lead || r.Time > e.until() {
		return
	}
	if r.Time < o.From {
		o.From = r.Time
		b.note(e, nil)
	}
	if o.Worst == nil || worse(e, r.Value, o.Worst.Value) || r.Value == o.Worst.Value && r.Time < o.Worst.Time {
		o.Worst, o.Unit = &r, unit
		b.note(e, nil)
	}
}

func newOutside(e *entry, point string, g *coverage.Gateway) *outside {
	o := &outside{From: e.Raised, Lead: 60 * second}
	if x := g.Expected(point); x != nil {
		o.Title, o.Unit, o.Profile = x.Title, x.Unit, x.Profile
		if x.Limits != nil {
			// Outside, readings are sealed at least at the slowest cadence.
			o.Lead = int64(x.Limits.After) + 2*x.Every
			for _, p := range x.Limits.Pauses {
				o.Lead += int64(p.Most)
			}
		}
	}
	return o
}

// worse compares by the side of the limit on which the alarm stands.
func worse(e *entry, v, than decimal.D) bool {
	if e.Cause == belowLimit {
		return v.Cmp(than) < 0
	}
	return v.Cmp(than) > 0
}

// Excursion is a stretch in which a point was outside its limit.
type Excursion struct {
	ID       string       `json:"id"` // of the alarm
	Site     string       `json:"site"`
	Business string       `json:"business"`
	District string       `json:"district"`
	Gateway  string       `json:"gateway"`
	Device   string       `json:"device"`
	Group    string       `json:"group" enum:"room,truck,cabinet,other"`
	Profile  string       `json:"profile"`
	Title    Title        `json:"title"`
	Point    string       `json:"point"`
	Unit     string       `json:"unit"`
	Limit    string       `json:"limit"`
	From     int64        `json:"from" csv:"time"`
	To       int64        `json:"to" csv:"time"` // 0: it lasts
	Duration int64        `json:"duration"`      // µs
	Worst    *WorstSample `json:"worst"`
	Answered bool         `json:"answered"`

	AcknowledgedBy string `json:"acknowledged_by,omitempty"`
	Statement      string `json:"statement,omitempty"`
}

// Title names a point in both languages.
type Title struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// WorstSample is the reading farthest outside.
type WorstSample struct {
	Time  int64    `json:"time" csv:"time"`
	Value string   `json:"value"`
	Index uint64   `json:"index"`
	Leaf  uint32   `json:"leaf"`
	Marks []string `json:"marks"`
}

// excursion is what an alarm says of one; ok is false for other alarms.
func (e *entry) excursion(now int64) (x Excursion, ok bool) {
	if e.Subject.Class != "limit" {
		return x, false
	}
	o := e.Out
	if o == nil {
		o = &outside{From: e.Raised}
	}
	from := min(o.From, e.Raised)
	x = Excursion{ID: e.ID.String(), Site: name(e.Site), Gateway: name(e.Gateway), Device: e.Device, Group: group(o.Profile, e.Device), Profile: o.Profile,
		Title: Title{o.Title.EN, o.Title.ZH}, Point: e.point(), Unit: o.Unit, Limit: e.Limit, From: from, To: e.Cleared, Duration: max(0, cmp.Or(e.Cleared, now)-from), Answered: e.Answered}
	if o.Worst != nil {
		x.Worst = &WorstSample{o.Worst.Time, o.Worst.Value.String(), o.Worst.Ref.Index, o.Worst.Ref.Leaf, []string{record.MarkLimit.String()}}
	}
	for _, s := range e.Steps {
		switch s.Step.Step {
		case statement.StepAcknowledged.String():
			x.AcknowledgedBy = s.By
		case statement.StepStatement.String():
			x.Statement = s.Note
		}
	}
	if !e.Answered {
		x.AcknowledgedBy = ""
	}
	return x, true
}

// cold are the profiles of instruments that stand in rooms and drive in trucks.
var cold = []struct{ prefix, group string }{
	{"coldroom/", "room"}, {"climate/", "room"}, {"thermometer/", "room"}, {"truck/", "truck"},
}

// group is what kind of place a device watches. Site files name cabinets as such;
// otherwise the profile says.
func group(profileID, device string) string {
	for _, word := range []string{"cabinet", "fridge", "freezer"} {
		if strings.HasPrefix(device, word) {
			return "cabinet"
		}
	}
	for _, c := range cold {
		if strings.HasPrefix(profileID, c.prefix) {
			return c.group
		}
	}
	return "other"
}
