package log

import (
	"sync/atomic"

	"fieldseal/notary/store"
)

// counters are read by Stats.
type counters struct {
	groups, entries, duplicates, payloads, bytes, checkpoints, headErrors, findings atomic.Uint64
}

func (c *counters) group(g *store.Group, all []*pending) {
	c.groups.Add(1)
	c.entries.Add(uint64(len(g.Entries)))
	c.payloads.Add(uint64(len(g.Payloads)))
	c.duplicates.Add(uint64(len(all) - len(g.Entries)))
	n := 0
	for _, e := range g.Entries {
		n += len(e)
	}
	for _, p := range g.Payloads {
		n += len(p.Data)
	}
	c.bytes.Add(uint64(n))
}

// Stats counts since the start.
type Stats struct {
	Groups      uint64 // synced writes of entries
	Entries     uint64
	Duplicates  uint64 // and refused equivocations
	Payloads    uint64
	Bytes       uint64 // of entries and payloads
	Checkpoints uint64
	HeadErrors  uint64 // head files that could not be written
	Findings    uint64 // about gateways' headers, kept or not
}

// Stats counts what the log did since it was opened.
func (l *Log) Stats() Stats {
	c := &l.stats
	return Stats{
		Groups: c.groups.Load(), Entries: c.entries.Load(), Duplicates: c.duplicates.Load(), Payloads: c.payloads.Load(),
		Bytes: c.bytes.Load(), Checkpoints: c.checkpoints.Load(), HeadErrors: c.headErrors.Load(), Findings: c.findings.Load(),
	}
}
