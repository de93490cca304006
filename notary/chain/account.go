package chain

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Account is an account on an EVM chain (secp256k1): the notary's, which sends
// anchors, or an organisation's, which decides or cosigns. Where its key lies is
// the signer's to know.
type Account struct {
	address common.Address
	signer  signer
	open    bool // the key lies unencrypted in its file
}

// signer signs for one account.
type signer interface {
	transaction(ctx context.Context, chainID *big.Int, tx *types.LegacyTx) (*types.Transaction, error)
	// cosign gives r, s, v (0 or 1) over a checkpoint.
	cosign(ctx context.Context, c Cosigned) ([]byte, error)
}

// Address is the account's address.
func (a *Account) Address() [20]byte { return a.address }

// LiesOpen says that the key stands unencrypted in its file, where everybody who
// reads the file has it.
func (a *Account) LiesOpen() bool { return a.open }

// sign makes a transaction that calls to, or creates a contract when to is
// nil. It is of the oldest type: every chain we know takes it.
func (a *Account) sign(ctx context.Context, chainID, price *big.Int, nonce, gas uint64, to *common.Address, data []byte) (*types.Transaction, error) {
	return a.signer.transaction(ctx, chainID, &types.LegacyTx{Nonce: nonce, GasPrice: price, Gas: gas, To: to, Data: data, Value: new(big.Int)})
}

// KeySource says where an account's key is: in a file, or with an external signer.
type KeySource struct {
	File       string // 64 hex digits, or an encrypted keystore (Web3 Secret Storage, version 3)
	Passphrase string // file whose first line opens the keystore; a passphrase is never a setting itself
	Signer     string // URL or socket of an external signer, such as Clef; then File is not used
	Account    string // 0x…, of the external signer
}

// Open makes the account ready. A key file that is not there is made: encrypted if
// there is a passphrase, else open.
func (k KeySource) Open(ctx context.Context) (*Account, error) {
	if k.Signer != "" {
		return openExternal(ctx, k.Signer, k.Account)
	}
	if k.Account != "" {
		return nil, errors.New("chain account: an account is named only beside an external signer")
	}
	b, err := readSecret(k.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if k.Passphrase == "" {
			return newAccount(k.File)
		}
		return NewKeystore(k.File, k.Passphrase, nil, false)
	case err != nil:
		return nil, err
	}
	if !strings.HasPrefix(strings.TrimSpace(string(b)), "{") {
		return plainAccount(k.File, b)
	}
	if k.Passphrase == "" {
		return nil, fmt.Errorf("chain account: %s is encrypted; name the file with its passphrase", k.File)
	}
	pass, err := readPassphrase(k.Passphrase)
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(b, pass)
	if err != nil {
		return nil, fmt.Errorf("chain account: %s with the passphrase of %s: %w", k.File, k.Passphrase, err)
	}
	return local(key.PrivateKey, false), nil
}

// OpenAccount reads an open key file (64 hex digits, mode 0600), or makes one,
// synced, where there is none.
func OpenAccount(path string) (*Account, error) {
	return KeySource{File: path}.Open(context.Background())
}

// NewKeystore writes a key, encrypted, into a file that must not be there. from is
// an open key file to take it from; nil: a new key. Light spends a hundredth of
// the work on the passphrase: for tests.
func NewKeystore(path, passphrase string, from *string, light bool) (*Account, error) {
	pass, err := readPassphrase(passphrase)
	if err != nil {
		return nil, err
	}
	var key *ecdsa.PrivateKey
	if from != nil {
		b, err := readSecret(*from)
		if err != nil {
			return nil, err
		}
		if key, err = parseKey(*from, b); err != nil {
			return nil, err
		}
	} else if key, err = crypto.GenerateKey(); err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	var id [16]byte // names the file to other tools, as a random UUID
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	n, p := keystore.StandardScryptN, keystore.StandardScryptP
	if light {
		n, p = keystore.LightScryptN, keystore.LightScryptP
	}
	b, err := keystore.EncryptKey(&keystore.Key{Id: id, Address: crypto.PubkeyToAddress(key.PublicKey), PrivateKey: key}, pass, n, p)
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	return local(key, false), writeSecret(path, b)
}

// readSecret reads a file that nobody else may read.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("chain account: %s has mode %04o, others may read it; chmod 600 it", path, info.Mode().Perm())
	}
	const most = 64 << 10
	if info.Size() > most {
		return nil, fmt.Errorf("chain account: %s is above %d bytes: no key", path, most)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	return b, nil
}

func readPassphrase(path string) (string, error) {
	b, err := readSecret(path)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("passphrase: the first line of %s is empty", path)
	}
	return line, nil
}

func parseKey(path string, b []byte) (*ecdsa.PrivateKey, error) {
	key, err := crypto.HexToECDSA(strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		return nil, fmt.Errorf("chain account: %s: %w; want 64 hex digits or a keystore", path, err)
	}
	return key, nil
}

func plainAccount(path string, b []byte) (*Account, error) {
	key, err := parseKey(path, b)
	if err != nil {
		return nil, err
	}
	return local(key, true), nil
}

func newAccount(path string) (*Account, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("chain account: %w", err)
	}
	return local(key, true), writeSecret(path, []byte(hex.EncodeToString(crypto.FromECDSA(key))+"\n"))
}

// writeSecret writes a file beside its place and moves it there, so that a crash
// leaves either nothing or the whole.
func writeSecret(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("chain account: %w", err)
	}
	_, err = f.Write(b)
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
		return fmt.Errorf("chain account: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// keyHere is a key in this process.
type keyHere struct{ key *ecdsa.PrivateKey }

func local(key *ecdsa.PrivateKey, open bool) *Account {
	return &Account{crypto.PubkeyToAddress(key.PublicKey), keyHere{key}, open}
}

func (k keyHere) transaction(_ context.Context, chainID *big.Int, tx *types.LegacyTx) (*types.Transaction, error) {
	return types.SignNewTx(k.key, types.LatestSignerForChainID(chainID), tx)
}

func (k keyHere) cosign(_ context.Context, c Cosigned) ([]byte, error) {
	digest := c.Digest()
	return crypto.Sign(digest[:], k.key)
}
