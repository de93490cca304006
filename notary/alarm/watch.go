package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/coverage"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// watch looks at what does not come.
func (k *Keeper) watch(ctx context.Context) error {
	select {
	case <-k.ready:
	case <-ctx.Done():
		return nil
	}
	t := time.NewTicker(Pace)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := k.look(ctx); err != nil {
			return err
		}
	}
}

// look states what begins and ends now, and saves coverage when it is time.
func (k *Keeper) look(ctx context.Context) error {
	k.work.Lock()
	defer k.work.Unlock()
	now := k.cfg.Now()
	var conditions []Condition
	if k.cfg.Conditions != nil {
		conditions = k.cfg.Conditions(now)
	}
	takes := k.cfg.Log.ReadOnly() == ""
	k.mu.Lock()
	k.clock(now, takes)
	err := k.plans.Refresh()
	var steps []*statement.AlarmStep
	if err == nil {
		steps = k.book.observe(k.state, &k.plans, now.UnixMicro(), takes, k.cfg.Active, conditions)
	}
	k.mu.Unlock()
	if err == nil && takes {
		err = k.belated(ctx, now)
	}
	if err == nil {
		err = k.record(ctx, now, steps)
	}
	if err == nil && now.Sub(k.saved) >= saveEvery {
		err = k.save(ctx, now)
	}
	return err
}

// clock begins to listen anew after the notary stood still, its clock was set, or
// its log took nothing.
func (k *Keeper) clock(now time.Time, takes bool) {
	switch gone := now.Round(0).Sub(k.looked.Round(0)); {
	case gone < 0:
		k.state.Rewind(now.UnixMicro())
		k.state.Listening = now.UnixMicro()
	case gone > away, !takes:
		k.state.Listening = now.UnixMicro()
	}
	k.looked = now
}

// record puts steps into the log, several at a time, and takes them in.
func (k *Keeper) record(ctx context.Context, now time.Time, steps []*statement.AlarmStep) error {
	indices := make([]*uint64, len(steps))
	g, asked := errgroup.WithContext(ctx)
	g.SetLimit(statedAtOnce)
	for i, st := range steps {
		g.Go(func() (err error) {
			indices[i], err = k.logged(asked, now, st)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	k.mu.Lock()
	for i, st := range steps {
		if indices[i] == nil && st.Kind != statement.AlarmLog && st.Kind != statement.AlarmChain {
			continue // it is tried again
		}
		k.book.apply(indices[i], now.UnixMicro(), st)
		if indices[i] != nil {
			k.at.Statement = max(k.at.Statement, *indices[i]+1)
		}
	}
	k.mu.Unlock()
	return k.publish(ctx)
}

// belated puts steps into the log that it did not take when they happened: those
// of its own alarm. What they are about began when they say.
func (k *Keeper) belated(ctx context.Context, now time.Time) error {
	k.mu.Lock()
	var waiting []*entry
	for _, e := range k.book.byID {
		if e.waits() >= 0 {
			waiting = append(waiting, e)
		}
	}
	k.mu.Unlock()
	for _, e := range waiting {
		for i := e.waits(); i >= 0; i = e.waits() {
			step := statement.StepRaised
			if e.Steps[i].Step.Step == statement.StepCleared.String() {
				step = statement.StepCleared
			}
			at, err := k.logged(ctx, now, e.stated(step))
			if err != nil || at == nil {
				return err
			}
			k.mu.Lock()
			e.Steps[i].Index = at
			k.at.Statement = max(k.at.Statement, *at+1)
			k.book.note(e, nil)
			k.mu.Unlock()
		}
	}
	return k.publish(ctx)
}

// logged puts one step into the log; nil: the log takes nothing now.
func (k *Keeper) logged(ctx context.Context, now time.Time, st *statement.AlarmStep) (*uint64, error) {
	s, body, err := statement.Sign(k.cfg.Key, k.cfg.Random, k.cfg.Log.Origin(), now.UnixMicro(), st)
	if err != nil {
		return nil, err
	}
	at, err := k.cfg.Log.AppendStatement(ctx, s, body)
	switch {
	case err == nil:
		return &at, nil
	case errors.Is(err, log.ErrReadOnly), errors.Is(err, store.ErrFull):
		return nil, nil
	}
	return nil, err
}

// save writes the coverage of the gateways that changed, and how far it goes. What
// it has not written yet is read again from there after a crash. The caller holds work.
func (k *Keeper) save(ctx context.Context, now time.Time) error {
	k.saved = now
	k.mu.Lock()
	var rows []store.Put
	for _, g := range k.state.Dirty() {
		v, err := json.Marshal(g)
		if err != nil {
			k.mu.Unlock()
			return fmt.Errorf("coverage of gateway %s: %w", g.ID, err)
		}
		rows = append(rows, store.Put{Table: store.TableCoverage, Key: g.ID[:], Value: v})
	}
	at := k.at
	k.savedEvent = at.Event
	k.book.forget(now.UnixMicro())
	k.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	for len(rows) > savedAtOnce {
		if err := k.cfg.Store.Commit(&store.Group{Rows: rows[:savedAtOnce]}); err != nil {
			return err
		}
		rows = rows[savedAtOnce:]
	}
	v, err := json.Marshal(at)
	if err != nil {
		return err
	}
	// Last, in one write with the last of them: before it, all is read again.
	return k.cfg.Store.Commit(&store.Group{Rows: append(rows, store.Put{Table: store.TableAlarm, Key: cursorKey, Value: v})})
}

// PlanEnds is when a site will have no coverage plan in force, or since when it has
// none, as [coverage.Plans.Ends] tells it.
func (k *Keeper) PlanEnds(site batch.ID, at int64) (int64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.plans.Ends(site, at)
}

// Judge is what a site must send and what is missing now.
func (k *Keeper) Judge(site batch.ID) coverage.Site {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.cfg.Now().UnixMicro()
	return k.state.Judge(site, k.plans.At(site, now), now, k.cfg.Active)
}
