package anchorer

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/chain"
)

// desk is an Anchorer with a model around it.
type desk struct {
	*model
	contract modelContract
	out      *memory
	book     *book
	reports  []Anchored
}

func newDesk(t testing.TB, depth uint64, automine bool) *desk {
	d := &desk{model: newModel(t), out: &memory{t: t}, book: &book{}}
	d.depth, d.automine = depth, automine
	d.contract = modelContract{model: d.model}
	return d
}

func (d *desk) config() Config {
	return Config{
		Chain: d.model, Contract: d.contract, Identity: d.identity(), Checkpoints: d.book, Outbox: d.out,
		Report: func(_ context.Context, a Anchored) error { d.reports = append(d.reports, a); return nil },
	}
}

func step(t *testing.T, a *Anchorer) bool {
	t.Helper()
	busy, err := a.Step(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return busy
}

func sizes(reports []Anchored) (out []uint64) {
	for _, r := range reports {
		out = append(out, r.Size)
	}
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestOneStepAnchorsOnTheEmbeddedChain(t *testing.T) {
	d := newDesk(t, 0, true)
	a := New(d.config())
	same(t, "busy before the first checkpoint", step(t, a), false)
	same(t, "rows", len(d.out.rows), 0)
	d.book.size = 5
	same(t, "busy", step(t, a), false)
	same(t, "reports", sizes(d.reports), []uint64{5})
	r, b := d.reports[0], d.blocks[1]
	if r.Number != 1 || r.BlockHash != b.Hash || r.Time != b.Time || r.TxHash != d.out.rows[0].Hash || r.Root != d.book.root(5) {
		t.Fatalf("%+v", r)
	}
	row := d.out.rows[0]
	if row.State != Final || row.Number != 1 || row.BlockHash != b.Hash || row.Time != b.Time {
		t.Fatalf("%+v", row)
	}
	step(t, a)
	same(t, "blocks with nothing new", len(d.blocks), 2)
}

func TestOnlyTheNewestCheckpointIsAnchored(t *testing.T) {
	d := newDesk(t, 2, false)
	a := New(d.config())
	d.book.size = 5
	same(t, "busy", step(t, a), true)
	for range 3 {
		d.book.size += 10 // grows while the first is under way
		d.mine()
		step(t, a)
	}
	same(t, "reports", sizes(d.reports), []uint64{5})
	same(t, "rows", len(d.out.rows), 1)
	step(t, a)
	same(t, "the next row's size", d.out.rows[1].Size, uint64(35))
}

func TestABlockCountsOnlyAtItsDepth(t *testing.T) {
	d := newDesk(t, 2, false)
	a := New(d.config())
	d.book.size = 5
	step(t, a)
	for depth := range 2 {
		d.mine()
		same(t, "busy", step(t, a), true)
		if len(d.reports) != 0 {
			t.Fatalf("reported with %d blocks on it", depth)
		}
	}
	d.mine()
	same(t, "busy", step(t, a), false)
	same(t, "reports", sizes(d.reports), []uint64{5})
}

func TestAnUndoneBlocksBytesAreSentAgain(t *testing.T) {
	d := newDesk(t, 2, false)
	a := New(d.config())
	d.book.size = 5
	step(t, a)
	d.mine()
	step(t, a)
	d.undo(1)
	d.book.size = 9 // tempting, but the nonce is taken
	step(t, a)
	same(t, "times sent", d.sends[string(d.out.rows[0].Raw)], 2)
	for range 3 {
		d.mine()
		step(t, a)
	}
	same(t, "reports", sizes(d.reports), []uint64{5})
	if b := d.blocks[1]; d.reports[0].BlockHash != b.Hash {
		t.Fatal("reported the block that was undone")
	}
}

func TestALostTransactionIsSentAgainAndAgain(t *testing.T) {
	d := newDesk(t, 0, false)
	a := New(d.config())
	d.book.size = 5
	for n := range 4 {
		same(t, "busy", step(t, a), true)
		clear(d.pool)
		same(t, "rows", len(d.out.rows), 1)
		same(t, "times sent", d.sends[string(d.out.rows[0].Raw)], n+1)
	}
	step(t, a)
	d.mine()
	same(t, "busy", step(t, a), false)
	same(t, "reports", sizes(d.reports), []uint64{5})
}

func TestANonceUsedElsewhereIsLeftBehind(t *testing.T) {
	d := newDesk(t, 0, false)
	a := New(d.config())
	d.book.size = 5
	step(t, a)
	// An older copy of this outbox signed nonce 0 for another checkpoint.
	d.pool[0] = modelTx{Nonce: 0, Size: 3, Root: d.book.root(3), Writer: true}
	d.mine()
	same(t, "busy", step(t, a), true)
	same(t, "state", d.out.rows[0].State, Superseded)
	step(t, a)
	same(t, "next nonce", d.out.rows[1].Nonce, uint64(1))
	d.mine()
	step(t, a)
	same(t, "reports", sizes(d.reports), []uint64{3, 5})
}

func TestTheFurtherNonceIsTaken(t *testing.T) {
	t.Run("the node's", func(t *testing.T) {
		d := newDesk(t, 0, true)
		for n := range uint64(4) {
			d.pool[n] = modelTx{Nonce: n, Size: n + 1, Root: d.book.root(n + 1), Writer: true}
		}
		d.mine()
		d.book.size = 9
		step(t, New(d.config()))
		same(t, "nonce", d.out.rows[0].Nonce, uint64(4))
		same(t, "reports", sizes(d.reports), []uint64{4, 9})
	})
	t.Run("our own", func(t *testing.T) {
		d := newDesk(t, 0, false)
		d.out.rows = []Row{{Nonce: 7, Size: 1, State: Superseded}}
		d.book.size = 9
		step(t, New(d.config()))
		same(t, "nonce", d.out.rows[1].Nonce, uint64(8))
	})
}

func TestALostOutboxIsNoFork(t *testing.T) {
	d := newDesk(t, 0, true)
	d.book.size = 5
	step(t, New(d.config()))
	d.out.rows, d.reports = nil, nil
	a := New(d.config())
	same(t, "busy", step(t, a), false)
	same(t, "reports", sizes(d.reports), []uint64{5})
	same(t, "rows", len(d.out.rows), 0)
	d.book.size = 6
	step(t, a)
	same(t, "reports", sizes(d.reports), []uint64{5, 6})
	same(t, "nonce", d.out.rows[0].Nonce, uint64(1))
}

// TestStateWinsOverReceipts: ours succeeded in block 2, but changed nothing:
// an older outbox's transaction had anchored the same checkpoint in block 1.
func TestStateWinsOverReceipts(t *testing.T) {
	for _, later := range []bool{false, true} {
		d := newDesk(t, 0, false)
		d.book.size = 5
		d.pool[0] = modelTx{Nonce: 0, Size: 5, Root: d.book.root(5), Writer: true}
		d.mine()
		ours := modelTx{Nonce: 1, Size: 5, Root: d.book.root(5), Writer: true}
		raw, hash := ours.encode()
		d.out.rows = []Row{{Nonce: 1, Size: 5, Root: ours.Root, Raw: raw, Hash: hash, State: Open}}
		d.pool[1] = ours
		d.mine()
		if later {
			// A larger one follows, so that the seat no longer knows the block.
			d.pool[2] = modelTx{Nonce: 2, Size: 8, Root: d.book.root(8), Writer: true}
			d.mine()
			d.book.size = 8
		}
		step(t, New(d.config()))
		r := d.reports[0]
		if r.Size != 5 || r.Number != 1 || r.BlockHash != d.blocks[1].Hash || r.TxHash != [32]byte{} {
			t.Fatalf("later %v: %+v", later, r)
		}
		same(t, "state", d.out.rows[0].State, Final)
		same(t, "block of the row", d.out.rows[0].Number, uint64(1))
	}
}

func TestAlarms(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given func(d *desk)
		want  any
	}{
		{"another root at our size", func(d *desk) {
			d.pool[0] = modelTx{Nonce: 0, Size: 5, Root: [32]byte{9}, Writer: true}
			d.mine()
		}, new(*ForkError)},
		{"another root at a smaller size", func(d *desk) {
			d.pool[0] = modelTx{Nonce: 0, Size: 4, Root: [32]byte{9}, Writer: true}
			d.mine()
		}, new(*ForkError)},
		{"another root under an open row", func(d *desk) {
			raw, hash := modelTx{1, 5, d.book.root(5), true}.encode()
			d.out.rows = []Row{{Nonce: 1, Size: 5, Root: d.book.root(5), Raw: raw, Hash: hash, State: Open}}
			d.pool[0] = modelTx{Nonce: 0, Size: 5, Root: [32]byte{9}, Writer: true}
			d.mine()
		}, new(*ForkError)},
		{"another root below, under an open row", func(d *desk) {
			raw, hash := modelTx{2, 5, d.book.root(5), true}.encode()
			d.out.rows = []Row{{Nonce: 2, Size: 5, Root: d.book.root(5), Raw: raw, Hash: hash, State: Open}}
			d.pool[0] = modelTx{Nonce: 0, Size: 5, Root: [32]byte{9}, Writer: true}
			d.pool[1] = modelTx{Nonce: 1, Size: 6, Root: d.book.root(6), Writer: true}
			d.mine()
			d.book.size = 6
		}, new(*ForkError)},
		{"the log is behind", func(d *desk) {
			d.pool[0] = modelTx{Nonce: 0, Size: 6, Root: d.book.root(6), Writer: true}
			d.mine()
		}, new(*BehindError)},
		{"not the writer any more", func(d *desk) { d.contract.refused = true }, new(*RevertedError)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk(t, 0, true)
			d.book.size = 5
			identity := d.identity()
			tc.given(d)
			c := d.config()
			c.Identity = identity
			err := New(c).Run(t.Context())
			if err == nil || !errors.As(err, tc.want) {
				t.Fatalf("got %v, want %T", err, tc.want)
			}
			for _, r := range d.reports {
				if r.Size == 5 {
					t.Fatalf("reported as anchored: %+v", r)
				}
			}
		})
	}
}

