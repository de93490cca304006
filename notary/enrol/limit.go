package enrol

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits of attempts to enrol.
const (
	attemptEvery = 6 * time.Second // of one address, lasting
	attemptBurst = 10
	totalEvery   = 250 * time.Millisecond // of all
	totalBurst   = 100
	maxAddresses = 4096
)

// Attempts bounds how often an address, and all of them together, may try a
// code. It is safe for concurrent use.
type Attempts struct {
	mu    sync.Mutex
	total *rate.Limiter
	by    map[string]*rate.Limiter
}

// NewAttempts allows each address a burst of 10 and then one every 6 s.
func NewAttempts() *Attempts {
	return &Attempts{total: rate.NewLimiter(rate.Every(totalEvery), totalBurst), by: map[string]*rate.Limiter{}}
}

// Allow counts an attempt from an address (without port) and reports whether it
// may go on.
func (a *Attempts) Allow(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.by[address]
	if l == nil {
		if len(a.by) >= maxAddresses {
			// Forgetting all at once is rare, and the total still holds.
			clear(a.by)
		}
		l = rate.NewLimiter(rate.Every(attemptEvery), attemptBurst)
		a.by[address] = l
	}
	return l.Allow() && a.total.Allow()
}
