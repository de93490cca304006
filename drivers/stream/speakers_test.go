package stream

import (
	"slices"
	"testing"
)

func TestAConnectionTakesThoseAwayThatSpokeOnItLast(t *testing.T) {
	var s Speakers[int]
	s.Heard("a", 1)
	s.Heard("c", 1)
	s.Heard("b", 1)
	s.Heard("b", 2) // it dialled in again
	if on := s.On(1); !slices.Equal(on, []string{"a", "c"}) {
		t.Errorf("on 1: %v", on)
	}
	if gone := s.Leave(1); !slices.Equal(gone, []string{"a", "c"}) {
		t.Errorf("with 1 went %v", gone)
	}
	if gone := s.Leave(1); len(gone) != 0 {
		t.Errorf("and again %v", gone)
	}
	if gone := s.Leave(2); !slices.Equal(gone, []string{"b"}) {
		t.Errorf("with 2 went %v", gone)
	}
}