func TestAClosedLogIsAnAlarmOnlyWhenItGrows(t *testing.T) {
	d := newDesk(t, 0, true)
	d.book.size = 5
	step(t, New(d.config()))
	c := d.config()
	c.Contract = closed{d.contract}
	a := New(c)
	step(t, a)
	d.book.size = 6
	var want *ClosedError
	if _, err := a.Step(t.Context()); !errors.As(err, &want) || want.Size != 5 {
		t.Fatalf("got %v", err)
	}
}

type closed struct{ modelContract }

func (c closed) Newest(ctx context.Context, at uint64) (chain.Seat, error) {
	s, err := c.modelContract.Newest(ctx, at)
	s.Closed = true
	return s, err
}

// TestEveryCrashPointLeavesOneAnchor breaks each write there is, in each way,
// with and without the process surviving.
func TestEveryCrashPointLeavesOneAnchor(t *testing.T) {
	errFault := errors.New("fault")
	type fault struct {
		at                string // which write
		persisted, killed bool
	}
	var faults []fault
	for _, at := range []string{"row", "send", "report", "close"} {
		for _, persisted := range []bool{false, true} {
			for _, killed := range []bool{false, true} {
				faults = append(faults, fault{at, persisted, killed})
			}
		}
	}
	for _, f := range faults {
		name := f.at + " failed"
		if f.persisted {
			name += " but persisted"
		}
		if f.killed {
			name += ", killed"
		}
		for _, way := range []string{"embedded", "depth 2", "depth 2, two rows open"} {
			t.Run(name+", "+way, func(t *testing.T) {
				depth := uint64(2)
				if way == "embedded" {
					depth = 0
				}
				d := newDesk(t, depth, depth == 0)
				fired, both := 0, 0
				c := d.config()
				// fail runs a write as the fault says, the first time it is met.
				fail := func(at string, write func() error) error {
					if at != f.at || fired > 0 {
						return write()
					}
					fired++
					if f.persisted {
						if err := write(); err != nil {
							t.Fatal(err)
						}
					}
					return errFault
				}
				c.Outbox = hookedOutbox{d.out, fail}
				c.Chain = hookedChain{d.model, fail}
				plain := c.Report
				c.Report = func(ctx context.Context, a Anchored) error {
					return fail("report", func() error { return plain(ctx, a) })
				}
				a := New(c)
				grow := []uint64{5, 9, 9, 9, 9, 9, 9, 12, 12, 12, 12, 12, 12, 12, 12, 12}
				if way == "depth 2, two rows open" {
					grow = append([]uint64{5, 6, 7, 8, 9, 10, 11}, slices.Repeat([]uint64{12}, 30)...)
				}
				for i, size := range grow {
					d.book.size = size
					if way == "depth 2, two rows open" {
						a.isLate()
					}
					if _, err := a.Step(t.Context()); err != nil {
						if !errors.Is(err, errFault) {
							t.Fatal(err)
						}
						if f.killed {
							a = New(c)
						}
					}
					if n := len(d.out.rows); n > 1 && d.out.rows[n-1].State == Open && d.out.rows[n-2].State == Open {
						both++
					}
					if depth > 0 && (way != "depth 2, two rows open" || i%2 == 1) { // no block at once: it is late
						d.mine()
					}
				}
				if way == "depth 2, two rows open" && both == 0 {
					t.Fatal("two rows were never open at once")
				}
				if fired != 1 {
					t.Fatalf("the fault was met %d times", fired)
				}
				seat, slots, _ := d.state(uint64(len(d.blocks)))
				same(t, "newest anchored", seat.Size, uint64(12))
				want := map[uint64]bool{}
				nonces := map[uint64]bool{}
				for _, r := range d.out.rows {
					if r.State != Final || nonces[r.Nonce] {
						t.Fatalf("rows %+v", d.out.rows)
					}
					nonces[r.Nonce], want[r.Size] = true, true
				}
				same(t, "anchored and recorded", len(slots), len(want))
				same(t, "transactions in blocks", d.mined(), uint64(len(d.out.rows)))
				seen := map[uint64]Anchored{}
				for _, r := range d.reports {
					if slots[r.Size] != anchor.Slot(r.Root, r.Size, r.Number, r.Time) || d.blocks[r.Number].Hash != r.BlockHash {
						t.Fatalf("reported what does not stand there: %+v", r)
					}
					if old, ok := seen[r.Size]; ok && old.BlockHash != r.BlockHash {
						t.Fatalf("reported two ways: %+v, %+v", old, r)
					}
					seen[r.Size] = r
				}
				same(t, "reported", len(seen), len(slots))
			})
		}
	}
}

