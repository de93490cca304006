package peers

import (
	"errors"
	"strings"
	"testing"
)

// recorder stands in for a test and notes how Need ended it.
type recorder struct {
	testing.TB
	skipped, failed string
}

type ended struct{}

func (r *recorder) Helper() {}
func (r *recorder) Skip(args ...any) {
	r.skipped = args[0].(string)
	panic(ended{})
}
func (r *recorder) Fatal(args ...any) {
	r.failed = args[0].(string)
	panic(ended{})
}

func need(r *recorder, p Peer) (paths []string) {
	defer func() {
		if e := recover(); e != nil && e != (ended{}) {
			panic(e)
		}
	}()
	return Need(r, p)
}

var (
	missing = Peer{"abacus", "the attic", func() (string, error) { return "", errors.New("not found") }}
	present = Peer{"pencil", "the desk", func() (string, error) { return "/desk/pencil", nil }}
)

func TestMissingPeerIsSkippedOnABareMachineAndSaysWhereItComesFrom(t *testing.T) {
	t.Setenv("CI", "")
	t.Setenv("FIELDSEAL_PEERS", "")
	r := &recorder{TB: t}
	need(r, missing)
	if !strings.Contains(r.skipped, "abacus") || !strings.Contains(r.skipped, "the attic") || r.failed != "" {
		t.Fatalf("skipped %q, failed %q", r.skipped, r.failed)
	}
}

func TestMissingPeerFailsWhereItIsRequired(t *testing.T) {
	for _, env := range [][2]string{{"CI", "true"}, {"FIELDSEAL_PEERS", "required"}} {
		t.Run(env[0], func(t *testing.T) {
			t.Setenv("CI", "")
			t.Setenv("FIELDSEAL_PEERS", "")
			t.Setenv(env[0], env[1])
			r := &recorder{TB: t}
			need(r, missing)
			if r.failed == "" || r.skipped != "" {
				t.Fatalf("skipped %q, failed %q", r.skipped, r.failed)
			}
		})
	}
}

func TestPresentPeerGivesItsPath(t *testing.T) {
	r := &recorder{TB: t}
	if got := need(r, present); len(got) != 1 || got[0] != "/desk/pencil" || r.skipped+r.failed != "" {
		t.Fatalf("got %q, skipped %q, failed %q", got, r.skipped, r.failed)
	}
}
