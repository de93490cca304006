package journal

import (
	"bytes"
	"encoding/binary"
	"testing"

	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// FuzzDisk reads one key and its value as Open does: whatever lies there, it is
// taken as it would be written again, or refused.
func FuzzDisk(f *testing.F) {
	e := entry{order: 7, seq: 3, index: 9, first: 1, last: 2, size: 100, state: Receipted}
	f.Add(key("i/", 7), e.encode(record.BootID{1}, merkle.Hash{2}))
	gone := entry{order: 7, seq: 3, state: Quarantined, gone: true}
	f.Add(key("i/", 8), gone.encode(record.BootID{1}, merkle.Hash{2}))
	r := Run{Boot: record.BootID{1}, Seq: 2, Count: 3, From: 4, To: 5, carrier: 6}
	f.Add(key("l/", 7), r.encode())
	f.Add(append([]byte("c/"), make([]byte, 32)...), []byte{0x82, 0x80, 0x80})
	f.Add([]byte("m/format"), []byte{Format})
	f.Add([]byte("m/covered"), make([]byte, 8))
	f.Add([]byte("m/block"), make([]byte, 40))
	f.Add([]byte("m/checkpoint"), make([]byte, 40))
	f.Add([]byte("m/last"), binary.BigEndian.AppendUint16(make([]byte, 8), 0))
	f.Add([]byte("i"), []byte{})
	f.Fuzz(func(t *testing.T, k, v []byte) {
		m := newMirror()
		if m.apply(change{key: k, value: bytes.Clone(v)}) != nil || v == nil {
			return
		}
		switch string(k[:2]) {
		case "i/":
			e, boot, root, err := decodeEntry(orderOf(k), v)
			if err != nil || !bytes.Equal(e.encode(boot, root), v) {
				t.Errorf("entry %x is written as %x: %v", v, e.encode(boot, root), err)
			}
		case "l/":
			r, err := decodeRun(orderOf(k), v)
			if err != nil || !bytes.Equal(r.encode(), v) {
				t.Errorf("run %x is written as %x: %v", v, r.encode(), err)
			}
		}
	})
}