type hookedOutbox struct {
	Outbox
	fail func(string, func() error) error
}

func (h hookedOutbox) Put(ctx context.Context, r Row) error {
	at := "close"
	if r.State == Open {
		at = "row"
	}
	return h.fail(at, func() error { return h.Outbox.Put(ctx, r) })
}

type hookedChain struct {
	Chain
	fail func(string, func() error) error
}

func (h hookedChain) Send(ctx context.Context, raw []byte) error {
	return h.fail("send", func() error { return h.Chain.Send(ctx, raw) })
}

func TestRunKeepsItsIntervalAndOutlastsTheChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, 0, true)
		var said strings.Builder
		c := d.config()
		c.Log = slog.New(slog.NewTextHandler(&said, nil))
		start := time.Now()
		var when []time.Duration
		plain := c.Report
		c.Report = func(ctx context.Context, a Anchored) error {
			when = append(when, time.Since(start))
			return plain(ctx, a)
		}
		d.book.size = 1
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- New(c).Run(ctx) }()
		synctest.Wait()
		d.book.size = 2
		time.Sleep(14 * time.Second)
		synctest.Wait()
		d.book.size = 3
		time.Sleep(2 * time.Second)
		synctest.Wait()
		d.fail = errors.New("no such host")
		d.book.size = 4
		time.Sleep(time.Hour)
		synctest.Wait()
		d.fail = nil
		d.book.size = 5
		time.Sleep(8 * time.Second) // half an interval, and the round itself
		synctest.Wait()
		stop()
		same(t, "Run", <-done, nil)
		same(t, "reports", sizes(d.reports), []uint64{1, 3, 5})
		same(t, "when", when[:2], []time.Duration{0, 15 * time.Second})
		same(t, "warnings in an hour", strings.Count(said.String(), "WARN"), 1)
	})
}

