package chain

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// EmbeddedID is the chain id of every embedded chain ("fs" in ASCII). Two of
// them differ by genesis hash, which holds the chain account.
const EmbeddedID = 0x6673

// genesis is our own, and must never change: the library's developer genesis
// turns on every fork and differs from release to release. Shanghai is the
// newest fork that asks for no system contracts and no blobs.
func genesis(account [20]byte) *core.Genesis {
	zero, shanghai := new(big.Int), uint64(0)
	return &core.Genesis{
		Config: &params.ChainConfig{
			ChainID:                 big.NewInt(EmbeddedID),
			HomesteadBlock:          zero,
			EIP150Block:             zero,
			EIP155Block:             zero,
			EIP158Block:             zero,
			ByzantiumBlock:          zero,
			ConstantinopleBlock:     zero,
			PetersburgBlock:         zero,
			IstanbulBlock:           zero,
			MuirGlacierBlock:        zero,
			BerlinBlock:             zero,
			LondonBlock:             zero,
			ArrowGlacierBlock:       zero,
			GrayGlacierBlock:        zero,
			TerminalTotalDifficulty: zero,
			ShanghaiTime:            &shanghai,
		},
		ExtraData:  []byte("fieldseal embedded chain"),
		GasLimit:   30_000_000,
		Difficulty: zero,
		BaseFee:    big.NewInt(params.InitialBaseFee),
		// More gas than the account can ever burn.
		Alloc: types.GenesisAlloc{common.Address(account): {Balance: new(big.Int).Lsh(big.NewInt(1), 200)}},
	}
}
