package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"fieldseal/drivers/dlt645"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

const (
	// maxNoise is how many bytes before an answer pass for the line's own: an
	// RS-485 line that changes direction often gives a byte or two.
	maxNoise = 8
	// maxReceived bounds what is taken as one answer.
	maxReceived = maxNoise + 16 + dlt645.MaxFrame
	// maxStretch is how far the quiet window may grow, maxDrain how many windows
	// one wait for silence may last.
	maxStretch, maxDrain = 4, 8
)

var (
	errNoAnswer = errors.New("no answer")
	errEcho     = errors.New("the line does not give back what was sent; is echo set for an adapter that has none?")
	errOwn      = errors.New("the line gives back what is sent; write echo: true for the bus")
	errNoisy    = errors.New("the line does not fall silent; does another master ask on it?")
	errForeign  = errors.New("the answer is not that to the question")
)

// line is one connection, half duplex.
type line struct {
	conn    stream.Conn
	cfg     *Config
	dirty   bool // an answer may still be under way
	window  time.Duration
	faultAt time.Time
	owing   map[string]time.Time // questions whose answer may still come, and when that was seen
	buf     []byte
}

// reckoned is how late an answer may be and still be reckoned with.
const reckoned = time.Minute

// answer is how one question ended.
type answer struct {
	frame *record.Frame
	reply *dlt645.Frame // nil unless err is
	err   error
	cause record.Cause // of err
}

// ask sends one question and waits for its answer. lost says that the connection
// is.
func (w *line) ask(ctx context.Context, request []byte, meter string, di uint32) (a answer, lost error) {
	a.frame = &record.Frame{Sent: []byte{}, Received: []byte{}, SentAt: w.cfg.Boot()}
	fail := func(o record.Outcome, cause record.Cause, err error) {
		a.frame.Outcome, a.cause, a.err = o, cause, err
		a.reply = nil
		w.dirty, w.faultAt = true, time.Now()
	}
	defer func() { a.frame.RecvAt = w.cfg.Boot() }()
	if err := w.settle(ctx); err != nil {
		fail(record.OutcomeBus, record.CauseBus, err)
		if errors.Is(err, errNoisy) {
			return a, nil
		}
		return a, err
	}
	a.frame.SentAt = w.cfg.Boot()
	n, err := w.conn.Write(request)
	if a.frame.Sent = request[:max(n, 0)]; err != nil {
		fail(record.OutcomeBus, record.CauseBus, err)
		return a, err
	}
	o, err := w.hear(ctx, &a, request)
	if err == nil {
		o, err = w.judge(&a, request, meter, di)
	}
	if since, owes := w.owing[string(request)]; err == nil && owes && time.Since(since) < reckoned {
		o, err = w.more(ctx, &a)
	}
	if w.owing == nil {
		w.owing = map[string]time.Time{}
	}
	if err == nil || o == record.OutcomeException {
		delete(w.owing, string(request))
	} else {
		w.owing[string(request)] = time.Now()
	}
	switch {
	case err == nil:
	case o == record.OutcomeException:
		// The meter answered, and nothing more will come.
		a.frame.Outcome, a.cause, a.err, a.reply = o, record.CauseNoValue, err, nil
	case o == record.OutcomeNoAnswer:
		fail(o, record.CauseNoAnswer, err)
	default:
		fail(o, record.CauseBus, err)
		if o == record.OutcomeBus && !errors.Is(err, errEcho) {
			return a, err
		}
	}
	return a, nil
}

// hear reads until a frame is whole, cannot become one, or is overdue.
func (w *line) hear(ctx context.Context, a *answer, request []byte) (record.Outcome, error) {
	echo := 0
	if w.cfg.Echo {
		echo = len(request)
	}
	wire := w.cfg.CharTime * time.Duration(len(request))
	deadline := time.Now().Add(w.cfg.Timeout + wire)
	// Whatever comes, at this time it ends.
	latest := deadline.Add(2*w.cfg.Timeout + w.cfg.CharTime*maxReceived)
	var got []byte
	for {
		n, err := w.conn.Read(w.buf)
		now := time.Now()
		if ctx.Err() != nil {
			return record.OutcomeBus, ctx.Err()
		}
		got = append(got, w.buf[:n]...)
		k := min(len(got), echo)
		if !bytes.Equal(got[:k], request[:k]) {
			a.frame.Received = bytes.Clone(got)
			return record.OutcomeBus, errEcho
		}
		if a.frame.Received = begin(got[k:]); len(a.frame.Received) > maxReceived-maxNoise {
			return record.OutcomeSurplus, fmt.Errorf("%d bytes: %w", len(a.frame.Received), errForeign)
		}
		if err != nil {
			return record.OutcomeBus, err
		}
		f, size, err := dlt645.Parse(a.frame.Received)
		switch {
		case err == nil && len(a.frame.Received) > size:
			return record.OutcomeSurplus, fmt.Errorf("%d bytes after the answer", len(a.frame.Received)-size)
		case err == nil:
			a.reply = f
			return record.OutcomeOK, nil
		case errors.Is(err, dlt645.ErrChecksum):
			return record.OutcomeCheck, err
		case !errors.Is(err, dlt645.ErrShort):
			return record.OutcomeForeign, err
		}
		if n > 0 {
			if deadline = now.Add(w.cfg.Timeout); deadline.After(latest) {
				deadline = latest
			}
		}
		if now.Before(deadline) {
			continue
		}
		switch {
		case k < echo:
			return record.OutcomeBus, errEcho
		case len(a.frame.Received) == 0:
			return record.OutcomeNoAnswer, fmt.Errorf("within %v: %w", w.cfg.Timeout, errNoAnswer)
		}
		return record.OutcomeTruncated, err
	}
}

