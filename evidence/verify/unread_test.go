package verify_test

import (
	"bytes"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/verify"
)

// What an inspector takes for evidence by mistake is named in both languages, with what
// to do about it, and neither language stands in the other's sentence.
func TestWhatIsNoEvidenceIsNamedInBothLanguages(t *testing.T) {
	o := ordinary(t, 1).options()
	for what, c := range map[string]struct{ text, en, zh string }{
		"a report":          {"%PDF-1.7", "something else", "这不是证据包，而是其他文件"},
		"nothing":           {" \n", "it is empty", "文件是空的"},
		"other JSON":        {`{"order": 17}`, "other JSON", "其他 JSON 文件"},
		"a list":            {`[1, 2]`, "something else", "其他文件"},
		"half of a file":    {`{"format":"` + file.Format + `","claim":{"ki`, "damaged or not whole", "文件已损坏或不完整"},
		"a trust file":      {`{"format":"fieldseal-trust/1"}`, "a trust file", "这是信任根文件，不是证据包"},
		"a later version":   {`{"format":"fieldseal-evidence/99"}`, "use a newer verifier", "请使用更新的核验程序"},
		"a key too many":    {`{"format":"` + file.Format + `","more":1}`, "unknown key", "不符合证据包的格式"},
		"more than is read": {strings.Repeat("[", file.MaxFile+1), "above the limit of 8 MiB", "超过 8 MiB 的上限"},
	} {
		s := verify.File([]byte(c.text), o).Sentence
		if !strings.Contains(s.EN, c.en) || !strings.HasPrefix(s.EN, "This cannot be checked, because ") || !strings.Contains(s.EN, "What would help: ") {
			t.Errorf("%s: %q", what, s.EN)
		}
		if !strings.Contains(s.ZH, c.zh) || !strings.HasPrefix(s.ZH, "无法核验：") || !strings.HasSuffix(s.ZH, "。") || !strings.Contains(s.ZH, "可行的办法：") {
			t.Errorf("%s: %q", what, s.ZH)
		}
		if strings.Contains(s.EN+s.ZH, "%!") || bytes.ContainsAny([]byte(s.EN), "。：") || strings.Contains(s.ZH, "not ") {
			t.Errorf("%s: %q %q", what, s.EN, s.ZH)
		}
	}
}
