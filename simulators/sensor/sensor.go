// Package sensor simulates sensors that publish JSON over MQTT: what a compiled
// profile says they measure, at its pace, to the site's broker or the agent's own.
//
// It is not a model of any product, and shares no code with drivers/mqtt. Invariant:
// a publication that was not acknowledged is sent again on the next connection.
package sensor

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// Kind is a way to misbehave.
type Kind uint8

// The ways to misbehave, each of the next publication.
const (
	Garbage Kind = iota + 1 // it is no JSON
	Words                   // its numbers are words
	Torn                    // its second half is missing
)

// Config is one sensor.
type Config struct {
	Device         *profile.Device // its address is the topic
	Profile        *profile.Profile
	Value          number.Value
	Broker         string // host:port
	User, Password string
	Now            func() time.Time
}

// Sensor is one sensor.
type Sensor struct {
	cfg    Config
	topics []string
	times  []*moment // by exchange; nil: publications carry no time
	places []place

	mu    sync.Mutex
	dead  bool
	away  bool
	delay time.Duration
	next  []Kind
	acked int
	back  chan struct{} // something changed
}

// place is where a point stands in the document.
type place struct {
	path  []any // string or int
	flag  []any
	words []word
}

type word struct {
	text  string
	value float64
}

// New makes a sensor of a compiled profile of JSON messages.
func New(cfg Config) (*Sensor, error) {
	s := &Sensor{cfg: cfg, back: make(chan struct{}, 1)}
	for i, e := range cfg.Profile.Exchanges {
		r := cborx.NewReader(e.Request)
		r.ArrayOf(3)
		if encoding := r.Text(16); encoding != "json" {
			return nil, fmt.Errorf("simulate %s: message %d is %s; only json can be simulated", cfg.Device.ID, i, encoding)
		}
		topic := cfg.Device.Address
		if below := r.Text(256); below != "" {
			topic += "/" + below
		}
		m := readMoment(r)
		if err := r.Done(); err != nil {
			return nil, fmt.Errorf("simulate %s: message %d: %w", cfg.Device.ID, i, err)
		}
		s.times = append(s.times, m)
		s.topics = append(s.topics, topic)
	}
	for i := range cfg.Profile.Points {
		p, err := readPlace(cfg.Profile.Points[i].Source)
		if err != nil {
			return nil, fmt.Errorf("simulate %s: point %s: %w", cfg.Device.ID, cfg.Profile.Points[i].Name, err)
		}
		s.places = append(s.places, p)
	}
	return s, nil
}

// moment is where and how a publication carries the sensor's own time.
type moment struct {
	path []any
	form uint64 // 0 seconds, 1 milliseconds, 2 microseconds, 3 RFC 3339, 4 local
	zone int    // minutes east of UTC, of a local time
}

func readMoment(r *cborx.Reader) *moment {
	if r.Peek() == cborx.TypeNull {
		r.Null()
		return nil
	}
	r.ArrayOf(3)
	return &moment{path: readPath(r), form: r.UintMax(4), zone: int(r.Int())}
}

func (m *moment) text(at time.Time) json.RawMessage {
	switch m.form {
	case 0:
		return strconv.AppendInt(nil, at.Unix(), 10)
	case 1:
		return strconv.AppendInt(nil, at.UnixMilli(), 10)
	case 2:
		return strconv.AppendInt(nil, at.UnixMicro(), 10)
	case 3:
		return json.RawMessage(strconv.Quote(at.UTC().Format(time.RFC3339Nano)))
	}
	return json.RawMessage(strconv.Quote(at.In(time.FixedZone("", m.zone*60)).Format("2006-01-02T15:04:05")))
}

func readPlace(item []byte) (p place, err error) {
	r := cborx.NewReader(item)
	r.ArrayOf(3)
	p.path = readPath(r)
	if r.Peek() == cborx.TypeNull {
		r.Null()
	} else {
		p.flag = readPath(r)
	}
	for n := r.Array(16); n > 0 && r.Err() == nil; n-- {
		r.ArrayOf(2)
		p.words = append(p.words, word{r.Text(64), decimal.Read(r).Float()})
	}
	return p, r.Done()
}

func readPath(r *cborx.Reader) (path []any) {
	for n := r.Array(64); n > 0 && r.Err() == nil; n-- {
		if r.Peek() == cborx.TypeText {
			path = append(path, r.Text(256))
		} else {
			path = append(path, int(r.UintMax(1<<16)))
		}
	}
	return path
}

// SetAlive lets the sensor measure and publish, or takes its battery out.
func (s *Sensor) SetAlive(alive bool) { s.set(func() { s.dead = !alive }) }

// SetReach cuts the sensor off from its broker, or lets it connect again. What it
// measures meanwhile is lost, as it is with sensors that have no memory.
func (s *Sensor) SetReach(reach bool) { s.set(func() { s.away = !reach }) }

// Late delays the next publication.
func (s *Sensor) Late(delay time.Duration) { s.set(func() { s.delay = delay }) }

