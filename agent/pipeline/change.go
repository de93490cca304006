package pipeline

import (
	"bytes"
	"maps"
	"slices"

	"fieldseal/agent/journal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// configChanges tells what the site file says otherwise than the configuration
// that the last header names: an event for each device, and one without subject
// for the gateway's own settings.
func (a *Agent) configChanges(last *journal.Last) (out []record.Event) {
	leaves := a.cfg.Configuration.Leaves()
	if last == nil || last.Header.Config == profile.ConfigRoot(leaves) {
		return nil
	}
	tell := func(subject, note string) {
		out = append(out, record.Event{Type: record.EventParameter, Path: record.PathAgent, Subject: subject, Note: note})
	}
	old, err := a.journal.Config(last.Header.Config)
	if err != nil || len(old.Leaves) == 0 {
		tell("", "the configuration changed since the last batch; the one before is not in the journal")
		return out
	}
	if !bytes.Equal(old.Leaves[0], leaves[0]) {
		tell("", "settings or software changed since the last batch")
	}
	before, now := byDevice(old.Leaves[1:]), byDevice(leaves[1:])
	for _, id := range slices.Sorted(maps.Keys(now)) {
		switch was, had := before[id]; {
		case !had:
			tell(id, "device added to the configuration")
		case !bytes.Equal(was, now[id]):
			tell(id, "configuration or profile of the device changed")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if now[id] == nil {
			tell(id, "device taken from the configuration")
		}
	}
	return out
}

func byDevice(leaves [][]byte) map[string][]byte {
	out := map[string][]byte{}
	for _, l := range leaves {
		if d, err := profile.ParseDevice(l); err == nil {
			out[d.ID] = l
		}
	}
	return out
}
