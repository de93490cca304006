package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// Cosigned is what an organisation signs when it cosigns a checkpoint (EIP-712):
// the checkpoint, and the one contract of the one chain for which it does.
type Cosigned struct {
	ChainID  uint64
	Contract [20]byte // Anchors
	LogID    [32]byte
	Size     uint64
	Root     [32]byte
}

var (
	domainType     = crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	checkpointType = crypto.Keccak256([]byte("Checkpoint(bytes32 logId,uint64 size,bytes32 root)"))
	domainName     = crypto.Keccak256([]byte(cosignName))
	domainVersion  = crypto.Keccak256([]byte(cosignVersion))
)

const (
	cosignName    = "Fieldseal Anchors"
	cosignVersion = "1"
)

func abiWord(n uint64) []byte { return common.BigToHash(new(big.Int).SetUint64(n)).Bytes() }

// Digest is what is signed: the EIP-712 hash of domain and checkpoint.
func (c Cosigned) Digest() [32]byte {
	domain := crypto.Keccak256(domainType, domainName, domainVersion, abiWord(c.ChainID), common.LeftPadBytes(c.Contract[:], 32))
	checkpoint := crypto.Keccak256(checkpointType, c.LogID[:], abiWord(c.Size), c.Root[:])
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, domain, checkpoint)
}

// typed is the same as an external signer shows it to a person.
func (c Cosigned) typed() apitypes.TypedData {
	field := func(name, kind string) apitypes.Type { return apitypes.Type{Name: name, Type: kind} }
	return apitypes.TypedData{
		Types: apitypes.Types{
			"EIP712Domain": {field("name", "string"), field("version", "string"), field("chainId", "uint256"), field("verifyingContract", "address")},
			"Checkpoint":   {field("logId", "bytes32"), field("size", "uint64"), field("root", "bytes32")},
		},
		PrimaryType: "Checkpoint",
		Domain:      apitypes.TypedDataDomain{Name: cosignName, Version: cosignVersion, ChainId: (*math.HexOrDecimal256)(new(big.Int).SetUint64(c.ChainID)), VerifyingContract: hexutil.Encode(c.Contract[:])},
		Message:     apitypes.TypedDataMessage{"logId": hexutil.Encode(c.LogID[:]), "size": fmt.Sprint(c.Size), "root": hexutil.Encode(c.Root[:])},
	}
}

// Cosignature is r, s, v as the contract takes them: v 27 or 28, s in the lower half.
type Cosignature [65]byte

// Cosign signs a checkpoint with an organisation's cosigning account.
func (a *Account) Cosign(ctx context.Context, c Cosigned) (s Cosignature, err error) {
	raw, err := a.signer.cosign(ctx, c)
	if err != nil {
		return s, fmt.Errorf("cosign size %d: %w", c.Size, err)
	}
	if len(raw) != len(s) || raw[64] > 1 {
		return s, fmt.Errorf("cosign size %d: not a signature of r, s and 0 or 1", c.Size)
	}
	copy(s[:], raw)
	s[64] += 27
	by, err := c.By(s)
	if err != nil {
		return s, err
	}
	if by != a.Address() {
		return s, fmt.Errorf("cosign size %d: signed by 0x%x, not by 0x%x", c.Size, by, a.address)
	}
	return s, nil
}

var halfOrder = new(big.Int).Rsh(crypto.S256().Params().N, 1)

// By is the account that made a cosignature. An account comes out of most bytes:
// whether it cosigns for anyone is for the caller to ask.
func (c Cosigned) By(s Cosignature) (by [20]byte, err error) {
	if v := s[64]; v != 27 && v != 28 {
		return by, errors.New("cosignature: v is neither 27 nor 28")
	}
	if new(big.Int).SetBytes(s[32:64]).Cmp(halfOrder) > 0 {
		return by, errors.New("cosignature: s is in the upper half")
	}
	digest := c.Digest()
	raw := s
	raw[64] -= 27
	key, err := crypto.SigToPub(digest[:], raw[:])
	if err != nil {
		return by, fmt.Errorf("cosignature: %w", err)
	}
	return crypto.PubkeyToAddress(*key), nil
}

// sort joins cosignatures in the order that the contract asks for.
func (c Cosigned) sort(in []Cosignature) (out []byte, err error) {
	type one struct {
		by [20]byte
		s  Cosignature
	}
	all := make([]one, len(in))
	for i, s := range in {
		by, err := c.By(s)
		if err != nil {
			return nil, err
		}
		all[i] = one{by, s}
	}
	slices.SortFunc(all, func(a, b one) int { return bytes.Compare(a.by[:], b.by[:]) })
	for _, x := range all {
		out = append(out, x.s[:]...)
	}
	return out, nil
}
