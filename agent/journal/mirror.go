package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Format is the version of what lies on disk.
const Format = 1

// State is what became of a batch.
type State uint8

// The states on disk. A receipted batch that the newest final anchor covers is
// released: that follows from its index and is not written.
const (
	Pending     State = 0 // neither receipt nor refusal
	Receipted   State = 1 // proved to be in the log
	Quarantined State = 2 // refused for good
)

// entry is the index of one batch.
type entry struct {
	order, seq  uint64
	index       uint64 // in the log, once receipted
	first, last int64  // Unix µs
	size        uint32 // of the payload
	state       State
	gone        bool // the bound took the payload
	alarm       bool // an alarm closed it
}

// Bits of an index's third byte.
const (
	flagGone  = 1
	flagAlarm = 2
)

const entrySize = 1 + 1 + 1 + 16 + 8 + 8 + 8 + 8 + 4 + 32

func (e *entry) encode(boot record.BootID, root merkle.Hash) []byte {
	b := make([]byte, 0, entrySize)
	b = append(b, Format, byte(e.state), 0)
	if e.gone {
		b[2] |= flagGone
	}
	if e.alarm {
		b[2] |= flagAlarm
	}
	b = append(b, boot[:]...)
	b = binary.BigEndian.AppendUint64(b, e.seq)
	b = binary.BigEndian.AppendUint64(b, e.index)
	b = binary.BigEndian.AppendUint64(b, uint64(e.first))
	b = binary.BigEndian.AppendUint64(b, uint64(e.last))
	b = binary.BigEndian.AppendUint32(b, e.size)
	return append(b, root[:]...)
}

func decodeEntry(order uint64, b []byte) (e entry, boot record.BootID, root merkle.Hash, err error) {
	if len(b) != entrySize || b[0] != Format || State(b[1]) > Quarantined || b[2] > flagGone|flagAlarm {
		return e, boot, root, fmt.Errorf("index of batch %d: %d bytes that begin with % x are no index of format %d", order, len(b), b[:min(len(b), 3)], Format)
	}
	e = entry{order: order, state: State(b[1]), gone: b[2]&flagGone != 0, alarm: b[2]&flagAlarm != 0,
		seq:   binary.BigEndian.Uint64(b[19:]),
		index: binary.BigEndian.Uint64(b[27:]),
		first: int64(binary.BigEndian.Uint64(b[35:])),
		last:  int64(binary.BigEndian.Uint64(b[43:])),
		size:  binary.BigEndian.Uint32(b[51:])}
	copy(boot[:], b[3:])
	copy(root[:], b[55:])
	return e, boot, root, nil
}

// weight is what the entry counts against the bound.
func (e *entry) weight() int64 {
	if e.gone {
		return 0
	}
	return int64(e.size)
}

// Run is a stretch of batches of one boot whose payload the bound took before
// they were delivered.
type Run struct {
	Boot     record.BootID
	Seq      uint64 // of the first
	Count    uint64
	From, To int64  // Unix µs: the first opened, the last closed
	first    uint64 // order
	carrier  uint64 // order + 1 of the batch whose gap names the run; 0: none yet
}

const runSize = 16 + 5*8

