package intake

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"

	"fieldseal/evidence/batch"
	"fieldseal/notary/store"
)

// Bounds of what is kept of refused messages.
const (
	MaxRefused = 1000 // messages; the oldest go first
	keptRate   = 0.1  // a second of one gateway, lasting
	keptBurst  = 20
)

// Refused is a message that was refused for good, as it came.
type Refused struct {
	Gateway batch.ID `json:"gateway"`
	Class   string   `json:"class"`
	Reason  string   `json:"reason"`
	At      int64    `json:"at"` // Unix µs
	Message []byte   `json:"message"`
}

// refused numbers what is kept, so that the bound is a range of keys.
type refused struct {
	mu          sync.Mutex
	first, next uint64
}

func openRefused(s store.Store) (*refused, error) {
	r := &refused{}
	for _, end := range []struct {
		reverse bool
		set     func(n uint64)
	}{{false, func(n uint64) { r.first = n }}, {true, func(n uint64) { r.next = n + 1 }}} {
		for kv, err := range s.Rows(store.TableRefused, store.Range{Reverse: end.reverse, Limit: 1}) {
			if err != nil {
				return nil, err
			}
			if len(kv.Key) != 8 {
				return nil, fmt.Errorf("refused message under a key of %d bytes", len(kv.Key))
			}
			end.set(binary.BigEndian.Uint64(kv.Key))
		}
	}
	return r, nil
}

func (r *refused) keep(s store.Store, m Refused) error {
	v, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	g := &store.Group{Rows: []store.Put{{Table: store.TableRefused, Key: key(r.next), Value: v}}}
	first := r.first
	for ; r.next+1-first > MaxRefused; first++ {
		g.Rows = append(g.Rows, store.Put{Table: store.TableRefused, Key: key(first)})
	}
	if err := s.Commit(g); err != nil {
		return err
	}
	r.first, r.next = first, r.next+1
	return nil
}

// ListRefused gives the newest refused messages that are kept, newest first.
func ListRefused(s store.Store, limit int) ([]Refused, error) {
	var out []Refused
	for kv, err := range s.Rows(store.TableRefused, store.Range{Reverse: true, Limit: limit}) {
		if err != nil {
			return nil, fmt.Errorf("refused messages: %w", err)
		}
		var m Refused
		if err := json.Unmarshal(kv.Value, &m); err != nil {
			return nil, fmt.Errorf("refused messages: row %x: %w", kv.Key, err)
		}
		out = append(out, m)
	}
	return out, nil
}
