package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrNothing says that the log holds nothing of what was asked for (yet).
var ErrNothing = errors.New("nothing to show yet")

// server are the flags by which a command finds the notary and may speak to it.
func (r *Rig) server() []string {
	return []string{"--notary", "https://" + r.HTTP, "--ca", filepath.Join(r.NotaryDir(), "ca.pem"), "--token", filepath.Join(r.NotaryDir(), "admin.token")}
}

// Code orders the enrolment of a gateway and returns its one-time code.
func (r *Rig) Code(ctx context.Context, site, name, gateway string) (string, error) {
	out, err := r.Output(ctx, "fieldseal-notary", "gateway", "enrol", "--data", r.NotaryDir(), "--site", site, "--name", name, "--gateway", gateway, "--quiet")
	return strings.TrimSpace(out), err
}

// WaitEnrolled waits until the authority has signed a gateway's enrolment.
func (r *Rig) WaitEnrolled(ctx context.Context, id string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := r.Output(ctx, "fieldseal-notary", "gateway", "list", "--data", r.NotaryDir())
		if err != nil {
			return err
		}
		for _, l := range lines(out) {
			if strings.Contains(l, id) && strings.Contains(l, "enrolled") {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gateway %s is not enrolled: %w; the list says:\n%s", id, ctx.Err(), out)
		case <-tick.C:
		}
	}
}

// Evidence fetches an evidence file of a range of one point; an existing file is
// replaced.
func (r *Rig) Evidence(ctx context.Context, site, point string, from, to time.Time, out string) error {
	part := out + ".part"
	os.Remove(part)
	defer os.Remove(part)
	_, err := r.Output(ctx, "fieldseal", append([]string{"evidence", "get", "--site", site, "--point", point,
		"--from", from.UTC().Format(time.RFC3339Nano), "--to", to.UTC().Format(time.RFC3339Nano), "-o", part}, r.server()...)...)
	if err != nil {
		if strings.Contains(err.Error(), "nothing to show") {
			return fmt.Errorf("%w: %w", ErrNothing, err)
		}
		return err
	}
	return os.Rename(part, out)
}

// Trust makes a trust file out of the notary's facts, as its operator and an
// issuer would after comparing them aloud.
func (r *Rig) Trust(ctx context.Context, name string) error {
	_, err := r.Output(ctx, "fieldseal", "trust", "new", "--facts", filepath.Join(r.NotaryDir(), "trust-facts.json"),
		"--name", name, "--issuer-key", filepath.Join(r.Dir, "issuer.key"), "--make-key", "-o", r.TrustFile())
	return err
}

// Reading fetches the evidence of the newest reading of a point in a stretch of
// time.
func (r *Rig) Reading(ctx context.Context, site, point string, from, to time.Time, out string) error {
	return r.Evidence(ctx, site, point, from, to, out)
}
