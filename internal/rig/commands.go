package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// WaitEnrolled waits until the authority has signed the enrolment of every gateway
// that is named.
func (r *Rig) WaitEnrolled(ctx context.Context, ids ...string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := r.Output(ctx, "fieldseal-notary", "gateway", "list", "--data", r.NotaryDir())
		if err != nil {
			return err
		}
		var rows []string
		for _, l := range lines(out) {
			if strings.Contains(l, "enrolled") {
				rows = append(rows, l)
			}
		}
		done := strings.Join(rows, "\n")
		i := slices.IndexFunc(ids, func(id string) bool { return !strings.Contains(done, id) })
		if i < 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gateway %s is not enrolled: %w; the list says:\n%s", ids[i], ctx.Err(), out)
		case <-tick.C:
		}
	}
}

// Evidence fetches an evidence file of a range of one point; an existing file is
// replaced.
func (r *Rig) Evidence(ctx context.Context, site, point string, from, to time.Time, out string) error {
	return r.evidence(ctx, out, "--site", site, "--point", point, "--from", from.UTC().Format(time.RFC3339Nano), "--to", to.UTC().Format(time.RFC3339Nano))
}

func (r *Rig) evidence(ctx context.Context, out string, what ...string) error {
	args := append([]string{"evidence", "get", "--force", "-o", out}, what...)
	_, err := r.Output(ctx, "fieldseal", append(args, r.server()...)...)
	if err != nil && strings.Contains(err.Error(), "nothing to show") {
		return fmt.Errorf("%w: %w", ErrNothing, err)
	}
	return err
}

// Trust makes a trust file out of the notary's facts, as its operator and an
// issuer would after comparing them aloud.
func (r *Rig) Trust(ctx context.Context, name string) error {
	_, err := r.Output(ctx, "fieldseal", "trust", "new", "--facts", filepath.Join(r.NotaryDir(), "trust-facts.json"),
		"--name", name, "--issuer-key", filepath.Join(r.Dir, "issuer.key"), "--make-key", "-o", r.TrustFile())
	return err
}

// Reading fetches the evidence of the newest reading of a point.
func (r *Rig) Reading(ctx context.Context, site, point, out string) error {
	return r.evidence(ctx, out, "--site", site, "--point", point, "--from", "latest")
}

// supervisionKey is the private key of the rig's supervision side; its public half
// lies beside it as text.
func (r *Rig) supervisionKey() string { return filepath.Join(r.Dir, "supervision.key") }

var publicKey = regexp.MustCompile(`\b(ed25519|p256):[0-9a-f]+`)

// makeSupervision makes the key that may sign coverage plans.
func (r *Rig) makeSupervision(ctx context.Context) error {
	out, err := r.Output(ctx, "fieldseal", "coverage", "keygen", "--key", r.supervisionKey())
	if err != nil {
		return err
	}
	key := publicKey.FindString(out)
	if key == "" {
		return fmt.Errorf("fieldseal coverage keygen printed no key: %q", out)
	}
	return os.WriteFile(r.supervisionKey()+".pub", []byte(key+"\n"), 0o644)
}

// Plan drafts the coverage plan of a site file, signs it as supervision would and
// hands it to the notary.
func (r *Rig) Plan(ctx context.Context, siteFile string) error {
	draft := strings.TrimSuffix(siteFile, ".yaml") + ".plan.yaml"
	signed := strings.TrimSuffix(siteFile, ".yaml") + ".plan.signed.json"
	if _, err := r.Output(ctx, "fieldseal", append([]string{"coverage", "new", "--config", siteFile, "-o", draft}, r.server()...)...); err != nil {
		return err
	}
	if _, err := r.Output(ctx, "fieldseal", "coverage", "sign", "--key", r.supervisionKey(), "-o", signed, draft); err != nil {
		return err
	}
	_, err := r.Output(ctx, "fieldseal", append(append([]string{"coverage", "submit"}, r.server()...), signed)...)
	return err
}

// Calibrate states, as supervision, that the instrument behind a device was calibrated
// a year ago and is due again after a time.
func (r *Rig) Calibrate(ctx context.Context, siteID, siteFile, device string, due time.Duration) error {
	gateway, err := gatewayOf(siteFile)
	if err != nil {
		return err
	}
	at := filepath.Join(r.Dir, siteID+"-"+device)
	certificate, signed := at+".certificate.txt", at+".calibration.json"
	if err := os.WriteFile(certificate, []byte("Simulated certificate of "+device+"\n"), 0o644); err != nil {
		return err
	}
	now := time.Now()
	args := append([]string{"calibration", "sign", "--site", siteID, "--gateway", gateway, "--device", device, "--instrument", "Simulated, no. 1", "--certificate", certificate, "--number", "SIM-1",
		"--laboratory", "示例计量院 Example Metrology", "--performed", now.AddDate(-1, 0, 0).Format(time.DateOnly), "--until", now.Add(due).UTC().Format(time.RFC3339), "--key", r.supervisionKey(), "-o", signed}, r.server()...)
	if _, err := r.Output(ctx, "fieldseal", args...); err != nil {
		return err
	}
	_, err = r.Output(ctx, "fieldseal", append(append([]string{"calibration", "submit"}, r.server()...), signed)...)
	return err
}