func (r *Run) encode() []byte {
	b := append(make([]byte, 0, runSize), r.Boot[:]...)
	for _, n := range [...]uint64{r.Seq, r.Count, uint64(r.From), uint64(r.To), r.carrier} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func decodeRun(first uint64, b []byte) (r Run, err error) {
	if len(b) != runSize {
		return r, fmt.Errorf("lost run %d has %d bytes", first, len(b))
	}
	n := func(i int) uint64 { return binary.BigEndian.Uint64(b[16+8*i:]) }
	r = Run{Seq: n(0), Count: n(1), From: int64(n(2)), To: int64(n(3)), carrier: n(4), first: first}
	copy(r.Boot[:], b)
	return r, nil
}

// Gap is the record that announces the run.
func (r *Run) Gap(mono uint64) *record.Gap {
	return &record.Gap{From: r.From, To: r.To, Cause: record.CauseJournal, Mono: mono,
		Lost: &record.LostRun{Boot: r.Boot, First: r.Seq, Last: r.Seq + r.Count - 1}}
}

// mirror is what memory holds of the disk.
type mirror struct {
	format     byte
	last       *Last
	checkpoint *batch.Checkpoint
	note       []byte // checkpoint, signed
	block      *batch.Block
	covered    uint64
	entries    []entry                  // not released, ascending by order
	boots      map[record.BootID]uint64 // order of sequence 0
	alarms     []uint64                 // orders of pending entries that an alarm closed, ascending
	runs       []Run                    // ascending by order
	configs    map[merkle.Hash]struct{}
	standing   map[string]decimal.D // points whose alarm stands, with the limit passed
	bytes      int64                // of all payloads on disk
	released   int64                // of these, of released batches
	receipted  int                  // entries that wait only for an anchor
	pending    int
	quarantine int
}

func newMirror() mirror {
	return mirror{boots: map[record.BootID]uint64{}, configs: map[merkle.Hash]struct{}{}}
}

// apply takes one change into memory. Open and commit both call it, and nothing
// else changes the mirror.
func (m *mirror) apply(c change) error {
	if !fits(c.key) {
		return fmt.Errorf("key %q has %d bytes", c.key, len(c.key))
	}
	switch string(c.key[:2]) {
	case "i/":
		return m.applyEntry(orderOf(c.key), c)
	case "l/":
		first := orderOf(c.key)
		at, have := slices.BinarySearchFunc(m.runs, first, func(r Run, o uint64) int { return cmpOrder(int64(r.first), int64(o)) })
		if have {
			m.runs = slices.Delete(m.runs, at, at+1)
		}
		if c.value == nil {
			return nil
		}
		r, err := decodeRun(first, c.value)
		if err != nil {
			return err
		}
		m.runs = slices.Insert(m.runs, at, r)
	case "c/":
		var root merkle.Hash
		copy(root[:], c.key[2:])
		if c.value == nil {
			delete(m.configs, root)
		} else {
			m.configs[root] = struct{}{}
		}
	case "m/":
		return m.applyMeta(string(c.key[2:]), c.value)
	}
	return nil
}

// fits reports whether a key is as long as those of its kind.
func fits(key []byte) bool {
	if len(key) < 2 {
		return false
	}
	switch key[0] {
	case 'i', 'l':
		return len(key) == 2+8
	case 'c':
		return len(key) == 2+32
	}
	return true
}

func (m *mirror) applyMeta(name string, v []byte) error {
	bad := fmt.Errorf("%q has %d bytes", name, len(v))
	switch name {
	case "format":
		if len(v) != 1 {
			return bad
		}
		m.format = v[0]
	case "last":
		if len(v) < 10 || len(v) < 10+int(binary.BigEndian.Uint16(v[8:])) {
			return bad
		}
		n := 10 + int(binary.BigEndian.Uint16(v[8:]))
		h, err := batch.ParseHeader(slices.Clone(v[10:n]))
		if err != nil {
			return fmt.Errorf("last header: %w", err)
		}
		m.last = &Last{Header: h, Machine: string(v[n:]), order: binary.BigEndian.Uint64(v)}
	case "checkpoint":
		if len(v) < 40 {
			return bad
		}
		m.checkpoint = &batch.Checkpoint{Size: binary.BigEndian.Uint64(v), Root: merkle.Hash(v[8:40])}
		if m.note = nil; len(v) > 40 {
			m.note = slices.Clone(v[40:])
		}
	case "block":
		if len(v) != 40 {
			return bad
		}
		m.block = &batch.Block{Number: binary.BigEndian.Uint64(v), Hash: [32]byte(v[8:])}
	case "covered":
		if len(v) != 8 {
			return bad
		}
		m.covered = binary.BigEndian.Uint64(v)
		m.forget()
	case "alarms":
		var err error
		m.standing, err = decodeStanding(v)
		return err
	default:
		return errors.New("unknown key m/" + name)
	}
	return nil
}

func (m *mirror) applyEntry(order uint64, c change) error {
	at, have := slices.BinarySearchFunc(m.entries, order, func(e entry, o uint64) int { return cmpOrder(int64(e.order), int64(o)) })
	if have {
		m.count(&m.entries[at], -1)
	}
	if c.value == nil {
		// Only released batches are deleted, and those memory knows as a sum.
		m.bytes -= c.freed
		m.released -= c.freed
		return nil
	}
	e, boot, _, err := decodeEntry(order, c.value)
	if err != nil {
		return err
	}
	m.boots[boot] = order - e.seq
	m.count(&e, 1)
	switch {
	case m.isReleased(&e):
		if have {
			m.entries = slices.Delete(m.entries, at, at+1)
		}
	case have:
		m.entries[at] = e
	default:
		m.entries = slices.Insert(m.entries, at, e)
	}
	return nil
}

func (m *mirror) isReleased(e *entry) bool { return e.state == Receipted && e.index < m.covered }

func (m *mirror) count(e *entry, sign int) {
	if e.alarm && e.state == Pending {
		switch at, have := slices.BinarySearch(m.alarms, e.order); {
		case sign > 0 && !have:
			m.alarms = slices.Insert(m.alarms, at, e.order)
		case sign < 0 && have:
			m.alarms = slices.Delete(m.alarms, at, at+1)
		}
	}
	m.bytes += int64(sign) * e.weight()
	switch {
	case m.isReleased(e):
		m.released += int64(sign) * e.weight()
	case e.state == Receipted:
		m.receipted += sign
	case e.state == Pending:
		m.pending += sign
	case e.state == Quarantined:
		m.quarantine += sign
	}
}

// forget drops from memory what the new covered size releases.
func (m *mirror) forget() {
	if m.receipted == 0 {
		return
	}
	m.entries = slices.DeleteFunc(m.entries, func(e entry) bool {
		if !m.isReleased(&e) {
			return false
		}
		m.receipted--
		m.released += e.weight()
		return true
	})
}

func (m *mirror) entry(order uint64) *entry {
	at, have := slices.BinarySearchFunc(m.entries, order, func(e entry, o uint64) int { return cmpOrder(int64(e.order), int64(o)) })
	if !have {
		return nil
	}
	return &m.entries[at]
}
