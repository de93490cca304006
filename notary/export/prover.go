package export

import (
	"context"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/notary/chain"
)

// Prover proves anchors and blocks on the chain: the half of [Anchors] that asks
// the chain and not the store.
type Prover struct {
	Chain    *chain.Chain
	Contract *chain.Anchors
	Origin   string
	Key      note.Signer     // signs block notes of the embedded chain
	Trusted  note.Verifier   // of Key
	Register *chain.Register // nil: there is none
}

// Prove shows an anchored checkpoint in the newest final block.
func (p *Prover) Prove(ctx context.Context, a Anchor) (anchor.Proof, error) {
	cp := anchor.Checkpoint{LogID: anchor.LogID(p.Origin), Size: a.Size, Root: a.Root}
	return p.Contract.Evidence(ctx, cp, a.Number, a.Time, p.Origin, p.Key, p.Trusted)
}

// Block is the sealed header of a block that a gateway named.
func (p *Prover) Block(ctx context.Context, named batch.Block) (anchor.Block, error) {
	if known, ok := p.Chain.Remembered(named.Hash); ok {
		return known, nil // also while the chain is away
	}
	b, err := p.Chain.Block(ctx, named.Number)
	if err == nil && b.Hash != named.Hash {
		b, err = p.Chain.BlockByHash(ctx, named.Hash)
	}
	if err != nil {
		return anchor.Block{}, err
	}
	return p.Chain.Seal(ctx, b, p.Origin, p.Key)
}

// Changes are the changes of validators up to a block that were needed to seal what
// was asked for.
func (p *Prover) Changes(upTo uint64) [][][]byte { return p.Chain.Changes(upTo) }

// ShowRegister shows entries of the register in the state of a block, and seals it.
func (p *Prover) ShowRegister(ctx context.Context, number uint64, want []chain.FactKey) (anchor.Register, []file.ShownFact, error) {
	b, err := p.Chain.Block(ctx, number)
	if err != nil {
		return anchor.Register{}, nil, err
	}
	r, facts, err := p.Register.Prove(ctx, b, want)
	if err == nil {
		r.Block, err = p.Chain.Seal(ctx, b, p.Origin, p.Key)
	}
	return r, facts, err
}
