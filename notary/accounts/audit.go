package accounts

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"sync"

	"fieldseal/notary/store"
)

// Rows is what this package needs of a store.
type Rows interface {
	Commit(*store.Group) error
	Row(t store.Table, key []byte) ([]byte, error)
	Rows(t store.Table, r store.Range) iter.Seq2[store.KV, error]
}

// Deed is a row of the audit trail. Each holds the hash of the one before, so
// that a row which is changed or left out later shows.
type Deed struct {
	Number  uint64          `json:"number"` // from 1 on, without holes
	Time    int64           `json:"time"`   // Unix µs
	By      string          `json:"by"`     // account, or what the viewer is
	Role    Role            `json:"role"`
	From    string          `json:"from,omitempty"` // address
	What    string          `json:"what"`           // such as account.add
	Subject string          `json:"subject"`        // such as the account's name
	Before  json.RawMessage `json:"before,omitempty"`
	After   json.RawMessage `json:"after,omitempty"`
	Prev    string          `json:"prev"` // SHA-256 of the row before, hex; empty for the first
}

// Trail is the audit trail: rows are added together with what they tell, in one
// write. It is safe for concurrent use.
type Trail struct {
	rows Rows

	mu     sync.Mutex
	number uint64
	head   string
}

// Hash is the SHA-256 of the row, which the row after it holds as Prev.
func (d *Deed) Hash() string { return digest(was(d)) }

func deedKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// OpenTrail finds the end of the trail.
func OpenTrail(rows Rows) (*Trail, error) {
	t := &Trail{rows: rows}
	for kv, err := range rows.Rows(store.TableAudit, store.Range{Reverse: true, Limit: 1}) {
		if err != nil {
			return nil, fmt.Errorf("audit trail: %w", err)
		}
		t.number, t.head = binary.BigEndian.Uint64(kv.Key), digest(kv.Value)
	}
	return t, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Commit writes a group with the deeds that it does.
func (t *Trail) Commit(g *store.Group, deeds ...Deed) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	number, head := t.number, t.head
	for _, d := range deeds {
		number++
		d.Number, d.Prev = number, head
		b, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("audit trail: %w", err)
		}
		head = digest(b)
		g.Rows = append(g.Rows, store.Put{Table: store.TableAudit, Key: deedKey(number), Value: b})
	}
	if err := t.rows.Commit(g); err != nil {
		return err
	}
	t.number, t.head = number, head
	return nil
}

// Head is the number and hash of the newest row: kept elsewhere, they hold the
// trail fast.
func (t *Trail) Head() (number uint64, hash string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.number, t.head
}

// ReadTrail gives up to limit deeds after a number, oldest first. It checks that
// each follows from the one before.
func ReadTrail(rows Rows, after uint64, limit int) ([]Deed, error) {
	out, prev := []Deed{}, ""
	if after > 0 {
		b, err := rows.Row(store.TableAudit, deedKey(after))
		if err != nil {
			return nil, fmt.Errorf("audit trail: row %d: %w", after, err)
		}
		prev = digest(b)
	}
	next := after + 1
	for kv, err := range rows.Rows(store.TableAudit, store.Range{From: deedKey(next), Limit: limit}) {
		var d Deed
		if err == nil {
			err = json.Unmarshal(kv.Value, &d)
		}
		if err != nil {
			return nil, fmt.Errorf("audit trail: row %d: %w", next, err)
		}
		if d.Number != next || binary.BigEndian.Uint64(kv.Key) != next || d.Prev != prev {
			return nil, fmt.Errorf("audit trail: row %d does not follow from the one before: rows were changed or removed", next)
		}
		out, prev, next = append(out, d), digest(kv.Value), next+1
	}
	return out, nil
}

// was is a value for Before or After.
func was(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	return b
}
