package contracts

import (
	_ "embed"
	"encoding/hex"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

//go:embed Anchors.bin
var creation string

//go:embed Anchors.runtime.bin
var runtime string

// Creation is the code that deploys Anchors; it takes no arguments.
func Creation() []byte { return decode(creation) }

// Runtime is the code that Anchors has once deployed.
func Runtime() []byte { return decode(runtime) }

// CodeHash is keccak256 of Runtime.
func CodeHash() [32]byte { return crypto.Keccak256Hash(Runtime()) }

// AnchoredTopic is the first topic of the event Anchored.
func AnchoredTopic() common.Hash {
	return crypto.Keccak256Hash([]byte("Anchored(bytes32,uint64,bytes32)"))
}

func decode(s string) []byte {
	// The file is generated and a test reads it; an error here cannot happen.
	b, _ := hex.DecodeString(strings.TrimSpace(s))
	return b
}
