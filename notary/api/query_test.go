package api

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzQuery holds that a query is refused, or asks for something bounded.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"site=a&point=b/c&from=latest", "site=a&point=b/c&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00.5%2B08:00",
		"gateway=00112233445566778899aabbccddeeff&boot=00112233445566778899aabbccddeeff&seq=1&leaf=2", "from=latest&to=latest&site=x&point=y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		q, err := parseQuery(v)
		if err != nil {
			return
		}
		switch {
		case q.record != nil:
			if q.record.leaf == 0 || q.site != "" || q.newest {
				t.Errorf("%q: %+v", s, q)
			}
		case q.site == "" || q.point == "":
			t.Errorf("%q: %+v", s, q)
		case !q.newest && (q.from < 0 || q.to <= q.from):
			t.Errorf("%q: %+v", s, q)
		}
	})
}

// TestAPermissionIsNamedByItsID, beside whatever else is asked for.
func TestAPermissionIsNamedByItsID(t *testing.T) {
	id := strings.Repeat("ab", 32)
	for query, ok := range map[string]bool{
		"site=a&point=b/c&from=latest&grant=" + id:                  true,
		"index=3&leaf=1&grant=0x" + id:                              true,
		"site=a&point=b/c&from=latest&grant=" + "ab":                false,
		"site=a&point=b/c&from=latest&grant=":                       false,
		"site=a&point=b/c&from=latest&grant=" + id + "&grant=" + id: false,
	} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q, err := parseQuery(v)
		if (err == nil) != ok || ok && (q.grant == nil || q.grant[31] != 0xab) {
			t.Errorf("%s: %+v %v", query, q.grant, err)
		}
	}
}

// FuzzTilePath holds that a path is refused or has one spelling.
func FuzzTilePath(f *testing.F) {
	for _, s := range []string{"000", "x001/234", "x001/x234/067.p/8", "x999/x999/x999/x999/x999/x999/999"} {
		f.Add(s)
	}
	seen := map[uint64]string{}
	f.Fuzz(func(t *testing.T, s string) {
		index, width, ok := parseTile(s)
		if !ok {
			return
		}
		if width < 1 || width > 256 {
			t.Fatalf("%q: width %d", s, width)
		}
		key := index*257 + uint64(width)
		if index < 1<<40 {
			if have, twice := seen[key]; twice && have != s {
				t.Fatalf("%q and %q name one tile", s, have)
			}
			seen[key] = s
		}
	})
}
