package trust

import (
	"bytes"
	"fmt"
	"slices"

	"fieldseal/evidence/anchor"
)

// Chain is a chain whose blocks are believed under its profile.
type Chain struct {
	ID           uint64    `json:"id"`
	Profile      string    `json:"profile"`
	Independence string    `json:"independence"` // of the log's operator: "local", "consortium" or "public"
	Genesis      Hex32     `json:"genesis"`      // hash of block 0, for people and for the notary's own check
	Notes        []NoteKey `json:"notes"`        // keys of block notes; profile "embedded" only
	// Validators are who seals the blocks, by block, ascending; on sealed profiles
	// only, and there at least one set.
	Validators []Validators `json:"validators,omitempty"`
	// Epoch is after how many blocks a BFT chain forgets votes on validators. With
	// it, evidence may show that a set has voted for its successor; without it, a
	// set changes only by a new version of this file.
	Epoch uint64 `json:"epoch,omitempty"`
	// Organisations name who holds an account that seals, ascending by account. They
	// are for people: an account counts with or without a name.
	Organisations []Organisation `json:"organisations,omitempty"`
	// Registry is the contract that says which sites, keys and grants there are; nil:
	// nothing is believed of any.
	Registry *Registry `json:"registry,omitempty"`
}

// Organisation is who seals with an account.
type Organisation struct {
	Account Hex20  `json:"account"`
	Name    string `json:"name"` // 1 to 128 bytes
}

// Registry is the contract Registry of a chain.
type Registry struct {
	Contract Hex20 `json:"contract"`
	CodeHash Hex32 `json:"code_hash"` // keccak256 of its runtime code
}

// Validators seal a stretch of blocks.
type Validators struct {
	From     uint64  `json:"from"`             // block, included
	To       uint64  `json:"to,omitempty"`     // block, included; 0: no end is known, last set only
	Accounts []Hex20 `json:"accounts"`         // ascending
	Quorum   int     `json:"quorum,omitempty"` // seals needed; 0: as the profile says
}

// maxBlock is the highest block that this format can name.
const maxBlock = 1<<53 - 1

// Sealing is what evidence/anchor needs to judge the chain's blocks, but for a
// note key.
func (c *Chain) Sealing() anchor.Chain {
	out := anchor.Chain{Profile: anchor.Profile(c.Profile), ID: c.ID, Epoch: c.Epoch}
	for _, v := range c.Validators {
		s := anchor.Set{From: v.From, To: v.To, Quorum: v.Quorum}
		if v.To == 0 {
			s.To = maxBlock
		}
		for _, a := range v.Accounts {
			s.Validators = append(s.Validators, a)
		}
		out.Sets = append(out.Sets, s)
	}
	return out
}

func (c *Chain) checkValidators() error {
	if len(c.Validators) > MaxList {
		return fmt.Errorf("%d sets of validators are above the limit of %d", len(c.Validators), MaxList)
	}
	if c.Epoch != 0 && (!anchor.Profile(c.Profile).Sealed() || c.Profile == string(anchor.Clique)) {
		return fmt.Errorf("an epoch, where no header shows a change of validators")
	}
	x := c.Sealing()
	return x.Profile.CheckSets(x.Sets)
}

func (c *Chain) checkOrganisations() error {
	if len(c.Organisations) > MaxList {
		return fmt.Errorf("%d organisations are above the limit of %d", len(c.Organisations), MaxList)
	}
	for i, o := range c.Organisations {
		switch {
		case o.Name == "" || len(o.Name) > 128:
			return fmt.Errorf("organisation of %x: a name of 1 to 128 bytes is needed", o.Account)
		case i > 0 && bytes.Compare(c.Organisations[i-1].Account[:], o.Account[:]) >= 0:
			return fmt.Errorf("organisation %q: its account is repeated or out of order", o.Name)
		case !slices.ContainsFunc(c.Validators, func(v Validators) bool { return slices.Contains(v.Accounts, o.Account) }):
			return fmt.Errorf("organisation %q: its account %x seals no block of this chain", o.Name, o.Account)
		}
	}
	return nil
}

// NameOf is the organisation that seals with an account; empty: nobody named it.
func (c *Chain) NameOf(account [20]byte) string {
	for _, o := range c.Organisations {
		if o.Account == Hex20(account) {
			return o.Name
		}
	}
	return ""
}

// Name names the organisation that seals with an account, in place of another name.
func (c *Chain) Name(account Hex20, name string) {
	i, found := slices.BinarySearchFunc(c.Organisations, account, func(o Organisation, a Hex20) int { return bytes.Compare(o.Account[:], a[:]) })
	if found {
		c.Organisations = slices.Clone(c.Organisations)
		c.Organisations[i].Name = name
		return
	}
	c.Organisations = slices.Insert(slices.Clone(c.Organisations), i, Organisation{account, name})
}
