package cosign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/api/client"
	"fieldseal/notary/chain"
)

// Errors of the desk.
var (
	// ErrNothing: no checkpoint waits for cosignatures.
	ErrNothing = errors.New("no checkpoint waits for cosignatures now")
	// ErrNotAsked: the cosignature is not of the checkpoint that waits.
	ErrNotAsked = errors.New("that is not the checkpoint that waits for cosignatures")
	// ErrNotCosigner: the account cosigns for no organisation.
	ErrNotCosigner = errors.New("the cosignature is of no organisation's cosigning account")
)

// patience is for how many intervals one checkpoint is shown before the newest takes
// its place: organisations that were away come back to something recent.
const patience = 20

// refresh is the least pause between two looks at who cosigns.
const refresh = 10 * time.Second

// Contract is the contract as the desk needs it; [chain.Anchors] is one.
type Contract interface {
	ToCosign(size uint64, root [32]byte) chain.Cosigned
	Cosigners(ctx context.Context) (map[[20]byte]string, error)
}

// Log is the log as the desk needs it.
type Log interface {
	Origin() string
	Note(size uint64) ([]byte, error)
	RootAt(size uint64) (merkle.Hash, error)
	Consistency(size uint64, root merkle.Hash, c checkpoint.Checkpoint) ([]merkle.Hash, error)
}

// Config is what a Desk works with.
type Config struct {
	Contract Contract
	Log      Log
	Interval time.Duration // between anchors
	Logger   *slog.Logger
	Now      func() time.Time // nil: time.Now
}

// Desk shows a checkpoint and takes cosignatures. It is safe for concurrent use.
type Desk struct {
	Config

	mu     sync.Mutex
	asked  *request
	who    map[[20]byte]string // organisations by their cosigning accounts
	looked time.Time           // when who was read
}

// request is the checkpoint that waits.
type request struct {
	cp     anchorer.Checkpoint
	signed chain.Cosigned
	need   int
	since  time.Time
	note   []byte // the checkpoint as the log signed it
	have   map[[20]byte]chain.Cosignature
}

// New makes a desk.
func New(c Config) *Desk {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Desk{Config: c}
}

// Collect implements anchorer.Config.Collect: it shows cp, unless another one is
// shown already, and gives the shown one once enough have cosigned it.
func (d *Desk) Collect(ctx context.Context, cp anchorer.Checkpoint, need int) (anchorer.Checkpoint, []chain.Cosignature, error) {
	if err := d.ask(ctx, cp, need); err != nil {
		return cp, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.asked
	r.need = need
	var good []chain.Cosignature
	for account, s := range r.have {
		if _, still := d.who[account]; still {
			good = append(good, s)
		}
	}
	if len(good) >= need {
		d.asked = nil // signed and in the outbox, or asked anew
		return r.cp, good[:need], nil
	}
	var came, missing []string
	for account, name := range d.who {
		if _, ok := r.have[account]; ok {
			came = append(came, name)
		} else {
			missing = append(missing, name)
		}
	}
	slices.Sort(came)
	slices.Sort(missing)
	why := fmt.Sprintf("size %d waits since %s for cosignatures: %d of %d came", r.cp.Size, r.since.UTC().Format(time.RFC3339), len(good), need)
	if len(came) > 0 {
		why += " (" + strings.Join(came, ", ") + ")"
	}
	if d.Now().Sub(r.since) < d.Interval {
		return cp, nil, &anchorer.CollectingError{Why: why}
	}
	return cp, nil, &anchorer.HeldError{Why: why + "; nothing came from " + strings.Join(missing, ", ") + ": does fieldseal-notary org cosign run there?"}
}

// ask sees to it that a checkpoint is shown.
func (d *Desk) ask(ctx context.Context, cp anchorer.Checkpoint, need int) error {
	d.mu.Lock()
	r, looked := d.asked, d.looked
	d.mu.Unlock()
	if r == nil || d.Now().Sub(looked) > patience*d.Interval {
		if err := d.look(ctx); err != nil {
			return err
		}
	}
	if r != nil && r.cp.Size <= cp.Size && d.Now().Sub(r.since) < patience*d.Interval {
		return nil
	}
	note, err := d.Log.Note(cp.Size)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = &request{cp: cp, signed: d.Contract.ToCosign(cp.Size, cp.Root), need: need, since: d.Now(), note: note, have: map[[20]byte]chain.Cosignature{}}
	return nil
}

// look reads who cosigns.
func (d *Desk) look(ctx context.Context) error {
	who, err := d.Contract.Cosigners(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.who, d.looked = who, d.Now()
	return nil
}

// Ask is what an organisation is asked to cosign, with the proof that it extends the
// log's first from entries.
func (d *Desk) Ask(from uint64) (client.CosignAsk, error) {
	d.mu.Lock()
	r := d.asked
	var have []string
	need := 0
	if r != nil {
		need = r.need
		for account := range r.have {
			have = append(have, d.who[account])
		}
	}
	d.mu.Unlock()
	if r == nil {
		return client.CosignAsk{}, ErrNothing
	}
	slices.Sort(have)
	out := client.CosignAsk{Origin: d.Log.Origin(), Chain: r.signed.ChainID, Contract: fmt.Sprintf("0x%x", r.signed.Contract), Needed: need, Have: have,
		Note: string(r.note), From: min(from, r.cp.Size)}
	root, err := d.Log.RootAt(out.From)
	if err != nil {
		return out, err
	}
	out.FromRoot = fmt.Sprintf("%x", root)
	proof, err := d.Log.Consistency(out.From, root, checkpoint.Checkpoint{Origin: out.Origin, Size: r.cp.Size, Root: r.cp.Root})
	if err != nil {
		return out, err
	}
	for _, h := range proof {
		out.Proof = append(out.Proof, fmt.Sprintf("%x", h))
	}
	return out, nil
}

// Take takes a cosignature of the checkpoint of a size, and names its organisation.
func (d *Desk) Take(ctx context.Context, size uint64, s chain.Cosignature) (organisation string, err error) {
	d.mu.Lock()
	r := d.asked
	d.mu.Unlock()
	if r == nil {
		return "", ErrNothing
	}
	if size != r.cp.Size {
		return "", fmt.Errorf("%w: it is of size %d, %d is asked", ErrNotAsked, size, r.cp.Size)
	}
	by, err := r.signed.By(s)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotCosigner, err)
	}
	d.mu.Lock()
	name, known := d.who[by]
	stale := d.Now().Sub(d.looked) > refresh
	d.mu.Unlock()
	if !known && stale {
		// Decided since: an organisation came in, or has another account.
		if err := d.look(ctx); err != nil {
			return "", err
		}
		d.mu.Lock()
		name, known = d.who[by]
		d.mu.Unlock()
	}
	if !known {
		return "", fmt.Errorf("%w: 0x%x", ErrNotCosigner, by)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, again := r.have[by]; !again {
		d.Logger.Info("checkpoint cosigned", "size", size, "organisation", name)
	}
	r.have[by] = s
	return name, nil
}
