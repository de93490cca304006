package centre_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/api/client"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/centre"
	"fieldseal/notary/internal/lab"
)

// serve puts the desk's operations on a server, for one who may see everything.
func (d *desk) serve() *httptest.Server { return d.serveTo(centre.All{}) }

func (d *desk) serveTo(v centre.Viewer) *httptest.Server {
	mux := http.NewServeMux()
	r := rest.New(mux, rest.Config{Title: "test", Version: "1", Refuse: func(err error) *rest.Problem { return rest.Fail(500, err.Error(), "look") },
		Guard: func(_ http.ResponseWriter, r *http.Request, _ rest.Need) (context.Context, error) {
			return r.Context(), nil
		}})
	(&centre.Desk{Centre: d.centre, View: func(context.Context) centre.Viewer { return v }}).Operations(r)
	s := httptest.NewServer(rest.Identify(mux, d.cfg.Logger))
	d.Cleanup(s.Close)
	return s
}

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestRequestsAnswerAsAgreed(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	from := time.Now().UnixMicro() - 60*lab.Minute
	s := d.n.NewSealer(g, from)
	d.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	d.settle()
	base := d.serve().URL

	var points client.List[client.Point]
	res, body := get(t, base+client.PointsPath+"?site=north-yard")
	if err := json.Unmarshal([]byte(body), &points); err != nil || len(points.Items) != 2 || points.Items[0].State != centre.Logged || points.Items[0].Title.EN != "pm10" {
		t.Fatalf("%s: %s", res.Status, body)
	}
	tag := res.Header.Get("ETag")
	again, _ := get(t, base+client.PointsPath+"?site=north-yard", "If-None-Match", tag)
	if tag == "" || again.StatusCode != http.StatusNotModified && again.Header.Get("ETag") == tag {
		t.Errorf("tag %s again: %s", tag, again.Status)
	}
	span := "&from=" + time.UnixMicro(from).UTC().Format(time.RFC3339) + "&to=" + time.UnixMicro(from+5*lab.Minute).UTC().Format(time.RFC3339)
	var h client.History
	if _, body = get(t, base+client.HistoryPath+"?site=north-yard&point="+lab.PM10+span); json.Unmarshal([]byte(body), &h) != nil || h.Readings == 0 {
		t.Errorf("history: %s", body)
	}
	for _, path := range []string{client.PointsPath + "?format=csv", client.HistoryPath + "?site=north-yard&format=csv&point=" + lab.PM10 + span, client.CentreSitesPath + "?format=csv", client.SearchPath + "?format=csv&q=dust"} {
		res, body := get(t, base+path)
		if res.Header.Get("Content-Type") != rest.CSV || !strings.HasPrefix(body, "\ufeff") || !strings.Contains(body, "\r\n") {
			t.Errorf("%s: %s %q", path, res.Header.Get("Content-Type"), body)
			continue
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Errorf("%s: %d rows, %v", path, len(rows), err)
		}
	}
	first, _ := get(t, base+client.PointsPath+"?site=north-yard&limit=1&format=csv")
	next, ok := strings.CutSuffix(first.Header.Get("Link"), `>; rel="next"`)
	if next = strings.TrimPrefix(next, "<"); !ok {
		t.Errorf("link %q", first.Header.Get("Link"))
	} else if res, body := get(t, base+next); res.Header.Get("Content-Type") != rest.CSV || !strings.Contains(next, "site=north-yard") || strings.Count(body, "\r\n") != 2 {
		t.Errorf("the next page %s: %s %q", next, res.Status, body)
	}
	x := points.Items[0]
	if res, body := get(t, base+client.RecordsPath+"/"+num(x.Index)+"/"+num(uint64(x.Leaf))); res.StatusCode != http.StatusOK || !strings.Contains(body, `"sent":"3f"`) {
		t.Errorf("record: %s %s", res.Status, body)
	}
	for path, status := range map[string]int{
		client.HealthPath: 200, client.CentreSitesPath + "/north-yard": 200, client.SearchPath + "?q=" + num(x.Index): 200,
		client.CentreSitesPath + "/nowhere": 404, client.RecordsPath + "/999999/1": 404, client.RecordsPath + "/0/1": 404,
		client.PointsPath + "?limit=1001": 422, client.PointsPath + "?limt=1": 422, client.PointsPath + "?cursor=x": 400, client.PointsPath + "?at=yesterday": 422,
		client.HistoryPath + "?site=north-yard&point=" + lab.PM10: 422, client.HistoryPath + "?site=north-yard&point=" + lab.PM10 + "&from=2&to=1": 422,
		client.HistoryPath + "?site=north-yard&point=dust-1/none" + span: 404, client.SearchPath + "?q=%20": 422,
	} {
		res, body := get(t, base+path)
		var p client.Problem
		if res.StatusCode != status {
			t.Errorf("%s: %s %s", path, res.Status, body)
		} else if status >= 400 && (json.Unmarshal([]byte(body), &p) != nil || p.Detail == "" || p.Remedy == "" || p.Request == "") {
			t.Errorf("%s: no problem with remedy and request: %s", path, body)
		}
	}
}

