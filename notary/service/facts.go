package service

import (
	"fmt"
	"io"
	"os"

	"fieldseal/evidence/trust"
)

// factsFile is where the facts lie for who makes a trust file on this machine.
const factsFile = "trust-facts.json"

// Facts are what the notary says of itself, for those who make trust files.
func (s *Service) Facts() (*trust.Facts, error) {
	logKey, err := trust.ParseNoteKey(s.Keys.LogText)
	if err != nil {
		return nil, err
	}
	id := s.Identity
	f := &trust.Facts{
		Since:       id.Created,
		Authorities: []trust.Key{id.Authority},
		Log: trust.Log{Origin: id.Origin, Key: logKey, Chain: id.ChainID, Contract: id.Contract, CodeHash: id.CodeHash,
			Interval: uint64(s.Config.Chain.AnchorEvery.Seconds())},
		Chain: trust.Chain{ID: id.ChainID, Genesis: id.Genesis},
	}
	keys, err := s.Config.supervision()
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		f.Supervisors = append(f.Supervisors, trust.Key{Key: k})
	}
	if !s.Chain.Local() {
		if f.Chain, err = s.Config.Chain.describe(); err != nil {
			return nil, err
		}
		f.Chain.ID, f.Chain.Genesis = id.ChainID, id.Genesis
	} else {
		noteKey, err := trust.ParseNoteKey(s.Keys.NoteText)
		if err != nil {
			return nil, err
		}
		f.Chain.Profile, f.Chain.Independence, f.Chain.Notes = "embedded", "local", []trust.NoteKey{noteKey}
		x, err := s.Config.Chain.describe()
		if err != nil {
			return nil, err
		}
		f.Chain.Registry = x.Registry
	}
	return f, nil
}

// trustFile reads the trust file that the operator laid into the folder, anew at each
// request: the next version is laid over it while the notary runs.
func (d Folder) trustFile() ([]byte, error) {
	f, err := os.Open(d.path("trust.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, trust.MaxFile+1))
}

// writeFacts leaves the facts in the folder. They follow from keys and settings,
// so each start writes them anew.
func (d Folder) writeFacts(f *trust.Facts) error {
	b, err := f.Marshal()
	if err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	part := d.path(factsFile + ".part")
	if err := os.WriteFile(part, b, 0o644); err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	if err := os.Rename(part, d.path(factsFile)); err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	return nil
}
