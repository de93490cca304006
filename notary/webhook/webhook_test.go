package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/internal/lab"
	"fieldseal/notary/live"
	"fieldseal/notary/webhook"
)

// receiver is another system: a real server on a port that stays the same when it
// is restarted.
type receiver struct {
	*testing.T
	addr   string
	srv    *http.Server
	secret []byte

	mu     sync.Mutex
	answer func(n int) int // status of the nth delivery, from 0; 0: it hangs
	n      int
	taken  []webhook.Item
	ids    map[string]string // delivery id → body
	posts  atomic.Int64
}

func receive(t *testing.T, answer func(n int) int) *receiver {
	r := &receiver{T: t, answer: answer, ids: map[string]string{}}
	r.start("127.0.0.1:0")
	t.Cleanup(r.stop)
	return r
}

func (r *receiver) start(addr string) {
	r.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		r.Fatal(err)
	}
	r.addr = l.Addr().String()
	r.srv = &http.Server{Handler: r}
	go func() { _ = r.srv.Serve(l) }()
}

func (r *receiver) stop() { _ = r.srv.Close() }

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.posts.Add(1)
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	status := r.answer(r.n)
	r.n++
	id, at := q.Header.Get("Webhook-Id"), q.Header.Get("Webhook-Timestamp")
	// By the text of the specification, not by our own function.
	m := hmac.New(sha256.New, r.secret)
	m.Write([]byte(id + "." + at + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)); q.Header.Get("Webhook-Signature") != want {
		r.Errorf("signature %q, want %q", q.Header.Get("Webhook-Signature"), want)
	}
	sent, _ := strconv.ParseInt(at, 10, 64)
	if err := webhook.Verify(r.secret, id, sent, q.Header.Get("Webhook-Signature"), body, time.Now()); err != nil {
		r.Error(err)
	}
	if before, again := r.ids[id]; again && before != string(body) {
		r.Errorf("delivery %s was repeated with another body", id)
	}
	_, again := r.ids[id]
	r.ids[id] = string(body)
	if status == 0 {
		r.mu.Unlock()
		<-q.Context().Done()
		r.mu.Lock()
		return
	}
	if status/100 == 2 && (!again || !r.has(body)) {
		var d webhook.Delivery
		if err := json.Unmarshal(body, &d); err != nil {
			r.Error(err)
		}
		r.taken = append(r.taken, d.Events...)
	}
	w.WriteHeader(status)
}

// has says whether a delivery's first event was taken.
func (r *receiver) has(body []byte) bool {
	var d webhook.Delivery
	if json.Unmarshal(body, &d) != nil || len(d.Events) == 0 {
		return false
	}
	for _, i := range r.taken {
		if i.ID == d.Events[0].ID {
			return true
		}
	}
	return false
}

func (r *receiver) seqs() (out []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range r.taken {
		if i.Event != "admission" {
			continue
		}
		var a live.Admitted
		if err := json.Unmarshal(i.Data, &a); err != nil {
			r.Error(err)
		}
		out = append(out, a.Seq)
	}
	return out
}

// counted counts how often events are taken from the cursor.
type counted struct {
	*live.Live
	waits atomic.Int64
}

func (c *counted) Wait(ctx context.Context, after uint64) ([]*live.Event, error) {
	c.waits.Add(1)
	return c.Live.Wait(ctx, after)
}

type house struct {
	*testing.T
	n      *lab.Notary
	events *counted
	sees   func(batch.ID) bool
}

func open(t *testing.T) *house {
	h := &house{T: t, n: lab.New(t, lab.Options{}), sees: func(batch.ID) bool { return true }}
	l, err := live.Open(live.Config{Log: h.n.Log, Store: h.n.Store, Covered: func() uint64 { return 0 }, Moved: func() <-chan struct{} { return nil },
		Now: h.n.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h.n.Admitted = l.Take
	h.events = &counted{Live: l}
	h.run(l.Run)
	return h
}

func (h *house) run(f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				h.Error(err)
			}
		})
	}
	h.Cleanup(stop)
	return stop
}

