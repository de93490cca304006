package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

const (
	redialFirst, redialMost = time.Second, time.Minute
	// told is how many strange topics are named in the log.
	told = 64
)

// Publication is one message as a broker hands it on.
type Publication struct {
	Topic     string
	Payload   []byte // not changed by anyone afterwards
	Retained  bool   // the broker's copy of an older message, not one that came just now
	Duplicate bool   // sent again, for an acknowledgement was missing
}

// Take takes a publication. It may block while the disk is behind, and is safe
// for many goroutines. kept, which may be nil, is called once, from another
// goroutine or before Take returns, as soon as nothing of the publication can be
// lost any more.
type Take func(p Publication, kept func())

// Server is a broker in this process.
type Server interface {
	// Run serves until ctx ends and calls take for what clients publish. It
	// returns an error when it cannot serve.
	Run(ctx context.Context, take Take) error
}

// Config is one bus. Exactly one of Broker and Server is set.
type Config struct {
	Devices []source.Device // Address as of mqtt.CheckAddress
	Broker  *Broker
	Server  Server
	Boot    func() uint64 // µs since the machine started
	Log     *slog.Logger
}

// Link implements source.Source.
type Link struct {
	cfg      Config
	stations []*station
	topics   map[string][]*station // by topic: JSON
	uplinks  map[string][]*station // by DevEUI: ChirpStack
	nodes    map[string]*node      // by group/node: Sparkplug
	filters  map[string][]*station // what is subscribed to, and for whom

	mu      sync.Mutex
	unknown map[string]bool // topics that were told of
}

var _ source.Source = (*Link)(nil)

// New prepares a link.
func New(cfg Config) (*Link, error) {
	if (cfg.Broker == nil) == (cfg.Server == nil) {
		return nil, errors.New("mqtt: give a broker to connect to, or a server to run, and not both")
	}
	l := &Link{cfg: cfg, topics: map[string][]*station{}, uplinks: map[string][]*station{}, nodes: map[string]*node{},
		filters: map[string][]*station{}, unknown: map[string]bool{}}
	for _, d := range cfg.Devices {
		m, err := mqtt.Bind(d.Bound)
		if err == nil {
			err = mqtt.CheckAddress(m.Encoding(), d.Address)
		}
		if err == nil {
			err = l.add(&station{Device: d, m: m, lock: &sync.Mutex{}, notes: map[string]bool{}})
		}
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
	}
	return l, nil
}

func (l *Link) add(x *station) error {
	l.stations = append(l.stations, x)
	filter := func(f string) { l.filters[f] = append(l.filters[f], x) }
	switch x.m.Encoding() {
	case mqtt.Sparkplug:
		t, ok := mqtt.ParseTopic(sample(x.Address))
		if !ok {
			return fmt.Errorf("address %q is no group/node or group/node/device", x.Address)
		}
		n := l.nodes[t.Node]
		if n == nil {
			n = &node{l: l, stations: map[string]*station{}, next: -1}
			l.nodes[t.Node] = n
		}
		if other := n.stations[t.Device]; other != nil {
			return fmt.Errorf("address %q is device %s already", x.Address, other.ID)
		}
		n.stations[t.Device], x.lock = x, &n.mu
		// Every message of the node is wanted, for one count runs through all.
		base, _ := mqtt.ParseTopic(sample(t.Node))
		group, name := split(base.Node)
		filter(mqtt.Namespace + "/" + group + "/+/" + name)
		filter(mqtt.Namespace + "/" + group + "/+/" + name + "/+")
	case mqtt.ChirpStack:
		l.uplinks[x.Address] = append(l.uplinks[x.Address], x)
		filter("application/+/device/" + x.Address + "/event/up")
	default:
		for i := range x.m.Messages {
			t := x.m.Topic(i, x.Address)
			if err := mqtt.CheckTopic(t); err != nil {
				return err
			}
			l.topics[t] = append(l.topics[t], x)
			filter(t)
		}
	}
	return nil
}

// Filters are the topics that the link listens to, with wildcards, ascending.
func (l *Link) Filters() []string { return slices.Sorted(maps.Keys(l.filters)) }

// Run implements source.Source.
func (l *Link) Run(ctx context.Context, out source.Sink) error {
	wait := redialFirst
	take := func(p Publication, kept func()) { l.take(out, p, kept) }
	for ctx.Err() == nil {
		began := time.Now()
		var err error
		if l.cfg.Server != nil {
			err = l.cfg.Server.Run(ctx, take)
		} else {
			err = l.session(ctx, out, take)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.cfg.Log.Warn("sensors cannot be heard", "error", err)
		for _, d := range l.cfg.Devices {
			out.Down(d.ID, record.CauseBus, err)
		}
		l.forget()
		if time.Since(began) > redialMost {
			wait = redialFirst
		}
		pause(ctx, &wait)
	}
	return nil
}

// pause waits with jitter, longer each time.
func pause(ctx context.Context, wait *time.Duration) {
	t := time.NewTimer(*wait/2 + rand.N(*wait/2))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	*wait = min(2**wait, redialMost)
}

// forget drops what a silence makes uncertain: nodes may have been born again.
func (l *Link) forget() {
	for _, n := range l.nodes {
		n.mu.Lock()
		n.next = -1
		n.distrust()
		n.mu.Unlock()
	}
}

// take finds whose a publication is and hands it on.
func (l *Link) take(out source.Sink, p Publication, kept func()) {
	done := func() {
		if kept != nil {
			kept()
		}
	}
	switch {
	case len(p.Topic) > record.MaxTopic:
		l.stranger(p.Topic[:record.MaxTopic], "its name is too long to be sealed")
		done()
		return
	case p.Retained:
		// A broker hands such a copy out to whoever subscribes, after a minute or
		// after a year, and nothing in it says which.
		l.stranger(p.Topic, "the broker handed out a retained copy of unknown age; it is not taken, the next message is")
		done()
		return
	}
	if stations := l.topics[p.Topic]; stations != nil {
		each(stations, kept, func(x *station, kept func()) { x.hear(l, out, p, kept) })
		return
	}
	if eui, ok := mqtt.UplinkOf(p.Topic); ok && l.uplinks[eui] != nil {
		each(l.uplinks[eui], kept, func(x *station, kept func()) { x.hear(l, out, p, kept) })
		return
	}
	if t, ok := mqtt.ParseTopic(p.Topic); ok && l.nodes[t.Node] != nil {
		l.nodes[t.Node].hear(out, t, p, kept)
		return
	}
	l.stranger(p.Topic, "the site file names no device that publishes under it; it is not sealed")
	done()
}

// each hands a publication to several stations; kept is called when all have it.
func each(stations []*station, kept func(), hear func(*station, func())) {
	if kept != nil && len(stations) > 1 {
		var left atomic.Int64
		left.Store(int64(len(stations)))
		all := kept
		kept = func() {
			if left.Add(-1) == 0 {
				all()
			}
		}
	}
	for _, x := range stations {
		hear(x, kept)
	}
}

// stranger tells of a topic once.
func (l *Link) stranger(topic, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.unknown) < told && !l.unknown[topic] {
		l.unknown[topic] = true
		l.cfg.Log.Warn("a message that is not sealed", "topic", topic, "reason", why)
	}
}
