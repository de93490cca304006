package record

import (
	"fmt"

	"fieldseal/evidence/cborx"
)

// Outcome tells how an exchange ended, as the bus master saw it. The number is signed.
type Outcome uint8

// The outcomes of an exchange.
const (
	OutcomeOK        Outcome = 0 // a reply that answers the request
	OutcomeNoAnswer  Outcome = 1 // nothing before the deadline
	OutcomeCheck     Outcome = 2 // checksum wrong
	OutcomeTruncated Outcome = 3 // shorter than its own length
	OutcomeForeign   Outcome = 4 // another address, function or transaction
	OutcomeSurplus   Outcome = 5 // a valid reply, then surplus bytes
	OutcomeException Outcome = 6 // the instrument refused the request
	OutcomeBus       Outcome = 7 // the port or connection failed
	maxOutcome               = OutcomeBus
)

func (o Outcome) String() string {
	if o > maxOutcome {
		return fmt.Sprintf("outcome %d", uint8(o))
	}
	return [...]string{"answered", "no answer", "checksum wrong", "truncated", "foreign reply", "surplus bytes", "refused by instrument", "bus fault"}[o]
}

// Speaker tells who sent the bytes of a frame that did not come from the
// instrument. The number is signed.
type Speaker uint8

// The speakers.
const (
	SpeakerAgent    Speaker = 0 // the agent itself
	SpeakerPlatform Speaker = 1 // the platform behind a tee; the agent passed the bytes on unchanged
	SpeakerMaster   Speaker = 2 // another master on a bus that the agent only listens to
	maxSpeaker              = SpeakerMaster
)

func (s Speaker) String() string {
	if s > maxSpeaker {
		return fmt.Sprintf("speaker %d", uint8(s))
	}
	return [...]string{"agent", "platform", "other master"}[s]
}

// Limits of what a frame carries besides its bytes.
const (
	MaxTopic  = 256 // bytes of an MQTT topic
	MaxKeyID  = 64  // bytes of a key's name
	MaxOpened = MaxExchange
)

// Frame is one exchange with an instrument, byte for byte. An instrument that
// speaks by itself leaves Sent empty.
type Frame struct {
	Bus      string
	Device   string
	Sent     []byte // to the instrument, by Speaker
	Received []byte // from the instrument
	SentAt   uint64 // µs since the machine started
	RecvAt   uint64 // µs since the machine started, when the last byte came or the wait ended
	Outcome  Outcome
	Path     Path
	Earlier  []FrameRef // frames that a decoder needs besides, oldest first
	// Opened is what encrypted content says, and Key names the key that opened it
	// (never the key itself). Both or neither.
	Opened  []byte
	Key     string
	Topic   string // MQTT: the topic under which Received came
	Speaker Speaker
}

// Kind is KindFrame.
func (*Frame) Kind() Kind { return KindFrame }

// Append writes {1 bus, 2 device, 3 sent, 4 received, 5 sent at, 6 received at,
// 7 outcome, 8 path, 9 earlier frames, 10 opened content, 11 its key's name,
// 12 topic, 13 speaker}; labels 9 to 13 are left out when empty or 0.
func (f *Frame) Append(b []byte) []byte {
	n := 8
	for _, have := range [...]bool{len(f.Earlier) > 0, len(f.Opened) > 0, f.Key != "", f.Topic != "", f.Speaker != SpeakerAgent} {
		if have {
			n++
		}
	}
	b = cborx.AppendMap(b, n)
	b = cborx.AppendText(cborx.AppendUint(b, 1), f.Bus)
	b = cborx.AppendText(cborx.AppendUint(b, 2), f.Device)
	b = cborx.AppendBytes(cborx.AppendUint(b, 3), f.Sent)
	b = cborx.AppendBytes(cborx.AppendUint(b, 4), f.Received)
	b = cborx.AppendUint(cborx.AppendUint(b, 5), f.SentAt)
	b = cborx.AppendUint(cborx.AppendUint(b, 6), f.RecvAt)
	b = cborx.AppendUint(cborx.AppendUint(b, 7), uint64(f.Outcome))
	b = cborx.AppendUint(cborx.AppendUint(b, 8), uint64(f.Path))
	if len(f.Earlier) > 0 {
		b = cborx.AppendArray(cborx.AppendUint(b, 9), len(f.Earlier))
		for i := range f.Earlier {
			b = f.Earlier[i].append(b)
		}
	}
	if len(f.Opened) > 0 {
		b = cborx.AppendBytes(cborx.AppendUint(b, 10), f.Opened)
	}
	if f.Key != "" {
		b = cborx.AppendText(cborx.AppendUint(b, 11), f.Key)
	}
	if f.Topic != "" {
		b = cborx.AppendText(cborx.AppendUint(b, 12), f.Topic)
	}
	if f.Speaker != SpeakerAgent {
		b = cborx.AppendUint(cborx.AppendUint(b, 13), uint64(f.Speaker))
	}
	return b
}

func readFrame(r *cborx.Reader) *Frame {
	f := &Frame{}
	m := r.Fields(cborx.LabelRange(1, 13), cborx.LabelRange(1, 8))
	for m.Next() {
		switch m.Label {
		case 1:
			f.Bus = nonEmpty(r, MaxName)
		case 2:
			f.Device = nonEmpty(r, MaxName)
		case 3:
			f.Sent = r.Bytes(MaxExchange)
		case 4:
			f.Received = r.Bytes(MaxExchange)
		case 5:
			f.SentAt = r.Uint()
		case 6:
			f.RecvAt = r.Uint()
		case 7:
			f.Outcome = Outcome(r.UintMax(uint64(maxOutcome)))
		case 8:
			f.Path = readPath(r)
		case 9:
			n := r.Array(64)
			if r.Err() == nil && n == 0 {
				r.Failf("an empty list of earlier frames is left out")
			}
			for ; n > 0 && r.Err() == nil; n-- {
				f.Earlier = append(f.Earlier, *readFrameRef(r))
			}
		case 10:
			if f.Opened = r.Bytes(MaxOpened); r.Err() == nil && len(f.Opened) == 0 {
				r.Failf("empty content is left out")
			}
		case 11:
			f.Key = nonEmpty(r, MaxKeyID)
		case 12:
			f.Topic = nonEmpty(r, MaxTopic)
		case 13:
			if f.Speaker = Speaker(r.UintMax(uint64(maxSpeaker))); r.Err() == nil && f.Speaker == SpeakerAgent {
				r.Failf("the agent as speaker is left out")
			}
		}
	}
	if m.Has(10) != m.Has(11) {
		r.Failf("labels 10 and 11 stand together")
	}
	return f
}
