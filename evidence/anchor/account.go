package anchor

import "encoding/binary"

// MaxNode bounds a trie node, in bytes: a branch of 17 items takes 532. And
// MaxDepth bounds the nodes of one proof: a 32-byte key has 64 nibbles.
const (
	MaxNode  = 1 << 10
	MaxDepth = 65
)

// Account is a contract's entry in the state trie.
type Account struct {
	Nonce       uint64
	StorageRoot [32]byte
	CodeHash    [32]byte
}

// FindAccount walks an account proof of EIP-1186 under a header's state root.
// Found false means that the proof shows no such account.
func FindAccount(stateRoot [32]byte, address [20]byte, nodes [][]byte) (a Account, found bool, err error) {
	if err := checkNodes(nodes); err != nil {
		return a, false, wrap("account proof", err)
	}
	key := Keccak(address[:])
	v, found, err := walk(stateRoot, key[:], nodes)
	if err != nil || !found {
		return a, false, wrap("account proof", err)
	}
	a, err = parseAccount(v)
	return a, err == nil, wrap("account proof", err)
}

func parseAccount(v []byte) (a Account, err error) {
	items, err := readWhole(v)
	if err != nil {
		return a, err
	}
	if len(items) != 4 {
		return a, malformed("account of %d fields, want 4", len(items))
	}
	if a.Nonce, err = items[0].uint64("nonce"); err != nil {
		return a, err
	}
	if _, err = items[1].integer("balance", 32); err != nil {
		return a, err
	}
	if a.StorageRoot, err = items[2].hash("storageRoot"); err != nil {
		return a, err
	}
	a.CodeHash, err = items[3].hash("codeHash")
	return a, err
}

// FindStorage walks a storage proof of EIP-1186 under an account's storage
// root. Found false means that the proof shows the slot to be zero.
func FindStorage(storageRoot [32]byte, slot [32]byte, nodes [][]byte) (value [32]byte, found bool, err error) {
	if err := checkNodes(nodes); err != nil {
		return value, false, wrap("storage proof", err)
	}
	key := Keccak(slot[:])
	v, found, err := walk(storageRoot, key[:], nodes)
	if err != nil || !found {
		return value, false, wrap("storage proof", err)
	}
	it, rest, err := readItem(v)
	if err == nil && (len(rest) != 0 || len(it.body) == 0) {
		err = malformed("slot value of %d bytes", len(v))
	}
	if err == nil {
		_, err = it.integer("slot value", 32)
	}
	if err != nil {
		return value, false, wrap("storage proof", err)
	}
	copy(value[32-len(it.body):], it.body)
	return value, true, nil
}

func checkNodes(nodes [][]byte) error {
	if len(nodes) > MaxDepth {
		return malformed("%d nodes are above the limit of %d", len(nodes), MaxDepth)
	}
	for i, n := range nodes {
		if len(n) > MaxNode {
			return malformed("node %d of %d bytes is above the limit of %d", i+1, len(n), MaxNode)
		}
	}
	return nil
}

// LogID names a log in the contract: keccak256 of its origin.
func LogID(origin string) [32]byte { return Keccak([]byte(origin)) }

// SlotKey is the storage slot in which the contract Anchors keeps the
// checkpoint of a size: mapping(bytes32 => mapping(uint64 => bytes32)) at
// storage position 0.
func SlotKey(logID [32]byte, size uint64) [32]byte {
	var position [32]byte
	inner := Keccak(logID[:], position[:])
	s := word(size)
	return Keccak(s[:], inner[:])
}

// Slot is what the contract keeps there: keccak256 over root, size, and the
// number and time (seconds since 1970) of the anchoring block, a 32-byte word each.
func Slot(root [32]byte, size, number, time uint64) [32]byte {
	s, n, t := word(size), word(number), word(time)
	return Keccak(root[:], s[:], n[:], t[:])
}

func word(v uint64) (w [32]byte) {
	binary.BigEndian.PutUint64(w[24:], v)
	return w
}
