package contracts

import (
	_ "embed"
	"encoding/hex"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

var (
	//go:embed Anchors.bin
	anchorsCreation string
	//go:embed Anchors.runtime.bin
	anchorsRuntime string
	//go:embed Governance.bin
	governanceCreation string
	//go:embed Governance.runtime.bin
	governanceRuntime string
	//go:embed Registry.bin
	registryCreation string
	//go:embed Registry.runtime.bin
	registryRuntime string
)

// Unbounded is a rate of growth that no log reaches, for a log whose writer needs
// no bound: the same operator governs it.
const Unbounded = 1<<48 - 1

// Creation is the code that deploys Anchors under a governor.
func Creation(governor [20]byte) []byte {
	return append(decode(anchorsCreation), NewAnchors().PackConstructor(governor)...)
}

// GovernanceCreation is the code that deploys Governance. Period is in seconds.
func GovernanceCreation(first []GovernanceOrganisation, threshold uint32, period uint64) []byte {
	return append(decode(governanceCreation), NewGovernance().PackConstructor(first, threshold, period)...)
}

// RegistryCreation is the code that deploys Registry under a governor.
func RegistryCreation(governor [20]byte) []byte {
	return append(decode(registryCreation), NewRegistry().PackConstructor(governor)...)
}

// Runtime is the code that Anchors has once deployed.
func Runtime() []byte { return decode(anchorsRuntime) }

// CodeHash is keccak256 of Runtime.
func CodeHash() [32]byte { return crypto.Keccak256Hash(Runtime()) }

// GovernanceCodeHash is keccak256 of the code that Governance has once deployed.
func GovernanceCodeHash() [32]byte { return crypto.Keccak256Hash(decode(governanceRuntime)) }

// RegistryCodeHash is keccak256 of the code that Registry has once deployed.
func RegistryCodeHash() [32]byte { return crypto.Keccak256Hash(decode(registryRuntime)) }

// first is the code hash of the contract Anchors before it knew organisations.
// Its calls are a part of today's, and its slots are the same, so a log that
// is anchored there goes on.
var first = common.HexToHash("0x2a83c9909021507829912c210746dcca0ed12b5940fc7429899b9a765a347d40")

// KnowsNoOrganisations says whether a code hash is that of the generation whose
// logs have a writer and no other rules.
func KnowsNoOrganisations(hash [32]byte) bool { return hash == first }

// asking is the code hash of Anchors as it asked its governor who cosigns. Its calls
// and slots are today's.
var asking = common.HexToHash("0x0cee4843a37d0779bbd313d48b8b5abd088c06c13bee300d7c8a1484a8cbaeb8")

// Known says whether a code hash is that of Anchors as it is or once was.
func Known(hash [32]byte) bool { return hash == CodeHash() || hash == asking || hash == first }

// AnchoredTopic is the first topic of the event Anchored.
func AnchoredTopic() common.Hash {
	return crypto.Keccak256Hash([]byte("Anchored(bytes32,uint64,bytes32)"))
}

func decode(s string) []byte {
	// The file is generated and a test reads it; an error here cannot happen.
	b, _ := hex.DecodeString(strings.TrimSpace(s))
	return b
}
