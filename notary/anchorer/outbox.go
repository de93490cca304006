package anchorer

import "context"

// State is how far a row of the outbox has come.
type State uint8

// A row is written Open and written once more when it is done with.
const (
	Open       State = 1 // signed; perhaps sent, perhaps in a block, not yet final
	Final      State = 2 // its checkpoint is anchored, for good
	Superseded State = 3 // its nonce is used up, and its checkpoint is not what stands there
)

// Row is one signed transaction. Its nonce is its identity: the outbox never
// holds two rows of one nonce, nor other bytes under it. Rows are kept: Hash is
// how a transaction of long ago is found again.
type Row struct {
	Nonce uint64
	Size  uint64   // entries under the checkpoint
	Root  [32]byte // RFC 6962
	Raw   []byte   // the signed transaction
	Hash  [32]byte // of the transaction
	State State
	// Cosigners is how many organisations cosigned.
	Cosigners int `json:",omitempty"`

	// Once Final: the block that anchored the checkpoint.
	Number    uint64
	BlockHash [32]byte
	Time      uint64 // seconds since 1970
}

// Outbox is where rows survive a crash.
type Outbox interface {
	// Newest are the two rows with the highest nonces, in their order; one, or none,
	// while there are no more. Only they can be open.
	Newest(ctx context.Context) ([]Row, error)
	// Put writes a row under its nonce, synced when it returns. After an error
	// the row may or may not be there.
	Put(ctx context.Context, row Row) error
}
