package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"fieldseal/notary/live"
	"fieldseal/notary/store"
)

// Delivery is the body that a receiver gets.
type Delivery struct {
	Hook   string `json:"hook"`
	From   uint64 `json:"from"` // every event that the hook chooses, above this id
	To     uint64 `json:"to"`   // and up to this one, is in it
	Events []Item `json:"events"`
}

// Item is an event, as in the stream.
type Item struct {
	ID    uint64          `json:"id"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// forgotten is told where events were not kept until the receiver came back.
type forgotten struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// errGone: the receiver answered 410, which says that it is gone for good.
var errGone = errors.New("the receiver answered 410: it is gone for good")

// clients makes the client of accounts' hooks and that of the operator's.
func clients(t http.RoundTripper) (guarded, free *http.Client) {
	build := func(check func(netip.Addr) error) *http.Client {
		rt := t
		if rt == nil {
			d := &net.Dialer{Timeout: patience, Control: func(_, address string, _ syscall.RawConn) error {
				// The address that is dialled, after its name was looked up: a name may
				// point elsewhere each time it is asked.
				a, err := netip.ParseAddrPort(address)
				if err != nil {
					return err
				}
				return check(a.Addr())
			}}
			rt = &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience, MaxIdleConnsPerHost: 1,
				IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 64 << 10}
		}
		return &http.Client{Transport: rt, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return build(checkAddress), build(func(netip.Addr) error { return nil })
}

// serve sends to one receiver, in order, until ctx ends. It holds one page of
// events at a time.
func (h *Hooks) serve(ctx context.Context, x *running) error {
	for {
		h.mu.Lock()
		after := x.progress.After
		h.mu.Unlock()
		d := Delivery{Hook: x.hook.ID, From: after, To: after, Events: []Item{}}
		var events []*live.Event
		if first := h.Events.First(); after+1 < first {
			lost, err := json.Marshal(forgotten{after + 1, first - 1})
			if err != nil {
				return err
			}
			d.To = first - 1
			d.Events = append(d.Events, Item{first - 1, "forgotten", lost})
		} else {
			var err error
			if events, err = h.Events.Wait(ctx, after); err != nil {
				return err
			}
			h.pack(&d, x, events)
		}
		if len(d.Events) > 0 {
			if err := h.insist(ctx, x, &d, events); errors.Is(err, errGone) {
				return h.stop(x, err.Error())
			} else if err != nil {
				return err
			}
		}
		if err := h.advance(x, d.To, len(d.Events) > 0); err != nil {
			return err
		}
	}
}

// pack puts what the hook chooses, and its maker may see, into a delivery.
func (h *Hooks) pack(d *Delivery, x *running, events []*live.Event) {
	v, may := h.viewer(x.hook.Maker)
	f := x.hook.Filter.live()
	size := 0
	for _, e := range events {
		if len(d.Events) >= maxEvents {
			return
		}
		if may && sees(v, e) {
			if i, ok := f.Item(e); ok {
				if size += len(i.Text); size > maxBody && len(d.Events) > 0 {
					return
				}
				d.Events = append(d.Events, Item{i.ID, i.Name, i.Text})
			}
		}
		d.To = e.ID
	}
}

// withdraw takes out of a delivery, before it is repeated, what the hook's maker may
// not see any more. Nothing comes in: the same delivery holds at most what it held.
func (h *Hooks) withdraw(d *Delivery, x *running, events []*live.Event) {
	v, may := h.viewer(x.hook.Maker)
	if !may {
		d.Events = nil
		return
	}
	hidden := map[uint64]bool{}
	for _, e := range events {
		if !sees(v, e) {
			hidden[e.ID] = true
		}
	}
	d.Events = slices.DeleteFunc(d.Events, func(i Item) bool { return hidden[i.ID] })
}

func (h *Hooks) viewer(maker string) (Viewer, bool) {
	if maker == "" {
		return everything{}, true
	}
	return h.Maker(maker)
}

// everything is what the notary's operator's own hooks see.
type everything struct{ Viewer }

func (everything) SeesAll() bool { return true }

// sees says whether an event is for a viewer. States speak of the whole log and
// of no content.
func sees(v Viewer, e *live.Event) bool {
	if v.SeesAll() || e.Kind == live.State {
		return true
	}
	switch e.Kind {
	case live.Admission:
		return v.Sees(e.Header.Site)
	case live.Alarm:
		return v.Sees(e.Notice.Site)
	}
	return false
}

// insist delivers until the receiver takes it, or is gone for good, or the hook's
// maker may see nothing of it any more. events are those it was packed from.
func (h *Hooks) insist(ctx context.Context, x *running, d *Delivery, events []*live.Event) error {
	// The same delivery has the same id each time, so that a repetition is known.
	id := fmt.Sprintf("%s.%d-%d", d.Hook, d.From, d.To)
	wait := h.Backoff
	for {
		body, err := json.Marshal(d)
		if err != nil {
			return err
		}
		var after time.Duration
		if len(d.Events) > 0 {
			after, err = h.post(ctx, x, id, body)
		}
		if err == nil {
			h.mu.Lock()
			if x.failing != 0 && len(d.Events) > 0 {
				h.Logger.Info("webhook is taken again", "hook", x.hook.ID)
			}
			x.failing, x.err, x.next = 0, "", 0
			h.mu.Unlock()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errGone) {
			return err
		}
		pause := max(after, wait/2+rand.N(wait/2+1))
		h.mu.Lock()
		now := h.Now()
		if x.failing == 0 {
			x.failing = now.UnixMicro()
			h.Logger.Warn("webhook is not taken", "hook", x.hook.ID, "error", err)
		}
		x.err, x.next = err.Error(), now.Add(pause).UnixMicro()
		h.mu.Unlock()
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
		h.withdraw(d, x, events)
		wait = min(2*wait, maxBackoff)
	}
}

// post tries once. after is how long the receiver asked to be left alone.
func (h *Hooks) post(ctx context.Context, x *running, id string, body []byte) (after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.hook.URL, bytes.NewReader(body))
	if err != nil {
		return 0, bare(err)
	}
	at := h.Now().Unix()
	for k, v := range map[string]string{"Content-Type": "application/json", "User-Agent": "fieldseal-notary", "Webhook-Id": id,
		"Webhook-Timestamp": strconv.FormatInt(at, 10), "Webhook-Signature": Sign(x.hook.secret, id, at, body)} {
		req.Header.Set(k, v)
	}
	c := h.guarded
	if x.hook.Maker == "" {
		c = h.free
	}
	begun := time.Now()
	defer func() { h.Metrics.attempt(err, time.Since(begun)) }()
	res, err := c.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", req.URL.Host, bare(err))
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // so that the connection serves again
	switch {
	case res.StatusCode/100 == 2:
		return 0, nil
	case res.StatusCode == http.StatusGone:
		return 0, errGone
	}
	if s, e := strconv.Atoi(res.Header.Get("Retry-After")); e == nil && s > 0 {
		after = min(time.Duration(s)*time.Second, maxBackoff)
	}
	return after, fmt.Errorf("the receiver answered %s", res.Status)
}

// bare is an error without the hook's address, whose path and query may be a secret.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// advance stores how far a hook has been served.
func (h *Hooks) advance(x *running, to uint64, taken bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := x.progress
	p.After = to
	if taken {
		p.Delivery++
	}
	// What was only passed over is found again in no time.
	if taken || to-x.stored >= passOver {
		if err := h.save(x.hook.ID, p); err != nil {
			return err
		}
		x.stored = to
	}
	x.progress = p
	return nil
}

// passOver is after how many events that a hook does not choose its number is stored.
const passOver = 1024

func (h *Hooks) stop(x *running, why string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.progress.Stopped = why
	h.Logger.Warn("webhook is stopped", "hook", x.hook.ID, "why", why)
	return h.save(x.hook.ID, x.progress)
}

// save writes a hook's progress. The caller holds mu.
func (h *Hooks) save(id string, p progress) error {
	if h.hooks[id] == nil {
		return nil // removed meanwhile
	}
	v, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return h.Store.Commit(&store.Group{Rows: []store.Put{{Table: store.TableWebhook, Key: progressKey(id), Value: v}}})
}
