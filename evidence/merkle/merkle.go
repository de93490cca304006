// Package merkle hashes the one tree of Fieldseal, RFC 6962 §2.1 with SHA-256,
// for a batch's records, a gateway's configuration and the log alike.
//
// It is not a log: it holds no state. Its invariant: leaves and nodes are hashed
// with different first bytes, so that neither can pass for the other.
package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// Hash is a SHA-256 value.
type Hash = [sha256.Size]byte

// ErrProof says that a path or consistency proof does not lead to the root.
var ErrProof = errors.New("Merkle proof does not lead to the root")

// MaxPath bounds a path: no tree here has more than 2^63 leaves.
const MaxPath = 63

// Empty is the root of a tree without leaves.
func Empty() Hash { return sha256.Sum256(nil) }

// Leaf is SHA-256(0x00 ‖ data).
func Leaf(data []byte) (h Hash) {
	// Most records are short; a hash state on the heap would cost as much as the hash.
	var short [512]byte
	if len(data) < len(short) {
		return sha256.Sum256(short[:1+copy(short[1:], data)])
	}
	return longLeaf(data)
}

func longLeaf(data []byte) (h Hash) {
	s := sha256.New()
	s.Write([]byte{0})
	s.Write(data)
	s.Sum(h[:0])
	return h
}

// Node is SHA-256(0x01 ‖ left ‖ right).
func Node(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

// Root is the tree hash over leaf hashes.
func Root(leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return Empty()
	case 1:
		return leaves[0]
	}
	k := split(len(leaves))
	return Node(Root(leaves[:k]), Root(leaves[k:]))
}

// split is the largest power of two below n, for n > 1.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// Path is the audit path of leaf i, from the leaf upwards.
func Path(leaves []Hash, i int) []Hash {
	if len(leaves) <= 1 {
		return nil
	}
	if k := split(len(leaves)); i < k {
		return append(Path(leaves[:k], i), Root(leaves[k:]))
	} else {
		return append(Path(leaves[k:], i-k), Root(leaves[:k]))
	}
}

// VerifyPath checks that leaf hash h stands at index of a tree of size leaves with root.
func VerifyPath(h Hash, index, size uint64, path []Hash, root Hash) error {
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, h[:], slices(path), root[:]); err != nil {
		return fmt.Errorf("%w: leaf %d of %d: %v", ErrProof, index, size, err)
	}
	return nil
}

// VerifyConsistency checks that the tree of size1 and root1 is a prefix of the other.
func VerifyConsistency(size1, size2 uint64, path []Hash, root1, root2 Hash) error {
	if size1 == 0 {
		// Every tree extends the empty one; nothing else may come with it.
		if len(path) != 0 || root1 != Empty() {
			return fmt.Errorf("%w: an empty tree needs no proof", ErrProof)
		}
		return nil
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, size1, size2, slices(path), root1[:], root2[:]); err != nil {
		return fmt.Errorf("%w: size %d to %d: %v", ErrProof, size1, size2, err)
	}
	return nil
}

func slices(path []Hash) [][]byte {
	out := make([][]byte, len(path))
	for i := range path {
		out[i] = path[i][:]
	}
	return out
}
