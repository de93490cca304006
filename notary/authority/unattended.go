package authority

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"fieldseal/evidence/cose"
)

// Unattended signs whatever the desk asks for, with a key that lies beside the
// notary's own. It is the embedded default, for trials and for those who run
// both sides: whoever holds this data folder can enrol a gateway, which a
// separate authority would prevent.
type Unattended struct {
	Desk   *Desk
	Key    cose.Signer
	Random io.Reader
	Log    *slog.Logger
}

// retry is the wait after a failed round.
const retry = 5 * time.Second

// Run signs at once what waits, then at each change of the register and before
// each status list ends, until ctx does.
func (u *Unattended) Run(ctx context.Context) error {
	u.Log.Warn("the enrolment authority's key lies in the notary's own data folder: enrolments and revocations are signed unattended and rest on this operator alone; `fieldseal authority init` makes a separate one",
		"authority", u.Key.Public())
	for {
		changed := u.Desk.cfg.Registry.Changed()
		wait := retry
		if err := u.Round(ctx); err == nil {
			wait = u.Desk.NextList().Sub(u.Desk.cfg.Now())
		} else if ctx.Err() == nil {
			u.Log.Error("authority could not sign", "error", err, "retry_in", retry)
		}
		t := time.NewTimer(max(wait, 10*time.Millisecond))
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-changed:
		case <-t.C:
		}
		t.Stop()
	}
}

// Round signs what waits now.
func (u *Unattended) Round(ctx context.Context) error {
	r := u.Desk.Requests()
	if r.Empty() {
		return nil
	}
	a, err := Sign(u.Key, u.Random, u.Desk.cfg.Now(), r)
	if err != nil {
		return err
	}
	for _, s := range a.Statements {
		at, err := u.Desk.Submit(ctx, s)
		if err != nil {
			return fmt.Errorf("submit: %w", err)
		}
		u.Log.Info("statement signed by the embedded authority", "index", at)
	}
	return nil
}
