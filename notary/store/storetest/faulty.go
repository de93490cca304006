package storetest

import (
	"errors"
	"sync"

	"fieldseal/notary/store"
)

// ErrInjected is what a [Faulty] store answers at its breakpoint.
var ErrInjected = errors.New("injected fault")

// Fault says what happens at a breakpoint.
type Fault int

// The faults of one write.
const (
	Failed          Fault = iota + 1 // nothing was written
	FailedPersisted                  // everything was written, and an error returned all the same
)

func (f Fault) String() string {
	return map[Fault]string{Failed: "failed", FailedPersisted: "failed but persisted"}[f]
}

// Faulty is a store that counts its writes and fails at one of them.
type Faulty struct {
	store.Store
	mu     sync.Mutex
	writes int
	at     int
	fault  Fault
	// Before is called ahead of each write, with its number from 1.
	Before func(n int, g *store.Group)
}

// NewFaulty wraps a store without a breakpoint.
func NewFaulty(s store.Store) *Faulty { return &Faulty{Store: s} }

// Break sets the breakpoint at the nth write from now, from 1.
func (f *Faulty) Break(n int, how Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.fault = f.writes+n, how
}

// Writes is the number of writes asked for so far.
func (f *Faulty) Writes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.writes
}

// Commit implements store.Store.
func (f *Faulty) Commit(g *store.Group) error {
	f.mu.Lock()
	f.writes++
	n, broken, fault, before := f.writes, f.writes == f.at, f.fault, f.Before
	f.mu.Unlock()
	if before != nil {
		before(n, g)
	}
	if !broken {
		return f.Store.Commit(g)
	}
	if fault == FailedPersisted {
		if err := f.Store.Commit(g); err != nil {
			return err
		}
	}
	return ErrInjected
}
