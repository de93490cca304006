package anchorer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/chain"
)

// outcome is how far a row was brought.
type outcome int

const (
	afloat   outcome = iota // in no block that is known
	deep                    // in a block that is not final
	gone                    // superseded
	anchored                // final
)

// Step does what can be done now. Busy means that a transaction is under way
// and worth another look soon. Whatever fails, Step may be called again, by
// this Anchorer or, after a crash, by the next.
func (a *Anchorer) Step(ctx context.Context) (busy bool, err error) {
	rows, err := a.Outbox.Newest(ctx)
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	if a.signed != nil {
		// The write of this row failed, or so it was said. Its nonce must not
		// be signed again for something else: it goes in as it is.
		if n := len(rows); n > 0 && rows[n-1].Nonce >= a.signed.Nonce {
			a.signed = nil
		} else {
			return a.commit(ctx, *a.signed)
		}
	}
	for i, row := range rows {
		if row.State == Open {
			return a.bring(ctx, row, rows[i+1:])
		}
	}
	cp, final, due, err := a.due(ctx)
	if err != nil || !due {
		return false, err
	}
	cp, cosignatures, err := a.allowed(ctx, cp)
	var collecting *CollectingError
	if errors.As(err, &collecting) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	// What waits in a pool or stands in a block that is not final is not counted: that
	// is the node's word, and a row with a nonce that is never reached would wait for
	// ever. A nonce that turns out to be used costs this row.
	nonce, err := a.Contract.Used(ctx, final.Number)
	if err != nil {
		return false, err
	}
	if n := len(rows); n > 0 {
		nonce = max(nonce, rows[n-1].Nonce+1)
	}
	return a.sign(ctx, nonce, cp, cosignatures)
}

// bring brings the open row of the lowest nonce forward, and the one behind it, if
// there is one, as far as it can be while the first is not final.
func (a *Anchorer) bring(ctx context.Context, row Row, behind []Row) (busy bool, err error) {
	out, err := a.settle(ctx, row, false)
	if err != nil {
		return true, err
	}
	switch {
	case out == deep && len(behind) > 0:
		_, err := a.settle(ctx, behind[0], false)
		return true, err
	case out == deep && a.late:
		return a.follow(ctx, row)
	case (out == anchored || out == gone) && len(behind) > 0:
		a.started = time.Now() // its round begins
		return true, nil
	}
	return out != anchored, nil
}

// follow sends the newest checkpoint behind a row that no block took for an interval,
// as in an outage, and that is in one now: what came due meanwhile need not wait until
// the row is final, too. In ordinary running it would anchor twice as often. No third
// row goes out while two are open.
func (a *Anchorer) follow(ctx context.Context, row Row) (busy bool, err error) {
	cp, err := a.Checkpoints.Newest(ctx)
	if err != nil {
		return true, fmt.Errorf("newest checkpoint: %w", err)
	}
	if cp.Size <= row.Size {
		return true, nil
	}
	cp, cosignatures, err := a.allowed(ctx, cp)
	if err != nil || cp.Size <= row.Size {
		// It is asked for again, and a hindrance is told, when it is its turn.
		a.Log.Debug("no row behind one that is not final", "err", err)
		return true, nil
	}
	return a.sign(ctx, row.Nonce+1, cp, cosignatures)
}

// sign makes a row and sends it.
func (a *Anchorer) sign(ctx context.Context, nonce uint64, cp Checkpoint, cosignatures []chain.Cosignature) (busy bool, err error) {
	raw, hash, err := a.Contract.Sign(ctx, nonce, cp.Size, cp.Root, cosignatures)
	if err != nil {
		return false, err
	}
	return a.commit(ctx, Row{Nonce: nonce, Size: cp.Size, Root: cp.Root, Raw: raw, Hash: hash, State: Open, Cosigners: len(cosignatures)})
}

// due tells the newest checkpoint, if it is not anchored, and the final block by
// which that is so. On the way it compares what is anchored with the log.
func (a *Anchorer) due(ctx context.Context) (cp Checkpoint, final chain.Block, due bool, err error) {
	// The chain first: a checkpoint signed while we look can only be larger.
	final, err = a.Chain.Final(ctx)
	if err != nil {
		return cp, final, false, err
	}
	seat, err := a.Contract.Newest(ctx, final.Number)
	if err != nil {
		return cp, final, false, err
	}
	cp, err = a.Checkpoints.Newest(ctx)
	if err != nil {
		return cp, final, false, fmt.Errorf("newest checkpoint: %w", err)
	}
	if seat.Size > cp.Size {
		return cp, final, false, &BehindError{Log: cp.Size, Anchored: seat.Size}
	}
	if seat.Size > a.agreed {
		if err := a.agree(ctx, seat, final); err != nil {
			return cp, final, false, err
		}
	}
	if cp.Size == seat.Size {
		return cp, final, false, nil
	}
	if seat.Closed {
		return cp, final, false, &ClosedError{Size: seat.Size}
	}
	return cp, final, true, nil
}