// more listens for as long as an answer may take. A meter that owes the answer to an
// earlier question may give it now, just after the same question, and it fits; then the
// true answer follows.
func (w *line) more(ctx context.Context, a *answer) (record.Outcome, error) {
	for end := time.Now().Add(w.cfg.Timeout); time.Now().Before(end); {
		n, err := w.conn.Read(w.buf)
		switch {
		case ctx.Err() != nil:
			return record.OutcomeBus, ctx.Err()
		case n > 0:
			a.frame.Received = append(a.frame.Received, w.buf[:n]...)
			return record.OutcomeSurplus, fmt.Errorf("%d bytes after the answer, while an earlier one had not come", n)
		case err != nil:
			return record.OutcomeBus, err
		}
	}
	return record.OutcomeOK, nil
}

// begin leaves off what the line itself puts before an answer.
func begin(b []byte) []byte {
	for i, x := range b[:min(len(b), maxNoise+1)] {
		if x == 0xFE || x == 0x68 {
			return bytes.Clone(b[i:])
		}
	}
	if len(b) > maxNoise {
		return bytes.Clone(b)
	}
	return []byte{}
}

// judge says whether a sound frame is the answer.
func (w *line) judge(a *answer, request []byte, meter string, di uint32) (record.Outcome, error) {
	f := a.reply
	asked, _, err := dlt645.Parse(request)
	if err != nil {
		return record.OutcomeForeign, err
	}
	switch got, isRead := f.DI(); {
	case bytes.Equal(bytes.TrimLeft(a.frame.Received, "\xFE"), bytes.TrimLeft(request, "\xFE")):
		return record.OutcomeForeign, errOwn
	case !f.Reply():
		return record.OutcomeForeign, fmt.Errorf("a request to meter %s that is not ours; does another master ask on the line? %w", f.Address, errForeign)
	case f.Address != meter:
		return record.OutcomeForeign, fmt.Errorf("meter %s was asked and %s answered: %w", meter, f.Address, errForeign)
	case f.Control&0x1F != asked.Control:
		return record.OutcomeForeign, fmt.Errorf("control code %02X answered %02X: %w", asked.Control, f.Control, errForeign)
	default:
		if word, refused := f.Refused(); refused {
			return record.OutcomeException, fmt.Errorf("the meter refuses to give %s: %s", dlt645.Hex(di), dlt645.Refusal(word))
		}
		if !isRead || got != di {
			return record.OutcomeForeign, fmt.Errorf("%s was asked and %s answered: %w", dlt645.Hex(di), dlt645.Hex(got), errForeign)
		}
		if asked.Control == dlt645.ControlReadMore && (len(f.Data) < 5 || f.Data[len(f.Data)-1] != asked.Data[4]) {
			return record.OutcomeForeign, fmt.Errorf("another part than %d of %s came: %w", asked.Data[4], dlt645.Hex(di), errForeign)
		}
	}
	return record.OutcomeOK, nil
}

// settle waits until the line is silent: for a moment before each question, and
// for the whole window after a fault. What comes meanwhile answers nothing.
func (w *line) settle(ctx context.Context) error {
	start := time.Now()
	if !w.dirty || w.faultAt.IsZero() {
		w.faultAt = start
	}
	quiet := start
	var late []byte
	for {
		n, err := w.conn.Read(w.buf)
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case n > 0:
			w.dirty, quiet = true, now
			if late = append(late, w.buf[:n]...); len(late) > maxReceived {
				late = late[len(late)-maxReceived:]
			}
			if f, _, err := dlt645.Parse(begin(late)); err == nil && f.Reply() {
				// A whole answer and no noise: it tells how late meters are here.
				late = nil
				if d := min(2*now.Sub(w.faultAt), maxStretch*w.cfg.Quiet); d > w.window {
					w.cfg.Log.Warn("a meter answers late; the wait for silence is lengthened", "meter", f.Address, "from", w.window, "to", d)
					w.window = d
				}
			}
		case !w.dirty || now.Sub(quiet) >= w.window:
			w.dirty = false
			return nil
		}
		if now.Sub(start) >= maxDrain*w.window {
			return fmt.Errorf("%w (%v of noise)", errNoisy, now.Sub(start))
		}
	}
}
