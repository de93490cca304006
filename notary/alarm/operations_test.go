package alarm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/alarm"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/coverage"
	"fieldseal/notary/internal/lab"
)

// served is a desk over HTTP, asked by whom the header names.
type served struct {
	*desk
	http.Handler
	who    map[string]alarm.Asker
	places map[batch.ID][2]string
}

func (s *served) Place(site batch.ID) (business, district string) {
	p := s.places[site]
	return p[0], p[1]
}

func serve(d *desk) *served {
	m := http.NewServeMux()
	s := &served{desk: d, Handler: m, who: map[string]alarm.Asker{}, places: map[batch.ID][2]string{}}
	type key struct{}
	r := rest.New(m, rest.Config{Title: "t", Version: "1",
		Guard: func(_ http.ResponseWriter, r *http.Request, _ rest.Need) (context.Context, error) {
			return context.WithValue(r.Context(), key{}, r.Header.Get("Who")), nil
		},
		Refuse: func(err error) *rest.Problem { return rest.Fail(http.StatusInternalServerError, err.Error(), "") }})
	desk := &alarm.Desk{Keeper: d.Keeper, SiteOf: d.Registry.SiteOf, Places: s, Ask: func(ctx context.Context) alarm.Asker { return s.who[ctx.Value(key{}).(string)] }}
	desk.Operations(r)
	return s
}