func TestAWrongChainIsAnAlarmAsLongAsItIsThere(t *testing.T) {
	for name, wrong := range map[string]func(d *desk){
		"genesis block":  func(d *desk) { d.blocks[0].Hash[0] ^= 1 },
		"code of":        func(d *desk) { d.code[0] ^= 1 },
		"which anchored": func(d *desk) { d.blocks[1].Hash[0] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, 0, true)
				c := d.config()
				c.Last = func() (Anchored, bool) {
					if len(d.reports) == 0 {
						return Anchored{}, false
					}
					return d.reports[len(d.reports)-1], true
				}
				var state error
				c.State = func(err error) { state = err }
				d.book.size = 5
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error)
				go func() { done <- New(c).Run(ctx) }()
				synctest.Wait()
				wrong(d)
				d.book.size = 6
				time.Sleep(time.Hour)
				synctest.Wait()
				var identity *IdentityError
				if !errors.As(state, &identity) || !strings.Contains(state.Error(), name) || !strings.Contains(state.Error(), "log close") {
					t.Fatalf("the alarm says %v", state)
				}
				same(t, "reports meanwhile", sizes(d.reports), []uint64{5})
				wrong(d)
				time.Sleep(8 * time.Second)
				synctest.Wait()
				same(t, "alarm", state, error(nil))
				same(t, "reports", sizes(d.reports), []uint64{5, 6})
				stop()
				same(t, "Run", <-done, nil)
			})
		})
	}
}

