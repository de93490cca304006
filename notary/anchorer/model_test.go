package anchorer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/chain"
)

// model is a chain with the contract on it, in memory: a pool, blocks that
// the test makes and undoes, and a depth. It judges what the Anchorer does to
// it: two signatures for one nonce fail the test wherever they show.
type model struct {
	t        testing.TB
	depth    uint64
	automine bool

	pool    map[uint64]modelTx // by nonce
	blocks  []modelBlock
	forks   int // tells blocks of one number apart
	byNonce map[uint64]string
	sends   map[string]int
	fail    error // answer of every call, when set
	code    [32]byte
}

type modelTx struct {
	Nonce, Size uint64
	Root        [32]byte
	Writer      bool // false: the contract refuses it
}

type modelBlock struct {
	chain.Block
	txs []modelTx
}

func newModel(t testing.TB) *model {
	m := &model{t: t, pool: map[uint64]modelTx{}, byNonce: map[uint64]string{}, sends: map[string]int{}, code: [32]byte{7}}
	m.mine() // genesis
	return m
}

func (m *model) identity() Identity {
	return Identity{ChainID: 1, Genesis: m.blocks[0].Hash, CodeHash: [32]byte{7}}
}

// mine makes a block of all that the pool can give.
func (m *model) mine() {
	n := uint64(len(m.blocks))
	b := modelBlock{Block: chain.Block{Number: n, Time: 1000 + 5*n, Hash: anchor.Keccak(fmt.Appendf(nil, "%d/%d", n, m.forks))}}
	for next := m.mined(); ; next++ {
		tx, ok := m.pool[next]
		if !ok {
			break
		}
		delete(m.pool, next)
		b.txs = append(b.txs, tx)
	}
	m.blocks = append(m.blocks, b)
}

// undo drops the newest n blocks and what was in them, also from the pool.
func (m *model) undo(n int) {
	m.blocks = m.blocks[:len(m.blocks)-n]
	m.forks++
}

func (m *model) mined() (n uint64) {
	for _, b := range m.blocks {
		n += uint64(len(b.txs))
	}
	return n
}

// state replays the contract up to a block.
func (m *model) state(at uint64) (seat chain.Seat, slots map[uint64][32]byte, ok map[string]bool) {
	slots, ok = map[uint64][32]byte{}, map[string]bool{}
	for _, b := range m.blocks[:min(at+1, uint64(len(m.blocks)))] {
		for _, tx := range b.txs {
			_, h := tx.encode()
			switch {
			case !tx.Writer || tx.Size < seat.Size:
			case tx.Size == seat.Size:
				ok[string(h[:])] = slots[tx.Size] == anchor.Slot(tx.Root, tx.Size, seat.Number, seat.Time)
			default:
				slots[tx.Size] = anchor.Slot(tx.Root, tx.Size, b.Number, b.Time)
				seat = chain.Seat{Size: tx.Size, Number: b.Number, Time: b.Time}
				ok[string(h[:])] = true
			}
		}
	}
	return seat, slots, ok
}

func (tx modelTx) encode() ([]byte, [32]byte) {
	raw, _ := json.Marshal(tx)
	return raw, anchor.Keccak(raw)
}

// once notes a transaction seen under its nonce.
func (m *model) once(raw []byte) {
	m.t.Helper()
	var tx modelTx
	if err := json.Unmarshal(raw, &tx); err != nil {
		m.t.Fatal(err)
	}
	if old, ok := m.byNonce[tx.Nonce]; ok && old != string(raw) {
		m.t.Fatalf("nonce %d has two signatures: %s and %s", tx.Nonce, old, raw)
	}
	m.byNonce[tx.Nonce] = string(raw)
}

func (m *model) AskID(context.Context) (uint64, error) { return 1, m.fail }

func (m *model) Sealed(ctx context.Context, number uint64) (chain.Block, error) {
	return m.Block(ctx, number)
}

func (m *model) Genesis(ctx context.Context) (chain.Block, error) { return m.Block(ctx, 0) }

func (m *model) Block(_ context.Context, number uint64) (chain.Block, error) {
	if m.fail != nil || number >= uint64(len(m.blocks)) {
		return chain.Block{}, errors.Join(m.fail, chain.ErrNotFound)
	}
	return m.blocks[number].Block, nil
}

func (m *model) Final(ctx context.Context) (chain.Block, error) {
	head := uint64(len(m.blocks) - 1)
	return m.Block(ctx, head-min(head, m.depth))
}

func (m *model) CodeHash(context.Context, [20]byte) ([32]byte, error) { return m.code, m.fail }

func (m *model) MinedNonce(context.Context, [20]byte) (uint64, error) { return m.mined(), m.fail }

