package lab

import (
	"fieldseal/evidence/anchor"
	"fieldseal/evidence/trust"
	"fieldseal/notary/export"
)

// Facts are what the notary says of itself.
func (n *Notary) Facts(c *Chain) *trust.Facts {
	n.t.Helper()
	key, err := trust.ParseNoteKey(n.LogKey)
	if err != nil {
		n.t.Fatal(err)
	}
	note, err := trust.ParseNoteKey(n.chainText)
	if err != nil {
		n.t.Fatal(err)
	}
	return &trust.Facts{Since: trust.At(n.Now()), Authorities: []trust.Key{{Key: n.Authority.Public()}}, Supervisors: []trust.Key{{Key: n.Supervision.Public()}},
		Log:   trust.Log{Origin: Origin, Key: key, Chain: n.ChainID, Contract: trust.Hex20(n.Contract), CodeHash: trust.Hex32(n.CodeHash), Interval: 15},
		Chain: trust.Chain{ID: n.ChainID, Profile: string(anchor.Embedded), Independence: trust.Local, Genesis: trust.Hex32(c.Genesis.Hash), Notes: []trust.NoteKey{note}}}
}

// Ledger is a ledger on the chain.
func (n *Notary) Ledger(c *Chain) *Ledger {
	return &Ledger{Prover: &export.Prover{Chain: c.Chain, Contract: c.Contract, Origin: Origin, Key: n.ChainKey, Trusted: n.ChainNote}}
}

// Anchor anchors the newest checkpoint, over all that is in the log.
func (n *Notary) Anchor(c *Chain, l *Ledger) {
	n.t.Helper()
	l.anchored = append(l.anchored, c.Put(n.t, n.Settle()))
}
