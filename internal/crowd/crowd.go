package crowd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fieldseal/internal/rig"
	"fieldseal/simulators/fleet"
)

// Crowd is a notary with its connected gateways.
type Crowd struct {
	*rig.Rig
	Notary   *rig.Process
	Gateways []*fleet.Gateway
	Sessions []*fleet.Session // of each gateway
	Loads    []fleet.Load     // of each gateway
	Config   [][32]byte       // of each gateway
}

// A Member is what one gateway enrols as, and what it will send.
type Member struct {
	Site, Title string // the site's configuration id and its name
	Load        fleet.Load
}

// What a notary lets enrol at once, and how fast after that: a little less than
// package enrol allows.
const (
	enrolBurst = 95
	enrolEvery = 260 * time.Millisecond
)

// atOnce is how many gateways are brought in side by side: most of it is waiting.
const atOnce = 4

// New starts a notary in the folder dir with the binaries of the folder bin and
// enrols n gateways, of which member tells. Where n is above 95 that takes a quarter
// of a second for each more, because a notary lets nobody try codes faster.
func New(ctx context.Context, bin, dir string, n int, member func(i int) Member) (*Crowd, error) {
	r, err := rig.New(bin, dir)
	if err != nil {
		return nil, err
	}
	r.Extra = fmt.Sprintf("gateways:\n  batches_per_second: 100000\n  burst: 100000\n  connections: %d\n", 2*n+16)
	c := &Crowd{Rig: r, Gateways: make([]*fleet.Gateway, n), Sessions: make([]*fleet.Session, n), Loads: make([]fleet.Load, n), Config: make([][32]byte, n)}
	if err := r.Init(ctx); err != nil {
		return nil, err
	}
	if c.Notary, err = r.StartNotary(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := c.gather(ctx, member); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Crowd) gather(ctx context.Context, member func(i int) Member) error {
	pace := rate.NewLimiter(rate.Every(enrolEvery), enrolBurst)
	if err := c.each(func(i int) error { return c.enrol(ctx, pace, i, member(i)) }); err != nil {
		return err
	}
	ids := make([]string, len(c.Gateways))
	for i, g := range c.Gateways {
		ids[i] = g.ID.String()
	}
	if err := c.WaitEnrolled(ctx, ids...); err != nil {
		return err
	}
	return c.each(c.connect)
}

// each does something for every gateway, some at once, and tells the first error of
// each worker.
func (c *Crowd) each(do func(i int) error) error {
	errs := make([]error, atOnce)
	var wg sync.WaitGroup
	for w := range atOnce {
		wg.Go(func() {
			for i := w; i < len(c.Gateways); i += atOnce {
				if err := do(i); err != nil {
					errs[w] = fmt.Errorf("gateway %d of %d: %w", i, len(c.Gateways), err)
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *Crowd) enrol(ctx context.Context, pace *rate.Limiter, i int, m Member) error {
	code, err := c.Code(ctx, m.Site, m.Title, fmt.Sprintf("gw-%d", i))
	if err != nil {
		return err
	}
	if err := pace.Wait(ctx); err != nil {
		return err
	}
	c.Loads[i] = m.Load
	c.Gateways[i], err = fleet.Enrol(ctx, c.HTTP, code, net.IPv4(127, 0, 1, byte(i+1)))
	return err
}

func (c *Crowd) connect(i int) (err error) {
	g := c.Gateways[i]
	if c.Sessions[i], err = g.Connect(); err != nil {
		return err
	}
	config, root, err := g.Config(c.Loads[i])
	if err != nil {
		return err
	}
	c.Config[i] = root
	return c.Sessions[i].Publish(config)
}

// Close ends the sessions and the notary.
func (c *Crowd) Close() error {
	c.Part()
	return c.Rig.Close()
}

// Part ends the sessions and leaves the notary.
func (c *Crowd) Part() {
	for _, x := range c.Sessions {
		if x != nil { // it did not come so far
			x.Close()
		}
	}
	c.Sessions = nil
}

// Err of the sessions: a refusal or a receipt that does not verify.
func (c *Crowd) Err() error {
	for _, x := range c.Sessions {
		if err := x.Err(); err != nil {
			return err
		}
	}
	return nil
}

// WaitProved waits until every batch has a verified receipt.
func (c *Crowd) WaitProved(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		left := 0
		for _, g := range c.Gateways {
			left += g.Unproved()
		}
		if left == 0 {
			return nil
		}
		if err := c.Err(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d batches have no receipt: %w", left, ctx.Err())
		case <-tick.C:
		}
	}
}
