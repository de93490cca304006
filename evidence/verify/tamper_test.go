package verify_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"fieldseal/evidence/file"
	"fieldseal/evidence/verify"
	"fieldseal/evidence/verify/worldtest"
)

// tamperable is a file with every part that the format has: a gap and an event,
// two heads, two blocks, a plan.
func tamperable(t *testing.T) (*story, []byte) {
	s := ordinary(t, 3)
	first := s.last()[0]
	s.minute()
	list := s.w.StatusList(2)
	s.anchor()
	f := s.w.Export(s.g, []*worldtest.Head{first, s.last()[0]}, list, s.plan).Reading(s.batches[2], 1, s.batches[1], s.batches[2])
	b, err := file.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	want(t, verify.File(b, s.options()), verify.Genuine)
	return s, b
}

// every is how many changes are passed over for one that is tried: all are tried
// where CI is set, and one in eleven in a quick run.
func every() int {
	if os.Getenv("CI") != "" {
		return 1
	}
	return 11
}

// TestNoByteOfAFieldIsFree flips bits of every byte of every decoded field, and
// steps every number.
func TestNoByteOfAFieldIsFree(t *testing.T) {
	s, text := tamperable(t)
	o := s.options()
	changed, altered, turn := 0, 0, 0
	try := func(f *file.File, what string) {
		if turn++; turn%every() != 0 && strings.Contains(what, " byte ") {
			return
		}
		changed++
		b, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		switch v := verify.File(b, o).Verdict; v {
		case verify.Altered:
			altered++
		case verify.Uncheckable:
		default:
			t.Fatalf("%s changed, and the verdict is %v", what, v)
		}
	}
	var f file.File
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	var walk func(v reflect.Value, what string)
	walk = func(v reflect.Value, what string) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				walk(v.Elem(), what)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i), what+"."+v.Type().Field(i).Name)
			}
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				flip(v, what, func(w string) { try(&f, w) })
				return
			}
			for i := range v.Len() {
				walk(v.Index(i), fmt.Sprintf("%s[%d]", what, i))
			}
			if v.Len() > 0 {
				whole := v.Interface()
				v.Set(v.Slice(0, v.Len()-1))
				if !strings.HasSuffix(what, "Statements") { // the last statement is the plan, whose absence is told
					try(&f, what+" shortened")
				}
				v.Set(reflect.ValueOf(whole))
			}
		case reflect.Array:
			flip(v, what, func(w string) { try(&f, w) })
		case reflect.String:
			old := v.String()
			for i := range old {
				v.SetString(old[:i] + string(old[i]^1) + old[i+1:])
				try(&f, what)
			}
			v.SetString(old)
		case reflect.Bool:
			v.SetBool(!v.Bool())
			try(&f, what)
			v.SetBool(!v.Bool())
		case reflect.Int, reflect.Int64:
			for _, d := range []int64{1, -1} {
				v.SetInt(v.Int() + d)
				try(&f, what)
				v.SetInt(v.Int() - d)
			}
		case reflect.Uint32, reflect.Uint64:
			for _, d := range []uint64{1, ^uint64(0)} {
				old := v.Uint()
				v.SetUint(old + d)
				try(&f, what)
				v.SetUint(old)
			}
		default:
			t.Fatalf("%s: a field of kind %v is not tried", what, v.Kind())
		}
	}
	walk(reflect.ValueOf(&f), "")
	t.Logf("%d changes: %d altered, %d uncheckable", changed, altered, changed-altered)
	if b, _ := json.Marshal(&f); verify.File(b, o).Verdict != verify.Genuine {
		t.Fatal("the file was not restored")
	}
}

// flip changes one bit of each byte; which one varies.
func flip(v reflect.Value, what string, try func(string)) {
	for i := range v.Len() {
		b := v.Index(i)
		old := b.Uint()
		b.SetUint(old ^ 1<<(i%8))
		try(fmt.Sprintf("%s byte %d", what, i))
		b.SetUint(old)
	}
}

