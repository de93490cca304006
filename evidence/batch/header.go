package batch

import (
	"encoding/hex"
	"errors"
	"fmt"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Format is the version this package writes and reads; it fixes SHA-256.
const Format = 1

// Limits, published in docs/formats.md §2.
const (
	MaxHeader  = cose.MaxSign1 // bytes of a signed header
	MaxRecords = 4096          // records of a batch, the contents record included
	MaxPayload = 256 << 10     // bytes of a payload
	MaxOrigin  = 128           // bytes of a log origin
	MaxServer  = 64            // bytes of a time source's name
)

// ErrAltered says that bytes do not match the hash or signature over them.
var ErrAltered = errors.New("altered")

// ID is a random 16-byte id of a gateway or site. Its text is lower-case hex.
type ID [16]byte

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads the text of an ID.
func ParseID(s string) (id ID, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) || hex.EncodeToString(b) != s {
		return ID{}, fmt.Errorf("%q is not an id of 32 lower-case hex digits", s)
	}
	return ID(b), nil
}

// MarshalText is String.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is ParseID.
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}

// NoPrevious says why a header names no predecessor. The number is signed.
type NoPrevious uint8

// The reasons for a missing predecessor.
const (
	PreviousKnown NoPrevious = 0 // there is one
	PreviousFirst NoPrevious = 1 // the first batch of this key
	PreviousLost  NoPrevious = 2 // the journal was empty or unreadable at start
	maxNoPrevious            = PreviousLost
)

// ClockSource tells how the wall clock was set. The number is signed.
type ClockSource uint8

// The clock sources.
const (
	ClockUnset  ClockSource = 0 // never set since the machine started
	ClockRTC    ClockSource = 1 // a battery clock alone
	ClockNTP    ClockSource = 2 // the kernel's clock is disciplined (adjtimex says synchronised)
	ClockGNSS   ClockSource = 3
	ClockManual ClockSource = 4
	maxClock                = ClockManual
)

func (c ClockSource) String() string {
	if c > maxClock {
		return fmt.Sprintf("source %d", uint8(c))
	}
	return [...]string{"not set", "battery clock", "NTP", "GNSS", "by hand"}[c]
}

// Clock is the quality of the wall clock over a whole batch.
type Clock struct {
	Source  ClockSource
	Against string // name of the time source, where one is known
	Bound   uint64 // µs that the clock may be off; 0: not known
}

// CloseReason tells why a batch closed. The number is signed.
type CloseReason uint8

// The reasons for closing.
const (
	CloseInterval CloseReason = 0
	CloseAlarm    CloseReason = 1
	CloseFull     CloseReason = 2 // records or bytes
	CloseClock    CloseReason = 3 // the clock was set or stepped
	CloseStop     CloseReason = 4 // the agent stops cleanly
	CloseIdle     CloseReason = 5 // nothing to seal for a minute: the empty seal
	maxClose                  = CloseIdle
)

// Block names a block of the chain that the log is anchored in.
type Block struct {
	Number uint64
	Hash   [32]byte
}

// Checkpoint is a tree head whose consistency the gateway has verified.
type Checkpoint struct {
	Size uint64
	Root merkle.Hash
}

// Header is the content of a signed batch header.
type Header struct {
	Gateway    ID
	Site       ID
	Origin     string // origin of the log that the gateway is enrolled with
	Boot       record.BootID
	Seq        uint64      // within the boot, from 0
	Prev       [32]byte    // Digest of the previous header; zero with a NoPrev reason
	NoPrev     NoPrevious  // why there is no Prev
	First      int64       // wall clock when the batch opened, Unix µs
	Last       int64       // wall clock when it closed, Unix µs; every reading's time lies between
	Clock      Clock       // over the whole batch
	Count      uint32      // records, at least 1 (the contents record)
	Root       merkle.Hash // over the records' leaves
	Config     merkle.Hash // of the configuration in force (package profile)
	Close      CloseReason
	Block      *Block      // newest final block that a receipt gave
	Checkpoint *Checkpoint // newest checkpoint verified by the gateway
}

// Append writes the header's CBOR map; optional labels are left out when absent.
func (h *Header) Append(b []byte) []byte {
	n := 15
	for _, have := range [...]bool{h.Block != nil, h.Checkpoint != nil} {
		if have {
			n++
		}
	}
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendMap(b, n), 1), Format)
	b = cborx.AppendBytes(cborx.AppendUint(b, 2), h.Gateway[:])
	b = cborx.AppendBytes(cborx.AppendUint(b, 3), h.Site[:])
	b = cborx.AppendText(cborx.AppendUint(b, 4), h.Origin)
	b = cborx.AppendBytes(cborx.AppendUint(b, 5), h.Boot[:])
	b = cborx.AppendUint(cborx.AppendUint(b, 6), h.Seq)
	b = cborx.AppendUint(b, 7)
	if h.NoPrev == PreviousKnown {
		b = cborx.AppendBytes(b, h.Prev[:])
	} else {
		b = cborx.AppendUint(b, uint64(h.NoPrev))
	}
	b = cborx.AppendInt(cborx.AppendUint(b, 8), h.First)
	b = cborx.AppendInt(cborx.AppendUint(b, 9), h.Last)
	b = cborx.AppendUint(cborx.AppendArray(cborx.AppendUint(b, 10), 3), uint64(h.Clock.Source))
	b = cborx.AppendUint(cborx.AppendText(b, h.Clock.Against), h.Clock.Bound)
	b = cborx.AppendUint(cborx.AppendUint(b, 11), uint64(h.Count))
	b = cborx.AppendBytes(cborx.AppendUint(b, 12), h.Root[:])
	b = cborx.AppendBytes(cborx.AppendUint(b, 13), h.Config[:])
	b = cborx.AppendUint(cborx.AppendUint(b, 14), uint64(h.Close))
	if h.Block != nil {
		b = cborx.AppendUint(cborx.AppendArray(cborx.AppendUint(b, 15), 2), h.Block.Number)
		b = cborx.AppendBytes(b, h.Block.Hash[:])
	}
	if h.Checkpoint != nil {
		b = cborx.AppendUint(cborx.AppendArray(cborx.AppendUint(b, 16), 2), h.Checkpoint.Size)
		b = cborx.AppendBytes(b, h.Checkpoint.Root[:])
	}
	// The kind of entry comes last, so that a reader of the first label knows the version.
	return cborx.AppendUint(cborx.AppendUint(b, 17), KindBatch)
}