func TestWhatTheOrganisationsMustDecideIsWaitedFor(t *testing.T) {
	d := newDesk(t, 0, true)
	d.book.size = 5
	rules := &chain.Rules{}
	d.contract.rules = rules
	a := New(d.config())
	waits := func(want string) {
		t.Helper()
		var h *HeldError
		if _, err := a.Step(t.Context()); !errors.As(err, &h) || !strings.Contains(h.Why, want) {
			t.Fatalf("got %v, want %q", err, want)
		}
		same(t, "rows", len(d.out.rows), 0)
	}
	waits("not registered")
	rules.Writer = [20]byte{3}
	waits("propose writer")
	rules.Writer, rules.Stopped = d.contract.Account(), true
	waits("stopped")
	rules.Stopped, rules.Cosigners = false, 2
	waits("nobody is asked")
	a.Collect = func(_ context.Context, cp Checkpoint, need int) (Checkpoint, []chain.Cosignature, error) {
		same(t, "asked for", need, 2)
		if d.book.size < 7 {
			return cp, nil, held("waits for Court")
		}
		return Checkpoint{5, d.book.root(5)}, make([]chain.Cosignature, need), nil
	}
	waits("Court")
	d.book.size = 7 // meanwhile the log went on: what was cosigned is anchored
	step(t, a)
	same(t, "reports", sizes(d.reports), []uint64{5})
	same(t, "cosigners", d.out.rows[0].Cosigners, 2)
}

