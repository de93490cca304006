package jsonx

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

type sample struct {
	Name string   `json:"name"`
	N    int64    `json:"n"`
	U    uint32   `json:"u"`
	On   bool     `json:"on"`
	Raw  []byte   `json:"raw"`
	List []part   `json:"list"`
	More *part    `json:"more,omitempty"`
	Bin  [][]byte `json:"bin"`
	Opt  []byte   `json:"opt,omitempty"`
}

type part struct {
	At []int `json:"at"`
}

const whole = `{"bin":["AA=="],"list":[{"at":[1,2]}],"name":"a\"b\\\n\u0001é","n":-5,"on":true,"raw":"AQID","u":7}`

func TestDecodeThenEncodeGivesTheCanonicalForm(t *testing.T) {
	var s sample
	if err := Decode([]byte(whole), 1000, &s); err != nil {
		t.Fatal(err)
	}
	got, err := Encode(&s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"bin":["AA=="],"list":[{"at":[1,2]}],"n":-5,"name":"a\"b\\\n\u0001é","on":true,"raw":"AQID","u":7}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// RFC 8785 §3.2.2.2: the escapes it keeps, and those it does not.
	if c, err := Canonical([]byte(`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`)); err != nil || string(c) != `"€$\u000f\nA'B\"\\\\\"/"` {
		t.Errorf("%s %v", c, err)
	}
	if c, err := Canonical([]byte(`"\ud83d\ude00<>&\u2028"`)); err != nil || string(c) != "\"😀<>&\u2028\"" {
		t.Errorf("%s %v", c, err)
	}
}

func TestOneValueHasOneSpelling(t *testing.T) {
	for name, swap := range map[string][2]string{
		"missing key":       {`"n":-5,`, ``},
		"unknown key":       {`"n":-5`, `"n":-5,"x":1`},
		"repeated key":      {`"n":-5`, `"n":-5,"n":-5`},
		"another case":      {`"n":-5`, `"N":-5`},
		"null":              {`"raw":"AQID"`, `"raw":null`},
		"fraction":          {`-5`, `-5.0`},
		"minus zero":        {`-5`, `-0`},
		"leading zero":      {`:7`, `:07`},
		"plus":              {`:7`, `:+7`},
		"too great":         {`-5`, `-9007199254740992`},
		"overflow":          {`:7`, `:4294967296`},
		"negative":          {`:7`, `:-7`},
		"loose base64":      {`AA==`, `AB==`},
		"unpadded":          {`AA==`, `AA`},
		"base64, line end":  {`AQID`, `AQ\nID`},
		"URL base64":        {`AQID`, `-_-_`},
		"empty optional":    {`"u":7`, `"u":7,"opt":""`},
		"wrong type":        {`true`, `"true"`},
		"number as string":  {`:7`, `:"7"`},
		"string as number":  {`"AQID"`, `1`},
		"array as object":   {`[1,2]`, `{}`},
		"trailing comma":    {`[1,2]`, `[1,2,]`},
		"missing comma":     {`[1,2]`, `[1 2]`},
		"half a surrogate":  {`é`, `\ud800`},
		"bare control":      {`é`, "\x01"},
		"unknown escape":    {`é`, `\x`},
		"comment":           {`:7`, `:7/*seven*/`},
		"single quotes":     {`"AQID"`, `'AQID'`},
		"trailing text":     {`:7}`, `:7}x`},
		"unfinished":        {`:7}`, `:7`},
		"unfinished string": {`"AQID"`, `"AQID`},
	} {
		text := strings.Replace(whole, swap[0], swap[1], 1)
		if text == whole {
			t.Fatalf("%s: nothing was changed", name)
		}
		var s sample
		if err := Decode([]byte(text), 1000, &s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var s sample
	if err := Decode([]byte(whole), len(whole)-1, &s); err == nil {
		t.Error("read beyond the limit")
	}
	if _, err := Canonical([]byte(strings.Repeat("[", 100) + strings.Repeat("]", 100))); err == nil {
		t.Error("read beyond the depth")
	}
}

// FuzzDecode holds Decode against encoding/json: what is read here, that reads to
// the same, and writing it and reading again changes nothing.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"bin":[],"list":[],"n":0,"name":"","on":false,"raw":"","u":0,"more":{"at":[]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s, other, back sample
		if Decode(text, 1<<16, &s) != nil {
			return
		}
		if err := json.Unmarshal(text, &other); err != nil || !reflect.DeepEqual(s, other) {
			t.Fatalf("%+v, encoding/json has %+v %v", s, other, err)
		}
		out, err := Encode(&s)
		if err != nil {
			t.Fatal(err)
		}
		if err := Decode(out, 1<<17, &back); err != nil || !reflect.DeepEqual(s, back) {
			t.Fatalf("%s: %+v %v", out, back, err)
		}
		if c, err := Canonical(text); err != nil || string(c) != string(out) {
			t.Fatalf("canonical %s %v, encoded %s", c, err, out)
		}
	})
}
