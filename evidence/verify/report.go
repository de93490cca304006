package verify

import (
	"encoding/json"
	"fmt"
	"time"
)

// Status is the outcome of a check, of a question and of a whole file.
type Status uint8

// The statuses, from best to worst: the worst decides.
const (
	Genuine     Status = iota // every check leads to the trust file
	Pending                   // genuine so far, but not yet anchored
	Uncheckable               // something is missing, or the trust file does not reach it
	Altered                   // something contradicts a hash, a signature or another record
)

func (s Status) String() string {
	return [...]string{"genuine", "pending", "uncheckable", "altered"}[s]
}

// MarshalText is String.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ExitCode is what a command that gives this verdict exits with.
func (s Status) ExitCode() int { return [...]int{0, 3, 2, 1}[s] }

// Worst is the verdict over several files.
func Worst(all ...Status) Status {
	out := Genuine
	for _, s := range all {
		out = max(out, s)
	}
	return out
}

// Lang is a language of sentences: English or Chinese.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Text is one text for people in both languages.
type Text struct{ EN, ZH string }

// In gives the text in a language; English where there is no other.
func (t Text) In(l Lang) string {
	if l == Chinese && t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// say formats both languages with the same arguments; ZH may use indexed verbs.
func say(en, zh string, args ...any) Text {
	if len(args) == 0 {
		return Text{en, zh}
	}
	return Text{fmt.Sprintf(en, pick(args, English)...), fmt.Sprintf(zh, pick(args, Chinese)...)}
}

// pick resolves arguments that are texts or moments themselves.
func pick(args []any, l Lang) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if t, ok := a.(Text); ok {
			a = t.In(l)
		}
		out[i] = a
	}
	return out
}

// Question is what a claim raises.
type Question string

// The questions, in the order they are told.
const (
	Integrity    Question = "integrity"
	Origin       Question = "origin"
	Completeness Question = "completeness"
	Time         Question = "time"
	Anchoring    Question = "anchoring"
	Meaning      Question = "meaning"
)

// Questions lists them all.
var Questions = [...]Question{Integrity, Origin, Completeness, Time, Anchoring, Meaning}

// Check is one rung of the ladder.
type Check struct {
	Name     string
	Question Question
	Status   Status
	Detail   Text
	Remedy   Text // what would help; uncheckable and pending only
	ran      bool
}

// Report is what verification found.
type Report struct {
	Verdict      Status
	Independence string // of the chain from the log's operator, by the trust file; empty when no chain was reached
	Sentence     Text
	Checks       []Check // that ran, in the order of the ladder
	Findings     []Text  // facts a reader must know that decide no status
	NotProved    []Text
	Trust        TrustName
	Outdated     bool     // the trust file is not valid for the time of the evidence; another version may be
	Subject      *Subject // nil when the file could not be read that far
}

// TrustName identifies the trust file in use.
type TrustName struct {
	Name        string `json:"name"`
	Version     uint64 `json:"version"`
	Fingerprint string `json:"fingerprint"`
}

// Subject is what a verdict is about, for screens. Times are Unix µs; 0: not known.
type Subject struct {
	Kind        string `json:"kind"`
	Site        string `json:"site"`
	SiteName    string `json:"site_name"`
	Gateway     string `json:"gateway"`
	GatewayName string `json:"gateway_name"`
	Point       string `json:"point"`
	Value       string `json:"value,omitempty"`
	Unit        string `json:"unit,omitempty"`
	Measured    int64  `json:"measured,omitempty"` // the gateway's clock when it read the instrument
	Sealed      int64  `json:"sealed,omitempty"`   // the gateway's clock when the (last) batch closed
	Lower       int64  `json:"lower,omitempty"`    // L: the block that the (first) header names
	Upper       int64  `json:"upper,omitempty"`    // U: the anchor of the first logged header that chains to it
	From        int64  `json:"from,omitempty"`
	To          int64  `json:"to,omitempty"`
	Readings    int    `json:"readings"`
	Gaps        int    `json:"gaps"`
	Anchor      string `json:"anchor"` // "pending", "local" or "final"
	// Seals are on the block in which the last batch's anchor is shown; nil where
	// no validators seal.
	Seals *Seals `json:"seals,omitempty"`
}

// Seals are who made a block believable.
type Seals struct {
	Chain  uint64   `json:"chain"`
	Block  uint64   `json:"block"`
	By     []Sealer `json:"by"` // on Clique those who built on it
	Needed int      `json:"needed"`
	Of     int      `json:"of"` // validators of the set
}

// Sealer is one who sealed a block.
type Sealer struct {
	Account string `json:"account"`        // in hex
	Name    string `json:"name,omitempty"` // the organisation, by the trust file
}

// Status is the worst of a question's checks; ok is false when the claim does not raise it.
func (r *Report) Status(q Question) (s Status, ok bool) {
	for _, c := range r.Checks {
		if c.Question == q {
			s, ok = max(s, c.Status), true
		}
	}
	return s, ok
}

// Check finds a check by its name.
func (r *Report) Check(name string) (Check, bool) {
	for _, c := range r.Checks {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// JSON is the machine-readable form, texts in the language given.
func (r *Report) JSON(l Lang) ([]byte, error) {
	type check struct {
		Name     string   `json:"name"`
		Title    string   `json:"title"`
		Question Question `json:"question"`
		Status   Status   `json:"status"`
		Detail   string   `json:"detail"`
		Remedy   string   `json:"remedy,omitempty"`
	}
	out := struct {
		Trust        TrustName           `json:"trust"`
		Verdict      Status              `json:"verdict"`
		Independence string              `json:"independence"`
		Sentence     string              `json:"sentence"`
		Questions    map[Question]Status `json:"questions"`
		Checks       []check             `json:"checks"`
		Findings     []string            `json:"findings"`
		NotProved    []string            `json:"not_proved"`
		Subject      *Subject            `json:"subject,omitempty"`
	}{r.Trust, r.Verdict, r.Independence, r.Sentence.In(l), map[Question]Status{}, []check{}, []string{}, []string{}, r.Subject}
	for _, q := range Questions {
		if s, ok := r.Status(q); ok {
			out.Questions[q] = s
		}
	}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, check{c.Name, Title(c.Name).In(l), c.Question, c.Status, c.Detail.In(l), c.Remedy.In(l)})
	}
	for _, t := range r.Findings {
		out.Findings = append(out.Findings, t.In(l))
	}
	for _, t := range r.NotProved {
		out.NotProved = append(out.NotProved, t.In(l))
	}
	return json.MarshalIndent(out, "", "  ")
}

// moment writes a time of the gateway or the chain in the reader's zone.
func (o *Options) moment(micros int64) string {
	return time.UnixMicro(micros).In(o.zone()).Format("2006-01-02 15:04:05")
}

func (o *Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// zoneName names the zone once per sentence, at the moment given.
func (o *Options) zoneName(micros int64) string {
	name, off := time.UnixMicro(micros).In(o.zone()).Zone()
	if name == "UTC" {
		return name
	}
	return fmt.Sprintf("UTC%+03d:%02d", off/3600, off%3600/60)
}

// span writes a length of time for people.
func span(micros int64) Text {
	d := (time.Duration(micros) * time.Microsecond).Round(time.Second)
	switch s := int64(d.Seconds()); {
	case d < time.Minute:
		return say("%d s", "%d 秒", s)
	case d < 2*time.Hour:
		return say("%d min", "%d 分钟", s/60)
	case d < 72*time.Hour:
		return say("%d hours", "%d 小时", s/3600)
	default:
		return say("%d days", "%d 天", s/86400)
	}
}
