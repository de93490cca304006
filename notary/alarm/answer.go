package alarm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/live"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
)

// Errors of steps.
var (
	// ErrUnknown: there is no such alarm, or it is not the asker's to see.
	ErrUnknown = errors.New("no such alarm")
	// ErrStep: the step cannot be taken as it is.
	ErrStep = errors.New("step refused")
	// ErrMany: the alarm has as many steps of people as it can hold.
	ErrMany = errors.New("too many steps")
	// ErrStopped: alarms are not kept until the next start.
	ErrStopped = errors.New("alarms are not kept until the notary starts again")
)

// Answer is a step that a person takes.
type Answer struct {
	Step    statement.Step // acknowledged or statement
	By      string         // account
	Role    string
	Note    string
	Request string // idempotency key; empty: none
	// Sees says whether the person may see alarms of a site; the zero site is the
	// notary's own. nil: all.
	Sees func(site batch.ID) bool
}

// Answer takes a person's step: it is in the log and in the cursor when the alarm
// comes back. The same idempotency key of the same account gives the alarm again
// and takes no second step; nor does one who acknowledged it already.
func (k *Keeper) Answer(ctx context.Context, id batch.ID, a Answer) (Alarm, error) {
	if err := a.check(); err != nil {
		return Alarm{}, err
	}
	k.work.Lock()
	defer k.work.Unlock()
	select {
	case <-k.cfg.Live.Ended():
		return Alarm{}, ErrStopped
	default:
	}
	k.mu.Lock()
	e := k.book.get(id)
	_, err := k.book.take() // nothing changes under work but by its holder: an error of the search
	if e == nil || a.Sees != nil && !a.Sees(e.Site) {
		k.mu.Unlock()
		if err == nil {
			err = fmt.Errorf("%w: %s", ErrUnknown, id)
		}
		return Alarm{}, err
	}
	if done, err := e.answered(&a); done || err != nil {
		out := e.tell()
		k.mu.Unlock()
		return out, err
	}
	st := e.stated(a.Step)
	st.By, st.Role, st.Note, st.Request = a.By, a.Role, a.Note, a.request()
	k.mu.Unlock()
	now := k.cfg.Now()
	// One who goes away now must not leave a step in the log that nobody took in.
	ctx = context.WithoutCancel(ctx)
	at, err := k.logged(ctx, now, st)
	switch {
	case errors.Is(err, log.ErrClosed):
		return Alarm{}, fmt.Errorf("%w: %w", ErrStopped, err)
	case err != nil:
		return Alarm{}, err
	case at == nil && k.cfg.Log.ReadOnly() != "":
		return Alarm{}, fmt.Errorf("%w: %s", log.ErrReadOnly, k.cfg.Log.ReadOnly())
	case at == nil:
		return Alarm{}, store.ErrFull
	}
	k.mu.Lock()
	k.book.apply(at, now.UnixMicro(), st)
	k.at.Statement = max(k.at.Statement, *at+1)
	out := e.tell()
	k.mu.Unlock()
	if err := k.publish(ctx); errors.Is(err, live.ErrStopped) {
		// It is in the log; the next start takes it in, and the same key finds it.
		return Alarm{}, fmt.Errorf("%w: the step stands at log entry %d", ErrStopped, *at)
	} else if err != nil {
		return Alarm{}, err
	}
	return out, nil
}

// answered reports whether the step was taken before.
func (e *entry) answered(a *Answer) (bool, error) {
	request := a.request()
	for _, s := range e.Steps {
		if request != [32]byte{} && s.Request == request {
			if s.Step.Step != a.Step.String() || s.Note != a.Note {
				return false, fmt.Errorf("%w: the idempotency key was used for another step of this alarm", ErrStep)
			}
			return true, nil
		}
	}
	if a.Step == statement.StepAcknowledged && e.Answered && a.Note == "" {
		for _, s := range e.Steps {
			if s.By == a.By && s.Step.Step == a.Step.String() && s.At >= e.lastRaised() {
				return true, nil
			}
		}
	}
	if e.people() >= maxPeople {
		return false, fmt.Errorf("%w: %d people's steps", ErrMany, maxPeople)
	}
	return false, nil
}

// lastRaised is when the notary came to know that it was raised last.
func (e *entry) lastRaised() (at int64) {
	for _, s := range e.Steps {
		if s.Step.Step == statement.StepRaised.String() {
			at = max(at, s.At)
		}
	}
	return at
}

func (a *Answer) check() error {
	switch {
	case !a.Step.ByPerson():
		return fmt.Errorf("%w: %q; there are acknowledged and statement", ErrStep, a.Step)
	case a.By == "" || len(a.By) > statement.MaxName || len(a.Role) > statement.MaxName:
		return fmt.Errorf("%w: who takes it has no name, or a too long one", ErrStep)
	case a.Step == statement.StepStatement && strings.TrimSpace(a.Note) == "":
		return fmt.Errorf("%w: a statement needs a note", ErrStep)
	case len(a.Note) > statement.MaxAlarmNote:
		return fmt.Errorf("%w: a note of %d bytes; at most %d", ErrStep, len(a.Note), statement.MaxAlarmNote)
	case !utf8.ValidString(a.Note) || strings.ContainsFunc(a.Note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return fmt.Errorf("%w: the note holds characters that no text has", ErrStep)
	case len(a.Request) > 128 || strings.ContainsFunc(a.Request, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%w: an idempotency key is 1 to 128 printable characters", ErrStep)
	}
	return nil
}

// request is what is kept of the idempotency key: it binds the account, and the
// key itself stays unknown.
func (a *Answer) request() [32]byte {
	if a.Request == "" {
		return [32]byte{}
	}
	return sha256.Sum256([]byte(a.By + "\n" + a.Request))
}
