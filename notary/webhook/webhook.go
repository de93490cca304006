package webhook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/live"
	"fieldseal/notary/store"
)

// Events is the cursor that hooks follow; [live.Live] is one.
type Events interface {
	First() uint64
	Last() uint64
	Wait(ctx context.Context, after uint64) ([]*live.Event, error)
}

// Viewer is whose rights a hook stands under.
type Viewer interface {
	Sees(site batch.ID) bool
	SeesAll() bool
}

// Config says what hooks need.
type Config struct {
	Store  store.Store
	Events Events
	// Maker is the viewer of an account; false: it may see nothing any more.
	Maker func(name string) (Viewer, bool)
	// Deed writes a group together with a row of the audit trail; nil: there is none.
	Deed      func(ctx context.Context, g *store.Group, what, subject string) error
	Transport http.RoundTripper // nil: TLS by the machine's roots, without proxies
	Patience  time.Duration     // with one delivery; 0: 10 s
	Backoff   time.Duration     // before the first repetition, doubled up to 5 minutes; 0: 1 s
	Now       func() time.Time
	Metrics   *Metrics // nil: not counted
	Logger    *slog.Logger
}

// Hooks sends events. It is safe for concurrent use.
type Hooks struct {
	Config
	guarded, free *http.Client // for accounts, and for the notary's operator

	mu      sync.Mutex
	hooks   map[string]*running
	started context.Context // of Run; nil before
	wg      sync.WaitGroup
}

// running is a hook with how it stands; owned by Hooks.mu but for hook, which does not change.
type running struct {
	hook     Hook
	progress progress
	stored   uint64 // After as it is in the store
	failing  int64
	err      string
	next     int64
	cancel   context.CancelFunc
}

// Open reads the hooks.
func Open(c Config) (*Hooks, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Patience == 0 {
		c.Patience = patience
	}
	if c.Backoff == 0 {
		c.Backoff = minBackoff
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	h := &Hooks{Config: c, hooks: map[string]*running{}}
	h.guarded, h.free = clients(c.Transport)
	for kv, err := range c.Store.Rows(store.TableWebhook, store.Prefix([]byte("h"))) {
		var r row
		if err == nil {
			err = json.Unmarshal(kv.Value, &r)
		}
		if err == nil && r.Version != 1 {
			err = fmt.Errorf("version %d", r.Version)
		}
		if err != nil {
			return nil, fmt.Errorf("webhook %s: %w", kv.Key, err)
		}
		x := &running{hook: r.Hook}
		x.hook.secret = r.Secret
		v, err := c.Store.Row(store.TableWebhook, progressKey(r.Hook.ID))
		if err == nil {
			err = json.Unmarshal(v, &x.progress)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("webhook %s: %w", r.Hook.ID, err)
		}
		h.hooks[r.Hook.ID] = x
	}
	return h, nil
}

func hookKey(id string) []byte     { return []byte("h" + id) }
func progressKey(id string) []byte { return []byte("p" + id) }

// Add makes a hook that begins with the next event, and gives its secret, which is
// told only here.
func (h *Hooks) Add(ctx context.Context, maker, address string, f Filter) (State, string, error) {
	if _, err := checkURL(address, maker == ""); err != nil {
		return State{}, "", err
	}
	if err := f.check(); err != nil {
		return State{}, "", err
	}
	text, secret := NewSecret()
	x := &running{hook: Hook{ID: newID(), URL: address, Maker: maker, Created: h.Now().UnixMicro(), Filter: f, secret: secret}, progress: progress{After: h.Events.Last()}}
	v, err := json.Marshal(row{1, x.hook, secret})
	if err != nil {
		return State{}, "", err
	}
	p, err := json.Marshal(x.progress)
	if err != nil {
		return State{}, "", err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.hooks) >= MaxHooks {
		return State{}, "", fmt.Errorf("%w: there are %d, and that is the most; remove one", ErrHook, MaxHooks)
	}
	own := 0
	for _, o := range h.hooks {
		if maker != "" && o.hook.Maker == maker {
			own++
		}
	}
	if own >= MaxOwn {
		return State{}, "", fmt.Errorf("%w: %s has %d, and that is the most of one account; remove one", ErrHook, maker, MaxOwn)
	}
	g := &store.Group{Rows: []store.Put{{Table: store.TableWebhook, Key: hookKey(x.hook.ID), Value: v}, {Table: store.TableWebhook, Key: progressKey(x.hook.ID), Value: p}}}
	if err := h.write(ctx, g, "webhook.add", x.hook.ID+" to "+address); err != nil {
		return State{}, "", err
	}
	h.hooks[x.hook.ID] = x
	h.begin(x)
	return h.state(x), text, nil
}

// Remove ends a hook. maker nil: whoever made it.
func (h *Hooks) Remove(ctx context.Context, id string, maker *string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.hooks[id]
	if x == nil || maker != nil && x.hook.Maker != *maker {
		return fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	g := &store.Group{Rows: []store.Put{{Table: store.TableWebhook, Key: hookKey(id)}, {Table: store.TableWebhook, Key: progressKey(id)}}}
	if err := h.write(ctx, g, "webhook.remove", id+" of "+x.hook.Maker); err != nil {
		return err
	}
	if x.cancel != nil {
		x.cancel()
	}
	delete(h.hooks, id)
	return nil
}

// write writes rows, with a row of the audit trail where there is one.
func (h *Hooks) write(ctx context.Context, g *store.Group, what, subject string) error {
	if h.Deed == nil {
		return h.Store.Commit(g)
	}
	return h.Deed(ctx, g, what, subject)
}

// RemoveAll ends the hooks that an account made.
func (h *Hooks) RemoveAll(maker string) error {
	for _, s := range h.List(&maker) {
		if err := h.Remove(context.Background(), s.ID, &maker); err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
	}
	return nil
}

// List tells how hooks stand. maker nil: all.
func (h *Hooks) List(maker *string) []State {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []State{}
	for _, x := range h.hooks {
		if maker == nil || x.hook.Maker == *maker {
			out = append(out, h.state(x))
		}
	}
	slices.SortFunc(out, func(a, b State) int { return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID)) })
	return out
}

// state is how a hook stands. The caller holds mu.
func (h *Hooks) state(x *running) State {
	s := State{Hook: x.hook, After: x.progress.After, Taken: x.progress.Delivery, Failing: x.failing, Error: x.err, Next: x.next, Stopped: x.progress.Stopped}
	s.secret = nil
	if last := h.Events.Last(); last > s.After {
		s.Behind = last - s.After
	}
	return s
}

// Run serves the hooks until ctx ends.
func (h *Hooks) Run(ctx context.Context) error {
	h.mu.Lock()
	h.started = ctx
	for _, x := range h.hooks {
		h.begin(x)
	}
	h.mu.Unlock()
	<-ctx.Done()
	h.wg.Wait()
	return nil
}

// begin starts serving a hook, once Run has. The caller holds mu.
func (h *Hooks) begin(x *running) {
	if h.started == nil || h.started.Err() != nil || x.progress.Stopped != "" {
		return
	}
	ctx, cancel := context.WithCancel(h.started)
	x.cancel = cancel
	h.wg.Go(func() {
		defer cancel()
		if err := h.serve(ctx, x); err != nil && ctx.Err() == nil && !errors.Is(err, live.ErrStopped) {
			h.Logger.Error("webhook is not served until the next start", "hook", x.hook.ID, "error", err)
			h.mu.Lock()
			x.err = err.Error()
			h.mu.Unlock()
		}
	})
}
