package cosign

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/notary/api/client"
	"fieldseal/notary/chain"
)

// ErrInconsistent: the log shows a history that does not extend what was signed or
// anchored before. Nothing is signed, and somebody should ask the notary why.
var ErrInconsistent = errors.New("the log does not extend what was signed before")

// Node is the organisation's own view of the contract; [chain.Anchors] is one.
type Node interface {
	ToCosign(size uint64, root [32]byte) chain.Cosigned
	Newest(ctx context.Context, at uint64) (chain.Seat, error)
	Slot(ctx context.Context, size, at uint64) ([32]byte, error)
	Cosigners(ctx context.Context) (map[[20]byte]string, error)
}

// Asker is how the notary is asked; [client.Client] is one.
type Asker interface {
	JSON(ctx context.Context, method, path string, in, out any) error
}

// Organisation cosigns for one organisation in one log.
type Organisation struct {
	Origin  string
	LogKey  note.Verifier
	Notary  Asker
	Node    Node
	Final   func(ctx context.Context) (uint64, error) // newest final block of its own node
	Account *chain.Account
	State   string // file with what was signed last
	Logger  *slog.Logger
}

const stateForm = "fieldseal-cosigned/1"

// state is what was signed last.
type state struct {
	Format string `json:"format"`
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Root   string `json:"root"` // 64 hex digits
}

func (o *Organisation) load() (size uint64, root merkle.Hash, err error) {
	b, err := os.ReadFile(o.State)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, merkle.Empty(), nil
	}
	if err != nil {
		return 0, root, fmt.Errorf("cosigned: %w", err)
	}
	var s state
	if err := json.Unmarshal(b, &s); err != nil {
		return 0, root, fmt.Errorf("cosigned: %s: %w", o.State, err)
	}
	if s.Format != stateForm || s.Origin != o.Origin {
		return 0, root, fmt.Errorf("cosigned: %s is of format %q and log %q, not %q of %q: keep one file for each log", o.State, s.Format, s.Origin, stateForm, o.Origin)
	}
	if root, err = parseHash(s.Root); err != nil {
		return 0, root, fmt.Errorf("cosigned: %s: %w", o.State, err)
	}
	return s.Size, root, nil
}

// keep writes what is about to be signed, synced.
func (o *Organisation) keep(size uint64, root merkle.Hash) error {
	b, err := json.Marshal(state{stateForm, o.Origin, size, fmt.Sprintf("%x", root)})
	if err != nil {
		return fmt.Errorf("cosigned: %w", err)
	}
	dir := filepath.Dir(o.State)
	f, err := os.CreateTemp(dir, filepath.Base(o.State)+".*")
	if err != nil {
		return fmt.Errorf("cosigned: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), o.State)
	}
	if err != nil {
		return fmt.Errorf("cosigned: %w", errors.Join(err, os.Remove(f.Name())))
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cosigned: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("cosigned: %w", err)
	}
	return nil
}

func parseHash(s string) (h merkle.Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("hash %.70q: want 64 hex digits", s)
	}
	return merkle.Hash(b), nil
}

// ask fetches what waits, and proves that it extends the log's first from entries.
// If more was signed than is asked for, extended is false.
func (o *Organisation) ask(ctx context.Context, from uint64) (cp checkpoint.Checkpoint, root merkle.Hash, extended bool, err error) {
	var a client.CosignAsk
	if err := o.Notary.JSON(ctx, http.MethodGet, client.CosignPath+"?from="+strconv.FormatUint(from, 10), nil, &a); err != nil {
		return cp, root, false, err
	}
	if a.Note == "" {
		return cp, root, false, ErrNothing
	}
	if a.Origin != o.Origin {
		return cp, root, false, fmt.Errorf("cosign: the notary's log is %q, not %q", a.Origin, o.Origin)
	}
	if cp, _, err = checkpoint.Open([]byte(a.Note), o.LogKey); err != nil {
		return cp, root, false, fmt.Errorf("cosign: %w", err)
	}
	mine := o.Node.ToCosign(cp.Size, cp.Root)
	if a.Chain != mine.ChainID || !strings.EqualFold(a.Contract, fmt.Sprintf("0x%x", mine.Contract)) {
		return cp, root, false, fmt.Errorf("cosign: the notary anchors in contract %s of chain %d, this organisation cosigns for 0x%x of chain %d", a.Contract, a.Chain, mine.Contract, mine.ChainID)
	}
	if from > cp.Size {
		return cp, root, false, nil
	}
	if a.From != from || len(a.Proof) > 64 {
		return cp, root, false, errors.New("cosign: the notary answered another question")
	}
	if root, err = parseHash(a.FromRoot); err != nil {
		return cp, root, false, fmt.Errorf("cosign: %w", err)
	}
	proof := make([]merkle.Hash, len(a.Proof))
	for i, s := range a.Proof {
		if proof[i], err = parseHash(s); err != nil {
			return cp, root, false, fmt.Errorf("cosign: proof: %w", err)
		}
	}
	if err := merkle.VerifyConsistency(from, cp.Size, proof, root, cp.Root); err != nil {
		return cp, root, false, fmt.Errorf("%w: from %d to %d entries: %w", ErrInconsistent, from, cp.Size, err)
	}
	return cp, root, true, nil
}

