package statement

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"reflect"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
)

func signer(n byte) cose.Ed25519Signer {
	return cose.Ed25519Signer(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)))
}

func samples() []Body {
	key, low := signer(1).Public(), decimal.New(-5, 1)
	return []Body{
		&Genesis{LogKey: key, Authority: signer(2).Public(), ChainID: 7411},
		&Genesis{LogKey: key, Authority: key, ChainKey: &key, ChainID: 1, Contract: [20]byte{1}, CodeHash: [32]byte{2}, Predecessor: &Predecessor{"old.example", 9, merkle.Hash{3}}},
		&Enrolment{Gateway: batch.ID{1}, Site: batch.ID{2}, Key: key, SiteSlug: "north", SiteName: "北院", GatewayName: "gate-1"},
		&StatusList{Serial: 1, Next: 5},
		&StatusList{Serial: 2, Next: 5, Revoked: []Revocation{{batch.ID{1}, 77, 3, "stolen"}}},
		&Coverage{Site: batch.ID{1}, From: 1, Points: []Planned{{"a/x", 5, [32]byte{1}, batch.ID{2}, &low, nil}, {"a/y", 5, [32]byte{1}, batch.ID{2}, nil, &low}}},
		&Calibration{Site: batch.ID{1}, Gateway: batch.ID{2}, Device: "dust-1", Instrument: "TSI 8530 no. 1", Certificate: "2026-0412", Laboratory: "市计量院", Document: [32]byte{3}, Performed: 5, Until: 9},
		&AlarmStep{Alarm: batch.ID{7}, Step: StepRaised, Kind: AlarmChain, Since: 5},
		&AlarmStep{Alarm: batch.ID{7}, Step: StepStatement, Kind: AlarmEdge, Since: 5, Site: batch.ID{1}, Gateway: batch.ID{2}, Device: "room-1", Points: []string{"room-1/humidity", "room-1/temperature"},
			Record: &Leaf{12, 3}, Cause: "door", By: "li.wei", Role: "company", Note: "门未关", Request: [32]byte{1}},
	}
}

func TestEveryStatementSignsOpensAndReadsBack(t *testing.T) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range samples() {
		s, salted, err := Sign(signer(1), bytes.NewReader(make([]byte, 32)), "log.example", 99, want)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(signer(1).Public()); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(signer(2).Public()); !errors.Is(err, cose.ErrSignature) {
			t.Errorf("%v under another key: %v", want.Type(), err)
		}
		got, err := s.Open(salted)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %+v, want %+v, %v", want.Type(), got, want, err)
		}
		if k, err := EntryKind(s.Raw()); err != nil || k != KindStatement {
			t.Errorf("%v: kind %d %v", want.Type(), k, err)
		}
		if _, err := batch.ParseHeader(s.Raw()); err == nil {
			t.Errorf("%v read as a batch header", want.Type())
		}
		var v any
		if err := cbor.Unmarshal(salted, &v); err != nil {
			t.Fatal(err)
		}
		if back, err := enc.Marshal(v); err != nil || !bytes.Equal(back, salted) {
			t.Errorf("%v: the judge writes %x", want.Type(), back)
		}
		for i := range salted {
			b := bytes.Clone(salted)
			b[i] ^= 1
			if _, err := s.Open(b); !errors.Is(err, batch.ErrAltered) {
				t.Fatalf("%v: byte %d changed: %v", want.Type(), i, err)
			}
		}
	}
}

func read(typ Type, b []byte) (Body, error) {
	r := cborx.NewReader(b)
	var out Body
	switch typ {
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
	default:
		return nil, cborx.ErrMalformed
	}
	return out, r.Done()
}

// FuzzBody: for every accepted body, writing what was read gives it back.
func FuzzBody(f *testing.F) {
	for _, s := range samples() {
		f.Add(byte(s.Type()), s.append(nil))
	}
	f.Fuzz(func(t *testing.T, typ byte, b []byte) {
		x, err := read(Type(typ), b)
		if err != nil {
			return
		}
		if back := x.append(nil); !bytes.Equal(back, b) {
			t.Fatalf("%x read, %x written", b, back)
		}
	})
}

// FuzzHeader: the same for a statement's header, and no content is both a
// statement and a batch.
func FuzzHeader(f *testing.F) {
	h := Header{Type: TypeEnrolment, Time: 5, Origin: "log.example"}
	f.Add(h.Append(nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		b := cborx.AppendArray(cborx.AppendTag(nil, 18), 4)
		b = cborx.AppendBytes(b, []byte{0xa1, 0x01, 0x27})
		raw := cborx.AppendBytes(cborx.AppendBytes(cborx.AppendMap(b, 0), content), make([]byte, 64))
		s, err := Parse(raw)
		if err != nil {
			return
		}
		if back := s.Header.Append(nil); !bytes.Equal(back, content) {
			t.Fatalf("%x read, %x written", content, back)
		}
		if _, err := batch.ParseHeader(raw); err == nil {
			t.Fatal("a statement that is a batch header")
		}
	})
}
