package sites

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/accounts"
	"fieldseal/notary/store/storetest"
)

func TestCreditCodeIsCheckedByItsLastCharacter(t *testing.T) {
	// Codes of public bodies and firms, as they print them themselves.
	for _, s := range []string{"91350100M000100Y43", "9144030071526726XG", "91330100799655058B"} {
		if err := CheckCreditCode(s); err != nil {
			t.Error(err)
		}
		for i := range s {
			for _, c := range creditAlphabet {
				if s[i] == byte(c) {
					continue
				}
				if err := CheckCreditCode(s[:i] + string(c) + s[i+1:]); err == nil {
					t.Errorf("%s with %q at %d passes", s, c, i)
				}
			}
		}
	}
	for _, s := range []string{"", "91350100M000100Y4", "91350100m000100y43", "91350100I000100Y43", strings.Repeat("0", 17) + "é"} {
		if err := CheckCreditCode(s); err == nil {
			t.Errorf("%q passes", s)
		}
	}
}

func TestEntryIsHeldToTheFormsOfItsFields(t *testing.T) {
	ok := Entry{ProjectCode: "2019-310115-47-03-001234", CreditCode: "91350100M000100Y43", FoodLicence: "JY13101150000011", Owner: "上海某某建设", District: "pudong",
		Business: accounts.Construction, Coordinates: &Coordinates{"31.2304", "121.4737", GCJ02}}
	if err := ok.Check(); err != nil {
		t.Fatal(err)
	}
	if err := (&Entry{}).Check(); err != nil {
		t.Errorf("an empty entry: %v", err)
	}
	for name, spoil := range map[string]func(*Entry){
		"project code":        func(e *Entry) { e.ProjectCode = "a b" },
		"credit code":         func(e *Entry) { e.CreditCode = "91350100M000100Y44" },
		"licence too short":   func(e *Entry) { e.FoodLicence = "JY1310115000001" },
		"licence of its kind": func(e *Entry) { e.FoodLicence = "XX13101150000011" },
		"owner":               func(e *Entry) { e.Owner = "a\x00" },
		"long owner":          func(e *Entry) { e.Owner = strings.Repeat("a", maxOwner+1) },
		"district":            func(e *Entry) { e.District = "Pu Dong" },
		"business":            func(e *Entry) { e.Business = "mining" },
		"no datum":            func(e *Entry) { e.Coordinates.Datum = "" },
		"unknown datum":       func(e *Entry) { e.Coordinates.Datum = "BD-09" },
		"latitude":            func(e *Entry) { e.Coordinates.Lat = "90.0001" },
		"longitude":           func(e *Entry) { e.Coordinates.Lon = "-180.5" },
		"exponent":            func(e *Entry) { e.Coordinates.Lat = "3e1" },
		"not a number":        func(e *Entry) { e.Coordinates.Lat = "NaN" },
		"GCJ-02 in Lisbon":    func(e *Entry) { e.Coordinates.Lat, e.Coordinates.Lon = "38.72", "-9.14" },
	} {
		e := ok
		at := *ok.Coordinates
		e.Coordinates = &at
		spoil(&e)
		if err := e.Check(); !errors.Is(err, ErrEntry) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCoordinatesKeepTheirDigitsAndTheirDatum(t *testing.T) {
	for _, text := range []string{`{"lat":31.230400,"lon":121.5,"datum":"CGCS2000"}`, `{"lat":-0.5,"lon":0,"datum":"WGS-84"}`} {
		var c Coordinates
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		if err := c.check(); err != nil {
			t.Error(err)
		}
		if b, err := json.Marshal(c); err != nil || string(b) != text {
			t.Errorf("%s became %s, %v", text, b, err)
		}
	}
}

func TestChangeIsMadeOverWhatItsMakerHasRead(t *testing.T) {
	disk := storetest.NewDisk()
	open := func() *Register {
		rows := disk.Open()
		trail, err := accounts.OpenTrail(rows)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(rows, trail, time.Now, func(batch.ID) string { return "north-yard" })
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r, by, site := open(), accounts.KeeperBy("socket"), batch.ID{1}
	first, second := Entry{District: "pudong", Business: accounts.Food}, Entry{District: "xuhui", Business: accounts.Food}
	if err := r.Put(by, site, first, `"x"`); !errors.Is(err, ErrStale) {
		t.Errorf("over a version of nothing: %v", err)
	}
	if err := r.Put(by, site, first, ""); err != nil {
		t.Fatal(err)
	}
	if err := r.Put(by, site, second, ""); !errors.Is(err, ErrVersion) {
		t.Errorf("without a version: %v", err)
	}
	if err := r.Put(by, site, second, first.Tag()); err != nil {
		t.Fatal(err)
	}
	if err := r.Put(by, site, first, first.Tag()); !errors.Is(err, ErrStale) {
		t.Errorf("over an old version: %v", err)
	}
	r = open()
	if e, ok := r.Get(site); !ok || e.Tag() != second.Tag() {
		t.Errorf("after a restart: %+v", e)
	}
	if p := r.Place(site); p != (accounts.Place{Site: "north-yard", Business: accounts.Food, District: "xuhui"}) {
		t.Errorf("%+v", p)
	}
	all, err := accounts.ReadTrail(disk.Open(), 0, 10)
	if err != nil || len(all) != 2 || !strings.Contains(string(all[1].Before), "pudong") || !strings.Contains(string(all[1].After), "xuhui") || all[1].By != "socket" {
		t.Errorf("%+v, %v", all, err)
	}
}

// FuzzEntry: what passes is written back as it was understood.
func FuzzEntry(f *testing.F) {
	f.Add([]byte(`{"credit_code":"91350100M000100Y43","coordinates":{"lat":31.2,"lon":121.4,"datum":"WGS-84"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e, again Entry
		if json.Unmarshal(b, &e) != nil || e.Check() != nil {
			return
		}
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if err := json.Unmarshal(out, &again); err != nil || again.Tag() != e.Tag() {
			t.Errorf("%s came back as %s: %v", b, out, err)
		}
	})
}
