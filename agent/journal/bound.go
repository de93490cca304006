package journal

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// group bounds the batches that one write of Trim touches: their keys must fit
// one transaction.
const group = 400

// Trimmed tells what Trim took.
type Trimmed struct {
	Released int // batches deleted after delivery
	Thinned  int // payloads of delivered or refused batches
	Lost     int // payloads that were never delivered
}

// Trim keeps the bounds as of now (Unix µs). It takes, in this order and only
// while room asks for it: released batches; payloads that the notary has proved
// to hold; payloads it refused; payloads not yet delivered, oldest first. The
// last leave their headers and a [Run] to be announced by a gap.
func (j *Journal) Trim(now int64) (Trimmed, error) {
	t, err := j.trim(now)
	if err != nil {
		return t, err
	}
	return t, j.squeeze()
}

func (j *Journal) trim(now int64) (Trimmed, error) {
	j.write.Lock()
	defer j.write.Unlock()
	var t Trimmed
	held := j.Stats().Bytes
	defer func() { j.deleted.Add(held - j.Stats().Bytes) }()
	n, err := j.trimReleased(now)
	t.Released = n
	if err != nil {
		return t, err
	}
	for _, pass := range []struct {
		state State
		count *int
	}{{Receipted, &t.Thinned}, {Quarantined, &t.Thinned}, {Pending, &t.Lost}} {
		n, err := j.trimPayloads(now, pass.state)
		*pass.count += n
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// goal is what to trim to once the bound bites: a tenth below it, so that it
// bites seldom and each gap names many batches.
func (j *Journal) goal() int64 { return j.opt.MaxBytes - j.opt.MaxBytes/10 }

// over is how many bytes must go.
func (j *Journal) over() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.bytes <= j.opt.MaxBytes {
		return 0
	}
	return j.bytes - j.goal()
}

func (j *Journal) trimReleased(now int64) (taken int, err error) {
	over, old := j.over(), now-j.opt.KeepReleased.Microseconds()
	for {
		var changes []change
		j.mu.Lock()
		m := mirror{covered: j.covered}
		j.mu.Unlock()
		err := j.db.View(func(txn *badger.Txn) error {
			it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte("i/"), PrefetchValues: true, PrefetchSize: 16})
			defer it.Close()
			for it.Rewind(); it.Valid() && len(changes) < 3*group; it.Next() {
				order := orderOf(it.Item().Key())
				v, err := it.Item().ValueCopy(nil)
				if err != nil {
					return err
				}
				e, _, _, err := decodeEntry(order, v)
				if err != nil {
					return err
				}
				if over <= 0 && e.last > old {
					return nil // those after it are younger still
				}
				if !m.isReleased(&e) {
					continue
				}
				over -= e.weight()
				changes = append(changes, change{key: key("p/", order)}, change{key: key("h/", order)},
					change{key: key("i/", order), freed: e.weight()})
			}
			return nil
		})
		if err != nil || len(changes) == 0 {
			return taken, err
		}
		if err := j.commit("release", changes); err != nil {
			return taken, err
		}
		taken += len(changes) / 3
	}
}

func (j *Journal) trimPayloads(now int64, state State) (taken int, err error) {
	old := now - j.opt.MaxAge.Microseconds()
	for {
		over := j.over()
		var take []entry
		j.mu.Lock()
		for i := range j.entries {
			e := &j.entries[i]
			if e.gone || e.state != state {
				continue
			}
			if over <= 0 && e.last > old || len(take) == group {
				break
			}
			over -= e.weight()
			take = append(take, *e)
		}
		runs := j.runs
		j.mu.Unlock()
		if len(take) == 0 {
			return taken, nil
		}
		var changes []change
		var lost []Run
		for _, e := range take {
			v, err := j.get(key("i/", e.order))
			if err != nil {
				return taken, err
			}
			_, boot, root, err := decodeEntry(e.order, v)
			if err != nil {
				return taken, err
			}
			e.gone = true
			changes = append(changes, change{key: key("p/", e.order)}, change{key: key("i/", e.order), value: e.encode(boot, root)})
			if state == Receipted {
				continue
			}
			if l := len(lost); l > 0 && lost[l-1].Boot == boot && lost[l-1].first+lost[l-1].Count == e.order {
				lost[l-1].Count++
				lost[l-1].To = e.last
			} else {
				lost = append(lost, Run{Boot: boot, Seq: e.seq, Count: 1, From: e.first, To: e.last, first: e.order})
			}
			// A gap that announced earlier losses went with this payload.
			for _, r := range runs {
				if r.carrier == e.order+1 {
					r.carrier = 0
					changes = append(changes, change{key: key("l/", r.first), value: r.encode()})
				}
			}
		}
		for i := range lost {
			changes = append(changes, change{key: key("l/", lost[i].first), value: lost[i].encode()})
		}
		if err := j.commit("drop", changes); err != nil {
			return taken, err
		}
		taken += len(take)
	}
}

// Lost gives the runs that no gap names yet.
func (j *Journal) Lost() (out []Run) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range j.runs {
		if r.carrier == 0 {
			out = append(out, r)
		}
	}
	return out
}

// Stats is the journal in numbers.
type Stats struct {
	Pending, Receipted, Quarantined int
	Bytes                           int64
	Oldest                          int64 // Unix µs when the oldest pending batch closed; 0: none
	Covered                         uint64
}

// Stats is a snapshot.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := Stats{Pending: j.pending, Receipted: j.receipted, Quarantined: j.quarantine, Bytes: j.bytes, Covered: j.covered}
	for i := range j.entries {
		if j.entries[i].state == Pending {
			s.Oldest = j.entries[i].last
			break
		}
	}
	return s
}

// Every is how often the owner calls Trim.
const Every = 20 * time.Second
