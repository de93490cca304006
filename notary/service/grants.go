package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fieldseal/notary/accounts"
)

// How the chain is asked for permissions to read.
const (
	grantPatience = 3 * time.Second // a request waits so long; then nobody reads by permission
	grantsAgain   = time.Second     // between two questions while streams are open
	grantsLast    = 5 * time.Second // an answer serves a stream so long, while the chain is away
)

// register is the contract Registry; [chain.Register] is one.
type register interface {
	MayRead(ctx context.Context, since time.Time, grant [32]byte, site [16]byte, grantee [32]byte) (bool, error)
}

// grants asks the chain's register for accounts that read by permission. It is safe for
// concurrent use.
type grants struct {
	register register
	out      *slog.Logger

	mu   sync.Mutex
	said map[accounts.Permitted]said
	away bool // said once, until it answers again
}

// said is what the chain said of a permission.
type said struct {
	stands bool
	at     time.Time // when it was asked
}

// Ask implements accounts.Grants.
func (g *grants) Ask(ctx context.Context, of []accounts.Permitted) error {
	asking, cancel := context.WithTimeout(ctx, grantPatience)
	defer cancel()
	since := time.Now()
	for _, p := range of {
		stands, err := g.register.MayRead(asking, since, p.Grant, p.Site, p.Reader)
		if ctx.Err() != nil {
			return ctx.Err() // who asked has gone: that says nothing of the chain
		}
		g.tell(err)
		if err != nil {
			return err
		}
		g.mu.Lock()
		if !since.Before(g.said[p].at) {
			g.said[p] = said{stands, since}
		}
		g.mu.Unlock()
	}
	return nil
}

// tell says once that the chain does not answer, and once that it does again.
func (g *grants) tell(err error) {
	g.mu.Lock()
	was := g.away
	g.away = err != nil
	g.mu.Unlock()
	switch {
	case err != nil && !was:
		g.out.Warn("the chain does not say which permissions to read stand; who reads by one reads nothing until it does", "error", err)
	case err == nil && was:
		g.out.Info("permissions to read can be asked again")
	}
}

// Stands implements accounts.Grants.
func (g *grants) Stands(p accounts.Permitted) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.said[p]
	return s.stands && time.Since(s.at) < grantsLast
}

// run asks again and again for what streams, webhooks and live values go by.
func (g *grants) run(ctx context.Context, of func() []accounts.Permitted) error {
	t := time.NewTicker(grantsAgain)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		all := of()
		g.forget(all)
		_ = g.Ask(ctx, all) // told by Ask; what was said grows old
	}
}

// forget drops what was said of permissions that nobody reads by any more.
func (g *grants) forget(all []accounts.Permitted) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.said) <= 2*len(all) {
		return
	}
	kept := map[accounts.Permitted]said{}
	for _, p := range all {
		if s, ok := g.said[p]; ok {
			kept[p] = s
		}
	}
	g.said = kept
}
