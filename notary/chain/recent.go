package chain

import (
	"sync"

	"fieldseal/evidence/anchor"
)

// recentBlocks is how many blocks are remembered with their seals, about 2.5 kB each
// on Clique: some hours of what receipts name to gateways.
const recentBlocks = 2048

// recent remembers blocks with what makes them believable, so that evidence can be
// shown while the chain is away. Its zero value is ready.
type recent struct {
	mu    sync.Mutex
	known map[[32]byte]anchor.Block
	order [][32]byte // by age, a ring once it is full
	next  int
}

func (r *recent) keep(hash [32]byte, b anchor.Block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[[32]byte]anchor.Block{}
	}
	if _, again := r.known[hash]; again {
		return
	}
	if len(r.order) < recentBlocks {
		r.order = append(r.order, hash)
	} else {
		delete(r.known, r.order[r.next])
		r.order[r.next] = hash
		r.next = (r.next + 1) % recentBlocks
	}
	r.known[hash] = b
}

// Remembered is a block of others' chain as this process sealed it before.
func (c *Chain) Remembered(hash [32]byte) (anchor.Block, bool) {
	c.recent.mu.Lock()
	defer c.recent.mu.Unlock()
	b, ok := c.recent.known[hash]
	return b, ok
}

// forget is for another belief about who seals.
func (r *recent) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known, r.order, r.next = nil, nil, 0
}
