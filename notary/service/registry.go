package service

import (
	"errors"
	"fmt"
	"sync"

	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
	"fieldseal/notary/enrol"
	"fieldseal/notary/intake"
)

// enrolled is the register as intake asks it, with the keys parsed once.
type enrolled struct {
	registry *enrol.Registry

	mu    sync.RWMutex
	known map[batch.ID]intake.Gateway
}

func newEnrolled(r *enrol.Registry) *enrolled {
	e := &enrolled{registry: r, known: map[batch.ID]intake.Gateway{}}
	r.Watch(func(changed enrol.Entry) {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.known, changed.Gateway)
	})
	return e
}

// Enrolled implements intake.Registry.
func (e *enrolled) Enrolled(g batch.ID) (intake.Gateway, error) {
	e.mu.RLock()
	gw, ok := e.known[g]
	e.mu.RUnlock()
	if ok {
		return gw, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	// Asked under the lock: a change that comes meanwhile is told after it, and
	// then removes what is kept here.
	err := e.registry.Admit(g)
	if errors.Is(err, access.ErrPending) {
		return gw, fmt.Errorf("%w: %w", intake.ErrBusy, err)
	}
	entry, found := e.registry.Get(g)
	if !found {
		return gw, err
	}
	key, keyErr := entry.PublicKey()
	if keyErr != nil {
		return gw, fmt.Errorf("gateway %s: %w", g, keyErr)
	}
	gw = intake.Gateway{Site: entry.Site, Key: key, Refused: err}
	e.known[g] = gw
	return gw, nil
}