// Once cosigns what waits now, if it extends what was signed before and what stands
// in the contract by this organisation's own node. ErrNothing: nothing waits.
func (o *Organisation) Once(ctx context.Context) (size uint64, err error) {
	had, hadRoot, err := o.load()
	if err != nil {
		return 0, err
	}
	cp, root, extends, err := o.ask(ctx, had)
	if err != nil {
		return 0, err
	}
	if !extends {
		return 0, fmt.Errorf("%w: size %d was cosigned, %d is asked: the notary's log is an old copy", ErrInconsistent, had, cp.Size)
	}
	if root != hadRoot {
		return 0, fmt.Errorf("%w: root %x was cosigned at size %d, the log now has %x", ErrInconsistent, hadRoot, had, root)
	}
	if err := o.compare(ctx, had, cp); err != nil {
		return 0, err
	}
	who, err := o.Node.Cosigners(ctx)
	if err != nil {
		return 0, err
	}
	if _, ok := who[o.Account.Address()]; !ok {
		return 0, fmt.Errorf("%w: 0x%x; the organisations decide it: fieldseal-notary org propose organisation", ErrNotCosigner, o.Account.Address())
	}
	if err := o.keep(cp.Size, cp.Root); err != nil {
		return 0, err
	}
	s, err := o.Account.Cosign(ctx, o.Node.ToCosign(cp.Size, cp.Root))
	if err != nil {
		return 0, err
	}
	var taken client.CosignTaken
	return cp.Size, o.Notary.JSON(ctx, http.MethodPost, client.CosignPath, client.Cosignature{Size: cp.Size, Cosignature: hex.EncodeToString(s[:])}, &taken)
}

// compare holds what is asked against the contract. It is what remains to an
// organisation that lost its memory.
func (o *Organisation) compare(ctx context.Context, had uint64, cp checkpoint.Checkpoint) error {
	final, err := o.Final(ctx)
	if err != nil {
		return err
	}
	seat, err := o.Node.Newest(ctx, final)
	if err != nil {
		return err
	}
	switch {
	case seat.Closed:
		return fmt.Errorf("cosign: the log is closed at size %d in the contract", seat.Size)
	case seat.Size > cp.Size:
		return fmt.Errorf("%w: size %d is anchored, %d is asked: the notary's log is an old copy", ErrInconsistent, seat.Size, cp.Size)
	case seat.Size <= had:
		return nil // what was signed last was held against it
	}
	again, root, _, err := o.ask(ctx, seat.Size)
	if err != nil {
		return err
	}
	if again != cp {
		return fmt.Errorf("cosign: the notary went on to size %d meanwhile", again.Size)
	}
	slot, err := o.Node.Slot(ctx, seat.Size, final)
	if err != nil {
		return err
	}
	if slot != anchor.Slot(root, seat.Size, seat.Number, seat.Time) {
		return fmt.Errorf("%w: another root than the log's %x is anchored at size %d", ErrInconsistent, root, seat.Size)
	}
	return nil
}

// Run cosigns whatever comes until ctx ends.
func (o *Organisation) Run(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	last, said := uint64(math.MaxUint64), ""
	for {
		switch size, err := o.Once(ctx); {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrNothing):
			said = ""
		case err != nil && err.Error() != said:
			said = err.Error()
			level := slog.LevelWarn
			if errors.Is(err, ErrInconsistent) {
				level = slog.LevelError
			}
			o.Logger.Log(ctx, level, "not cosigned", "err", err)
		case err == nil && size != last:
			last, said = size, ""
			o.Logger.Info("cosigned", "size", size)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