func TestARevertThatADecisionExplainsIsNoAlarm(t *testing.T) {
	d := newDesk(t, 0, true)
	d.book.size = 5
	d.contract.refused = true
	d.contract.rules = &chain.Rules{Writer: d.contract.Account()}
	a := New(d.config())
	a.Contract = decidedMeanwhile{d.contract}
	var h *HeldError
	if _, err := a.Step(t.Context()); !errors.As(err, &h) {
		t.Fatalf("got %v", err)
	}
	same(t, "state", d.out.rows[0].State, Superseded)
}

// decidedMeanwhile is stopped while the transaction is under way.
type decidedMeanwhile struct{ modelContract }

func (c decidedMeanwhile) Sign(ctx context.Context, nonce, size uint64, root [32]byte, s []chain.Cosignature) ([]byte, [32]byte, error) {
	c.rules.Stopped = true
	return c.modelContract.Sign(ctx, nonce, size, root, s)
}

// isLate makes the row that was sent last one that no block took for an interval.
func (a *Anchorer) isLate() { a.sentAt = time.Now().Add(-time.Hour) }

func TestOnlyALateRowIsFollowedBeforeItIsFinal(t *testing.T) {
	d := newDesk(t, 2, false)
	d.contract.rules = &chain.Rules{Writer: d.contract.Account(), Cosigners: 2}
	a := New(d.config())
	var fails error
	a.Collect = func(_ context.Context, cp Checkpoint, need int) (Checkpoint, []chain.Cosignature, error) {
		return cp, make([]chain.Cosignature, need), fails
	}
	d.book.size = 5
	step(t, a)
	d.book.size = 9
	d.mine()
	a.started = time.Now().Add(-time.Hour) // it takes long to become final, or to be cosigned
	a.isLate()
	step(t, a)
	same(t, "rows behind one that was taken at once", len(d.out.rows), 1)
	d.mine()
	d.mine()
	same(t, "busy", step(t, a), false)

	step(t, a) // 9
	a.isLate()
	d.book.size = 12
	step(t, a)
	same(t, "rows while no block has the late one", len(d.out.rows), 2)
	d.mine()
	fails = held("Court does not cosign")
	same(t, "busy", step(t, a), true) // holds nothing up
	same(t, "rows without cosignatures", len(d.out.rows), 2)
	fails = nil
	step(t, a)
	same(t, "rows", len(d.out.rows), 3)
	same(t, "the next row's size", d.out.rows[2].Size, uint64(12))
	d.book.size = 20
	for range 3 {
		step(t, a)
	}
	same(t, "rows", len(d.out.rows), 3) // two are open
	d.mine()
	d.mine() // the first is final
	same(t, "busy", step(t, a), true)
	same(t, "reports", sizes(d.reports), []uint64{5, 9})
	step(t, a)
	same(t, "rows behind the second, which is not late", len(d.out.rows), 3)
	d.mine()
	same(t, "busy", step(t, a), false)
	same(t, "reports", sizes(d.reports), []uint64{5, 9, 12})
	same(t, "transactions in blocks", d.mined(), uint64(3))
}

