package enrol

import (
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
	"fieldseal/notary/intake"
)

// Enrolled is what the intake asks of its registry. A gateway that is pending
// has no session, so that it is an error here.
func (r *Registry) Enrolled(g batch.ID) (intake.Gateway, error) {
	r.mu.RLock()
	e, key := r.gateways[g], r.parsed[g]
	r.mu.RUnlock()
	switch {
	case e == nil:
		return intake.Gateway{}, fmt.Errorf("gateway %s: %w", g, access.ErrUnknown)
	case e.State == Pending:
		return intake.Gateway{}, fmt.Errorf("gateway %s: %w", g, access.ErrPending)
	}
	out := intake.Gateway{Site: e.Site, Key: key}
	if e.State == Revoked {
		out.Refused = fmt.Errorf("gateway %s: %w: %s", g, access.ErrRevoked, e.Revocation.Reason)
	}
	return out, nil
}
