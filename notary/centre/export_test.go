package centre

import "context"

// SumsOnly has every history answered from sums.
func SumsOnly() (undo func()) {
	was := maxRaw
	maxRaw = 0
	return func() { maxRaw = was }
}

// TakeAll takes in every event that there is, and writes nothing.
func (c *Centre) TakeAll() error {
	for c.event < c.Events.Last() {
		events, err := c.Events.Wait(context.Background(), c.event)
		if err != nil {
			return err
		}
		c.mu.Lock()
		for _, e := range events {
			if err := c.take(e); err != nil {
				c.mu.Unlock()
				return err
			}
		}
		c.mu.Unlock()
	}
	return nil
}

// Begin begins a cycle of writing, and Write writes some of it.
func (c *Centre) Begin() {
	if len(c.queue) == 0 {
		c.enqueue()
	}
}

// Write writes some rows.
func (c *Centre) Write(n int) error { return c.write(n) }

// Rebuild makes everything from the log.
func (c *Centre) Rebuild() error { return c.rebuild(context.Background()) }

var ParseSearch = parseSearch
