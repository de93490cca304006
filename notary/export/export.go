package export

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/notary/chain"
	"fieldseal/notary/enrol"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Errors of an export. A caller can mend the first four.
var (
	// ErrNothing: nothing of what was asked for is in the log.
	ErrNothing = errors.New("nothing to show")
	// ErrAmbiguous: several gateways of the site have readings of the point.
	ErrAmbiguous = errors.New("several gateways have readings of this point")
	// ErrTooMuch: the range is above what one file can hold.
	ErrTooMuch = errors.New("range is too long for one evidence file")
	// ErrWithheld: the record cannot be shown, such as one whose payload was lost.
	ErrWithheld = errors.New("record is not here")
	// ErrSelf: this notary's own check found the file altered. It does not leave.
	ErrSelf = errors.New("evidence failed this notary's own check")
)

// Log is what an export reads of the log; [log.Log] is one.
type Log interface {
	Origin() string
	Head() log.Signed
	WaitSigned(ctx context.Context, index uint64) (log.Signed, error)
	Entry(index uint64) ([]byte, error)
	Payload(index uint64) ([]byte, error)
	Note(size uint64) ([]byte, error)
	Place(g batch.ID, boot record.BootID, seq uint64) (index uint64, digest [32]byte, err error)
	ByDigest(g batch.ID, digest [32]byte) (uint64, error)
	Batches(g batch.ID, from, to int64) iter.Seq2[log.Span, error]
	Gateway(g batch.ID) (log.Gateway, bool)
	Statements(t statement.Type) iter.Seq2[uint64, error]
	Statement(index uint64) (*statement.Signed, statement.Body, error)
	Inclusion(leaf merkle.Hash, index uint64, c checkpoint.Checkpoint) ([]merkle.Hash, error)
	Consistency(size uint64, root merkle.Hash, c checkpoint.Checkpoint) ([]merkle.Hash, error)
	Findings(g batch.ID) ([]log.Finding, error)
}

// Anchor is a checkpoint that stands in a final block.
type Anchor struct {
	Size   uint64
	Root   merkle.Hash
	Number uint64 // of the block that anchored it
	Time   uint64 // of that block, seconds since 1970
}

// Anchors knows where the log is anchored and proves it.
type Anchors interface {
	// Over is the anchored checkpoint with the smallest size above index; found
	// false when there is none yet.
	Over(index uint64) (a Anchor, found bool, err error)
	// Last is the newest anchored checkpoint.
	Last() (a Anchor, found bool, err error)
	// Prove shows an anchored checkpoint in the state of the newest final block.
	Prove(ctx context.Context, a Anchor) (anchor.Proof, error)
	// Block is the sealed header of a block that a gateway named.
	Block(ctx context.Context, b batch.Block) (anchor.Block, error)
	// Changes are runs of headers by which the validators of a BFT chain voted for
	// their successors, up to a block, ascending.
	Changes(upTo uint64) [][][]byte
}

// Register proves entries of the contract Registry.
type Register interface {
	// ShowRegister shows entries in the state of a block, which it seals; also that
	// the register does not know them.
	ShowRegister(ctx context.Context, number uint64, want []chain.FactKey) (anchor.Register, []file.ShownFact, error)
}

// Config says what an exporter needs.
type Config struct {
	Log      Log
	Store    store.Store // configurations and profiles
	Registry *enrol.Registry
	Anchors  Anchors
	// Register shows what the organisations of the chain say of the gateway, its site
	// and who may read it; nil: there is none.
	Register Register
	// Trust is what this notary says of itself, for its own check (package trust).
	Trust    *trust.File
	Decoders func(protocol string) (profile.Decoder, bool)
	Now      func() time.Time
	Logger   *slog.Logger
}

// Exporter makes evidence files. It is safe for concurrent use.
type Exporter struct {
	Config
	grants [][32]byte
	steps  bool
}

// New returns an exporter.
func New(c Config) *Exporter { return &Exporter{Config: c} }

// Granting is x, whose files also show what the register says of permissions: that
// they stand, have ended, or that there are none by these ids.
func (x *Exporter) Granting(grants ...[32]byte) *Exporter {
	return &Exporter{Config: x.Config, grants: grants, steps: x.steps}
}

// Recounting is x, whose files also show what the notary recorded about alarms of
// the point: who acknowledged them and what was said. They name people.
func (x *Exporter) Recounting() *Exporter {
	return &Exporter{Config: x.Config, grants: x.grants, steps: true}
}

// Result is an evidence file, with what this notary itself finds of it.
type Result struct {
	Name   string // for the file, without a folder
	Text   []byte
	Report *verify.Report
}

// slimAbove is the size, in bytes, that the evidence of one reading shall not
// pass: above it the anchor of the newest checkpoint stays out, where an earlier
// anchor over the reading is in. The status list then rests on the log's
// signature and its consistency with the anchored checkpoint.
var slimAbove = 16 << 10

// Reading makes the evidence of one record of a gateway.
func (x *Exporter) Reading(ctx context.Context, g batch.ID, boot record.BootID, seq uint64, leaf uint32) (*Result, error) {
	r, err := x.reading(ctx, g, boot, seq, leaf, false)
	if err == nil && len(r.Text) > slimAbove {
		return x.reading(ctx, g, boot, seq, leaf, true)
	}
	return r, err
}