// TestNoCharacterIsFree changes each character of each base64 string, and every
// other character of the file that is not white space.
func TestNoCharacterIsFree(t *testing.T) {
	s, text := tamperable(t)
	o := s.options()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i, c := range text {
		if i == len(text)-1 {
			break // the line end
		}
		if i%every() != 0 {
			continue
		}
		next := byte(alphabet[(strings.IndexByte(alphabet, c)+1)%64])
		text[i] = next
		if r := verify.File(text, o); r.Verdict != verify.Altered && r.Verdict != verify.Uncheckable {
			t.Fatalf("character %d, %q to %q in …%s…: %v", i, c, next, text[max(0, i-30):min(len(text), i+10)], r.Verdict)
		}
		text[i] = c
	}
}

// TestOneSpellingOnly takes what a lenient reader takes for the same content.
func TestOneSpellingOnly(t *testing.T) {
	s, text := tamperable(t)
	o := s.options()
	str := string(text)
	for name, other := range map[string]string{
		"a repeated key":         strings.Replace(str, `"nodes":`, `"nodes":[],"nodes":`, 1),
		"an unknown key":         strings.Replace(str, `"nodes":`, `"note_to_self":1,"nodes":`, 1),
		"a key in capitals":      strings.Replace(str, `"nodes":`, `"Nodes":`, 1),
		"a null":                 strings.Replace(str, `"nodes":`, `"x":null,"nodes":`, 1),
		"a number with fraction": strings.Replace(str, `"leaf":1`, `"leaf":1.0`, 1),
		"a number with exponent": strings.Replace(str, `"leaf":1`, `"leaf":1e0`, 1),
		"a leading zero":         strings.Replace(str, `"leaf":1`, `"leaf":01`, 1),
		"a number as text":       strings.Replace(str, `"leaf":1`, `"leaf":"1"`, 1),
		"base64 without padding": strings.Replace(str, `="`, `"`, 1),
		"base64 with line ends":  strings.Replace(str, `"nodes":["`, `"nodes":["\n`, 1),
		"text after the end":     str + "{}",
		"a second value":         str + str,
		"nothing":                "",
		"half of it":             str[:len(str)/2],
		"an array":               "[" + str + "]",
		"a byte order mark":      "\ufeff" + str,
		"not UTF-8":              strings.Replace(str, `"nodes"`, "\"nodes\xff\"", 1),
		"nested without end":     strings.Repeat("[", 1<<20),
	} {
		if other == str {
			t.Fatalf("%s: nothing was changed", name)
		}
		if r := verify.File([]byte(other), o); r.Verdict != verify.Uncheckable || r.Verdict.ExitCode() != 2 {
			t.Errorf("%s: %v", name, r.Verdict)
		}
	}
	// White space and the order of keys carry nothing, and other tools rewrite them.
	var any map[string]any
	d := json.NewDecoder(strings.NewReader(str))
	d.UseNumber()
	if err := d.Decode(&any); err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(any, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	want(t, verify.File(b, o), verify.Genuine)
}

// TestLooseBase64IsRefused sets bits that base64 leaves unused.
func TestLooseBase64IsRefused(t *testing.T) {
	s, text := tamperable(t)
	str, n := string(text), 0
	for i := strings.Index(str, `="`); i >= 0 && n < 50; n++ {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		last := i - 1
		if str[last] == '=' {
			last--
		}
		loose := str[:last] + string(alphabet[strings.IndexByte(alphabet, str[last])|1]) + str[last+1:]
		if loose != str {
			if v := verify.File([]byte(loose), s.options()).Verdict; v != verify.Uncheckable {
				t.Fatalf("loose base64 at %d: %v", i, v)
			}
		}
		j := strings.Index(str[i+1:], `="`)
		if j < 0 {
			break
		}
		i += 1 + j
	}
	if n == 0 {
		t.Fatal("no padded base64 in the file")
	}
}
