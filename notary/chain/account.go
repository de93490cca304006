package chain

import (
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Account is the key that sends the notary's transactions (secp256k1). It
// signs nothing else.
type Account struct {
	key     *ecdsa.PrivateKey
	address common.Address
}

// OpenAccount reads the chain account's key file (64 hex digits, mode 0600),
// or makes one, synced, where there is none.
func OpenAccount(path string) (*Account, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newAccount(path)
	case err != nil:
		return nil, fmt.Errorf("chain account: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("chain account: %s has mode %04o, others may read the key; chmod 600 it", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	key, err := crypto.HexToECDSA(strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		return nil, fmt.Errorf("chain account: %s: %w; want 64 hex digits", path, err)
	}
	return &Account{key, crypto.PubkeyToAddress(key.PublicKey)}, nil
}

// newAccount writes the key beside its place and moves it there, so that a
// crash leaves either no key or a whole one.
func newAccount(path string) (_ *Account, err error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	_, err = f.WriteString(hex.EncodeToString(crypto.FromECDSA(key)) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		// Link, unlike rename, never replaces a key that came to be meanwhile.
		err = os.Link(f.Name(), path)
	}
	err = errors.Join(err, os.Remove(f.Name()))
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	return &Account{key, crypto.PubkeyToAddress(key.PublicKey)}, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Address is the account's address.
func (a *Account) Address() [20]byte { return a.address }

// sign makes a transaction that calls to, or creates a contract when to is
// nil. It is of the oldest type: every chain we know takes it.
func (a *Account) sign(chainID, price *big.Int, nonce, gas uint64, to *common.Address, data []byte) (*types.Transaction, error) {
	return types.SignNewTx(a.key, types.LatestSignerForChainID(chainID), &types.LegacyTx{
		Nonce: nonce, GasPrice: price, Gas: gas, To: to, Data: data,
	})
}
