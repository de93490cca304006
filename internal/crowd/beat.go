package crowd

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Seal is the next batch of gateway i, as of now: the message that brings it and the
// number of its records.
func (c *Crowd) Seal(i int) (message []byte, records int, err error) {
	return c.Gateways[i].Seal(c.Loads[i], c.Config[i], time.Now())
}

// Beat sends a batch of each gateway every so long, spread over that time as those of
// gateways are that started at different moments, and tells how many each sent. It
// ends after so many of each, without a number (0) when ctx does, which is then no
// error. Gateways of which mute says so send nothing; nil: all send.
func (c *Crowd) Beat(ctx context.Context, start time.Time, every time.Duration, times int, mute func(i int) bool) ([]int, error) {
	n := len(c.Sessions)
	errs, sent := make([]error, n), make([]int, n)
	var wg sync.WaitGroup
	for i, session := range c.Sessions {
		if mute != nil && mute(i) {
			continue
		}
		wg.Go(func() {
			phase := time.Duration(i) * every / time.Duration(n)
			for k := 0; times == 0 || k < times; k++ {
				timer := time.NewTimer(time.Until(start.Add(phase + time.Duration(k)*every)))
				select {
				case <-timer.C:
				case <-ctx.Done():
					timer.Stop()
					if times > 0 {
						errs[i] = ctx.Err()
					}
					return
				}
				m, _, err := c.Seal(i)
				if err == nil {
					err = session.Publish(m)
				}
				if err != nil {
					errs[i] = err
					return
				}
				sent[i]++
			}
		})
	}
	wg.Wait()
	return sent, errors.Join(append(errs, c.Err())...)
}
