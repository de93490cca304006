package feed

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/live"
	"fieldseal/notary/store"
)

// recheckEvery is how soon a reader whose rights ended is disconnected; what it may
// not see stops at once.
const recheckEvery = 5 * time.Second

// Broker is what readings are published on; [broker.Broker] is one.
type Broker interface {
	Readers() int
	Live(topic string, message []byte) error
	Recheck()
}

// Events is the cursor that is followed; [live.Live] is one.
type Events interface {
	Last() uint64
	Wait(ctx context.Context, after uint64) ([]*live.Event, error)
}

// Viewer is what an account may see.
type Viewer interface {
	Sees(site batch.ID) bool
}

// Config says what a feed needs.
type Config struct {
	Store    store.Store
	Events   Events
	Slug     func(site batch.ID) string // configuration id
	Site     func(slug string) (batch.ID, bool)
	District func(site batch.ID) string // empty: none is registered
	// Account is what an account may see; false: it may not read.
	Account func(name string) (Viewer, bool)
	CA      Authority
	// Deed writes a group together with a row of the audit trail; nil: there is none.
	Deed   func(ctx context.Context, g *store.Group, what, subject string) error
	Now    func() time.Time
	Logger *slog.Logger
}

// Feed publishes and certifies. It is safe for concurrent use.
type Feed struct {
	Config

	mu    sync.RWMutex
	sites map[string]batch.ID // by configuration id, as published
	certs map[string]Certificate
}

// Value is a reading as it is published.
type Value struct {
	ID       uint64   `json:"id"` // of the event, as in the stream
	Site     batch.ID `json:"site"`
	Gateway  batch.ID `json:"gateway"`
	Admitted int64    `json:"admitted"` // Unix µs
	live.Reading
}

// noDistrict stands for the district of a site that has none; no id is so short of
// letters.
const noDistrict = "-"

// Topic is live/DISTRICT/SITE/DEVICE/POINT. What a topic cannot hold is escaped as
// in a URL.
func Topic(district, slug, point string) string {
	if district == "" {
		district = noDistrict
	}
	device, name, _ := strings.Cut(point, "/")
	return "live/" + level(district) + "/" + level(slug) + "/" + level(device) + "/" + level(name)
}

func level(s string) string {
	return strings.NewReplacer("+", "%2B", "#", "%23").Replace(url.PathEscape(s))
}

// siteOf is the configuration id in a topic.
func siteOf(topic string) (string, bool) {
	parts := strings.Split(topic, "/")
	if len(parts) != 5 || parts[0] != "live" {
		return "", false
	}
	s, err := url.PathUnescape(parts[2])
	return s, err == nil && s != ""
}

// Run publishes from now on until ctx ends.
func (f *Feed) Run(ctx context.Context, b Broker) error {
	after := f.Events.Last()
	next := time.Now().Add(recheckEvery)
	for {
		waiting, cancel := context.WithTimeout(ctx, recheckEvery)
		events, err := f.Events.Wait(waiting, after)
		cancel()
		if ctx.Err() != nil || errors.Is(err, live.ErrStopped) {
			return nil
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		readers := b.Readers()
		for _, e := range events {
			after = e.ID
			if readers > 0 && e.Kind == live.Admission && e.Payload != nil {
				if err := f.publish(b, e); err != nil {
					f.Logger.Warn("live value not published", "error", err)
				}
			}
		}
		if now := time.Now(); now.After(next) {
			next = now.Add(recheckEvery)
			b.Recheck()
		}
	}
}

func (f *Feed) publish(b Broker, e *live.Event) error {
	site := e.Header.Site
	slug := f.Slug(site)
	district := ""
	if f.District != nil {
		district = f.District(site)
	}
	f.mu.Lock()
	f.sites[slug] = site
	f.mu.Unlock()
	for i, r := range e.Payload.Records {
		r, ok := r.(*record.Reading)
		if !ok {
			continue
		}
		text, err := json.Marshal(Value{e.ID, site, e.Header.Gateway, e.At, live.ReadingOf(r, e.Index, uint32(i))})
		if err != nil {
			return err
		}
		if err := b.Live(Topic(district, slug, r.Point), text); err != nil {
			return err
		}
	}
	return nil
}

// Admit implements broker.Readers.
func (f *Feed) Admit(account, serial string) error {
	f.mu.RLock()
	c, ok := f.certs[serial]
	f.mu.RUnlock()
	if !ok || c.Account != account {
		return errors.New("its certificate was revoked, or is not of this notary")
	}
	if _, ok := f.Account(account); !ok {
		return errors.New("the account may not read live values")
	}
	return nil
}

// Sees implements broker.Readers.
func (f *Feed) Sees(account, topic string) bool {
	slug, ok := siteOf(topic)
	if !ok {
		return false
	}
	v, ok := f.Account(account)
	if !ok {
		return false
	}
	f.mu.RLock()
	site, ok := f.sites[slug]
	f.mu.RUnlock()
	if !ok {
		site, ok = f.Site(slug) // nothing was published of it yet
	}
	return ok && v.Sees(site)
}
