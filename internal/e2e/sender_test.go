//go:build peers

package e2e

import (
	"context"
	"testing"
	"time"

	"fieldseal/evidence/merkle"
	"fieldseal/internal/rig"
	"fieldseal/simulators/fleet"
)

// sender is a gateway of the fleet that is connected to a rig's notary and seals
// what a test tells it to.
type sender struct {
	*fleet.Gateway
	line   *fleet.Session
	load   fleet.Load
	config merkle.Hash
}

// newSender enrols and connects one, and sends its configuration.
func newSender(t *testing.T, ctx context.Context, r *rig.Rig, load fleet.Load) *sender {
	t.Helper()
	code, err := r.Code(ctx, "fleet", "Fleet", "gw-1")
	if err != nil {
		t.Fatal(err)
	}
	s := &sender{load: load}
	if s.Gateway, err = fleet.Enrol(ctx, r.HTTP, code, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.WaitEnrolled(ctx, s.ID.String()); err != nil {
		t.Fatal(err)
	}
	if s.line, err = s.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.line.Close() })
	config, root, err := s.Config(load)
	if err != nil {
		t.Fatal(err)
	}
	s.config = root
	if err := s.line.Publish(config); err != nil {
		t.Fatal(err)
	}
	return s
}

// send seals a batch of now and hands it to the line; it has so many bytes.
func (s *sender) send(t *testing.T) int {
	t.Helper()
	m, _, err := s.Seal(s.load, s.config, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.line.Publish(m); err != nil {
		t.Fatal(err)
	}
	return len(m)
}