type viewer func(batch.ID) bool

func (v viewer) Sees(s batch.ID) bool { return v(s) }
func (v viewer) SeesAll() bool        { return false }

func (h *house) hooks() *webhook.Hooks {
	x, err := webhook.Open(webhook.Config{Store: h.n.Store, Events: h.events, Patience: 200 * time.Millisecond, Backoff: 5 * time.Millisecond,
		Maker:     func(name string) (webhook.Viewer, bool) { return viewer(h.sees), name != "gone" },
		Transport: &http.Transport{DisableKeepAlives: true}, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		h.Fatal(err)
	}
	return x
}

func (h *house) eventually(what string, ok func() bool) {
	h.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("%s: not in time", what)
		}
	}
}

func inOrder(got []uint64, n int) bool {
	if len(got) != n {
		return false
	}
	for i, s := range got {
		if s != uint64(i) {
			return false
		}
	}
	return true
}

var admissions = webhook.Filter{Kinds: []live.Kind{live.Admission}}

// The receiver fails, hangs, is away and comes back; the notary is restarted: every
// admission is taken, in order.
func TestEveryEventIsTakenOnceTheReceiverIsWell(t *testing.T) {
	h := open(t)
	r := receive(t, func(n int) int {
		switch {
		case n < 2:
			return http.StatusInternalServerError
		case n == 2:
			return 0
		case n == 3:
			return http.StatusTooManyRequests
		case n == 4:
			return http.StatusMovedPermanently
		}
		return http.StatusNoContent
	})
	hooks := h.hooks()
	stop := h.run(hooks.Run)
	state, secret, err := hooks.Add(t.Context(), "", "http://"+r.addr+"/in", admissions)
	if err != nil {
		t.Fatal(err)
	}
	if r.secret, err = webhook.ParseSecret(secret); err != nil {
		t.Fatal(err)
	}
	s := h.n.NewSealer(h.n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-200*lab.Minute)
	send := func(n int) {
		for range n {
			h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
		}
	}
	send(5)
	h.eventually("5 taken after failures", func() bool { return inOrder(r.seqs(), 5) })

	r.stop()
	send(5)
	h.eventually("the failure shows", func() bool { l := hooks.List(nil); return len(l) == 1 && l[0].Failing > 0 && l[0].Error != "" })
	r.start(r.addr)
	h.eventually("10 taken after a restart of the receiver", func() bool { return inOrder(r.seqs(), 10) })

	stop()
	send(5)
	again := h.hooks()
	h.run(again.Run)
	h.eventually("15 taken after a restart of the notary", func() bool { return inOrder(r.seqs(), 15) })
	h.eventually("it shows as served", func() bool { l := again.List(nil); return l[0].Failing == 0 && l[0].ID == state.ID && l[0].Taken > 0 })
}

// While one delivery is not taken, no other event is held for the receiver.
func TestADeadReceiverCostsOnePage(t *testing.T) {
	h := open(t)
	r := receive(t, func(int) int { return http.StatusServiceUnavailable })
	hooks := h.hooks()
	h.run(hooks.Run)
	_, secret, err := hooks.Add(t.Context(), "", "http://"+r.addr, admissions)
	if err != nil {
		t.Fatal(err)
	}
	r.secret, _ = webhook.ParseSecret(secret)
	s := h.n.NewSealer(h.n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-2000*lab.Minute)
	h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	h.eventually("it is tried", func() bool { return r.posts.Load() > 2 })
	before := h.events.waits.Load()
	for range 300 {
		h.n.Send(s.Seal(lab.Minute, 30*lab.Second))
	}
	h.eventually("it is tried again", func() bool { return r.posts.Load() > 6 && hooks.List(nil)[0].Behind > 250 })
	if after := h.events.waits.Load(); after != before {
		t.Errorf("%d more pages were taken from the cursor", after-before)
	}
}

