package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fieldseal/drivers/modbus"
)

// ioError marks an error of the port itself: the only kind that closes it. It
// is never wrapped: what closed the port once is told to later callers as a
// cause, and must not close it again.
type ioError struct{ error }

func (e ioError) Unwrap() error { return e.error }

// maxStretch is how far the quiet window may grow beyond Config.Quiet.
const maxStretch = 4

// maxQuarantine bounds one quarantine, in quiet windows: a line that never
// falls silent must not hold the callers for ever.
const maxQuarantine = 8

// latest is how late an answer may be and still be reckoned with.
const latest = time.Minute

type sign uint8

const (
	neither sign = iota
	alive
	silent
)

// verdict says what an exchange tells of the device.
func verdict(ex *Exchange) sign {
	switch ex.Outcome {
	case OK:
		return alive
	case Exceptional:
		// A gateway answers for a device that did not.
		var e modbus.Exception
		if errors.As(ex.Err, &e) && (e.Code == modbus.GatewayNoPath || e.Code == modbus.GatewayTargetSilent) {
			return silent
		}
		return alive
	case NoAnswer, BadCRC, WrongUnit, Truncated, Surplus, Malformed:
		return silent
	}
	return neither
}

// recover does what a fault requires before the line may be used again.
func (b *Bus) recover(ctx context.Context, ex *Exchange, req Request) {
	if q := (question{req.Unit, string(req.PDU)}); b.cfg.Framing == RTU && len(ex.Sent) > 0 {
		if ex.Outcome.Answered() {
			delete(b.owing, q)
		} else {
			b.owing[q] = time.Now()
		}
	}
	if ex.Outcome.Answered() || len(ex.Sent) == 0 || b.port == nil {
		return
	}
	b.faultAt = time.Now()
	b.quarantine(ctx, req.Lateness)
}

// ready brings the line into a state in which a request may be sent.
func (b *Bus) ready(ctx context.Context, req Request) error {
	if b.port == nil {
		if err := b.open(ctx); err != nil {
			return err
		}
	}
	n, err := b.waiting()
	if err != nil {
		return ioError{err}
	}
	// Bytes that nobody asked for: a slave is later than the quarantine that
	// its fault caused, or someone else talks on this line.
	if n > 0 || b.noisy {
		b.quarantine(ctx, req.Lateness)
	}
	switch {
	case b.port == nil:
		return fmt.Errorf("%w: %w", ErrPortDown, b.cause)
	case b.noisy:
		return ErrNoisy
	}
	return nil
}

// quarantine reads and discards until the line has been quiet for the window.
func (b *Bus) quarantine(ctx context.Context, lateness time.Duration) {
	b.mu.Lock()
	b.counters.Quarantines++
	b.mu.Unlock()
	if b.cfg.Framing == TCP {
		b.drop()
		return
	}
	window := max(b.window, lateness+lateness/4)
	start := time.Now()
	quietSince := start
	b.noisy = false
	var late []byte
	for ctx.Err() == nil {
		n, err := b.port.Read(b.buf)
		now := time.Now()
		if err != nil {
			b.fell(err)
			return
		}
		if n > 0 {
			b.discard(n)
			quietSince = now
			// A whole valid frame is a late answer and no noise: it tells how
			// late slaves are here.
			if len(late) <= modbus.MaxRTU {
				late = append(late, b.buf[:n]...)
			}
			if len(late) >= 5 && modbus.CRC(late) == 0 {
				b.stretch(2 * now.Sub(b.faultAt))
				window = max(window, b.window)
			}
		}
		if now.Sub(quietSince) >= window {
			return
		}
		if now.Sub(start) >= maxQuarantine*window {
			b.noisy = true
			b.mu.Lock()
			b.counters.Noisy++
			b.mu.Unlock()
			b.cfg.Log.Warn("line does not fall silent", "bus", b.cfg.Name, "for", now.Sub(start))
			return
		}
	}
}

// stretch lengthens the quiet window to at least d, within its bound: a slave
// was seen to be later than assumed.
func (b *Bus) stretch(d time.Duration) {
	if d = min(d, maxStretch*b.cfg.Quiet); d > b.window {
		b.cfg.Log.Warn("a slave answers late; quiet window lengthened", "bus", b.cfg.Name, "from", b.window, "to", d)
		b.window = d
	}
}

func (b *Bus) discard(n int) {
	b.mu.Lock()
	b.counters.DiscardedBytes += uint64(n)
	b.mu.Unlock()
}

// open dials if the next attempt is due.
func (b *Bus) open(ctx context.Context) error {
	now := time.Now()
	if now.Before(b.reopenAt) {
		return fmt.Errorf("next attempt in %v: %w: %w", b.reopenAt.Sub(now).Round(time.Millisecond), ErrPortDown, b.cause)
	}
	port, err := b.dial(ctx)
	b.mu.Lock()
	if err == nil {
		b.counters.Opens++
	} else {
		b.counters.OpenFailures++
	}
	b.mu.Unlock()
	if err != nil {
		b.fell(err)
		return fmt.Errorf("%w: %w", ErrPortDown, err)
	}
	if b.cause != nil {
		b.cfg.Log.Info("port is back", "bus", b.cfg.Name)
	}
	b.port, b.used, b.noisy, b.cause = port, false, false, nil
	return nil
}

// fell closes the port after an I/O error and sets the time of the next try.
func (b *Bus) fell(err error) {
	// A port that stays away for the same reason is told once.
	level := slog.LevelWarn
	if b.port == nil && b.cause != nil && b.cause.Error() == err.Error() {
		level = slog.LevelDebug
	}
	b.drop()
	b.cause = err
	wait := b.cfg.jitter(b.reopenIn)
	b.reopenAt = time.Now().Add(wait)
	b.reopenIn = min(2*b.reopenIn, b.cfg.ReopenMax)
	b.cfg.Log.Log(context.Background(), level, "port lost", "bus", b.cfg.Name, "error", err, "next", wait)
}

// drop closes the port, if it is open, without holding it against it.
func (b *Bus) drop() {
	if b.port == nil {
		return
	}
	if err := b.port.Close(); err != nil {
		b.cfg.Log.Warn("port did not close cleanly", "bus", b.cfg.Name, "error", err)
	}
	b.port, b.used = nil, false
}
