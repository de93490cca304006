//go:build peers

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldseal/internal/rig"
	"fieldseal/simulators/fault"
)

// TestMixedSiteThroughFaultsSealsNoWrongValueAndEveryHole runs 40 devices with 403
// points on six buses, sealed by the real agent for the real notary, while instruments
// die, answer late, send damaged bytes, lose their lines and come back, and while
// agent and notary are killed. Then it reads back every sealed record.
//
// FIELDSEAL_SOAK=1 makes it an hour, FIELDSEAL_MIXED=45m plays an hour's faults in
// another time; the kills take the first third of it, and in the rest memory must not
// grow.
func TestMixedSiteThroughFaultsSealsNoWrongValueAndEveryHole(t *testing.T) {
	lasting, rate := 60*time.Second, 3.0
	if os.Getenv("FIELDSEAL_SOAK") != "" {
		lasting, rate = time.Hour, 1
	}
	if s := os.Getenv("FIELDSEAL_MIXED"); s != "" {
		var err error
		if lasting, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	long := lasting >= 10*time.Minute
	if long {
		rate = 3600 / lasting.Seconds() // an hour's faults, however long it takes
	}
	r := newRig(t)
	ctx := patience(t, lasting+8*time.Minute)
	if err := r.Init(ctx); err != nil {
		t.Fatal(err)
	}
	notary, err := r.StartNotary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m := newMixed(t, r)
	player, err := m.scenario.Play(m.site, filepath.Join(m.dir, "ports"), 1, func() time.Time { return time.Now().Truncate(tick) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { player.Close() })
	w := &witness{Player: player, spells: map[string][]spell{}, kinds: map[fault.Kind]int{}}
	if err := r.Enrol(ctx, "mixed", "Mixed site", m.file); err != nil {
		t.Fatal(err)
	}
	agent, err := r.StartAgent("mixed", m.file)
	if err != nil {
		t.Fatal(err)
	}
	memory := &memory{}
	memory.of(agent, notary)
	watching, stopWatching := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { memory.watch(watching) })
	script := m.faults(1, lasting-10*time.Second, rate)
	all.Go(func() {
		if err := script.Run(ctx, w, func(e fault.Event) {
			if !e.Ended {
				w.kinds[e.Kind]++
			}
		}); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	agentKills := 0
	for _, x := range interruptions(lasting, long) {
		select {
		case <-time.After(time.Until(began.Add(x.at))):
		case <-agent.Done():
			t.Fatalf("the agent ended: %v", agent.Err())
		case <-notary.Done():
			t.Fatalf("the notary ended: %v", notary.Err())
		}
		switch x.what {
		case "kill agent", "stop agent":
			r.Forget(agent)
			if x.what == "kill agent" {
				agentKills++
				agent.Kill()
			} else if err := agent.Stop(rig.Grace); err != nil {
				t.Fatal(err)
			}
			time.Sleep(x.pause) // as long as it is away
			if agent, err = r.StartAgent("mixed", m.file); err != nil {
				t.Fatal(err)
			}
		case "kill notary":
			r.Forget(notary)
			notary.Kill()
			time.Sleep(x.pause)
			if notary, err = r.StartNotary(ctx); err != nil {
				t.Fatal(err)
			}
		}
		memory.of(agent, notary)
	}
	time.Sleep(time.Until(began.Add(lasting))) // the run's length
	stopWatching()
	all.Wait()
	settle(t, r, agent, m.file)
	acknowledged := map[string]int{}
	for _, id := range m.devices {
		if n, ok := player.Acknowledged(id); ok {
			acknowledged[id] = n
		}
	}
	if err := agent.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(agent)
	if err := notary.Stop(rig.Grace); err != nil {
		t.Fatal(err)
	}
	r.Forget(notary)
	var faults []string
	for _, k := range slices.Sorted(maps.Keys(w.kinds)) {
		faults = append(faults, fmt.Sprintf("%d %v", w.kinds[k], k))
	}
	s := unseal(t, r, m.points)
	v := judge(s, m, w)
	gaps := 0
	for _, id := range m.points {
		gaps += len(s.holes[id])
	}
	t.Logf("%v: %d buses, %d devices, %d points; %s; %d starts of the agent", lasting, len(m.buses), len(m.devices), len(m.points), strings.Join(faults, ", "), s.boots)
	t.Logf("%d readings in %d batches read back, %d stretches of gap (by point); %d wrong values, %d stretches without a gap, %d readings within a gap, %d gaps that overlap", v.values, s.batches, gaps, len(v.wrong), len(v.uncovered), len(v.inside), len(v.overlaps))
	t.Logf("exchanges: %v; events: %v", s.outcomes, s.events)
	for what, found := range map[string][]string{"a wrong value": v.wrong, "a hole without a gap": v.uncovered, "a reading within a gap": v.inside, "gaps overlap": v.overlaps} {
		for _, f := range found[:min(8, len(found))] {
			t.Errorf("%s: %s", what, f)
		}
	}
	kept(t, s, m, acknowledged)
	if s.boots < agentKills || v.values < len(m.points)*int(lasting/(20*time.Second)) || gaps < len(m.points) {
		t.Errorf("%d boots, %d readings, %d gaps: this would prove little", s.boots, v.values, gaps)
	}
	memory.judge(t, long)
	spoil(t, s, m, w)
}

// kept holds what instruments were acknowledged against what was sealed of them: an
// acknowledged message must not be lost, whatever was killed after.
func kept(t *testing.T, s *sealed, m *mixed, acknowledged map[string]int) {
	t.Helper()
	messages := 0
	for id, n := range acknowledged {
		messages += n
		have := s.frames[id]
		switch {
		case strings.HasPrefix(id, "gate"):
			have = len(s.packets[id]) // one that was sent again is the same bytes
		case strings.HasPrefix(id, "trucks"):
			// A report that is sent again has another number: what counts is its time.
			times := map[int64]bool{}
			for _, p := range m.points {
				for _, x := range s.readings[p] {
					if strings.HasPrefix(p, id+"/") {
						times[x.Instrument] = true
					}
				}
			}
			have = len(times)
		}
		if have < n {
			t.Errorf("%s was acknowledged %d messages, and %d are sealed", id, n, have)
		}
	}
	t.Logf("%d messages of %d instruments were acknowledged, and all are sealed", messages, len(acknowledged))
	if messages < 3*len(acknowledged) || len(acknowledged) == 0 {
		t.Error("hardly any message was acknowledged: this would prove nothing")
	}
}

// interruption is what befalls the programs.
type interruption struct {
	at, pause time.Duration
	what      string
}

// interruptions come in the first third of a long run, so that the rest shows how much
// memory a process takes that nothing interrupts.
func interruptions(lasting time.Duration, long bool) []interruption {
	if !long {
		return []interruption{{lasting * 3 / 10, time.Second, "kill agent"}, {lasting * 5 / 10, time.Second, "kill notary"}, {lasting * 7 / 10, time.Second, "stop agent"}}
	}
	var out []interruption
	for i := range 9 {
		at := lasting * time.Duration(i+1) / 30
		switch i {
		case 2, 5:
			out = append(out, interruption{at, 5 * time.Second, "kill notary"})
		case 4:
			out = append(out, interruption{at, 5 * time.Second, "stop agent"})
		default:
			out = append(out, interruption{at, time.Duration(i) * time.Second, "kill agent"})
		}
	}
	return out
}

// memory is what agent and notary have taken, as the kernel counts it.
type memory struct {
	mu            sync.Mutex
	agent, notary *rig.Process
	since         time.Time // when one of them was started last
	samples       []sampled
}

type sampled struct {
	at            time.Time
	own, resident [2]int // kB of agent and notary
}

func (m *memory) of(agent, notary *rig.Process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.agent, m.notary, m.since, m.samples = agent, notary, time.Now(), nil
}

func (m *memory) watch(ctx context.Context) {
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		m.mu.Lock()
		x := sampled{at: time.Now()}
		ok := true
		for i, p := range []*rig.Process{m.agent, m.notary} {
			var err error
			if x.own[i], x.resident[i], err = takes(p.PID()); err != nil {
				ok = false // it is being killed
			}
		}
		if ok {
			m.samples = append(m.samples, x)
		}
		m.mu.Unlock()
	}
}

// takes reads how many kB a process has for itself, and has resident in all.
func takes(pid int) (own, resident int, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "RssAnon:" {
			own, err = strconv.Atoi(f[1])
		}
		if len(f) == 3 && f[0] == "VmRSS:" {
			resident, err = strconv.Atoi(f[1])
		}
	}
	if resident == 0 {
		err = errors.New("no memory")
	}
	return own, resident, err
}

// What counts as flat: of the agent's own memory, the median of the last tenth is at most
// so far above that of a tenth after a fifth for warming up. What is resident besides are
// pages of the journal's files, which the kernel takes back when it wants to.
const (
	flatShare = 0.15
	flatKB    = 3 << 10
	mostAgent = 48 << 10 // kB of its own, at any time: the journal's compactions come on top
)

func (m *memory) judge(t *testing.T, long bool) {
	t.Helper()
	n := len(m.samples)
	if n < 5 {
		t.Errorf("memory was seen %d times", n)
		return
	}
	middle := func(x []sampled, of func(s sampled) int) int {
		var all []int
		for _, s := range x {
			all = append(all, of(s))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	var course []string
	for i := range 10 {
		part := m.samples[n*i/10 : max(n*i/10+1, n*(i+1)/10)]
		course = append(course, fmt.Sprintf("%.1f", float64(middle(part, func(s sampled) int { return s.own[0] }))/1024))
	}
	t.Logf("the agent's own memory through ten tenths of that time: %s MB", strings.Join(course, ", "))
	warm, late := m.samples[n/5:max(n/5+1, n*3/10)], m.samples[n*9/10:]
	for i, name := range []string{"agent", "notary"} {
		own, ownLate := middle(warm, func(s sampled) int { return s.own[i] }), middle(late, func(s sampled) int { return s.own[i] })
		all, allLate := middle(warm, func(s sampled) int { return s.resident[i] }), middle(late, func(s sampled) int { return s.resident[i] })
		t.Logf("%s: %.1f MB of its own when warm, %.1f MB at the end; resident %.1f MB and %.1f MB; %v after its last start", name,
			float64(own)/1024, float64(ownLate)/1024, float64(all)/1024, float64(allLate)/1024, m.samples[n-1].at.Sub(m.since).Round(time.Second))
		if long && name == "agent" && (ownLate > own+int(flatShare*float64(own))+flatKB) {
			t.Errorf("the %s's own memory grew from %d to %d kB", name, own, ownLate)
		}
	}
	if most := slices.MaxFunc(m.samples, func(a, b sampled) int { return a.own[0] - b.own[0] }).own[0]; most > mostAgent {
		t.Errorf("the agent had %d kB of its own", most)
	}
}
