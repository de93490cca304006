package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fieldseal/agent/batching"
	"fieldseal/agent/check"
	"fieldseal/agent/clock"
	"fieldseal/agent/journal"
	"fieldseal/agent/lamp"
	"fieldseal/agent/receipt"
	"fieldseal/agent/sample"
	"fieldseal/agent/seal"
	"fieldseal/agent/uplink"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/source"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// Agent is the wired pipeline.
type Agent struct {
	cfg       Config
	clock     *clock.Clock
	journal   *journal.Journal
	sealer    *seal.Sealer
	collector *batching.Collector
	closed    chan batching.Closed
	lamp      *lamp.Lamp // nil: there is none
	samplers  []*sample.Sampler
	receivers sample.Receivers // by device
	sources   []source.Source
	buses     map[string]*bus.Bus
	receipts  *receipt.Handler
	uplink    *uplink.Uplink
	machine   string
	faults    faults
	sealed    sealed
	full      atomic.Pointer[error] // why batches wait for room on the disk; nil: they do not
	aside     []string              // journals that were moved out of the way, now or at an earlier start

	mu        sync.Mutex
	announced map[journal.Run]bool // named by a gap that is not journalled yet
}

// New opens the journal and wires the stages; nothing runs before Run. Close is
// for an Agent that will not Run.
func New(cfg Config) (*Agent, error) {
	if cfg.Interval <= 0 {
		cfg.Interval = DefaultInterval
	}
	if cfg.StopPatience <= 0 {
		cfg.StopPatience = DefaultStopPatience
	}
	cfg.Journal.Log = cfg.Log
	polls, listened, err := cfg.bind()
	if err != nil {
		return nil, err
	}
	a := &Agent{cfg: cfg, clock: clock.New(cfg.Clock), machine: cfg.Clock.Machine(), closed: make(chan batching.Closed, 8),
		buses: map[string]*bus.Bus{}, receivers: sample.Receivers{}, announced: map[journal.Run]bool{}}
	lost := false
	if a.journal, lost, err = openJournal(cfg.Journal); err != nil {
		return nil, err
	}
	if err := a.wire(polls, listened, lost); err != nil {
		a.journal.Close()
		return nil, err
	}
	a.aside, err = filepath.Glob(cfg.Journal.Dir + asideMark + "*")
	return a, err
}

// asideMark stands in the name of a journal that was moved out of the way.
const asideMark = ".unreadable-"

// openJournal moves a journal that cannot be read out of the way, for a gateway
// must go on sealing; what lies in it stays for whoever can read it.
func openJournal(o journal.Options) (j *journal.Journal, lost bool, err error) {
	j, err = journal.Open(o)
	if !errors.Is(err, journal.ErrUnreadable) {
		return j, false, err
	}
	aside := fmt.Sprintf("%s%s%d", o.Dir, asideMark, time.Now().Unix())
	o.Log.Error("the journal cannot be read; it is kept aside and a new one begins", "error", err, "kept", aside)
	if e := os.Rename(o.Dir, aside); e != nil {
		return nil, false, errors.Join(err, e)
	}
	j, err = journal.Open(o)
	return j, true, err
}