func (s *served) ask(who, method, path, body, idempotency string, into any) int {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Who", who)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if idempotency != "" {
		r.Header.Set("Idempotency-Key", idempotency)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if into != nil && w.Code < 300 {
		if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(into); err != nil {
			s.t.Fatalf("%s %s: %s: %v", method, path, w.Body, err)
		}
	} else if w.Code >= 300 && !strings.Contains(w.Header().Get("Content-Type"), "problem+json") {
		s.t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Code
}

func asker(name, role string, may ...statement.Step) alarm.Asker {
	return alarm.Asker{Name: name, Role: role, All: true, May: func(s statement.Step) bool { return slices.Contains(may, s) }}
}

func (s *served) company(name string, site batch.ID) {
	a := asker(name, "company", statement.StepStatement)
	a.All, a.Sees = false, func(x batch.ID) bool { return x == site }
	s.who[name] = a
}

func TestEachStepsByWhomItMay(t *testing.T) {
	s := serve(newDesk(t, lab.New(t, lab.Options{}), func(time.Time) []alarm.Condition {
		return []alarm.Condition{{Kind: statement.AlarmChain, Key: "anchor overdue", Cause: "no anchor"}}
	}))
	north, south := s.Enrol("north-yard", "gw-1"), s.Enrol("south-yard", "gw-1")
	s.who["inspector"] = asker("zhang.min", "inspector", statement.StepAcknowledged, statement.StepStatement)
	s.who["auditor"] = asker("wu.jun", "auditor")
	s.company("north", north.Site)
	s.company("south", south.Site)
	for _, g := range []*lab.Gateway{north, south} {
		x := s.NewSealer(g, time.Now().UnixMicro()-10*lab.Minute)
		s.Send(x.Seal(lab.Minute, 10*lab.Second, raised(x.Clock)))
	}
	all := s.until("three alarms", func(all []alarm.Alarm) bool { return len(all) == 3 })
	own, chain := "", ""
	for _, a := range all {
		switch a.Site {
		case north.Site.String():
			own = "/api/v1/alarms/" + a.ID
		case "":
			chain = "/api/v1/alarms/" + a.ID
		}
	}
	const ack, word = `{"step":"acknowledged"}`, `{"step":"statement","note":"the road was washed"}`
	for _, c := range []struct {
		who, path, body string
		want            int
	}{
		{"auditor", own, ack, 403},
		{"auditor", own, word, 403},
		{"north", own, ack, 403},
		{"south", own, word, 404}, // another's site
		{"south", chain, word, 404},
		{"inspector", own, `{"step":"cleared"}`, 422},
		{"inspector", own, `{"step":"statement"}`, 400},
		{"inspector", own, `{"step":"statement","note":"x","by":"somebody"}`, 422},
		{"inspector", "/api/v1/alarms/00000000000000000000000000000001", ack, 404},
		{"inspector", "/api/v1/alarms/zz", ack, 400},
		{"north", own, word, 200},
		{"inspector", own, ack, 200},
		{"inspector", chain, ack, 200},
	} {
		if got := s.ask(c.who, "POST", c.path+"/steps", c.body, "", nil); got != c.want {
			t.Errorf("%s takes %s of %s: %d, want %d", c.who, c.body, c.path, got, c.want)
		}
	}
	var a alarm.Alarm
	if s.ask("north", "GET", own, "", "", &a); !a.Answered || !slices.Equal(steps(a), []string{"raised", "statement", "acknowledged"}) || a.Steps[1].By != "north" || a.Steps[2].Role != "inspector" {
		t.Errorf("%+v", a)
	}
	if got := s.ask("south", "GET", own, "", "", nil); got != 404 {
		t.Errorf("another's alarm: %d", got)
	}
	// Lists hold what one may see.
	for who, n := range map[string]int{"inspector": 3, "auditor": 3, "north": 1, "south": 1} {
		var page client.List[alarm.Alarm]
		if s.ask(who, "GET", "/api/v1/alarms", "", "", &page); len(page.Items) != n {
			t.Errorf("%s sees %d alarms", who, len(page.Items))
		}
		var sites client.List[coverage.Site]
		if s.ask(who, "GET", "/api/v1/coverage", "", "", &sites); len(sites.Items) != map[bool]int{true: 2, false: 1}[n == 3] {
			t.Errorf("%s sees the coverage of %d sites", who, len(sites.Items))
		}
	}
	if got := s.ask("south", "GET", "/api/v1/coverage?site=north-yard", "", "", nil); got != 404 {
		t.Errorf("another's coverage: %d", got)
	}
	// Nobody deletes.
	for _, method := range []string{"DELETE", "PUT", "PATCH"} {
		r, w := httptest.NewRequest(method, own, nil), httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != 405 {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

func TestTheKeyOfARequestIsHonouredOverHTTP(t *testing.T) {
	s := serve(newDesk(t, lab.New(t, lab.Options{}), nil))
	s.who["inspector"] = asker("zhang.min", "inspector", statement.StepStatement)
	x := s.NewSealer(s.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-10*lab.Minute)
	s.Send(x.Seal(lab.Minute, 10*lab.Second, raised(x.Clock)))
	a := s.until("raised", func(all []alarm.Alarm) bool { return len(all) == 1 })[0]
	for range 3 {
		if got := s.ask("inspector", "POST", "/api/v1/alarms/"+a.ID+"/steps", `{"step":"statement","note":"seen"}`, "key-1", &a); got != 200 {
			t.Fatal(got)
		}
	}
	if len(a.Steps) != 2 {
		t.Errorf("%+v", a.Steps)
	}
}

func TestTheFoodBoardHoldsFoodSites(t *testing.T) {
	s := serve(newDesk(t, lab.New(t, lab.Options{}), nil))
	s.who["centre"] = asker("centre", "centre")
	food, yard := s.Enrol("cold-store", "gw-1"), s.Enrol("north-yard", "gw-1")
	s.places[food.Site], s.places[yard.Site] = [2]string{"food", "east"}, [2]string{"construction", "west"}
	for i, g := range []*lab.Gateway{food, yard} {
		x := s.NewSealer(g, time.Now().UnixMicro()-10*lab.Minute)
		at := x.Clock + int64(i+1)*10*lab.Second
		s.Send(x.Seal(lab.Minute, 0, &record.Reading{Point: lab.PM10, Time: at, Mono: 1, Value: decimal.New(200, 1), Unit: "ug/m3", Marks: []record.Mark{record.MarkLimit}, Path: record.PathSerial}, raised(at+lab.Second)))
	}
	s.until("raised", func(all []alarm.Alarm) bool { return len(all) == 2 })
	for query, site := range map[string]batch.ID{"business=food": food.Site, "business=construction": yard.Site, "district=east": food.Site, "site=north-yard": yard.Site} {
		var page client.List[alarm.Excursion]
		if s.ask("centre", "GET", "/api/v1/excursions?"+query, "", "", &page); len(page.Items) != 1 || page.Items[0].Site != site.String() {
			t.Fatalf("%s: %+v", query, page)
		}
		x := page.Items[0]
		if x.Worst == nil || x.Worst.Value != "20.0" || x.Unit != "ug/m3" || x.Profile != "dust/lab" || x.To != 0 || x.Duration <= 0 || x.Business == "" || x.District == "" || x.Title.EN != "pm10" {
			t.Errorf("%+v %+v", x, x.Worst)
		}
	}
}

func TestListsAreTablesToo(t *testing.T) {
	s := serve(newDesk(t, lab.New(t, lab.Options{}), nil))
	s.who["centre"] = asker("centre", "centre")
	x := s.NewSealer(s.Enrol("cold-store", "gw-1"), time.Now().UnixMicro()-10*lab.Minute)
	s.Send(x.Seal(lab.Minute, 10*lab.Second, raised(x.Clock)))
	s.until("raised", func(all []alarm.Alarm) bool { return len(all) == 1 })
	for path, want := range map[string][2]string{
		"/api/v1/alarms":     {"id,kind,site,gateway,device,point,", ",edge,"},
		"/api/v1/excursions": {"id,site,business,", ",pm10,"},
		"/api/v1/coverage":   {"site,plan_index,point,", ",dust-2/pm25,"},
	} {
		r := httptest.NewRequest("GET", path+"?format=csv", nil)
		r.Header.Set("Who", "centre")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if b := w.Body.String(); w.Code != 200 || !strings.HasPrefix(b, "\ufeff"+want[0]) || !strings.Contains(b, want[1]) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %d %s %q", path, w.Code, w.Header().Get("Content-Type"), b)
		}
	}
}