func (m *model) Receipt(_ context.Context, hash [32]byte) (chain.Receipt, bool, error) {
	_, _, ok := m.state(uint64(len(m.blocks)))
	for _, b := range m.blocks {
		for _, tx := range b.txs {
			if _, h := tx.encode(); h == hash {
				return chain.Receipt{Number: b.Number, BlockHash: b.Hash, OK: ok[string(h[:])]}, true, m.fail
			}
		}
	}
	return chain.Receipt{}, false, m.fail
}

func (m *model) Send(_ context.Context, raw []byte) error {
	if m.fail != nil {
		return m.fail
	}
	m.once(raw)
	m.sends[string(raw)]++
	var tx modelTx
	if err := json.Unmarshal(raw, &tx); err != nil {
		return err
	}
	if tx.Nonce < m.mined() {
		if _, found, _ := m.Receipt(context.Background(), anchor.Keccak(raw)); found {
			return nil
		}
		return errors.New("nonce too low")
	}
	m.pool[tx.Nonce] = tx
	if m.automine {
		m.mine()
	}
	return nil
}

// modelContract is the model as the writer's contract.
type modelContract struct {
	*model
	refused bool         // sign for an account that is not the writer
	rules   *chain.Rules // what the contract asks for; nil: nothing
}

func (m modelContract) Rules(context.Context) (chain.Rules, error) {
	if m.rules != nil {
		return *m.rules, m.fail
	}
	return chain.Rules{Writer: m.Account()}, m.fail
}

func (modelContract) Address() [20]byte { return [20]byte{1} }
func (modelContract) Account() [20]byte { return [20]byte{2} }

func (m modelContract) Newest(_ context.Context, at uint64) (chain.Seat, error) {
	seat, _, _ := m.state(at)
	return seat, m.fail
}

func (m modelContract) Used(_ context.Context, at uint64) (n uint64, err error) {
	for _, b := range m.blocks[:min(at+1, uint64(len(m.blocks)))] {
		n += uint64(len(b.txs))
	}
	return n, m.fail
}

func (m modelContract) Slot(_ context.Context, size, at uint64) ([32]byte, error) {
	_, slots, _ := m.state(at)
	return slots[size], m.fail
}

func (m modelContract) Find(_ context.Context, size, at uint64) (uint64, bool, error) {
	for n := range at + 1 {
		if _, slots, _ := m.state(n); slots[size] != [32]byte{} {
			return n, true, m.fail
		}
	}
	return 0, false, m.fail
}

func (m modelContract) Sign(_ context.Context, nonce, size uint64, root [32]byte, cosignatures []chain.Cosignature) ([]byte, [32]byte, error) {
	if m.rules != nil && len(cosignatures) < m.rules.Cosigners {
		m.t.Fatalf("signed with %d cosignatures", len(cosignatures))
	}
	raw, hash := modelTx{nonce, size, root, !m.refused}.encode()
	return raw, hash, m.fail
}

// memory is an outbox on a disk that crashes do not reach. It keeps to the
// rules that a store must keep.
type memory struct {
	t    testing.TB
	rows []Row
}

func (o *memory) Newest(context.Context) ([]Row, error) {
	return slices.Clone(o.rows[max(0, len(o.rows)-2):]), nil
}

func (o *memory) Put(_ context.Context, r Row) error {
	o.t.Helper()
	for i, old := range o.rows {
		if old.Nonce != r.Nonce {
			continue
		}
		if !bytes.Equal(old.Raw, r.Raw) || old.State != Open && old.State != r.State {
			o.t.Fatalf("row %d written over: %+v by %+v", r.Nonce, old, r)
		}
		o.rows[i] = r
		return nil
	}
	// At most two rows are open, the newest ones, and no nonce is left out between them.
	if n := len(o.rows); n > 0 {
		last := o.rows[n-1]
		if last.Nonce >= r.Nonce || last.State == Open && (last.Nonce+1 != r.Nonce || last.Size >= r.Size || n > 1 && o.rows[n-2].State == Open) {
			o.t.Fatalf("row %d behind %+v", r.Nonce, last)
		}
	}
	o.rows = append(o.rows, r)
	return nil
}

// book is a log of which only the size moves.
type book struct {
	size    uint64
	version uint64
}

func (b *book) Newest(context.Context) (Checkpoint, error) {
	return Checkpoint{b.size, b.root(b.size)}, nil
}

func (b *book) Root(_ context.Context, size uint64) ([32]byte, error) {
	if size > b.size {
		return [32]byte{}, fmt.Errorf("root of %d asked of a log of %d", size, b.size)
	}
	return b.root(size), nil
}

func (b *book) root(size uint64) [32]byte {
	return anchor.Keccak(fmt.Appendf(nil, "root %d version %d", size, b.version))
}
