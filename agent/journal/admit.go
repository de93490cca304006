package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// Place is where the log has a batch.
type Place struct {
	Boot  record.BootID
	Seq   uint64
	Index uint64
}

// Admission is what a verified receipt says.
type Admission struct {
	Checkpoint batch.Checkpoint
	Note       []byte // Checkpoint as the log signed it
	Block      *batch.Block
	Covered    uint64
	Places     []Place
}

// Admit takes a verified receipt: checkpoint, block, covered size and places in
// one synced write. Block and covered size only grow; a batch that was refused
// before and is in the log after all is receipted.
func (j *Journal) Admit(a Admission) error {
	j.write.Lock()
	defer j.write.Unlock()
	var changes []change
	for _, p := range a.Places {
		c, err := j.restate(p.Boot, p.Seq, func(e *entry) bool {
			if e.state == Receipted {
				return false
			}
			e.state, e.index = Receipted, p.Index
			return true
		})
		if errors.Is(err, ErrAbsent) {
			continue // released and deleted since: a receipt come twice
		}
		if err != nil {
			return err
		}
		changes = append(changes, c...)
	}
	j.mu.Lock()
	if j.checkpoint == nil || *j.checkpoint != a.Checkpoint {
		v := binary.BigEndian.AppendUint64(nil, a.Checkpoint.Size)
		v = append(append(v, a.Checkpoint.Root[:]...), a.Note...)
		changes = append(changes, change{key: []byte("m/checkpoint"), value: v})
	}
	if b := a.Block; b != nil && (j.block == nil || b.Number > j.block.Number) {
		v := binary.BigEndian.AppendUint64(nil, b.Number)
		changes = append(changes, change{key: []byte("m/block"), value: append(v, b.Hash[:]...)})
	}
	// Runs whose gap is delivered need no second announcement.
	delivered := map[uint64]bool{}
	for _, p := range a.Places {
		delivered[j.boots[p.Boot]+p.Seq+1] = true
	}
	for _, r := range j.runs {
		if r.carrier != 0 && delivered[r.carrier] {
			changes = append(changes, change{key: key("l/", r.first)})
		}
	}
	if a.Covered > j.covered {
		changes = append(changes, change{key: []byte("m/covered"), value: binary.BigEndian.AppendUint64(nil, a.Covered)})
	}
	j.mu.Unlock()
	if len(changes) == 0 {
		return nil
	}
	return j.commit("admit", changes)
}

// Note is the newest checkpoint that a receipt proved, as the log signed it;
// nil: none yet.
func (j *Journal) Note() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.note
}

// Quarantine takes a refusal for good: the batch is kept and no longer sent.
func (j *Journal) Quarantine(boot record.BootID, seq uint64) error {
	j.write.Lock()
	defer j.write.Unlock()
	changes, err := j.restate(boot, seq, func(e *entry) bool {
		if e.state != Pending {
			return false
		}
		e.state = Quarantined
		return true
	})
	if err != nil || len(changes) == 0 {
		return err
	}
	return j.commit("quarantine", changes)
}

func (j *Journal) restate(boot record.BootID, seq uint64, edit func(*entry) bool) ([]change, error) {
	order, ok := j.find(boot, seq)
	if !ok {
		return nil, fmt.Errorf("batch %x/%d: %w", boot[:4], seq, ErrAbsent)
	}
	v, err := j.get(key("i/", order))
	if err != nil {
		return nil, err
	}
	e, _, root, err := decodeEntry(order, v)
	if err != nil || !edit(&e) {
		return nil, err
	}
	return []change{{key: key("i/", order), value: e.encode(boot, root)}}, nil
}
