package centre_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/notary/api/client"
	"fieldseal/notary/centre"
	"fieldseal/notary/internal/lab"
)

func TestHealthTellsOfCalibrationsThatAreDueToThoseWhoseSiteItIs(t *testing.T) {
	d := open(t)
	a, b := d.n.Enrol("north", "gw-1"), d.n.Enrol("south", "gw-2")
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := d.n.Now()
	day := 24 * time.Hour
	stated := func(site, gateway batch.ID, device, number string, performed, until time.Duration) {
		t.Helper()
		body := &statement.Calibration{Site: site, Gateway: gateway, Device: device, Instrument: "TSI 8530 no. 7", Certificate: number, Laboratory: "Metrology", Performed: now.Add(performed).UnixMicro(), Until: now.Add(until).UnixMicro()}
		s, salted, err := statement.Sign(cose.Ed25519Signer(key), rand.Reader, d.n.Log.Origin(), now.UnixMicro(), body)
		if err == nil {
			_, err = d.n.Log.AppendStatement(t.Context(), s, salted)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(v centre.Viewer, want ...string) {
		t.Helper()
		h, err := d.centre.Health(v)
		if err != nil {
			t.Fatal(err)
		}
		var got []client.Expiring
		for _, x := range h.Expiring {
			if x.What == "calibration" {
				got = append(got, x)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%+v, want %q", got, want)
		}
		for i, w := range want {
			if g := got[i]; g.Name+": "+g.Detail != w || g.Site == nil {
				t.Errorf("%+v, want %q", g, w)
			}
		}
	}
	check(centre.All{})
	stated(a.Site, a.Gateway, "dust-1", "C-1", -360*day, 5*day)
	stated(a.Site, a.Gateway, "dust-2", "C-2", -400*day, -35*day)
	stated(a.Site, a.Gateway, "scale-1", "C-3", -10*day, 355*day)
	stated(b.Site, b.Gateway, "dust-1", "C-4", -300*day, 65*day)
	const dust1, dust2, south = "dust-1: TSI 8530 no. 7, C-1, Metrology", "dust-2: TSI 8530 no. 7, C-2, Metrology", "dust-1: TSI 8530 no. 7, C-4, Metrology"
	check(centre.All{}, dust2, dust1, south)
	check(only(b.Site), south)
	// Calibrated again, told late and out of order: the newest one counts.
	stated(a.Site, a.Gateway, "dust-2", "C-5", -1*day, 364*day)
	stated(a.Site, a.Gateway, "dust-2", "C-2", -400*day, -35*day)
	check(centre.All{}, dust1, south)
	d.reopen()
	check(centre.All{}, dust1, south)
}

// ending is a supervision that knows of coverage plans alone.
type ending struct {
	centre.Supervision
	at map[batch.ID]int64
}

func (ending) Silent([]batch.ID, int64) []client.Silent { return nil }

func (e ending) PlanEnds(site batch.ID, _ int64) (int64, bool) {
	at, ends := e.at[site]
	return at, ends
}

func TestHealthTellsOfCoveragePlansThatEnd(t *testing.T) {
	d := open(t)
	soon, far, never := d.n.Enrol("north", "gw-1"), d.n.Enrol("south", "gw-2"), d.n.Enrol("east", "gw-3")
	for _, g := range []*lab.Gateway{soon, far, never} {
		d.n.Send(d.n.NewSealer(g, d.n.Now().UnixMicro()).Seal(lab.Minute, 10*lab.Second))
	}
	d.settle()
	now := d.n.Now()
	d.centre.Watch = ending{at: map[batch.ID]int64{soon.Site: now.Add(9 * 24 * time.Hour).UnixMicro(), far.Site: now.Add(400 * 24 * time.Hour).UnixMicro()}}
	defer func() { d.centre.Watch = nil }()
	h, err := d.centre.Health(centre.All{})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Expiring) != 1 || h.Expiring[0].What != "coverage plan" || *h.Expiring[0].Site != soon.Site {
		t.Errorf("%+v", h.Expiring)
	}
}
