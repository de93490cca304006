package consortium

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
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
		if head.Hash == first || head.Number < 3 {
			continue
		}
		if err := c.CallContext(ctx, nil, "debug_setHead", head.Number-2); err != nil {
			return back, fmt.Errorf("sealer %d: %w", i+1, err)
		}
		back = append(back, i)
	}
	if len(back) == 0 {
		err = errors.New("all sealers hold one head, and make no block")
	}
	return back, err
}