// KindBatch is label 17 of a batch header; a statement holds its own number there.
const KindBatch = 1

func readHeader(r *cborx.Reader) *Header {
	h := &Header{}
	m := r.Fields(cborx.LabelRange(1, 17), cborx.LabelRange(1, 14)|cborx.LabelRange(17, 17))
	for m.Next() {
		switch m.Label {
		case 1:
			if v := r.Uint(); r.Err() == nil && v != Format {
				r.Failf("format version %d; this reader knows %d", v, Format)
			}
		case 2:
			copy(h.Gateway[:], r.Fixed(16))
		case 3:
			copy(h.Site[:], r.Fixed(16))
		case 4:
			h.Origin = r.Text(MaxOrigin)
		case 5:
			copy(h.Boot[:], r.Fixed(16))
		case 6:
			h.Seq = r.Uint()
		case 7:
			if r.Peek() == cborx.TypeUint {
				if h.NoPrev = NoPrevious(r.UintMax(uint64(maxNoPrevious))); h.NoPrev == PreviousKnown {
					r.Failf("predecessor is neither a hash nor a reason")
				}
			} else {
				copy(h.Prev[:], r.Fixed(32))
			}
		case 8:
			h.First = r.Int()
		case 9:
			h.Last = r.Int()
		case 10:
			r.ArrayOf(3)
			h.Clock = Clock{ClockSource(r.UintMax(uint64(maxClock))), r.Text(MaxServer), r.Uint()}
		case 11:
			if h.Count = uint32(r.UintMax(MaxRecords)); h.Count == 0 {
				r.Failf("a batch has at least its contents record")
			}
		case 12:
			copy(h.Root[:], r.Fixed(32))
		case 13:
			copy(h.Config[:], r.Fixed(32))
		case 14:
			h.Close = CloseReason(r.UintMax(uint64(maxClose)))
		case 15:
			r.ArrayOf(2)
			h.Block = &Block{Number: r.Uint()}
			copy(h.Block.Hash[:], r.Fixed(32))
		case 16:
			r.ArrayOf(2)
			h.Checkpoint = &Checkpoint{Size: r.Uint()}
			copy(h.Checkpoint.Root[:], r.Fixed(32))
		case 17:
			if v := r.Uint(); r.Err() == nil && v != KindBatch {
				r.Failf("entry kind %d is not a batch header", v)
			}
		}
	}
	if r.Err() == nil && (h.First < 0 || h.Last < h.First) {
		r.Failf("the batch closes at %d µs, before it opens at %d µs", h.Last, h.First)
	}
	return h
}

// Signed is a parsed header with the signed bytes it came from.
type Signed struct {
	Header
	msg *cose.Message
}

// Raw is the COSE_Sign1 as received: the log entry.
func (s *Signed) Raw() []byte { return s.msg.Raw() }

// Digest is what the next header's Prev must be: SHA-256 of the Sig_structure.
// Two headers of one identity with different digests are an equivocation.
func (s *Signed) Digest() [32]byte { return s.msg.Digest(cose.BatchContext) }

// VerifySignature checks the signature under the gateway's enrolled key.
func (s *Signed) VerifySignature(k cose.Key) error {
	if err := s.msg.Verify(k, cose.BatchContext); err != nil {
		return fmt.Errorf("batch header %s: %w", s.Name(), err)
	}
	return nil
}

// Name is gateway/boot/sequence, shortened for people.
func (s *Header) Name() string {
	return fmt.Sprintf("%.8s/%.8s/%d", s.Gateway, hex.EncodeToString(s.Boot[:]), s.Seq)
}

// ParseHeader reads a signed header strictly; it does not check the signature.
func ParseHeader(raw []byte) (*Signed, error) {
	m, err := cose.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("batch header: %w", err)
	}
	r := cborx.NewReader(m.Payload)
	h := readHeader(r)
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("batch header: %w", err)
	}
	return &Signed{*h, m}, nil
}

// Sign seals a header.
func Sign(s cose.Signer, h *Header) (*Signed, error) {
	raw, err := cose.Sign(s, cose.BatchContext, h.Append(nil))
	if err != nil {
		return nil, fmt.Errorf("seal batch header %s: %w", h.Name(), err)
	}
	return ParseHeader(raw)
}