// Next makes the next publications misbehave, one each.
func (s *Sensor) Next(k ...Kind) { s.set(func() { s.next = append(s.next, k...) }) }

func (s *Sensor) set(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.back <- struct{}{}:
	default:
	}
}

// Acknowledged is how many publications were.
func (s *Sensor) Acknowledged() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked
}

func (s *Sensor) on() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.dead && !s.away
}

// Run measures and publishes until ctx ends.
func (s *Sensor) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if s.on() {
			s.connected(ctx)
		}
		select {
		case <-ctx.Done():
		case <-s.back:
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (s *Sensor) connected(ctx context.Context) {
	lost := make(chan struct{}, 1)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + s.cfg.Broker).SetClientID("sim-" + s.cfg.Device.ID).
		SetUsername(s.cfg.User).SetPassword(s.cfg.Password).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second).SetProtocolVersion(4).
		SetConnectionLostHandler(func(mqtt.Client, error) { lost <- struct{}{} }))
	if t := c.Connect(); !done(ctx, t) || t.Error() != nil {
		return
	}
	defer c.Disconnect(100)
	var all sync.WaitGroup
	defer all.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for i, e := range s.cfg.Profile.Exchanges {
		cadence := time.Duration(e.Cadence) * time.Microsecond
		if s.cfg.Device.Cadence > 0 {
			cadence = time.Duration(s.cfg.Device.Cadence) * time.Microsecond
		}
		if cadence <= 0 {
			continue
		}
		all.Go(func() {
			defer stop()
			s.publish(ctx, c, i, cadence)
		})
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-lost:
			return
		case <-s.back:
			if !s.on() {
				return
			}
		}
	}
}

func (s *Sensor) publish(ctx context.Context, c mqtt.Client, exchange int, cadence time.Duration) {
	tick := time.NewTicker(cadence)
	defer tick.Stop()
	for {
		s.mu.Lock()
		delay, how := s.delay, Kind(0)
		s.delay = 0
		if len(s.next) > 0 {
			how, s.next = s.next[0], s.next[1:]
		}
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
		if b := s.spoilt(how, exchange); b != nil {
			t := c.Publish(s.topics[exchange], 1, false, b)
			if !done(ctx, t) || t.Error() != nil {
				return
			}
			s.mu.Lock()
			s.acked++
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// spoilt is a document as it goes out.
func (s *Sensor) spoilt(how Kind, exchange int) []byte {
	b := s.document(exchange, s.cfg.Now())
	switch how {
	case Garbage:
		return []byte("\x00\xFF{{")
	case Torn:
		return b[:len(b)/2]
	case Words:
		var root any
		for i := range s.places {
			if s.cfg.Profile.Points[i].Exchange == uint32(exchange) {
				root = put(root, s.places[i].path, json.RawMessage(`"unavailable"`))
			}
		}
		if out, err := json.Marshal(root); err == nil {
			return out
		}
	}
	return b
}

func done(ctx context.Context, t mqtt.Token) bool {
	select {
	case <-t.Done():
		return true
	case <-ctx.Done():
		return false
	}
}

// document is what the sensor publishes; nil when nothing of it has a value.
func (s *Sensor) document(exchange int, at time.Time) []byte {
	var root any
	for i := range s.cfg.Profile.Points {
		p := &s.cfg.Profile.Points[i]
		if p.Exchange != uint32(exchange) {
			continue
		}
		var literal json.RawMessage
		if v, ok := s.cfg.Value(p.Name, at); !ok {
			literal = json.RawMessage("null")
		} else if w := s.places[i].words; len(w) > 0 {
			literal = nearest(w, v)
		} else if text, err := number.Text(s.cfg.Profile, s.cfg.Device, p, v); err == nil {
			literal = json.RawMessage(text)
		} else {
			continue
		}
		root = put(root, s.places[i].path, literal)
	}
	if root == nil {
		return nil
	}
	if m := s.times[exchange]; m != nil {
		root = put(root, m.path, m.text(at))
	}
	b, err := json.Marshal(root)
	if err != nil {
		return nil // a path that leads through a value; New's profile has none
	}
	return b
}

// nearest is the word whose number is nearest to v; true and false are no texts.
func nearest(words []word, v float64) json.RawMessage {
	best := words[0]
	for _, w := range words {
		if math.Abs(w.value-v) < math.Abs(best.value-v) {
			best = w
		}
	}
	if best.text == "true" || best.text == "false" {
		return json.RawMessage(best.text)
	}
	return json.RawMessage(strconv.Quote(best.text))
}

// put lays v down in a document.
func put(root any, path []any, v json.RawMessage) any {
	if len(path) == 0 {
		return v
	}
	switch step := path[0].(type) {
	case string:
		m, ok := root.(map[string]any)
		if !ok {
			m = map[string]any{}
		}
		m[step] = put(m[step], path[1:], v)
		return m
	case int:
		list, _ := root.([]any)
		for len(list) <= step {
			list = append(list, nil)
		}
		list[step] = put(list[step], path[1:], v)
		return list
	}
	return root
}