func TestAHookStandsUnderItsMakersRights(t *testing.T) {
	h := open(t)
	a, b := h.n.Enrol("north-yard", "gw-1"), h.n.Enrol("south-yard", "gw-1")
	h.sees = func(s batch.ID) bool { return s == a.Site }
	r := receive(t, func(int) int { return http.StatusOK })
	hooks := h.hooks()
	h.run(hooks.Run)
	if _, _, err := hooks.Add(t.Context(), "wang", "http://"+r.addr, admissions); !errors.Is(err, webhook.ErrHook) {
		t.Fatalf("plain HTTP to this machine, asked for by an account: %v", err)
	}
	for _, address := range []string{"https://127.0.0.1/x", "https://[::1]/", "https://169.254.169.254/", "ftp://example.org", "https://user:pw@example.org/", "https://", "x"} {
		if _, _, err := hooks.Add(t.Context(), "wang", address, admissions); !errors.Is(err, webhook.ErrHook) {
			t.Errorf("%s: %v", address, err)
		}
	}
	state, secret, err := hooks.Add(t.Context(), "wang", "https://receiver.example/in", webhook.Filter{})
	if err != nil || strings.Contains(secret, state.ID) {
		t.Fatal(err)
	}
	if other := "li"; len(hooks.List(&other)) != 0 || !errors.Is(hooks.Remove(t.Context(), state.ID, &other), webhook.ErrUnknown) {
		t.Error("another account's hook is shown or removed")
	}
	// The operator's hook sees both sites.
	_, secret, err = hooks.Add(t.Context(), "", "http://"+r.addr, admissions)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.secret, _ = webhook.ParseSecret(secret)
	r.mu.Unlock()
	sa, sb := h.n.NewSealer(a, time.Now().UnixMicro()-20*lab.Minute), h.n.NewSealer(b, time.Now().UnixMicro()-20*lab.Minute)
	h.n.Send(sa.Seal(lab.Minute, 10*lab.Second), sb.Seal(lab.Minute, 10*lab.Second))
	h.eventually("both are taken", func() bool { return len(r.seqs()) == 2 })
	if err := hooks.RemoveAll("wang"); err != nil {
		t.Error(err)
	}
	if l := hooks.List(nil); len(l) != 1 || l[0].Maker != "" {
		t.Errorf("%+v", l)
	}
}

func TestOneAccountTakesNotAllTheRoom(t *testing.T) {
	h := open(t)
	hooks := h.hooks()
	for i := range webhook.MaxOwn + 1 {
		_, _, err := hooks.Add(t.Context(), "wang", "https://receiver.example/in", admissions)
		if full := i == webhook.MaxOwn; errors.Is(err, webhook.ErrHook) != full || !full && err != nil {
			t.Errorf("webhook %d of an account: %v", i+1, err)
		}
	}
	for _, maker := range []string{"li", ""} {
		if _, _, err := hooks.Add(t.Context(), maker, "https://receiver.example/in", admissions); err != nil {
			t.Errorf("another's, after wang has the most: %v", err)
		}
	}
}

func TestAReceiverThatIsGoneIsLeftAlone(t *testing.T) {
	h := open(t)
	r := receive(t, func(int) int { return http.StatusGone })
	hooks := h.hooks()
	h.run(hooks.Run)
	_, secret, err := hooks.Add(t.Context(), "", "http://"+r.addr, admissions)
	if err != nil {
		t.Fatal(err)
	}
	r.secret, _ = webhook.ParseSecret(secret)
	s := h.n.NewSealer(h.n.Enrol("north-yard", "gw-1"), time.Now().UnixMicro()-20*lab.Minute)
	h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	h.eventually("it is stopped", func() bool { return hooks.List(nil)[0].Stopped != "" })
	h.n.Send(s.Seal(lab.Minute, 10*lab.Second))
	if n := r.posts.Load(); n != 1 {
		t.Errorf("%d deliveries to one that is gone", n)
	}
}

func FuzzSecret(f *testing.F) {
	text, _ := webhook.NewSecret()
	f.Add(text)
	f.Add("whsec_AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := webhook.ParseSecret(s); err == nil && (len(b) < 24 || len(b) > 64) {
			t.Errorf("%q is a secret of %d bytes", s, len(b))
		}
	})
}
