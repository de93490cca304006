package consortium

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

// Unstick helps sealers on, all of which run, that make no block: Clique can stand
// still with two forks of one weight, each waiting for those who sealed the other
// one. Who does not hold the first sealer's block goes two blocks back, as an operator
// has it done (debug_setHead), and takes the first one's chain. It tells whom it set back.
func (w *Network) Unstick(ctx context.Context) (back []int, err error) {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	var first common.Hash
	for i, s := range w.Sealers {
		c, err := rpc.DialContext(ctx, s.URL)
		if err != nil {
			return back, err
		}
		defer c.Close()
		var head struct {
			Number hexutil.Uint64 `json:"number"`
			Hash   common.Hash    `json:"hash"`
		}
		if err := c.CallContext(ctx, &head, "eth_getBlockByNumber", "latest", false); err != nil {
			return back, fmt.Errorf("sealer %d: %w", i+1, err)
		}
		if i == 0 {
			first = head.Hash
		}
		if head.Hash == first {
			continue
		}
		if err := c.CallContext(ctx, nil, "debug_setHead", head.Number-min(2, head.Number)); err != nil {
			return back, fmt.Errorf("sealer %d: %w", i+1, err)
		}
		back = append(back, i)
	}
	if len(back) == 0 {
		err = errors.New("all sealers hold one head, and make no block")
	}
	return back, err
}

// standstill is after how long without a block a chain of a second's period is helped on.
const standstill = 20 * time.Second

// Tended runs f, and helps the chain on while it stands still meanwhile. It is for what
// disturbs no sealer itself; tell is told of each time.
func (w *Network) Tended(ctx context.Context, tell func(format string, args ...any), f func()) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(2 * time.Second)
		defer tick.Stop()
		last, since := w.head(ctx), time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			switch n := w.head(ctx); {
			case n != last:
				last, since = n, time.Now()
			case time.Since(since) > standstill && ctx.Err() == nil:
				back, err := w.Unstick(ctx)
				tell("the chain stands at block %d; set back sealers %v, %v", n, back, err)
				since = time.Now()
			}
		}
	}()
	defer func() {
		stop()
		<-ended
	}()
	f()
}

// head is the newest block of the first sealer; 0 while it does not answer.
func (w *Network) head(ctx context.Context) uint64 {
	ctx, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	c, err := ethclient.DialContext(ctx, w.Sealers[0].URL)
	if err != nil {
		return 0
	}
	defer c.Close()
	n, _ := c.BlockNumber(ctx)
	return n
}