func (a *Agent) wire(polls []poll, listened []heard, lost bool) error {
	cfg := &a.cfg
	changes := a.configChanges(a.journal.Last())
	root, err := a.journal.KeepConfig(cfg.Configuration.Leaves(), cfg.Profiles)
	if err != nil {
		return err
	}
	var header *batch.Signed
	last, none := a.journal.Last(), batch.PreviousFirst
	if last != nil {
		header = last.Header
	} else if lost || cfg.SealedBefore {
		none = batch.PreviousLost
	}
	if a.sealer, err = seal.New(cfg.Signer, cfg.Random, cfg.Identity, root, header, none); err != nil {
		return err
	}
	gaps, err := a.startGaps(last, polls, listened)
	if err != nil {
		return err
	}
	a.collector = batching.New(batching.Config{Clock: a.clock, Interval: cfg.Interval, Out: a.closed, OnTimed: gaps, Log: cfg.Log})
	a.collector.Event(record.Event{Type: record.EventStarted, Path: record.PathAgent, Note: cfg.Software})
	for _, e := range changes {
		a.collector.Event(e)
	}
	for _, b := range cfg.Buses {
		b.Config.Clock, b.Config.Log = a.clock.Since, cfg.Log
		a.buses[b.Config.Name] = bus.New(b.Config, b.Dial)
	}
	board := check.NewBoard()
	standing, err := a.standing()
	if err != nil {
		return err
	}
	var sink sample.Sink = a.collector
	if cfg.Lamp != nil {
		a.lamp = lamp.New(cfg.Lamp, a.collector, a.collector.Event, cfg.Log, slices.Sorted(maps.Keys(standing))...)
		sink = a.lamp
	}
	presence := map[string]*sample.Presence{}
	for _, p := range polls {
		if presence[p.device.ID] == nil {
			presence[p.device.ID] = &sample.Presence{}
		}
		s, err := sample.New(sample.Config{
			Device: p.device, Profile: p.m.Profile, Exchange: uint32(p.exchange), Cadence: p.cadence,
			Driver:   &counting{driver: &sample.Modbus{Bus: a.buses[p.device.Bus], Map: p.m, Device: p.device, Exchange: p.exchange, Request: p.request}, faults: &a.faults},
			Presence: presence[p.device.ID], Board: board, Standing: standing, Sink: sink, Clock: a.clock, Log: cfg.Log})
		if err != nil {
			return err
		}
		a.samplers = append(a.samplers, s)
	}
	for _, h := range listened {
		r, err := sample.NewReceiver(sample.ReceiverConfig{Device: h.device, Profile: h.profile, Expect: time.Duration(h.device.Cadence) * time.Microsecond, Board: board, Standing: standing, Sink: sink, Clock: a.clock, Log: cfg.Log})
		if err != nil {
			return err
		}
		a.receivers[h.device.ID] = r
	}
	for _, l := range cfg.Listens {
		s, err := l.Open(a.clock.Boot)
		if err != nil {
			return err
		}
		a.sources = append(a.sources, s)
	}
	a.receipts = &receipt.Handler{Log: cfg.LogKey, Store: a.journal, Out: cfg.Log}
	a.uplink = uplink.New(uplink.Config{Software: cfg.Software, Dial: cfg.Dial, Queue: a.journal, Handle: a.receipts.Handle, Pace: cfg.Pace, Log: cfg.Log})
	return nil
}

// Close releases an Agent that did not Run.
func (a *Agent) Close() error { return a.journal.Close() }

// Run works until ctx ends, then stops cleanly: what was taken is sealed and
// journalled, and a short attempt is made to deliver it. An error means that the
// agent cannot go on in this process.
func (a *Agent) Run(ctx context.Context) error {
	defer a.journal.Close()
	if !a.cfg.SealedBefore && a.cfg.MarkSealed != nil {
		if err := a.cfg.MarkSealed(); err != nil {
			return err
		}
	}
	a.cfg.Log.Info("agent runs", "gateway", a.cfg.Identity.Gateway.String(), "boot", fmt.Sprintf("%x", a.sealer.Boot()), "devices", len(a.cfg.Configuration.Devices), "interval", a.cfg.Interval)

	fatal := make(chan error, 4)
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	sampling, stopSampling := context.WithCancel(ctx)
	defer stopSampling()

	// Room on the disk is waited for as long as the agent runs, and after that
	// only as long as a clean stop may take.
	patience, giveUp := context.WithCancel(background)
	defer giveUp()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(a.cfg.StopPatience, giveUp) })()

	var lines, sampled, sealing, rest sync.WaitGroup
	lineCtx, stopLines := context.WithCancel(background)
	defer stopLines()
	for _, b := range a.buses {
		lines.Go(func() { report(fatal, b.Run(lineCtx)) })
	}
	for _, s := range a.samplers {
		sampled.Go(func() { s.Run(sampling) })
	}
	for _, s := range a.sources {
		sampled.Go(func() { report(fatal, s.Run(sampling, a.receivers)) })
	}
	for _, r := range a.receivers {
		sampled.Go(func() { r.Run(sampling) })
	}
	sealing.Go(func() { report(fatal, a.sealLoop(patience)) })
	rest.Go(func() { a.collector.Run(background) })
	if a.lamp != nil {
		rest.Go(func() { a.lamp.Run(background) })
	}
	rest.Go(func() { report(fatal, a.uplink.Run(background)) })
	rest.Go(func() { report(fatal, a.trimLoop(background)) })

	var err error
	select {
	case <-ctx.Done():
	case err = <-fatal:
		a.cfg.Log.Error("the agent cannot go on", "error", err)
		giveUp()
	}
	stopSampling()
	sampled.Wait()
	stopLines()
	lines.Wait()
	a.collector.Stop()
	close(a.closed)
	sealing.Wait()
	if err == nil {
		a.deliver()
	}
	stopBackground()
	rest.Wait()
	select {
	case e := <-fatal:
		err = errors.Join(err, e)
	default:
	}
	return err
}

func report(to chan<- error, err error) {
	if err == nil {
		return
	}
	select {
	case to <- err:
	default:
	}
}

// deliver waits a short while for what is still on its way.
func (a *Agent) deliver() {
	end := time.Now().Add(a.cfg.StopPatience)
	for time.Now().Before(end) && a.uplink.Connected() && len(a.journal.Pending(-1, 1)) > 0 {
		time.Sleep(20 * time.Millisecond)
	}
	if s := a.journal.Stats(); s.Pending > 0 {
		a.cfg.Log.Info("stopped with batches still to deliver; the next start sends them", "batches", s.Pending)
	}
}