// reads is a viewer that may read some resources of every site.
type reads []string

func (r reads) Sees(batch.ID) bool         { return true }
func (r reads) SeesAll() bool              { return true }
func (r reads) Reads(resource string) bool { return slices.Contains(r, resource) }

// standing is a site in every kind of trouble.
type standing struct{ centre.Supervision }

func (standing) Site(batch.ID, int64) centre.Standing {
	return centre.Standing{Points: 7, Blind: 3, Alarms: 2, Unanswered: 1, SilentSince: 1_700_000_000_000_000, Online: 0.25}
}

type registered struct{}

func (registered) Register(batch.ID) client.Register {
	return client.Register{ProjectCode: "P-1", CreditCode: "C-1", FoodLicence: "F-1", Owner: "an owner", District: "pudong", Business: "food", Coordinates: &client.Coordinates{Lat: "31.2", Lon: "121.4", Datum: "WGS-84"}}
}

// TestSiteTellsEachViewerWhatTheyMayRead holds what site:read alone opens to the
// roles' table: the rest of a site goes by its own resource.
func TestSiteTellsEachViewerWhatTheyMayRead(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	d.n.Send(d.n.NewSealer(g, time.Now().UnixMicro()-60*lab.Minute).Seal(lab.Minute, 10*lab.Second))
	d.settle()
	d.centre.Watch, d.centre.Places = standing{}, registered{}
	d.centre.Now = func() time.Time { return time.Now().Add(time.Hour) } // nothing is anchored: the evidence lags
	defer func() { d.centre.Watch, d.centre.Places = nil, nil }()
	all := []string{"register", "alarm", "coverage", "health", "gateway"}
	for name, c := range map[string]struct {
		may   []string
		worst string
	}{
		"all": {all, "alarm"}, "nothing more": {nil, "calm"}, "an operator": {[]string{"register", "coverage", "health", "gateway"}, "silence"},
		"a company": {[]string{"register", "alarm", "coverage", "health"}, "alarm"}, "health alone": {[]string{"health"}, "lag"},
	} {
		t.Run(name, func(t *testing.T) {
			base := d.serveTo(reads(c.may)).URL
			var list client.List[client.CentreSite]
			_, body := get(t, base+client.CentreSitesPath)
			if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Items) != 1 {
				t.Fatalf("%v: %s", err, body)
			}
			s := list.Items[0]
			for what, shown := range map[string]bool{
				"register": s.Register.Owner+s.Register.ProjectCode+s.Register.CreditCode+s.Register.FoodLicence != "" || s.Register.Coordinates != nil,
				"alarm":    s.Alarms != 0 || s.Unanswered != 0,
				"coverage": s.Points != 0 || s.Blind != 0 || s.SilentSince != 0 || s.Online != 0 || len(s.Gateways) != 0,
				"health":   s.EvidenceLag != 0,
			} {
				if shown != slices.Contains(c.may, what) {
					t.Errorf("%s is shown: %v in %s", what, shown, body)
				}
			}
			if s.Worst != c.worst || s.Name == "" || s.Register.District != "pudong" || s.District != "pudong" || s.Business != "food" {
				t.Errorf("worst is to be %s, with name, district and business: %s", c.worst, body)
			}
			for _, g := range s.Gateways {
				if (g.State != "") != slices.Contains(c.may, "gateway") || g.Name == "" {
					t.Errorf("gateway %+v", g)
				}
			}
			_, one := get(t, base+client.CentreSitesPath+"/north-yard")
			_, table := get(t, base+client.CentreSitesPath+"?format=csv")
			for _, text := range []string{one, table} {
				for _, secret := range []string{"an owner", "P-1", "C-1", "F-1", "31.2"} {
					if strings.Contains(text, secret) && !slices.Contains(c.may, "register") {
						t.Errorf("%s is shown in %s", secret, text)
					}
				}
			}
		})
	}
}

func TestRateOfAllSitesIsToldToWhoSeesAll(t *testing.T) {
	d := open(t)
	g := d.n.Enrol("north-yard", "gw-1")
	d.n.Send(d.n.NewSealer(g, time.Now().UnixMicro()-60*lab.Minute).Seal(lab.Minute, 10*lab.Second))
	d.settle()
	at := time.Now().Add(time.Second)
	d.centre.Now = func() time.Time { return at }
	for _, c := range []struct {
		v    centre.Viewer
		told bool
	}{{centre.All{}, true}, {only(g.Site), false}} {
		h, err := d.centre.Health(c.v)
		if err != nil || (h.ReadingsPerSecond > 0) != c.told {
			t.Errorf("%+v: %+v, %v", c.v, h, err)
		}
	}
}

func TestCellsAreNoFormulas(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "-10.5": "-10.5", "-x": "'-x", "+86": "+86", "dust": "dust", "": ""} {
		if got := client.Cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func num(n uint64) string { return strconv.FormatUint(n, 10) }
