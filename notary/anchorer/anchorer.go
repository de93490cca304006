package anchorer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fieldseal/notary/chain"
)

// Defaults of [Config].
const (
	DefaultInterval = 15 * time.Second
	DefaultPoll     = time.Second
)

// stepPatience bounds one look at the chain with all its questions.
const stepPatience = 3 * time.Minute

// Checkpoint is a signed checkpoint of the log.
type Checkpoint struct {
	Size uint64
	Root [32]byte
}

// Checkpoints is the log, as far as an anchor needs it.
type Checkpoints interface {
	// Newest is the newest signed and durable checkpoint; Size 0 before the first.
	Newest(ctx context.Context) (Checkpoint, error)
	// Root is the log's root over its first size entries; size is never above Newest's.
	Root(ctx context.Context, size uint64) ([32]byte, error)
}

// Chain is the chain; [chain.Chain] is one.
type Chain interface {
	AskID(ctx context.Context) (uint64, error)
	Genesis(ctx context.Context) (chain.Block, error)
	// Block is what the node says; Sealed holds it against the seals of the chain's
	// validators, where they are known.
	Block(ctx context.Context, number uint64) (chain.Block, error)
	Sealed(ctx context.Context, number uint64) (chain.Block, error)
	Final(ctx context.Context) (chain.Block, error)
	CodeHash(ctx context.Context, contract [20]byte) ([32]byte, error)
	MinedNonce(ctx context.Context, account [20]byte) (uint64, error)
	Receipt(ctx context.Context, tx [32]byte) (chain.Receipt, bool, error)
	Send(ctx context.Context, raw []byte) error
}

// Contract is the contract as the log's writer sees it; [chain.Anchors] is one.
type Contract interface {
	Address() [20]byte
	Account() [20]byte
	Newest(ctx context.Context, at uint64) (chain.Seat, error)
	Slot(ctx context.Context, size, at uint64) ([32]byte, error)
	Find(ctx context.Context, size, at uint64) (number uint64, found bool, err error)
	// Used is how many transactions of Account stand in blocks up to at.
	Used(ctx context.Context, at uint64) (uint64, error)
	Rules(ctx context.Context) (chain.Rules, error)
	Sign(ctx context.Context, nonce, size uint64, root [32]byte, cosignatures []chain.Cosignature) (raw []byte, hash [32]byte, err error)
}

// Identity is what chain and contract must be, fixed when the notary is set up.
type Identity struct {
	ChainID  uint64
	Genesis  [32]byte // hash of block 0
	CodeHash [32]byte // keccak256 of the contract's runtime code
}

// Anchored says that a checkpoint stands in a final block.
type Anchored struct {
	Size      uint64
	Root      [32]byte
	Number    uint64   // block that anchored it
	BlockHash [32]byte // canonical, and final
	Time      uint64   // of that block, seconds since 1970
	TxHash    [32]byte // zero when another outbox's transaction did it
}

// Config is what an Anchorer works with. All but the two times and Log must be set.
type Config struct {
	Chain       Chain
	Contract    Contract
	Identity    Identity
	Checkpoints Checkpoints
	Outbox      Outbox
	// Report is told of each anchored checkpoint, at least once, before its
	// row is closed; after an error it is told again. It must be durable when
	// it returns, and may not wait for the anchorer.
	Report func(context.Context, Anchored) error
	// Last is the newest anchor that Report was told of, by any process; nil: not kept.
	Last func() (Anchored, bool)
	// Collect gives a checkpoint with at least need cosignatures of organisations,
	// or a [HeldError] that says whose it waits for. It does not wait itself. The
	// checkpoint is cp or one before it. nil: nobody is asked.
	Collect func(ctx context.Context, cp Checkpoint, need int) (Checkpoint, []chain.Cosignature, error)
	// State is told after each look why nothing is anchored now; nil: nothing holds
	// it up. nil func: nobody asks.
	State func(error)

	Interval time.Duration // between anchors while there is something new; DefaultInterval
	Poll     time.Duration // between looks while a transaction is under way, and after an error; DefaultPoll
	Log      *slog.Logger
}

// Anchorer sends one log's anchors from one account. Nothing else may send
// from that account. One goroutine runs it.
type Anchorer struct {
	Config

	signed   *Row      // signed in this process, not known to be in the outbox
	reported uint64    // largest size told to Report in this process
	agreed   uint64    // anchored size at which the log's root was compared
	started  time.Time // of the round that is under way; zero: none is
	sent     uint64    // nonce of the row that was sent last, and since when this process
	sentAt   time.Time // sends it; zero: none was
	late     bool      // no block took the first open row for an interval
}