// While the disk is full: how often to look for room, and how often to say so.
const (
	fullRetry = 2 * time.Second
	fullTold  = time.Minute
)

// groupBytes bounds the payloads of one write of the journal.
const groupBytes = 280_000

// sealLoop seals and journals batches in the order in which they closed. What has
// queued up meanwhile shares one synced write.
func (a *Agent) sealLoop(ctx context.Context) (err error) {
	// Whoever closes batches must not wait for a loop that ended in an error.
	defer func() {
		for range a.closed {
		}
	}()
	var carried *sealedBatch
	for {
		var group []sealedBatch
		bytes := 0
		if carried != nil {
			group, bytes, carried = append(group, *carried), len(carried.Payload), nil
		} else {
			c, ok := <-a.closed
			if !ok {
				return nil
			}
			s, err := a.seal(c)
			if err != nil {
				return err
			}
			group, bytes = append(group, s), len(s.Payload)
		}
	gather:
		for len(group) < 64 {
			select {
			case c, ok := <-a.closed:
				if !ok {
					break gather
				}
				s, err := a.seal(c)
				if err != nil {
					return err
				}
				if bytes += len(s.Payload); bytes > groupBytes {
					carried = &s
					break gather
				}
				group = append(group, s)
			default:
				break gather
			}
		}
		if err := a.keep(ctx, group); err != nil {
			return err
		}
	}
}

// sealedBatch is a batch with those who wait until it is durable.
type sealedBatch struct {
	journal.Sealed
	kept []func()
}

func (a *Agent) seal(c batching.Closed) (sealedBatch, error) {
	h, payload, err := a.sealer.Seal(c.Builder, seal.Window{First: c.First, Last: c.Last, Clock: c.Clock, Reason: c.Reason}, a.journal.Block(), a.journal.Checkpoint())
	if err != nil {
		return sealedBatch{}, err
	}
	s := sealedBatch{journal.Sealed{Header: h, Payload: payload, Alarms: c.Alarms}, c.Kept}
	for _, t := range c.Tokens {
		s.Announces = append(s.Announces, t.(journal.Run))
	}
	return s, nil
}

// keep journals a group. While the disk has no room it waits: polls are then
// missed and counted, and nothing that was sealed is thrown away.
func (a *Agent) keep(ctx context.Context, group []sealedBatch) error {
	batches := make([]journal.Sealed, len(group))
	for i := range group {
		batches[i] = group[i].Sealed
	}
	for told := (time.Time{}); ; {
		err := a.journal.Append(a.machine, batches...)
		if err == nil {
			break
		}
		if !errors.Is(err, journal.ErrFull) || ctx.Err() != nil {
			return err
		}
		a.full.Store(&err)
		if time.Since(told) >= fullTold {
			a.cfg.Log.Error("sampling waits for room on the disk", "error", err)
			told = time.Now()
		}
		select {
		case <-ctx.Done():
		case <-time.After(fullRetry):
		}
	}
	if a.full.Swap(nil) != nil {
		a.cfg.Log.Info("there is room on the disk again")
	}
	// Durable from here on: the uplink may have it.
	a.mu.Lock()
	for _, s := range group {
		for _, r := range s.Announces {
			delete(a.announced, r)
		}
	}
	a.mu.Unlock()
	a.uplink.Appended()
	for _, s := range group {
		for _, kept := range s.kept {
			kept()
		}
		a.sealed.count(&s.Header.Header, len(s.Payload))
		a.cfg.Log.Debug("sealed", "batch", s.Header.Name(), "records", s.Header.Count, "bytes", len(s.Payload), "close", s.Header.Close)
	}
	return nil
}

// trimLoop keeps the journal's bounds and announces what they took.
func (a *Agent) trimLoop(ctx context.Context) error {
	t := time.NewTicker(journal.Every)
	defer t.Stop()
	for {
		now, _ := a.clock.Now()
		// A clock that is not set must not make anything look old.
		if now >= clock.Usable {
			took, err := a.journal.Trim(now)
			if err != nil && !errors.Is(err, journal.ErrFull) {
				return err
			}
			if took.Lost > 0 {
				a.cfg.Log.Error("the journal's bound took payloads that were not delivered", "batches", took.Lost)
			}
			a.announce()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// announce seals a gap for each run of lost payloads that has none.
func (a *Agent) announce() {
	for _, r := range a.journal.Lost() {
		a.mu.Lock()
		done := a.announced[r]
		a.announced[r] = true
		a.mu.Unlock()
		if !done {
			a.collector.Announce(*r.Gap(a.clock.Boot()), r)
		}
	}
}
