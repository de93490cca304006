package check

import (
	"sync"

	"fieldseal/evidence/decimal"
)

// Board holds the newest value of each point of a gateway, for limits of one
// point that pause while another has a value. Samplers write it and read it, from
// many goroutines. A nil Board knows nothing and takes nothing.
type Board struct {
	mu     sync.RWMutex
	values map[string]standing
}

// standing is a value and since when it has stood.
type standing struct {
	value decimal.D
	since uint64 // boot time in µs of the first reading of it in a row
}

// NewBoard makes an empty board.
func NewBoard() *Board { return &Board{values: map[string]standing{}} }

// Set notes a reading of "device/name" at a boot time in µs.
func (b *Board) Set(point string, v decimal.D, at uint64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.values[point]; ok && old.value.Cmp(v) == 0 {
		return
	}
	b.values[point] = standing{v, at}
}

// since tells from when on a point has had a value without interruption.
func (b *Board) since(point string, v decimal.D) (at uint64, ok bool) {
	if b == nil {
		return 0, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	s, ok := b.values[point]
	return s.since, ok && s.value.Cmp(v) == 0
}