// New makes an Anchorer; Run sets it to work.
func New(c Config) *Anchorer {
	if c.Interval <= 0 {
		c.Interval = DefaultInterval
	}
	if c.Poll <= 0 {
		c.Poll = DefaultPoll
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Anchorer{Config: c}
}

// Run anchors until ctx ends, and then returns nil. Any other return is an
// alarm. A chain that cannot be reached is none: it is waited for. A chain that is
// not the notary's own ([IdentityError]) is an alarm that State is told of: nothing
// is sent, and looked again, for a node can be wrong for a while.
func (a *Anchorer) Run(ctx context.Context) error {
	var held error
	pause := a.Poll
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if a.started.IsZero() {
			a.started = time.Now()
		}
		busy, err := a.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case isAlarm(err):
			a.Log.Error("anchoring stopped", "err", err)
			a.tell(err)
			return err
		case err == nil && held != nil:
			a.Log.Info("anchoring goes on")
		case err != nil && (held == nil || IsIdentity(err) != IsIdentity(held)):
			if IsIdentity(err) {
				a.Log.Error("anchoring stopped, looking again", "err", err)
			} else {
				a.Log.Warn("anchoring held up, trying again", "err", err)
			}
		}
		held = err
		a.tell(err)
		switch {
		case err != nil:
			// A node that is overrun is not helped by asking more; one that is back
			// must be noticed within an interval.
			timer.Reset(min(pause, a.Interval))
			pause = min(2*pause, max(a.Poll, a.Interval/2))
			continue
		case busy:
			timer.Reset(min(a.Poll, a.Interval))
		default:
			// From one anchor to the next it is an interval, however long the block
			// takes to become final.
			timer.Reset(max(a.Interval-time.Since(a.started), 0))
			a.started = time.Time{}
		}
		pause = a.Poll
	}
}

func (a *Anchorer) tell(err error) {
	if a.State != nil {
		a.State(err)
	}
}

// look is one round: is it still the chain, and what is to do.
func (a *Anchorer) look(ctx context.Context) (busy bool, err error) {
	ctx, stop := context.WithTimeout(ctx, stepPatience)
	defer stop()
	if err := a.Check(ctx); err != nil {
		return false, err
	}
	return a.Step(ctx)
}

func isAlarm(err error) bool {
	var (
		fork     *ForkError
		behind   *BehindError
		reverted *RevertedError
		closed   *ClosedError
	)
	return errors.As(err, &fork) || errors.As(err, &behind) || errors.As(err, &reverted) || errors.As(err, &closed)
}

// IsIdentity says whether an error is an [IdentityError].
func IsIdentity(err error) bool {
	var identity *IdentityError
	return errors.As(err, &identity)
}

// Check compares chain and contract with what the notary was set up with, and the
// block of the newest anchor with what it was.
func (a *Anchorer) Check(ctx context.Context) error {
	id, err := a.Chain.AskID(ctx)
	if err != nil {
		return err
	}
	if id != a.Identity.ChainID {
		return &IdentityError{"chain id", fmt.Sprint(id), fmt.Sprint(a.Identity.ChainID)}
	}
	genesis, err := a.Chain.Genesis(ctx)
	if err != nil {
		return err
	}
	if genesis.Hash != a.Identity.Genesis {
		return &IdentityError{"genesis block", fmt.Sprintf("%x", genesis.Hash), fmt.Sprintf("%x", a.Identity.Genesis)}
	}
	code, err := a.Chain.CodeHash(ctx, a.Contract.Address())
	if err != nil {
		return err
	}
	if code != a.Identity.CodeHash {
		return &IdentityError{fmt.Sprintf("code of contract 0x%x", a.Contract.Address()), fmt.Sprintf("%x", code), fmt.Sprintf("%x", a.Identity.CodeHash)}
	}
	if a.Last == nil {
		return nil
	}
	last, ok := a.Last()
	if !ok {
		return nil
	}
	switch b, err := a.Chain.Block(ctx, last.Number); {
	case errors.Is(err, chain.ErrNotFound):
		return held("the node has no block %d, which anchored size %d: it is behind, or the chain was set back to an earlier block", last.Number, last.Size)
	case err != nil:
		return err
	case b.Hash != last.BlockHash:
		return &IdentityError{fmt.Sprintf("block %d, which anchored size %d,", last.Number, last.Size), fmt.Sprintf("%x", b.Hash), fmt.Sprintf("%x", last.BlockHash)}
	}
	return nil
}