// allowed asks whether the contract would take an anchor of ours now, and has the
// organisations cosign if it asks for that. A transaction that reverts costs what
// one that anchors does.
func (a *Anchorer) allowed(ctx context.Context, cp Checkpoint) (Checkpoint, []chain.Cosignature, error) {
	rules, err := a.Contract.Rules(ctx)
	if err != nil {
		return cp, nil, err
	}
	if err := a.hindered(rules); err != nil {
		return cp, nil, err
	}
	if rules.Cosigners == 0 {
		return cp, nil, nil
	}
	if a.Collect == nil {
		return cp, nil, held("the log asks for %d cosignatures, and nobody is asked for them", rules.Cosigners)
	}
	return a.Collect(ctx, cp, rules.Cosigners)
}

// hindered says what the organisations must decide before anything can be anchored.
func (a *Anchorer) hindered(r chain.Rules) error {
	switch account := a.Contract.Account(); {
	case r.Writer == [20]byte{}:
		return held("the log is not registered in contract 0x%x; the organisations decide it: fieldseal-notary org propose log --writer 0x%x --governance 0x%x --anchors 0x%x", a.Contract.Address(), account, r.Governor, a.Contract.Address())
	case r.Writer != account:
		return held("the log's writer is 0x%x and this notary's account is 0x%x; the organisations decide it: fieldseal-notary org propose writer --writer 0x%x", r.Writer, account, account)
	case r.Stopped:
		return held("the organisations stopped the log; fieldseal-notary org propose resume lets it go on")
	}
	return nil
}

// agree compares the newest anchored checkpoint with the log's own root at
// that size, and reports it: a row that knew of it may be lost.
func (a *Anchorer) agree(ctx context.Context, seat chain.Seat, final chain.Block) error {
	root, err := a.Checkpoints.Root(ctx, seat.Size)
	if err != nil {
		return fmt.Errorf("root at size %d: %w", seat.Size, err)
	}
	slot, err := a.Contract.Slot(ctx, seat.Size, final.Number)
	if err != nil {
		return err
	}
	if slot != anchor.Slot(root, seat.Size, seat.Number, seat.Time) {
		return &ForkError{Size: seat.Size, Root: root, Number: final.Number}
	}
	block, err := a.Chain.Sealed(ctx, seat.Number)
	if err != nil {
		return err
	}
	if err := a.report(ctx, Anchored{Size: seat.Size, Root: root, Number: seat.Number, BlockHash: block.Hash, Time: seat.Time}); err != nil {
		return err
	}
	a.agreed = seat.Size
	return nil
}

// commit writes a signed row and then, never before, sends it.
func (a *Anchorer) commit(ctx context.Context, row Row) (busy bool, err error) {
	a.signed = &row
	if err := a.Outbox.Put(ctx, row); err != nil {
		return true, fmt.Errorf("outbox: %w", err)
	}
	a.signed = nil
	out, err := a.settle(ctx, row, false)
	return out != anchored, err
}

