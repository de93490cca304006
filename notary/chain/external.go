package chain

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// signerPatience is how long an external signer may take, at which a person may
// have to say yes.
const signerPatience = 2 * time.Minute

// external asks a signer elsewhere, by account_signTransaction and
// account_signTypedData, as Clef answers them. What comes back is held against
// what was asked: a signer that changes a word of it signs for somebody else.
type external struct {
	rpc     *rpc.Client
	address common.Address
}

// Address reads an account or contract, 0x and 40 hex digits.
func Address(s string) (a [20]byte, err error) {
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil || len(b) != len(a) {
		return a, fmt.Errorf("address %q: want 0x and 40 hex digits", s)
	}
	return [20]byte(b), nil
}

func openExternal(ctx context.Context, url, account string) (*Account, error) {
	address, err := Address(account)
	if err != nil {
		return nil, fmt.Errorf("external signer at %s: the account that it signs for: %w", url, err)
	}
	c, err := rpc.DialContext(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("external signer at %s: %w", url, err)
	}
	return &Account{address, &external{c, address}, false}, nil
}

func (e *external) transaction(ctx context.Context, chainID *big.Int, want *types.LegacyTx) (*types.Transaction, error) {
	ctx, stop := context.WithTimeout(ctx, signerPatience)
	defer stop()
	data := hexutil.Bytes(want.Data)
	args := &apitypes.SendTxArgs{
		From: common.NewMixedcaseAddress(e.address), Nonce: hexutil.Uint64(want.Nonce), Gas: hexutil.Uint64(want.Gas),
		GasPrice: (*hexutil.Big)(want.GasPrice), Value: hexutil.Big(*new(big.Int)), Input: &data, ChainID: (*hexutil.Big)(chainID),
	}
	if want.To != nil {
		to := common.NewMixedcaseAddress(*want.To)
		args.To = &to
	}
	var got struct {
		Raw hexutil.Bytes `json:"raw"`
	}
	if err := e.rpc.CallContext(ctx, &got, "account_signTransaction", args); err != nil {
		return nil, fmt.Errorf("external signer, account 0x%x: %w", e.address, err)
	}
	var tx types.Transaction
	if err := tx.UnmarshalBinary(got.Raw); err != nil {
		return nil, fmt.Errorf("external signer: transaction: %w", err)
	}
	from, err := types.Sender(types.LatestSignerForChainID(chainID), &tx)
	if err != nil {
		return nil, fmt.Errorf("external signer: transaction: %w", err)
	}
	asked := types.NewTx(want)
	sameTo := (tx.To() == nil) == (want.To == nil) && (want.To == nil || *tx.To() == *want.To)
	if from != e.address || tx.Type() != types.LegacyTxType || !tx.Protected() || tx.Nonce() != want.Nonce || tx.Gas() != want.Gas ||
		tx.GasPrice().Cmp(asked.GasPrice()) != 0 || tx.Value().Sign() != 0 || !sameTo || !bytes.Equal(tx.Data(), want.Data) {
		return nil, fmt.Errorf("external signer: it signed another transaction than was asked for (nonce %d, account 0x%x); approve what it shows unchanged", want.Nonce, e.address)
	}
	return &tx, nil
}

func (e *external) cosign(ctx context.Context, c Cosigned) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, signerPatience)
	defer stop()
	account := common.NewMixedcaseAddress(e.address)
	var got hexutil.Bytes
	if err := e.rpc.CallContext(ctx, &got, "account_signTypedData", &account, c.typed()); err != nil {
		return nil, fmt.Errorf("external signer, account 0x%x: %w", e.address, err)
	}
	if len(got) != 65 {
		return nil, errors.New("external signer: a signature has 65 bytes")
	}
	if got[64] >= 27 {
		got[64] -= 27
	}
	return got, nil
}