func (x *Exporter) reading(ctx context.Context, g batch.ID, boot record.BootID, seq uint64, leaf uint32, slim bool) (*Result, error) {
	w, err := x.begin(g)
	if err != nil {
		return nil, err
	}
	w.slim = slim
	index, _, err := x.Log.Place(g, boot, seq)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w: gateway %s has no batch %x/%d in the log", ErrNothing, g, boot, seq)
	}
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	b, err := w.open(index)
	if err != nil {
		return nil, err
	}
	if b.payload == nil {
		return nil, fmt.Errorf("%w: the records of batch %s never came, or were erased; its header is logged", ErrWithheld, b.header.Name())
	}
	if leaf >= uint32(len(b.payload.Records)) {
		return nil, fmt.Errorf("%w: batch %s has %d records, and no leaf %d", ErrNothing, b.header.Name(), len(b.payload.Records), leaf)
	}
	reading, ok := b.payload.Records[leaf].(*record.Reading)
	if !ok {
		return nil, fmt.Errorf("%w: leaf %d of batch %s is a %v; evidence is of a reading", ErrNothing, leaf, b.header.Name(), b.payload.Records[leaf].Kind())
	}
	b.show(leaf)
	b.claimed = true
	frames, err := w.showFrames(b, reading)
	if err != nil {
		return nil, err
	}
	if err := w.addRivals(); err != nil {
		return nil, err
	}
	w.File.Claim = file.Claim{Kind: file.KindReading, Site: w.entry.Site, Gateway: g, Point: reading.Point, Frames: frames,
		Reading: &file.ReadingRef{Boot: file.Boot(boot), Seq: seq, Leaf: leaf}}
	name := fmt.Sprintf("%s-%s-%s", w.entry.SiteSlug, slug(reading.Point), stamp(reading.Time))
	return x.finish(ctx, w, name, []int64{reading.Time})
}

// Range makes the evidence of every reading of a point from one moment until
// before another (Unix µs).
func (x *Exporter) Range(ctx context.Context, g batch.ID, point string, from, to int64) (*Result, error) {
	w, err := x.begin(g)
	if err != nil {
		return nil, err
	}
	if err := w.collect(ctx, from, to); err != nil {
		return nil, err
	}
	frames, n := true, 0
	for _, b := range w.batches {
		if !b.claimed || b.payload == nil {
			continue
		}
		found, ok, err := w.showPoint(b, point)
		if err != nil {
			return nil, err
		}
		n, frames = n+found, frames && ok
	}
	if err := w.addExplanations(ctx, point, from, to); err != nil {
		return nil, err
	}
	if err := w.addRivals(); err != nil {
		return nil, err
	}
	w.File.Claim = file.Claim{Kind: file.KindRange, Site: w.entry.Site, Gateway: g, Point: point, Frames: frames && n > 0,
		Range: &file.Range{From: from, To: to}}
	name := fmt.Sprintf("%s-%s-%s-%s", w.entry.SiteSlug, slug(point), stamp(from), stamp(to))
	return x.finish(ctx, w, name, w.planTimes())
}

func (x *Exporter) begin(g batch.ID) (*work, error) {
	e, ok := x.Registry.Get(g)
	if !ok {
		return nil, fmt.Errorf("%w: gateway %s is not enrolled here", ErrNothing, g)
	}
	if e.State == enrol.Pending {
		return nil, fmt.Errorf("%w: the enrolment of gateway %s is not signed yet", ErrNothing, g)
	}
	return &work{Exporter: x, entry: e, at: map[uint64]*sealed{}}, nil
}

// finish adds what every file carries, writes it and asks the verifier.
func (x *Exporter) finish(ctx context.Context, w *work, name string, planTimes []int64) (*Result, error) {
	w.File.Format = file.Format
	if err := w.assemble(ctx, planTimes); err != nil {
		return nil, err
	}
	text, err := file.Marshal(&w.File)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooMuch, err)
	}
	r := verify.File(text, verify.Options{Trust: x.Trust, Decoders: x.Decoders, Now: x.Now().UnixMicro()})
	if r.Verdict == verify.Altered {
		for _, c := range r.Checks {
			if c.Status == verify.Altered {
				x.Logger.Error("own evidence does not verify", "file", name, "check", c.Name, "detail", c.Detail.EN)
				return nil, fmt.Errorf("%w: %s: %s", ErrSelf, c.Name, c.Detail.EN)
			}
		}
		return nil, ErrSelf
	}
	return &Result{Name: name + file.Extension, Text: text, Report: r}, nil
}

func stamp(micros int64) string { return time.UnixMicro(micros).UTC().Format("20060102T150405Z") }

// slug makes a point's name fit for a file's.
func slug(s string) string {
	b := []byte(s)
	for i, c := range b {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			b[i] = '-'
		}
	}
	return string(b)
}

// Gateways lists the gateways of a site that have a reading of the point in the
// range, or, where none has, those that said anything about it there.
func (x *Exporter) Gateways(site batch.ID, point string, from, to int64) ([]batch.ID, error) {
	var with, about []batch.ID
	for _, e := range x.Registry.List() {
		if e.Site != site || e.State == enrol.Pending {
			continue
		}
		w, err := x.begin(e.Gateway)
		if err != nil {
			return nil, err
		}
		reads, speaks, err := w.mentions(point, from, to)
		if err != nil {
			return nil, err
		}
		if reads {
			with = append(with, e.Gateway)
		}
		if speaks {
			about = append(about, e.Gateway)
		}
	}
	if len(with) == 0 {
		return about, nil
	}
	return with, nil
}
