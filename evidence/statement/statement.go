package statement

import (
	"fmt"
	"io"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/merkle"
)

// Type tells what is stated. The number is signed.
type Type uint8

// The statement types of this version.
const (
	TypeGenesis     Type = 1
	TypeEnrolment   Type = 2
	TypeStatusList  Type = 3
	TypeCoverage    Type = 4
	TypeAlarm       Type = 5
	TypeCalibration Type = 6
	maxType              = TypeCalibration
)

func (t Type) String() string {
	if t == 0 || t > maxType {
		return fmt.Sprintf("statement type %d", uint8(t))
	}
	return [...]string{"", "genesis", "enrolment", "status list", "coverage plan", "alarm step", "calibration"}[t]
}

// KindStatement is label 17 of a statement header; a batch header holds its own number there.
const KindStatement = 2

// MaxBody bounds a salted body.
const MaxBody = 48 << 10

// Header is the content of a signed statement header.
type Header struct {
	Type   Type
	Issuer [32]byte // cose.Key.ID of the signing key
	Time   int64    // Unix µs
	Origin string   // of the log that it is meant for
	Digest [32]byte // merkle.Leaf of the salted body
}

// Append writes {1 format, 2 type, 3 issuer, 4 time, 5 origin, 6 digest, 17 kind}.
func (h *Header) Append(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendMap(b, 7), 1), batch.Format)
	b = cborx.AppendUint(cborx.AppendUint(b, 2), uint64(h.Type))
	b = cborx.AppendBytes(cborx.AppendUint(b, 3), h.Issuer[:])
	b = cborx.AppendInt(cborx.AppendUint(b, 4), h.Time)
	b = cborx.AppendText(cborx.AppendUint(b, 5), h.Origin)
	b = cborx.AppendBytes(cborx.AppendUint(b, 6), h.Digest[:])
	return cborx.AppendUint(cborx.AppendUint(b, 17), KindStatement)
}

func readHeader(r *cborx.Reader) (h Header) {
	labels := cborx.LabelRange(1, 6) | cborx.LabelRange(17, 17)
	m := r.Fields(labels, labels)
	for m.Next() {
		switch m.Label {
		case 1:
			if v := r.Uint(); r.Err() == nil && v != batch.Format {
				r.Failf("format version %d; this reader knows %d", v, batch.Format)
			}
		case 2:
			if h.Type = Type(r.UintMax(uint64(maxType))); h.Type == 0 {
				r.Failf("statement type 0 does not exist")
			}
		case 3:
			copy(h.Issuer[:], r.Fixed(32))
		case 4:
			h.Time = r.Int()
		case 5:
			h.Origin = r.Text(batch.MaxOrigin)
		case 6:
			copy(h.Digest[:], r.Fixed(32))
		case 17:
			if v := r.Uint(); r.Err() == nil && v != KindStatement {
				r.Failf("entry kind %d is not a statement", v)
			}
		}
	}
	return h
}

// Signed is a parsed statement header with the signed bytes it came from.
type Signed struct {
	Header
	msg *cose.Message
}

// Raw is the COSE_Sign1 as received: the log entry.
func (s *Signed) Raw() []byte { return s.msg.Raw() }

// Verify checks that k signed the statement and is the issuer it names.
func (s *Signed) Verify(k cose.Key) error {
	if k.ID() != s.Issuer {
		return fmt.Errorf("%v: %w: the issuer it names is another key", s.Type, cose.ErrSignature)
	}
	if err := s.msg.Verify(k, cose.StatementContext); err != nil {
		return fmt.Errorf("%v: %w", s.Type, err)
	}
	return nil
}

// Parse reads a signed statement header strictly; it does not check the signature.
func Parse(raw []byte) (*Signed, error) {
	m, err := cose.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	r := cborx.NewReader(m.Payload)
	h := readHeader(r)
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	return &Signed{h, m}, nil
}

// Body is the content of a statement of one type.
type Body interface {
	Type() Type
	append(b []byte) []byte
}

// Sign salts and signs a body. It returns the signed header, which is the log
// entry, and the salted body [salt, type, body], which is stored beside it.
func Sign(s cose.Signer, random io.Reader, origin string, timeMicros int64, body Body) (*Signed, []byte, error) {
	var salt [32]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return nil, nil, fmt.Errorf("salt a %v: %w", body.Type(), err)
	}
	salted := cborx.AppendBytes(cborx.AppendArray(nil, 3), salt[:])
	salted = body.append(cborx.AppendUint(salted, uint64(body.Type())))
	if len(salted) > MaxBody {
		return nil, nil, fmt.Errorf("%v of %d bytes is above the limit of %d", body.Type(), len(salted), MaxBody)
	}
	h := Header{Type: body.Type(), Issuer: s.Public().ID(), Time: timeMicros, Origin: origin, Digest: merkle.Leaf(salted)}
	raw, err := cose.Sign(s, cose.StatementContext, h.Append(nil))
	if err != nil {
		return nil, nil, fmt.Errorf("sign a %v: %w", body.Type(), err)
	}
	out, err := Parse(raw)
	return out, salted, err
}

// Open parses a salted body after holding it against the signed digest.
func (s *Signed) Open(salted []byte) (Body, error) {
	if len(salted) > MaxBody {
		return nil, fmt.Errorf("%v: %w: body of %d bytes is above the limit of %d", s.Type, cborx.ErrMalformed, len(salted), MaxBody)
	}
	if merkle.Leaf(salted) != s.Digest {
		return nil, fmt.Errorf("%v: %w: the body does not hash to the signed digest", s.Type, batch.ErrAltered)
	}
	r := cborx.NewReader(salted)
	r.ArrayOf(3)
	r.Fixed(32)
	if t := Type(r.UintMax(255)); r.Err() == nil && t != s.Type {
		r.Failf("the body is a %v", t)
	}
	var out Body
	switch s.Type {
	case TypeGenesis:
		out = readGenesis(r)
	case TypeEnrolment:
		out = readEnrolment(r)
	case TypeStatusList:
		out = readStatusList(r)
	case TypeCoverage:
		out = readCoverage(r)
	case TypeAlarm:
		out = readAlarmStep(r)
	case TypeCalibration:
		out = readCalibration(r)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%v: %w", s.Type, err)
	}
	return out, nil
}

// EntryKind tells from the signed bytes of a log entry whether it is a batch
// header (batch.KindBatch) or a statement (KindStatement), without checking more.
func EntryKind(raw []byte) (uint64, error) {
	m, err := cose.Parse(raw)
	if err != nil {
		return 0, err
	}
	r := cborx.NewReader(m.Payload)
	var kind uint64
	for f := r.Map(17); f.Next(); {
		if k, ok := f.Int(); ok && k == 17 {
			kind = r.Uint()
		} else {
			r.Raw()
		}
	}
	if err := r.Done(); err != nil {
		return 0, fmt.Errorf("log entry: %w", err)
	}
	return kind, nil
}
