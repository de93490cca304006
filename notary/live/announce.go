package live

import (
	"context"

	"fieldseal/notary/store"
)

// announcement is a caller's rows and notices on their way into one write.
type announcement struct {
	notices []Notice
	rows    []store.Put
	done    chan struct{} // closed once they are durable
}

// announcedAtOnce bounds the announcements of one write.
const announcedAtOnce = 64

// Announce makes notices events of the cursor, and writes the caller's rows with
// them in one synced write: what a follower is told and what the caller keeps
// never disagree. It returns when both are durable. After an error that is not
// ctx's the cursor has ended, and the write may or may not be there.
func (l *Live) Announce(ctx context.Context, rows []store.Put, notices ...Notice) error {
	if len(rows)+len(notices) == 0 {
		return nil
	}
	a := &announcement{notices, rows, make(chan struct{})}
	l.hand.Lock()
	l.notices = append(l.notices, a)
	l.hand.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	select {
	case <-a.done:
		return nil
	case <-l.ended:
		select {
		case <-a.done:
			return nil
		default:
			return ErrStopped
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// announced puts what waits into a group.
func (l *Live) announced(g *store.Group, add func(*Event) error) ([]*announcement, error) {
	l.hand.Lock()
	n := min(len(l.notices), announcedAtOnce)
	out := l.notices[:n:n]
	l.notices = l.notices[n:]
	l.hand.Unlock()
	for _, a := range out {
		g.Rows = append(g.Rows, a.rows...)
		for i := range a.notices {
			if err := add(&Event{Kind: Alarm, Notice: &a.notices[i]}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (l *Live) waiting() bool {
	l.hand.Lock()
	defer l.hand.Unlock()
	return len(l.notices) > 0
}

// Ended is closed when the cursor does not go on until the next start.
func (l *Live) Ended() <-chan struct{} { return l.ended }

// Wait gives a page of events after an id, as they are, once there are any. It
// never leaves one out.
func (l *Live) Wait(ctx context.Context, after uint64) ([]*Event, error) {
	l.mu.RLock()
	last, changed := l.last, l.changed
	l.mu.RUnlock()
	if after >= last {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.ended:
			return nil, ErrStopped
		case <-changed:
		}
		last = l.Last()
	}
	return l.events(after, last)
}
