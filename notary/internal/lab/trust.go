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
func (n *Notary) Ledger(c *Chain) *export.Ledger {
	return &export.Ledger{Rows: n.Store, Chain: c.Chain, Contract: c.Contract, Origin: Origin, Key: n.ChainKey, Trusted: n.ChainNote}
}

// Anchor anchors the newest checkpoint, over all that is in the log.
func (n *Notary) Anchor(c *Chain, l *export.Ledger) {
	n.t.Helper()
	if err := l.Report(n.t.Context(), c.Put(n.t, n.Settle())); err != nil {
		n.t.Fatal(err)
	}
}
