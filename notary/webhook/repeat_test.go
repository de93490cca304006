package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/live"
)

// sent answers requests in memory.
type sent func(body string) (*http.Response, error)

func (s sent) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	return s(string(b))
}

// A delivery that is not taken is repeated under the rights that the maker has then.
func TestWhatTheMakerMaySeeNoMoreIsNotRepeated(t *testing.T) {
	one, two := batch.ID{1}, batch.ID{2}
	for name, c := range map[string]struct {
		rights []func(batch.ID) bool // at the nth request for them; past the end: none
		want   []string              // of the bodies
	}{
		"all rights end":      {nil, []string{`"first" "second"`}},
		"one site is left":    {[]func(batch.ID) bool{func(s batch.ID) bool { return s == two }}, []string{`"first" "second"`, `"second"`}},
		"they stay, then end": {[]func(batch.ID) bool{func(batch.ID) bool { return true }}, []string{`"first" "second"`, `"first" "second"`}},
	} {
		var got []string
		n := 0
		h := &Hooks{Config: Config{Patience: time.Minute, Backoff: time.Millisecond, Now: time.Now, Metrics: NewMetrics(nil), Logger: slog.New(slog.DiscardHandler),
			Maker: func(string) (Viewer, bool) {
				if n++; n > len(c.rights) {
					return nil, false
				}
				return some(c.rights[n-1]), true
			}}}
		h.guarded = &http.Client{Transport: sent(func(body string) (*http.Response, error) {
			var has []string
			for _, s := range []string{`"first"`, `"second"`} {
				if strings.Contains(body, s) {
					has = append(has, s)
				}
			}
			if got = append(got, strings.Join(has, " ")); len(got) > 9 {
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}
			return nil, errors.New("away")
		})}
		event := func(id uint64, site batch.ID) *live.Event {
			return &live.Event{ID: id, Kind: live.Admission, Header: &batch.Signed{Header: batch.Header{Site: site}}}
		}
		d := &Delivery{To: 2, Events: []Item{{1, "admission", []byte(`"first"`)}, {2, "admission", []byte(`"second"`)}}}
		x := &running{hook: Hook{Maker: "wang", URL: "https://receiver.example/in"}}
		if err := h.insist(context.Background(), x, d, []*live.Event{event(1, one), event(2, two)}); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, "; ") != strings.Join(c.want, "; ") || len(d.Events) != 0 || x.failing != 0 {
			t.Errorf("%s: sent %q, want %q; %d events left", name, got, c.want, len(d.Events))
		}
	}
}

type some func(batch.ID) bool

func (s some) Sees(id batch.ID) bool { return s(id) }
func (some) SeesAll() bool           { return false }

// The address of a hook may hold a secret; the log and the list are told its host.
func TestAnErrorTellsTheHostAndNotTheAddress(t *testing.T) {
	away := errors.New("no way there")
	h := &Hooks{Config: Config{Patience: time.Minute, Now: time.Now, Metrics: NewMetrics(nil)},
		free: &http.Client{Transport: sent(func(string) (*http.Response, error) { return nil, away })}}
	_, err := h.post(context.Background(), &running{hook: Hook{URL: "https://receiver.example/in/s3cret?token=s3cret"}}, "id", nil)
	if !errors.Is(err, away) || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "receiver.example") {
		t.Errorf("error %v", err)
	}
}
