package stream

import (
	"maps"
	"slices"
	"sync"
)

// Speakers keeps on which connection each instrument of a port was heard last, so that
// the end of a connection is told of those that it takes away and of no others. It is
// safe for many goroutines; its zero value has heard nobody.
type Speakers[C comparable] struct {
	mu sync.Mutex
	on map[string]C
}

// Heard notes that an instrument spoke on a connection.
func (s *Speakers[C]) Heard(id string, on C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on == nil {
		s.on = map[string]C{}
	}
	s.on[id] = on
}

// On are the instruments last heard on a connection, ascending.
func (s *Speakers[C]) On(c C) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.those(c)
}

// Leave forgets the instruments last heard on a connection that has ended, and gives
// them, ascending.
func (s *Speakers[C]) Leave(c C) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := s.those(c)
	for _, id := range gone {
		delete(s.on, id)
	}
	return gone
}

func (s *Speakers[C]) those(c C) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.on)), func(id string) bool { return s.on[id] != c })
}