// TestTwoOpenRowsOutlastForksAndOtherSenders: whatever becomes of the first, the second
// stands or is replaced, and no nonce is left out.
func TestTwoOpenRowsOutlastForksAndOtherSenders(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*desk)
		states  []State
		sizes   []uint64
	}{
		"both blocks undone":                            {func(d *desk) { d.undo(2) }, []State{Final, Final}, []uint64{5, 9}},
		"both blocks undone and both transactions lost": {func(d *desk) { d.undo(2); clear(d.pool) }, []State{Final, Final}, []uint64{5, 9}},
		"the second's block undone":                     {func(d *desk) { d.undo(1) }, []State{Final, Final}, []uint64{5, 9}},
		"the first's nonce is another's": {func(d *desk) {
			d.undo(2)
			d.pool[0] = modelTx{Nonce: 0, Size: 1}
			d.mine()
		}, []State{Superseded, Final}, []uint64{9}},
		"killed": {func(*desk) {}, []State{Final, Final}, []uint64{5, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, 2, false)
			a := New(d.config())
			d.book.size = 5
			step(t, a)
			a.isLate()
			step(t, a)
			d.mine()
			d.book.size = 9
			step(t, a)
			d.mine()
			step(t, a)
			same(t, "rows", len(d.out.rows), 2)
			c.happens(d)
			a = New(d.config())
			for range 12 {
				var h *HeldError
				if _, err := a.Step(t.Context()); err != nil && !errors.As(err, &h) {
					t.Fatal(err)
				}
				d.mine()
			}
			var states []State
			for _, r := range d.out.rows {
				states = append(states, r.State)
			}
			same(t, "states", states, c.states)
			same(t, "reports", sizes(d.reports), c.sizes)
			same(t, "transactions in blocks", d.mined(), uint64(2))
		})
	}
}

// TestWhatANodeSaysOfNoncesIsWaitedOut: a nonce that is never reached would hold up
// every later one, and so would a hole behind a row that was given up.
func TestWhatANodeSaysOfNoncesIsWaitedOut(t *testing.T) {
	for _, said := range []uint64{1, 40, 1_000_000} {
		d := newDesk(t, 2, false)
		d.book.size = 5
		a := New(d.config())
		lying := &farAhead{d.model, said}
		a.Chain = lying
		var h *HeldError
		for range 5 {
			if _, err := a.Step(t.Context()); !errors.As(err, &h) || !strings.Contains(h.Why, "transaction 0 of") {
				t.Fatalf("got %v", err)
			}
			d.mine()
		}
		same(t, "rows", len(d.out.rows), 1)
		same(t, "state", d.out.rows[0].State, Open)
		a.Chain = d.model
		step(t, a)
		d.mine()
		d.mine()
		d.mine()
		step(t, a)
		same(t, "reports", sizes(d.reports), []uint64{5})
		same(t, "rows", len(d.out.rows), 1)
	}
}

// TestAReceiptThatLiesGivesUpNoRow: a row that is given up for a block that never was
// leaves a hole before the next.
func TestAReceiptThatLiesGivesUpNoRow(t *testing.T) {
	for _, ok := range []bool{true, false} {
		d := newDesk(t, 2, false)
		d.book.size = 5
		a := New(d.config())
		step(t, a)
		clear(d.pool) // the node does not pass it on
		d.mine()
		d.mine()
		d.mine()
		a.Chain = lyingReceipt{d.model, ok}
		var h *HeldError
		if _, err := a.Step(t.Context()); !errors.As(err, &h) || !strings.Contains(h.Why, "does not know it") {
			t.Fatalf("got %v", err)
		}
		a = New(d.config())
		for range 4 {
			step(t, a)
			d.mine()
		}
		step(t, a)
		same(t, "reports", sizes(d.reports), []uint64{5})
		same(t, "rows", len(d.out.rows), 1)
	}
}

// lyingReceipt says that every transaction stands in block 1.
type lyingReceipt struct {
	*model
	ok bool
}

func (l lyingReceipt) Receipt(context.Context, [32]byte) (chain.Receipt, bool, error) {
	return chain.Receipt{Number: 1, BlockHash: l.blocks[1].Hash, OK: l.ok}, true, nil
}

// farAhead is a node that counts more transactions of the account than there are.
type farAhead struct {
	*model
	nonce uint64
}

func (f *farAhead) MinedNonce(context.Context, [20]byte) (uint64, error) { return f.nonce, nil }
