package log

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/store"
)

// Bounds of what is kept; the counters go on.
const (
	MaxFindings        = 10_000 // of all gateways
	MaxGatewayFindings = 100    // of one
)

// FindingKind names what is odd about a gateway's headers.
type FindingKind string

// The kinds of finding.
const (
	// FindingEquivocation: two batches under one identity. The second was refused.
	FindingEquivocation FindingKind = "equivocation"
	// FindingRollback: a new boot grew from a header that already had a successor,
	// as after a restored image.
	FindingRollback FindingKind = "rollback"
	// FindingTwoSpeakers: a boot went on after another had grown from its header.
	FindingTwoSpeakers FindingKind = "two speakers"
	// FindingBrokenLink: a header does not name the digest of the batch before it.
	FindingBrokenLink FindingKind = "broken link"
	// FindingUnknownPredecessor: a boot begins with a header whose predecessor is
	// not in the log. It goes when the predecessor comes.
	FindingUnknownPredecessor FindingKind = "unknown predecessor"
	// FindingNoPredecessor: a boot begins without one, because the journal was lost.
	FindingNoPredecessor FindingKind = "no predecessor"
)

// Finding is something about a gateway's headers that people should see. All but
// equivocations are in the log.
type Finding struct {
	Kind    FindingKind   `json:"kind"`
	Gateway batch.ID      `json:"gateway"`
	Boot    record.BootID `json:"boot"`
	Seq     uint64        `json:"seq"`
	Index   uint64        `json:"index"`           // of the batch; of an equivocation, the one that was there first
	Other   *uint64       `json:"other,omitempty"` // index of the batch that it contradicts
	Digest  [32]byte      `json:"digest"`
	At      int64         `json:"at"`               // Unix µs
	Header  []byte        `json:"header,omitempty"` // of an equivocation, the refused one

	kept bool
}

func findingKey(f *Finding) []byte {
	b := append(append(make([]byte, 0, 96), f.Gateway[:]...), f.Kind...)
	return append(append(b, 0), f.Digest[:]...)
}

// report keeps a finding, within the bounds.
func (s *stage) report(f *Finding) {
	f.At = s.now
	mine, all := s.x.findings[f.Gateway], s.x.total
	for _, g := range s.findings {
		if g.kept {
			all++
			if g.Gateway == f.Gateway {
				mine++
			}
		}
	}
	s.findings = append(s.findings, f)
	if mine >= MaxGatewayFindings || all >= MaxFindings {
		return
	}
	b, err := json.Marshal(f)
	if err != nil {
		return // no field of it can fail
	}
	f.kept = true
	s.puts = append(s.puts, store.Put{Table: store.TableFinding, Key: findingKey(f), Value: b})
}

// withdraw removes a finding, of this group or stored before, if there is one.
func (s *stage) withdraw(f *Finding) error {
	key := findingKey(f)
	for i, g := range s.findings {
		if g.kept && bytes.Equal(findingKey(g), key) {
			s.findings = slices.Delete(s.findings, i, i+1)
			s.puts = append(s.puts, store.Put{Table: store.TableFinding, Key: key})
			return nil
		}
	}
	switch _, err := s.x.store.Row(store.TableFinding, key); {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	s.withdrawn = append(s.withdrawn, f.Gateway)
	s.puts = append(s.puts, store.Put{Table: store.TableFinding, Key: key})
	return nil
}

// follow looks at how a new header joins its chain. Headers come in any order,
// so a predecessor within the boot that is not there yet is no finding.
func (s *stage) follow(h *batch.Header, here place) error {
	found := func(k FindingKind, other *uint64) {
		s.report(&Finding{Kind: k, Gateway: h.Gateway, Boot: h.Boot, Seq: h.Seq, Index: here.index, Other: other, Digest: here.digest})
	}
	if h.Seq > 0 {
		before, ok, err := s.find(store.TableIdentity, identityKey(h.Gateway, h.Boot, h.Seq-1))
		if err != nil {
			return err
		}
		if h.NoPrev != batch.PreviousKnown || ok && before.digest != h.Prev {
			found(FindingBrokenLink, &before.index)
		}
	}
	if after, ok, err := s.find(store.TableIdentity, identityKey(h.Gateway, h.Boot, h.Seq+1)); err != nil {
		return err
	} else if ok {
		if next, err := s.header(after.index); err != nil {
			return err
		} else if next.NoPrev == batch.PreviousKnown && next.Prev != here.digest {
			found(FindingBrokenLink, &after.index)
		}
	}
	// A boot that begins after this header while the boot itself goes on.
	if h.Seq > 0 && h.NoPrev == batch.PreviousKnown {
		if other, ok, err := s.find(store.TableSuccessor, digestKey(h.Gateway, h.Prev)); err != nil {
			return err
		} else if ok {
			found(FindingTwoSpeakers, &other.index)
		}
	}
	if awaited, ok, err := s.find(store.TableSuccessor, digestKey(h.Gateway, here.digest)); err != nil {
		return err
	} else if ok {
		// What was unknown has come.
		if err := s.withdraw(&Finding{Gateway: h.Gateway, Kind: FindingUnknownPredecessor, Digest: awaited.digest}); err != nil {
			return err
		}
	}
	if h.Seq == 0 {
		return s.followBoot(h, here, found)
	}
	return nil
}

// followBoot looks at the first header of a boot. A header that says it is the
// key's first stands under the zero digest, so that a second one is found too.
func (s *stage) followBoot(h *batch.Header, here place, found func(FindingKind, *uint64)) error {
	if h.NoPrev == batch.PreviousLost {
		found(FindingNoPredecessor, nil)
		return nil
	}
	key := digestKey(h.Gateway, h.Prev)
	if other, ok, err := s.find(store.TableSuccessor, key); err != nil {
		return err
	} else if ok {
		found(FindingRollback, &other.index)
		return nil
	}
	s.put(store.TableSuccessor, key, here)
	if h.NoPrev != batch.PreviousKnown {
		return nil
	}
	prev, ok, err := s.find(store.TableDigest, key)
	if err != nil {
		return err
	}
	if !ok {
		found(FindingUnknownPredecessor, nil)
		return nil
	}
	p, err := s.header(prev.index)
	if err != nil {
		return err
	}
	if next, ok, err := s.find(store.TableIdentity, identityKey(h.Gateway, p.Boot, p.Seq+1)); err != nil {
		return err
	} else if ok {
		found(FindingRollback, &next.index)
	}
	return nil
}

// Findings lists what was found, of one gateway or of all (zero id), in no
// particular order of time.
func (l *Log) Findings(g batch.ID) ([]Finding, error) {
	r := store.Range{}
	if g != (batch.ID{}) {
		r = store.Prefix(g[:])
	}
	var out []Finding
	for kv, err := range l.opt.Store.Rows(store.TableFinding, r) {
		if err != nil {
			return nil, fmt.Errorf("findings: %w", err)
		}
		var f Finding
		if err := json.Unmarshal(kv.Value, &f); err != nil {
			return nil, fmt.Errorf("findings: %w: %v", ErrDamaged, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func statementKey(t statement.Type, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{byte(t)}, index)
}
