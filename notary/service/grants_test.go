package service

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/notary/accounts"
)

// node is a register whose node may hang or be away.
type node struct {
	stands map[[32]byte]bool
	away   bool
	hangs  bool
	asked  int
}

func (n *node) MayRead(ctx context.Context, _ time.Time, grant [32]byte, _ [16]byte, _ [32]byte) (bool, error) {
	n.asked++
	if n.hangs {
		<-ctx.Done()
		return false, ctx.Err()
	}
	if n.away {
		return false, errors.New("away")
	}
	return n.stands[grant], nil
}

func TestAnAnswerOfTheChainServesStreamsForSecondsAndRequestsNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := accounts.Permitted{Grant: [32]byte{1}}
		n := &node{stands: map[[32]byte]bool{p.Grant: true}}
		g := &grants{register: n, said: map[accounts.Permitted]said{}, out: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- g.run(ctx, func() []accounts.Permitted { return []accounts.Permitted{p} }) }()
		want := func(stands bool, when string) {
			t.Helper()
			synctest.Wait()
			if g.Stands(p) != stands {
				t.Fatalf("%s: stands is %v", when, !stands)
			}
		}
		want(false, "before anybody asked")
		time.Sleep(grantsAgain)
		want(true, "asked by itself")
		time.Sleep(time.Minute)
		want(true, "asked again and again")
		n.hangs = true
		began := time.Now()
		if err := g.Ask(ctx, []accounts.Permitted{p}); err == nil || time.Since(began) > grantPatience {
			t.Fatalf("a request waited %v for a node that hangs: %v", time.Since(began), err)
		}
		want(true, "within the time that an answer serves")
		time.Sleep(grantsLast)
		want(false, "the node has hung for longer")
		n.hangs, n.away = false, true
		time.Sleep(grantsLast)
		want(false, "the node is away")
		n.away = false
		time.Sleep(grantPatience + grantsAgain)
		want(true, "the node is back")
		n.stands[p.Grant] = false
		if err := g.Ask(ctx, []accounts.Permitted{p}); err != nil {
			t.Fatal(err)
		}
		want(false, "the first request after it was taken back")
		asked, leave := context.WithCancel(ctx)
		leave()
		n.hangs = true
		if err := g.Ask(asked, []accounts.Permitted{p}); !errors.Is(err, context.Canceled) || g.away {
			t.Fatalf("one who left says nothing of the chain: %v, away %v", err, g.away)
		}
		n.hangs = false
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatNobodyReadsByIsForgotten(t *testing.T) {
	g := &grants{register: &node{}, said: map[accounts.Permitted]said{}, out: slog.New(slog.DiscardHandler)}
	var all []accounts.Permitted
	for i := range 100 {
		all = append(all, accounts.Permitted{Grant: [32]byte{byte(i), 1}})
	}
	if err := g.Ask(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	g.forget(all[:3])
	if len(g.said) != 3 {
		t.Errorf("%d are kept", len(g.said))
	}
}
