package embedded

import (
	"context"
	"errors"
	"sync"
	"time"
)

// MaxPending is how many messages of a client may wait to be durable. A client that
// sends more is read no further until the oldest is; one of MQTT 5 is told the number
// (receive maximum, 3.2.2.3.3).
const MaxPending = 32

// answers are the acknowledgements that a client is owed, sent in the order of its
// messages (MQTT 3.1.1, 4.6), each when its message is durable. So a client that has
// saved up many messages waits for the journal once for every MaxPending of them and
// not once for each.
type answers struct {
	c    *client
	owed chan owed

	mu sync.Mutex
	// open are the packet ids at QoS 2 that were taken and not released; true once
	// they were answered.
	open map[uint16]bool
}

type owed struct {
	id   uint16
	qos  byte
	kept <-chan struct{}
	by   time.Time
}

func newAnswers(c *client) *answers {
	return &answers{c: c, owed: make(chan owed, MaxPending), open: map[uint16]bool{}}
}

// run sends answers until ctx ends or a message was not durable in time.
func (a *answers) run(ctx context.Context) error {
	for {
		var o owed
		select {
		case <-ctx.Done():
			return ctx.Err()
		case o = <-a.owed:
		}
		limit := time.NewTimer(time.Until(o.by))
		select {
		case <-ctx.Done():
			limit.Stop()
			return ctx.Err()
		case <-limit.C:
			a.c.run.s.cfg.Log.Warn("a message was not durable in time; its client is dropped and will send it again", "remote", a.c.conn.RemoteAddr().String())
			return errors.New("a message was not durable in time")
		case <-o.kept:
			limit.Stop()
		}
		kind := byte(typePuback)
		if o.qos == 2 {
			kind = typePubrec
			a.mu.Lock()
			a.open[o.id] = true
			a.mu.Unlock()
		}
		if err := a.c.write(acknowledge(kind, 0, o.id)); err != nil {
			return err
		}
	}
}

// take notes a message at QoS 2. again says that it was taken before, and answered
// that it was answered as well.
func (a *answers) take(id uint16) (again, answered bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answered, again = a.open[id]; again {
		return true, answered, nil
	}
	if len(a.open) >= maxOpen {
		return false, false, bad("more than %d messages at QoS 2 that are not released", maxOpen)
	}
	a.open[id] = false
	return false, false, nil
}

// release ends a message at QoS 2.
func (a *answers) release(id uint16) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, id)
}
