//go:build peers

package e2e

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fieldseal/internal/crowd"
	"fieldseal/internal/peers"
	"fieldseal/simulators/fleet"
)

// The sites of a city as the page shows them at night: most are calm, some alarm,
// some have gone silent.
const (
	citySites  = 200
	cityPoints = 6
	cityBeat   = 2 * time.Second
)

// loud sites alarm after a few batches, one of them only while somebody looks.
func loud(i int) int {
	switch {
	case i == 123:
		return 22
	case i%40 == 7:
		return 1
	}
	return 0
}

// mute sites enrol, send their configuration and one batch, and say nothing more.
func mute(i int) bool { return i%50 == 3 }

// citySite is site i: its configuration id, its name, its entry in the register.
func citySite(i int) (id, title string, entry map[string]any) {
	districts := []struct {
		zh, en   string
		lat, lon float64
	}{
		{"浦东新区", "Pudong", 31.22, 121.60}, {"黄浦区", "Huangpu", 31.22, 121.48}, {"徐汇区", "Xuhui", 31.17, 121.43}, {"长宁区", "Changning", 31.21, 121.38}, {"静安区", "Jing'an", 31.26, 121.45},
		{"普陀区", "Putuo", 31.26, 121.39}, {"杨浦区", "Yangpu", 31.29, 121.52}, {"闵行区", "Minhang", 31.09, 121.41}, {"宝山区", "Baoshan", 31.38, 121.46}, {"嘉定区", "Jiading", 31.36, 121.26},
	}
	kinds := []struct{ zh, en, business string }{
		{"地块工地", "plot", "construction"}, {"冷库", "cold store", "food"}, {"地铁车站工地", "metro station works", "construction"}, {"配送中心冷藏区", "distribution centre", "food"}, {"幼儿园食堂", "nursery kitchen", "food"},
	}
	d, k := districts[i%len(districts)], kinds[i/len(districts)%len(kinds)]
	title = fmt.Sprintf("%s%d号%s %s %s %d", d.zh, i, k.zh, d.en, k.en, i)
	entry = map[string]any{"owner": fmt.Sprintf("城建第%d公司", i%7+1), "district": strings.ToLower(strings.ReplaceAll(d.en, "'", "")), "business": k.business}
	if i%20 != 19 { // some have no coordinates in the register
		// Spread over the district, without chance: turned by the golden angle.
		ring, turn := float64(i/len(districts))/float64(citySites/len(districts)), float64(i/len(districts))*2.4
		datum := "CGCS2000"
		if i%25 == 4 {
			datum = "GCJ-02"
		}
		entry["coordinates"] = map[string]any{"lat": degrees(d.lat + 0.04*ring*math.Cos(turn)), "lon": degrees(d.lon + 0.04*ring*math.Sin(turn)), "datum": datum}
	}
	return fmt.Sprintf("site-%03d", i), title, entry
}

// degrees is x as the register takes it, to about a metre.
func degrees(x float64) float64 { return math.Round(x*1e5) / 1e5 }

// TestThePageWithTwoHundredSites has a real Chromium show the sites of a city, whose
// gateways seal real batches all the while: page/fleet.test.mjs says what an operator
// must find. It prints what it measured and judges no times.
func TestThePageWithTwoHundredSites(t *testing.T) {
	found := peers.Need(t, peers.Node, peers.Chromium, peers.Playwright, peers.Page)
	ctx := patience(t, 5*time.Minute)
	c, err := crowd.New(ctx, binaries, t.TempDir(), citySites, func(i int) crowd.Member {
		id, title, _ := citySite(i)
		return crowd.Member{Site: id, Title: title, Load: fleet.Load{Points: cityPoints, Records: cityPoints + 2, High: loud(i)}}
	})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	t.Cleanup(func() {
		if !closed {
			c.Close()
		}
		if t.Failed() {
			t.Logf("the notary's log ends with:\n%s", c.Notary.Tail())
		}
	})
	silent, loudly := 0, 0
	for i := range citySites {
		id, _, entry := citySite(i)
		if err := c.Register(ctx, id, entry); err != nil {
			t.Fatal(err)
		}
		if mute(i) {
			silent++
			m, _, err := c.Seal(i)
			if err == nil {
				err = c.Sessions[i].Publish(m)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if loud(i) > 0 {
			loudly++
		}
	}
	beating, rest := context.WithCancel(ctx)
	defer rest()
	ended := make(chan error, 1)
	go func() {
		_, err := c.Beat(beating, time.Now(), cityBeat, 0, mute)
		ended <- err
	}()
	_, late, _ := citySite(123)
	browse(t, ctx, found, c.Rig, "page/fleet.test.mjs", fmt.Sprintf("SITES=%d", citySites), fmt.Sprintf("LOUD=%d", loudly), fmt.Sprintf("SILENT=%d", silent), "LATE="+late)
	rest()
	err = <-ended
	closed = true
	if err := errors.Join(err, c.Close()); err != nil {
		t.Fatalf("the fleet beside the page: %v", err)
	}
}
