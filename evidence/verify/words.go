package verify

// What a status looks like is said here once: terminal, page and paper show the
// same word, icon and colour. The icons differ in shape, so that they are told
// apart without colour too.

// Word is the one word of a status.
func (s Status) Word() Text {
	return [...]Text{{"genuine", "属实"}, {"pending", "待锚定"}, {"cannot be checked", "无法核验"}, {"altered", "已被改动"}}[s]
}

// Mark is the one icon of a status.
func (s Status) Mark() string { return [...]string{"✓", "…", "?", "✗"}[s] }

// Colour is the one colour of a status: green, yellow, magenta or red.
func (s Status) Colour() string { return [...]string{"green", "yellow", "magenta", "red"}[s] }

// Statuses lists them, from best to worst.
var Statuses = [...]Status{Genuine, Pending, Uncheckable, Altered}

var questionTitles = map[Question]Text{
	Integrity: {"integrity", "完整性"}, Origin: {"origin", "来源"}, Completeness: {"completeness", "无遗漏"},
	Time: {"time", "时间"}, Anchoring: {"anchoring", "锚定"}, Meaning: {"meaning", "含义"},
}

// Title names a question for people.
func (q Question) Title() Text { return questionTitles[q] }
