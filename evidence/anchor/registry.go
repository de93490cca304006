package anchor

import (
	"bytes"
	"encoding/binary"
)

// Fact is a kind of what the contract Registry keeps. Its number is the storage
// position of the mapping.
type Fact uint8

// The facts. Each is two storage slots under a key of 32 bytes.
const (
	FactSite    Fact = iota // by site id, 16 bytes and 16 zeros
	FactGateway             // by the id of the gateway's key
	FactSigner              // by [SignerKey]
	FactRules               // by SHA-256 of the rule set's bytes
	FactGrant               // by the permission's random id
)

var factNames = [...]string{"site", "gateway", "signer", "rules", "grant"}

func (f Fact) String() string {
	if int(f) < len(factNames) {
		return factNames[f]
	}
	return "fact " + decimal(uint64(f))
}

// ParseFact is the fact of a name.
func ParseFact(name string) (Fact, bool) {
	for i, n := range factNames {
		if n == name {
			return Fact(i), true
		}
	}
	return 0, false
}

// SiteKey is the key of a site's fact.
func SiteKey(site [16]byte) (k [32]byte) {
	copy(k[:], site[:])
	return k
}

// Purposes of a signer's key.
const (
	PurposePlan          = 0 // signs coverage plans
	PurposeConfiguration = 1
)

// SignerKey is the key of a signer's fact: keccak256 of the site, the purpose and
// the id of the signer's key, a word each.
func SignerKey(site [16]byte, purpose uint8, key [32]byte) [32]byte {
	s, p := SiteKey(site), word(uint64(purpose))
	return Keccak(s[:], p[:], key[:])
}

// Slots are where the contract keeps a fact: keccak256(key ‖ position) and the slot
// after it.
func (f Fact) Slots(key [32]byte) (first, second [32]byte) {
	position := word(uint64(f))
	first = Keccak(key[:], position[:])
	second = first
	for i := len(second) - 1; i >= 0; i-- {
		if second[i]++; second[i] != 0 {
			break
		}
	}
	return first, second
}

// Register shows the contract Registry in the state after a block.
type Register struct {
	Contract []byte // address, 20 bytes
	Block    Block
	Account  [][]byte
}

// Registered is a register whose block and code were found good.
type Registered struct {
	ShownIn Header
	root    [32]byte
}

// Verify checks block and contract against what the trust file says. shown, where
// not nil, is the block's header as [Block.Verify] has returned it.
func (r Register) Verify(c Chain, k Contract, shown *Header) (Registered, error) {
	if !bytes.Equal(r.Contract, k.Address[:]) {
		return Registered{}, uncheckable("register: contract %x, the trust file says %x", r.Contract, k.Address)
	}
	if shown == nil {
		h, err := r.Block.Verify(c)
		if err != nil {
			return Registered{}, err
		}
		shown = &h
	}
	a, found, err := FindAccount(shown.StateRoot, k.Address, r.Account)
	if err != nil {
		return Registered{}, wrap("register", err)
	}
	if !found {
		return Registered{}, uncheckable("register: no contract %x in block %d", k.Address, shown.Number)
	}
	if a.CodeHash != k.CodeHash {
		return Registered{}, uncheckable("register: contract %x has code %x, the trust file says %x", k.Address, a.CodeHash, k.CodeHash)
	}
	return Registered{*shown, a.StorageRoot}, nil
}

// Entry is what a register keeps of a fact. Of one that it does not know both words
// are zero, and the proofs show it.
type Entry struct{ First, Second [32]byte }

// Find walks the proofs of a fact's two slots.
func (r Registered) Find(f Fact, key [32]byte, first, second [][]byte) (e Entry, err error) {
	if int(f) >= len(factNames) {
		return e, malformed("register: %s is not known", f)
	}
	a, b := f.Slots(key)
	if e.First, _, err = FindStorage(r.root, a, first); err == nil {
		e.Second, _, err = FindStorage(r.root, b, second)
	}
	return e, wrap("register: "+f.String(), err)
}

// Known is false where the register holds nothing.
func (e Entry) Known() bool { return e != Entry{} }

// RegisteredKey is a key of a gateway or a signer. Times are seconds since 1970.
type RegisteredKey struct {
	Site    [16]byte
	From    uint64 // included
	Until   uint64 // excluded; 0 for never
	Revoked uint64 // from when on it is not to be believed; 0 as long as it is
}

// Ends is when belief in the key ends; 0 for never.
func (k RegisteredKey) Ends() uint64 {
	if k.Revoked != 0 && (k.Until == 0 || k.Revoked < k.Until) {
		return k.Revoked
	}
	return k.Until
}

// Key reads the entry of a gateway or a signer.
func (e Entry) Key() RegisteredKey {
	return RegisteredKey{[16]byte(e.First[16:]), number(e.First[8:16]), number(e.First[:8]), number(e.Second[24:])}
}

// RegisteredSite is a site.
type RegisteredSite struct {
	Department [16]byte // that owns it
	Since      uint64   // registered or last handed over, seconds since 1970
	Open       bool
	Keeper     [20]byte // the account that may share it
}

// Site reads the entry of a site.
func (e Entry) Site() RegisteredSite {
	return RegisteredSite{[16]byte(e.First[16:]), number(e.First[8:16]), e.First[7] != 0, [20]byte(e.Second[12:])}
}

// RegisteredRules is a published rule set.
type RegisteredRules struct {
	Name    [32]byte // keccak256 of its name
	Version uint64
	From    uint64 // seconds since 1970
}

// Rules reads the entry of a rule set.
func (e Entry) Rules() RegisteredRules {
	return RegisteredRules{e.First, number(e.Second[24:]), number(e.Second[16:24])}
}

// RegisteredGrant is a permission to read a site.
type RegisteredGrant struct {
	Site    [16]byte
	From    uint64 // seconds since 1970, included
	Until   uint64 // when it ends or was revoked, excluded
	Grantee [32]byte
}

// Grant reads the entry of a permission.
func (e Entry) Grant() RegisteredGrant {
	return RegisteredGrant{[16]byte(e.First[16:]), number(e.First[8:16]), number(e.First[:8]), e.Second}
}

func number(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