// settle brings an open row forward: it closes the row when the final state
// shows what became of it, and sends it when no block has it. After sending it
// looks once more, sent being set: the embedded chain is done by then.
func (a *Anchorer) settle(ctx context.Context, row Row, sent bool) (outcome, error) {
	// The receipt before the final state, so that what it shows to be over is in the
	// state that is then read.
	receipt, inBlock, err := a.Chain.Receipt(ctx, row.Hash)
	if err != nil {
		return afloat, err
	}
	final, err := a.Chain.Final(ctx)
	if err != nil {
		return afloat, err
	}
	done, err := a.stands(ctx, row, receipt, inBlock, final)
	if err != nil {
		return afloat, err
	}
	if done != nil {
		if inBlock && receipt.BlockHash == done.BlockHash {
			done.TxHash = row.Hash
		}
		if err := a.report(ctx, *done); err != nil {
			return afloat, err
		}
	}
	// By the final state alone: a row that is given up for a nonce that the node only
	// says is used would leave a hole before the next.
	next, err := a.Contract.Used(ctx, final.Number)
	if err != nil {
		return afloat, err
	}
	used := next > row.Nonce
	switch {
	case inBlock && receipt.Number > final.Number:
		return deep, nil
	case used && done != nil:
		row.State, row.Number, row.BlockHash, row.Time = Final, done.Number, done.BlockHash, done.Time
		a.agreed = max(a.agreed, row.Size)
		return anchored, a.close(ctx, row)
	case inBlock && !receipt.OK && used:
		canonical, err := a.Chain.Block(ctx, receipt.Number)
		if err != nil || canonical.Hash != receipt.BlockHash {
			return afloat, err
		}
		row.State = Superseded
		if err := a.close(ctx, row); err != nil {
			return afloat, err
		}
		if seat, err := a.Contract.Newest(ctx, final.Number); err != nil || seat.Size > row.Size || seat.Closed {
			return gone, err // stale: due will say what stands there
		}
		rules, err := a.Contract.Rules(ctx)
		if err == nil {
			err = a.hindered(rules)
		}
		if err != nil || rules.Cosigners > row.Cosigners {
			return gone, err // decided after it was signed
		}
		return gone, &RevertedError{Row: row}
	case inBlock:
		// In a final block and yet not in its state: another node answered, or a fork
		// of the chain, or the node lies. The state wins; look again.
		return afloat, held("the node says that transaction %d of 0x%x stands in block %d, and the state of final block %d does not know it; looking again", row.Nonce, a.Contract.Account(), receipt.Number, final.Number)
	case used:
		// Another transaction took the nonce: an older copy of this outbox,
		// or another sender with this key.
		a.Log.Warn("an anchor's nonce was used by another transaction", "nonce", row.Nonce, "size", row.Size)
		row.State = Superseded
		return gone, a.close(ctx, row)
	case sent:
		a.late = a.late || time.Since(a.sentAt) >= a.Interval
		return afloat, nil // in the pool
	}
	mined, err := a.Chain.MinedNonce(ctx, a.Contract.Account())
	if err != nil {
		return afloat, err
	}
	if mined > row.Nonce {
		if _, inBlock, err := a.Chain.Receipt(ctx, row.Hash); err != nil || inBlock {
			return afloat, err // a block came meanwhile
		}
		// By the node's word another transaction has it, in a block that is not final.
		return afloat, held("the node says that transaction %d of 0x%x is in a block, and it is none of this notary's: something else sends with this key, or the node is wrong; its block has to become final first", row.Nonce, a.Contract.Account())
	}
	if a.sentAt.IsZero() || a.sent != row.Nonce {
		a.sent, a.sentAt = row.Nonce, time.Now()
	}
	if err := a.Chain.Send(ctx, row.Raw); err != nil {
		return afloat, err
	}
	return a.settle(ctx, row, true)
}

// stands tells whether the final state holds the row's checkpoint, and since
// which block; nil while it holds nothing at that size. The state is believed
// before any receipt.
func (a *Anchorer) stands(ctx context.Context, row Row, receipt chain.Receipt, inBlock bool, final chain.Block) (*Anchored, error) {
	slot, err := a.Contract.Slot(ctx, row.Size, final.Number)
	if err != nil || slot == [32]byte{} {
		return nil, err
	}
	seat, err := a.Contract.Newest(ctx, final.Number)
	if err != nil {
		return nil, err
	}
	// The slot hides block number and time; who can know the number is asked
	// in the order of cost.
	if seat.Size == row.Size {
		if done, err := a.opens(ctx, row, slot, seat.Number); done != nil || err != nil {
			return done, err
		}
		return nil, &ForkError{Size: row.Size, Root: row.Root, Number: final.Number}
	}
	if inBlock && receipt.Number <= final.Number {
		if done, err := a.opens(ctx, row, slot, receipt.Number); done != nil || err != nil {
			return done, err
		}
	}
	number, found, err := a.Contract.Find(ctx, row.Size, final.Number)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("contract holds size %d in block %d, but the node has no event of it", row.Size, final.Number)
	}
	done, err := a.opens(ctx, row, slot, number)
	if err == nil && done == nil {
		err = &ForkError{Size: row.Size, Root: row.Root, Number: final.Number}
	}
	return done, err
}

// opens tries whether our root, with the block of a number, makes the slot.
func (a *Anchorer) opens(ctx context.Context, row Row, slot [32]byte, number uint64) (*Anchored, error) {
	b, err := a.Chain.Sealed(ctx, number)
	if errors.Is(err, chain.ErrNotFound) {
		return nil, nil
	}
	if err != nil || slot != anchor.Slot(row.Root, row.Size, b.Number, b.Time) {
		return nil, err
	}
	return &Anchored{Size: row.Size, Root: row.Root, Number: b.Number, BlockHash: b.Hash, Time: b.Time}, nil
}

func (a *Anchorer) report(ctx context.Context, done Anchored) error {
	if done.Size <= a.reported {
		return nil
	}
	if err := a.Report(ctx, done); err != nil {
		return fmt.Errorf("report anchor of size %d: %w", done.Size, err)
	}
	a.reported = done.Size
	a.Log.Debug("anchored", "size", done.Size, "block", done.Number)
	return nil
}

// close writes a row for the last time.
func (a *Anchorer) close(ctx context.Context, row Row) error {
	if err := a.Outbox.Put(ctx, row); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	a.late = false
	return nil
}
