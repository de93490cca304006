//go:build peers

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fieldseal/agent/journal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	library "fieldseal/firmware-config/profile"
	config "fieldseal/firmware-config/site"
	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

// fridge is a medicine fridge with its door. Its times are those of the drug cold
// chain by sixty: 30 minutes are 30 s and 2 minutes are 2 s.
const fridge = `version: 1
site: {id: cold-store, interval: 1s}
gateway: {id: gw-1, data: DATA}
notary: {address: NOTARY}
buses:
  - {id: rooms, kind: serial, path: PORTS/rooms, baud: 9600, parity: none, stop_bits: 1}
devices:
  - id: fridge-1
    bus: rooms
    unit: 9
    profile: coldroom/xy-md02
    cadence: 500ms
    record: {every: 30s, outside: 2s}
    limits:
      temperature: {low: 2, high: 8, after: 3s, hysteresis: 0.5, pause: [{while: door-1/open, equals: 1, most: 5s}]}
  - {id: door-1, bus: rooms, unit: 65, profile: contact/door, cadence: 500ms}
lamp: {file: LAMP}
uplink: {broker: BROKER, backlog: 20}
listen:
  health: HEALTH
`

// pharmacy is a notary, and an agent with a fridge and its door.
type pharmacy struct {
	notary, agent  *rig.Process
	siteFile, lamp string
	play           *site.Player
}

func newPharmacy(t *testing.T, ctx context.Context, r *rig.Rig) *pharmacy {
	t.Helper()
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	health, err := rig.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ports, lamp := filepath.Join(r.Dir, "ports"), filepath.Join(r.Dir, "brightness")
	if err := os.WriteFile(lamp, []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	raw := []byte(strings.NewReplacer("DATA", r.AgentDir(site.ColdStore.ID), "NOTARY", r.HTTP, "PORTS", ports, "LAMP", lamp, "BROKER", r.MQTT, "HEALTH", health).Replace(fridge))
	siteFile := filepath.Join(r.Dir, "fridge.yaml")
	if err := os.WriteFile(siteFile, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, err := config.Parse(siteFile, raw, lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := site.ColdStore.Play(f, ports, 1, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	p.Hold("fridge-1/temperature", 4)
	if err := r.Enrol(ctx, site.ColdStore.ID, "Pharmacy", siteFile); err != nil {
		t.Fatal(err)
	}
	agent, err := r.StartAgent(site.ColdStore.ID, siteFile)
	if err != nil {
		t.Fatal(err)
	}
	return &pharmacy{notary, agent, siteFile, lamp, p}
}

// TestEndToEndFridgeDoorLeftOpenWithoutUplink cuts the uplink, leaves a fridge's
// door open and lets it grow warm.
func TestEndToEndFridgeDoorLeftOpenWithoutUplink(t *testing.T) {
	r := newRig(t)
	ctx := patience(t, 3*time.Minute)
	x := newPharmacy(t, ctx, r)
	agent, siteFile, lamp, p := x.agent, x.siteFile, x.lamp, x.play
	settle(t, r, agent, siteFile)
	if err := x.notary.Stop(rig.Grace); err != nil { // the uplink is gone
		t.Fatal(err)
	}
	r.Forget(x.notary)
	time.Sleep(10 * time.Second) // as long as the outage lasts before the door is opened

	opened := time.Now()
	p.Hold("door-1/open", 1)
	p.Hold("fridge-1/temperature", 11)
	const pause, limit = 5 * time.Second, 5 * time.Second
	for {
		if b, _ := os.ReadFile(lamp); string(b) == "1\n" {
			break
		}
		if time.Since(opened) > pause+limit {
			t.Fatalf("the lamp is dark %v after the door was opened", time.Since(opened))
		}
		time.Sleep(20 * time.Millisecond)
	}
	lit := time.Since(opened)
	if lit < pause-time.Second {
		t.Errorf("the lamp is lit after %v, within the pause", lit)
	}
	t.Logf("lamp lit %v after the door was opened: %v after pause and duration ended", lit.Round(time.Millisecond), (lit - pause).Round(time.Millisecond))
	time.Sleep(10 * time.Second) // as long as it lasts after

	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	alarmed(t, r, back)
	settle(t, r, agent, siteFile)
	t.Logf("all delivered %v after the notary was back", time.Since(back).Round(time.Millisecond))
	if err := agent.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(agent)
	if err := notary.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(notary)
	out := filepath.Join(r.Dir, "export")
	if err := r.Export(ctx, out); err != nil {
		t.Fatal(err)
	}
	var logged []loggedBatch
	for _, b := range readExported(t, out).batches(t) {
		logged = append(logged, loggedBatch{b.Signed, b.index})
	}
	slices.SortFunc(logged, func(a, b loggedBatch) int { return int(a.index) - int(b.index) })
	firstAfter := -1
	for i, b := range logged {
		if firstAfter < 0 && b.Last > opened.Add(-9*time.Second).UnixMicro() {
			firstAfter = i
		}
	}
	if firstAfter < 0 {
		t.Fatal("nothing was delivered after the outage")
	}
	if c := logged[firstAfter].Close; c != batch.CloseAlarm {
		t.Errorf("the first batch after the outage was closed by reason %d, not by an alarm", c)
	}
	waited := 0
	for _, b := range logged[firstAfter+1:] {
		if b.Last < logged[firstAfter].Last {
			waited++
		}
	}
	t.Logf("the alarm went before %d older batches of the outage", waited)
	if waited < 5 {
		t.Errorf("only %d older batches waited behind the alarm: this test would prove nothing", waited)
	}
	tight(t, r, opened)
}

// alarmed waits until the notary shows a reading of the outage's last minute, which
// the alarm's batch brings.
func alarmed(t *testing.T, r *rig.Rig, back time.Time) {
	t.Helper()
	ctx := patience(t, time.Minute)
	for {
		n, err := r.Latest(ctx, site.ColdStore.ID)
		i := slices.IndexFunc(n.Readings, func(x rig.Latest) bool { return x.Point == "fridge-1/temperature" && slices.Contains(x.Marks, "limit") })
		if err == nil && i >= 0 {
			t.Logf("alarm at the notary %v after it was back", time.Since(back).Round(time.Millisecond))
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no alarm at the notary: %v, %+v", err, n)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tight reads from the journal how often the fridge was sealed.
func tight(t *testing.T, r *rig.Rig, opened time.Time) {
	t.Helper()
	var before, after, raised, lamps int
	for _, p := range payloads(t, filepath.Join(r.AgentDir(site.ColdStore.ID), rig.JournalFolder)) {
		for _, b := range p.Records {
			switch b := b.(type) {
			case *record.Reading:
				if b.Point != "fridge-1/temperature" {
					continue
				}
				if b.Time < opened.UnixMicro() {
					before++
				} else {
					after++
				}
			case *record.Event:
				if b.Type == record.EventAlarmRaised {
					raised++
				}
				if b.Type == record.EventOutput {
					lamps++
				}
			}
		}
	}
	t.Logf("readings sealed: %d while within its limits, %d while outside; %d alarm, %d switch of the lamp", before, after, raised, lamps)
	if before > 3 || after < 6 || raised != 1 || lamps != 1 {
		t.Error("the cadence or the events are not those of the site file")
	}
}

// payloads reads the batches of a journal that nobody has open.
func payloads(t *testing.T, dir string) (out []*batch.Payload) {
	t.Helper()
	j, err := journal.Open(journal.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Newest(func(i *journal.Item) bool {
		p, err := batch.ParsePayload(i.Payload)
		if err != nil {
			t.Error(err)
			return false
		}
		out = append(out, p)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return out
}
