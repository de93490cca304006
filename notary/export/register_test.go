package export_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/file"
	"fieldseal/evidence/trust"
	"fieldseal/evidence/verify"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/notary/export"
)

// TestTheRegisterGoesIntoEvidence: what the chain's contract says of the gateway when
// the reading was anchored, that it knows nothing included.
func TestTheRegisterGoesIntoEvidence(t *testing.T) {
	h := open(t)
	address := h.chain.Create(t, contracts.RegistryCreation(h.chain.Contract.Account()))
	does := func(data []byte) {
		t.Helper()
		h.chain.Call(t, address, data)
	}
	facts := h.n.Facts(h.chain)
	facts.Chain.Registry = &trust.Registry{Contract: address, CodeHash: contracts.RegistryCodeHash()}
	var err error
	if h.trust, err = export.OwnTrust(facts); err != nil {
		t.Fatal(err)
	}
	h.ledger.Prover.Register = h.chain.Chain.Register(address)
	c := h.x.Config
	c.Trust, c.Register = h.trust, h.ledger.Prover
	h.x = export.New(c)
	e, _ := h.n.Registry.Get(h.g.Gateway)
	key, err := cose.ParseKeyText(e.Key)
	if err != nil {
		t.Fatal(err)
	}
	abi, site := contracts.NewRegistry(), [16]byte(e.Site)
	seal := func() *export.Result {
		b := h.minutes(1)[0]
		h.anchor()
		r, _ := h.reading(b, 1)
		return r
	}
	told := func(r *export.Result, status verify.Status, part string) {
		t.Helper()
		c, ok := r.Report.Check("register")
		if !ok || c.Status != status || !strings.Contains(c.Detail.EN, part) {
			t.Fatalf("%v, %+v: lacks %q", ok, c, part)
		}
	}
	told(seal(), verify.Uncheckable, "does not know the gateway's key")
	does(abi.PackSetSite(site, [16]byte{7}, h.chain.Contract.Account(), true))
	from := uint64(time.Now().Add(-24 * time.Hour).Unix())
	does(abi.PackSetGateway(key.ID(), site, from, 0))
	told(seal(), verify.Genuine, "is not revoked")

	// A permission is told where it is asked for.
	grant, none := [32]byte{1}, [32]byte{2}
	does(abi.PackGrant(grant, site, [32]byte{3}, uint64(time.Now().Add(time.Hour).Unix())))
	h.x = h.x.Granting(grant, none)
	r := seal()
	for _, part := range []string{"permission 0100000000000000 let 0300000000000000 read this site", "there is no permission 0200000000000000"} {
		if !strings.Contains(r.Report.Sentence.EN, part) {
			t.Errorf("lacks %q: %s", part, r.Report.Sentence.EN)
		}
	}
	does(abi.PackRevokeGateway(key.ID(), from+1))
	told(seal(), verify.Uncheckable, "is revoked since")
	// A node that does not show it makes evidence weaker, and no worse.
	c.Register = nowhere{h.ledger.Prover}
	h.x = export.New(c)
	if r := seal(); r.Report.Verdict != verify.Genuine {
		t.Errorf("%v: %s", r.Report.Verdict, r.Report.Sentence.EN)
	}
}

// nowhere is a register that the node does not show: none stands at its address.
type nowhere struct{ *export.Prover }

func (n nowhere) ShowRegister(context.Context, uint64, []chain.FactKey) (anchor.Register, []file.ShownFact, error) {
	return anchor.Register{}, nil, errors.New("the method eth_getProof is not available")
}
