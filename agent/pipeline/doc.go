// Package pipeline is the running agent: it alone knows all stages and wires them
// into one path, from the buses to the uplink and back to the journal.
//
//	bus ─ sample ─ batching ─ seal ─ journal ─ uplink
//	                                    ▲         │
//	                                    └ receipt ┘
//
// It reads no file but the journal and knows no YAML: its Config is plain values.
// Its invariant: a batch is handed to the uplink only after the journal has it
// synced, and every stretch without a reading is covered by a gap in a batch,
// across restarts too.
package pipeline
