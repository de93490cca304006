package service

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/chain"
)

// grantPatience is how long a reader waits for the chain. Who cannot be told that a
// permission stands does not read.
const grantPatience = 3 * time.Second

// grants asks the chain's register for accounts that read by permission.
type grants struct {
	register *chain.Register
	out      *slog.Logger
	away     atomic.Bool // said once, until it answers again
}

// Stands implements accounts.Grants.
func (g *grants) Stands(since time.Time, grant [32]byte, site batch.ID, reader [32]byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), grantPatience)
	defer cancel()
	ok, err := g.register.MayRead(ctx, since, grant, site, reader)
	switch {
	case err != nil && !g.away.Swap(true):
		g.out.Warn("the chain does not say which permissions to read stand; who reads by one reads nothing until it does", "error", err)
	case err == nil && g.away.Swap(false):
		g.out.Info("permissions to read can be asked again")
	}
	return err == nil && ok
}
