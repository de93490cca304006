package export

import (
	"context"
	"fmt"
	"slices"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/cose"
	"fieldseal/notary/chain"
)

// addRegister adds what the chain's register says of the gateway's key, its site, the
// signers of the plans and the permissions asked for, as of the block in which the
// newest anchor is shown. Without it the file is whole, and its verdict says what
// it does not prove.
func (w *work) addRegister(ctx context.Context) error {
	if w.Exporter.Register == nil || w.shownIn == nil {
		return nil
	}
	h, err := anchor.ParseHeader(w.shownIn)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	key, err := cose.ParseKeyText(w.entry.Key)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	site := [16]byte(w.entry.Site)
	want := []chain.FactKey{{Kind: anchor.FactGateway, Key: key.ID()}, {Kind: anchor.FactSite, Key: anchor.SiteKey(site)}}
	add := func(k chain.FactKey) {
		if !slices.Contains(want, k) {
			want = append(want, k)
		}
	}
	for _, s := range w.signers {
		add(chain.FactKey{Kind: anchor.FactSigner, Key: anchor.SignerKey(site, anchor.PurposePlan, s)})
	}
	for _, g := range w.grants {
		add(chain.FactKey{Kind: anchor.FactGrant, Key: g})
	}
	r, facts, err := w.Exporter.Register.ShowRegister(ctx, h.Number, want)
	if err != nil {
		w.Logger.Warn("the chain's register is not shown in an evidence file", "block", h.Number, "err", err)
		return nil
	}
	w.Builder.Register(r, facts)
	return nil
}
