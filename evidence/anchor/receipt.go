package anchor

import (
	"bytes"
	"encoding/binary"
)

// MaxReceipt bounds a node of a receipts trie, in bytes: its last one holds the
// whole receipt, which takes 0.5 kB where a transaction does nothing but anchor.
const MaxReceipt = 16 << 10

// Receipt shows a transaction's receipt under a header's receipts root. It serves
// where a node gives no state proofs.
type Receipt struct {
	Index uint64   // of the transaction in its block
	Nodes [][]byte // of the receipts trie, root first
}

// event is one event of a receipt.
type event struct {
	address [20]byte
	topics  [][32]byte
	data    []byte
}

// AnchoredTopic is the first topic of the event that the contract Anchors emits
// with each checkpoint: keccak256 of "Anchored(bytes32,uint64,bytes32)".
var AnchoredTopic = Keccak([]byte("Anchored(bytes32,uint64,bytes32)"))

// Verify finds the receipt under a header's receipts root and, in it, that the
// contract anchored the checkpoint. Who sealed the header is [Block.Verify]'s to say.
func (r *Receipt) Verify(receiptsRoot [32]byte, contract [20]byte, cp Checkpoint) error {
	if len(r.Nodes) > MaxDepth {
		return malformed("receipt: %d nodes are above the limit of %d", len(r.Nodes), MaxDepth)
	}
	for i, n := range r.Nodes {
		if len(n) > MaxReceipt {
			return malformed("receipt: node %d of %d bytes is above the limit of %d", i+1, len(n), MaxReceipt)
		}
	}
	v, found, err := walk(receiptsRoot, rlpNumber(r.Index), r.Nodes)
	if err != nil {
		return wrap("receipt", err)
	}
	if !found {
		return altered("receipt: the block holds no transaction %d", r.Index)
	}
	ok, events, err := readReceipt(v)
	if err != nil {
		return wrap("receipt", err)
	}
	if !ok {
		return altered("receipt: transaction %d failed, and anchored nothing", r.Index)
	}
	size := word(cp.Size)
	data := append(size[:], cp.Root[:]...)
	for _, e := range events {
		if e.address == contract && len(e.topics) == 2 && e.topics[0] == AnchoredTopic && e.topics[1] == cp.LogID && bytes.Equal(e.data, data) {
			return nil
		}
	}
	return altered("receipt: transaction %d did not anchor this root at size %d in contract %x", r.Index, cp.Size, contract)
}

// readReceipt reads a receipt as blocks hold it: RLP [status, gas used so far,
// bloom, events], behind one byte of its type if it has one (EIP-2718). A receipt
// from before Byzantium, which has a state root and no status, is refused.
func readReceipt(b []byte) (ok bool, events []event, err error) {
	// A list begins at 0xc0; types go up to 0x7f.
	if len(b) > 0 && b[0] > 0 && b[0] <= 0x7f {
		b = b[1:]
	}
	items, err := readWhole(b)
	if err != nil {
		return false, nil, err
	}
	if len(items) != 4 {
		return false, nil, malformed("%d fields, want 4", len(items))
	}
	status, err := items[0].integer("status", 1)
	if err != nil {
		return false, nil, err
	}
	if len(status) == 1 && status[0] != 1 {
		return false, nil, malformed("status %d", status[0])
	}
	if _, err := items[1].integer("gas used", 8); err != nil {
		return false, nil, err
	}
	if _, err := items[2].fixed("bloom", 256); err != nil {
		return false, nil, err
	}
	list, err := items[3].items()
	if err != nil {
		return false, nil, err
	}
	for _, it := range list {
		e, err := readEvent(it)
		if err != nil {
			return false, nil, err
		}
		events = append(events, e)
	}
	return len(status) == 1, events, nil
}

func readEvent(it item) (e event, err error) {
	parts, err := it.items()
	if err != nil {
		return e, err
	}
	if len(parts) != 3 || parts[2].list {
		return e, malformed("an event of %d parts, want address, topics and data", len(parts))
	}
	a, err := parts[0].fixed("address", 20)
	if err != nil {
		return e, err
	}
	e.address, e.data = [20]byte(a), parts[2].body
	topics, err := parts[1].items()
	if err != nil {
		return e, err
	}
	if len(topics) > 4 {
		return e, malformed("an event of %d topics, want at most 4", len(topics))
	}
	for _, t := range topics {
		h, err := t.hash("topic")
		if err != nil {
			return e, err
		}
		e.topics = append(e.topics, h)
	}
	return e, nil
}

// rlpNumber writes a number as RLP: the key of a transaction in its block's tries.
func rlpNumber(v uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, v)
	return rlpString(bytes.TrimLeft(b, "\x00"))
}
