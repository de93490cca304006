//go:build peers

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"fieldseal/agent/journal"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/internal/rig"
	"fieldseal/simulators/site"
)

var intervalLine = regexp.MustCompile(`(?m)^  interval: \S+`)

func replaceInterval(t *testing.T, siteFile []byte, interval string) []byte {
	t.Helper()
	if interval == "" {
		return siteFile
	}
	out := intervalLine.ReplaceAll(siteFile, []byte("  interval: "+interval))
	if string(out) == string(siteFile) {
		t.Fatal("the site file has no interval to replace")
	}
	return out
}

// TestEndToEndKilledAtRandom kills agent and notary without warning, forty times,
// and then holds what is left on both disks against each other: every journalled
// batch is in the log exactly once, what was never sealed is covered by a signed
// gap, and no chain of headers forks.
func TestEndToEndKilledAtRandom(t *testing.T) {
	kills := 40
	if os.Getenv("FIELDSEAL_SOAK") != "" {
		kills = 1000
	}
	r := newRig(t)
	ctx := patience(t, time.Duration(kills)*15*time.Second)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	siteFile, _ := play(t, r, site.Yard, "200ms")
	if err := r.Enrol(ctx, site.Yard.ID, site.Yard.Title.EN, siteFile); err != nil {
		t.Fatal(err)
	}
	agent, err := r.StartAgent(site.Yard.ID, siteFile)
	if err != nil {
		t.Fatal(err)
	}

	chance := dice(t)
	agentKills := 0
	for range kills {
		// The moment of the kill is what is random here; nothing is waited for.
		time.Sleep(time.Duration(100+chance.IntN(2000)) * time.Millisecond)
		which := chance.IntN(4)
		if which != 0 { // the agent, three times of four
			agent.Kill()
			r.Forget(agent)
			agentKills++
		}
		if which <= 1 { // the notary, two times of four
			notary.Kill()
			r.Forget(notary)
			if notary, err = r.StartNotary(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if which != 0 {
			if agent, err = r.StartAgent(site.Yard.ID, siteFile); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d kills, %d of them of the agent", kills, agentKills)

	settle(t, r, agent, siteFile)
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
	audit(t, r, readExported(t, out), agentKills)
}

// settle waits until the agent stands in a session with the notary and has at that
// moment nothing more to deliver: whoever stops it then, stops it at an uplink that
// takes the last batch, too. (An agent without one keeps its batches for its next
// start, as it should.)
func settle(t *testing.T, r *rig.Rig, agent *rig.Process, siteFile string) {
	t.Helper()
	ctx := patience(t, 2*time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := r.Pending(ctx, siteFile)
		if err == nil && n == 0 {
			var up bool
			if up, err = r.Connected(ctx, siteFile); up {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the agent still has %d batches to deliver, or no uplink (%v)", n, err)
		case <-agent.Done():
			t.Fatalf("the agent ended: %v", agent.Err())
		case <-tick.C:
		}
	}
}

// audit compares journal and log.
func audit(t *testing.T, r *rig.Rig, x *exported, agentKills int) {
	t.Helper()
	j, err := journal.Open(journal.Options{Dir: filepath.Join(r.AgentDir(site.Yard.ID), rig.JournalFolder)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	logged := x.batches(t)

	var items []*journal.Item
	if err := j.Newest(func(i *journal.Item) bool {
		items = append(items, i)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(items)
	if len(items) < agentKills {
		t.Fatalf("only %d batches in the journal after %d kills: this test would prove nothing", len(items), agentKills)
	}
	unlogged := 0
	var prev *batch.Signed
	boots := 0
	for _, item := range items {
		h, err := batch.ParseHeader(item.Header)
		if err != nil {
			t.Fatal(err)
		}
		in, ok := logged[identity{h.Gateway, h.Boot, h.Seq}]
		switch {
		case !ok:
			unlogged++
			t.Errorf("batch %s is in the journal and not in the log", h.Name())
		case in.Digest() != h.Digest():
			t.Errorf("batch %s: the log holds another content", h.Name())
		}
		payload, err := batch.ParsePayload(item.Payload)
		if err != nil {
			t.Fatalf("batch %s: %v", h.Name(), err)
		}
		if err := payload.Verify(&h.Header); err != nil {
			t.Errorf("batch %s: %v", h.Name(), err)
		}
		newBoot := prev == nil || prev.Boot != h.Boot
		switch {
		case prev == nil:
			if h.NoPrev != batch.PreviousFirst {
				t.Errorf("batch %s: the first header says %d about its predecessor", h.Name(), h.NoPrev)
			}
		case h.Prev != prev.Digest():
			t.Errorf("batch %s does not link to %s: the chain forks or breaks", h.Name(), prev.Name())
		case newBoot && h.Seq != 0 || !newBoot && h.Seq != prev.Seq+1:
			t.Errorf("batch %s follows %s", h.Name(), prev.Name())
		}
		if newBoot && prev != nil {
			boots++
			if !covers(payload, prev.Last) {
				t.Errorf("batch %s begins a boot after %s and holds no signed gap from there", h.Name(), prev.Name())
			}
		}
		prev = h
	}
	// A kill before the first batch of a boot leaves no trace, and needs none.
	if boots < agentKills/2 {
		t.Errorf("%d boots after %d kills", boots, agentKills)
	}
	t.Logf("%d batches journalled, %d of them not logged; %d in the log; %d boots; log of %d entries", len(items), unlogged, len(logged), boots+1, x.head.Size)
	// The other way round: a batch that the log has and the journal has not would
	// be a batch that was sent before it was durable.
	if len(logged) != len(items) {
		t.Errorf("%d batches in the log, %d in the journal", len(logged), len(items))
	}
}

// covers tells whether the batch holds a gap of every point for the time since a
// moment, with a cause that a kill has.
func covers(p *batch.Payload, since int64) bool {
	return slices.ContainsFunc(p.Records, func(b record.Body) bool {
		g, ok := b.(*record.Gap)
		return ok && g.From <= since && g.To >= since && (g.Cause == record.CauseRestarted || g.Cause == record.CauseMachine)
	})
}
