package cborx

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// TestWritingGivesTheShortestForm holds RFC 8949 appendix A.
func TestWritingGivesTheShortestForm(t *testing.T) {
	for _, tc := range []struct {
		got  []byte
		want string
	}{
		{AppendUint(nil, 0), "00"}, {AppendUint(nil, 23), "17"}, {AppendUint(nil, 24), "1818"}, {AppendUint(nil, 255), "18ff"},
		{AppendUint(nil, 256), "190100"}, {AppendUint(nil, 65536), "1a00010000"}, {AppendUint(nil, 1<<32), "1b0000000100000000"},
		{AppendUint(nil, math.MaxUint64), "1bffffffffffffffff"},
		{AppendInt(nil, -1), "20"}, {AppendInt(nil, -500), "3901f3"}, {AppendInt(nil, math.MinInt64), "3b7fffffffffffffff"},
		{AppendBytes(nil, []byte{1, 2}), "420102"}, {AppendText(nil, "水"), "63e6b0b4"}, {AppendArray(nil, 25), "9819"},
		{AppendMap(nil, 2), "a2"}, {AppendTag(nil, 4), "c4"}, {AppendBool(nil, true), "f5"}, {AppendBool(nil, false), "f4"}, {AppendNull(nil), "f6"},
	} {
		if hex.EncodeToString(tc.got) != tc.want {
			t.Errorf("%x, want %s", tc.got, tc.want)
		}
	}
}

func TestASecondSpellingIsRefused(t *testing.T) {
	for name, in := range map[string]string{
		"long zero": "1800", "long 255": "1900ff", "long 65535": "1a0000ffff", "long 2^32-1": "1b00000000ffffffff",
		"indefinite bytes": "5f4101ff", "indefinite array": "9fff", "indefinite map": "bfff", "reserved length": "1c",
		"half float": "f93c00", "float": "fa3f800000", "double": "fb3ff0000000000000", "undefined": "f7", "simple 16": "f0", "simple 255": "f8ff",
		"keys out of order": "a202000100", "keys repeated": "a201000100", "byte string key": "a1410000", "bool key": "a1f500",
		"not UTF-8": "61ff", "truncated head": "19", "truncated text": "6261", "truncated array": "8201", "trailing byte": "0000",
		"empty": "", "break alone": "ff", "array count above input": "9b7fffffffffffffff", "text above input": "7b7fffffffffffffff61",
		"too deep": "8181818181818181818181818181818100",
	} {
		b, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(b)
		r.Raw()
		if err := r.Done(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s (%s): %v", name, in, err)
		}
	}
}

func TestTheFirstErrorSticks(t *testing.T) {
	r := NewReader([]byte{0x61, 'a', 0x01})
	if r.Uint() != 0 || r.Err() == nil {
		t.Fatal("read a text as a number")
	}
	first := r.Err()
	if r.Text(9) != "" || r.Uint() != 0 || r.Bytes(9) != nil || r.Array(9) != 0 || r.Bool() || r.Raw() != nil || r.Done() != first {
		t.Error("read on after an error")
	}
}

func TestLimitsHold(t *testing.T) {
	for name, read := range map[string]func(*Reader){
		"bytes":  func(r *Reader) { r.Bytes(1) },
		"text":   func(r *Reader) { r.Text(1) },
		"fixed":  func(r *Reader) { r.Fixed(3) },
		"array":  func(r *Reader) { r.Array(1) },
		"of":     func(r *Reader) { r.ArrayOf(3) },
		"uint":   func(r *Reader) { r.UintMax(9) },
		"int":    func(r *Reader) { r.Int() },
		"tag":    func(r *Reader) { r.Tag(5) },
		"null":   func(r *Reader) { r.Null() },
		"number": func(r *Reader) { r.Uint() },
	} {
		in := map[string][]byte{"bytes": {0x42, 1, 2}, "text": {0x62, 'a', 'b'}, "fixed": {0x42, 1, 2}, "array": {0x82, 0, 0}, "of": {0x82, 0, 0},
			"uint": {10}, "int": {0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0}, "tag": {0xc4, 0}, "null": {0}, "number": {0x20}}[name]
		r := NewReader(in)
		if read(r); r.Err() == nil {
			t.Errorf("%s: the limit did not hold", name)
		}
	}
}

// foreign reports tags that the judge gives a meaning of its own.
func foreign(b []byte) bool {
	r := NewReader(b)
	var walk func() bool
	walk = func() bool {
		switch r.Peek() {
		case TypeArray:
			for n := r.Array(math.MaxInt32); n > 0; n-- {
				if walk() {
					return true
				}
			}
		case TypeMap:
			for m := r.Map(math.MaxInt32); m.Next(); {
				if walk() {
					return true
				}
			}
		case TypeTag:
			_, tag := r.head()
			return tag != 4 && tag != 18 || walk()
		default:
			r.Raw()
		}
		return false
	}
	return walk()
}

// FuzzRawIsCoreDeterministic lets fxamacker/cbor judge: what Raw accepts is
// well-formed, and its core deterministic encoder writes the same bytes.
func FuzzRawIsCoreDeterministic(f *testing.F) {
	for _, s := range []string{"00", "a2010203f5", "a2006161016162", "c4822539012c", "8301820203820405", "d28443a10127a0414140", "f6", "a1613100", "3b7fffffffffffffff", "a220002100"} {
		b, _ := hex.DecodeString(s)
		f.Add(b)
	}
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		f.Fatal(err)
	}
	dec, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, UTF8: cbor.UTF8RejectInvalid, MaxNestedLevels: 64}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(b)
		raw := r.Raw()
		if r.Done() != nil {
			return
		}
		if !bytes.Equal(raw, b) {
			t.Fatalf("%x read as %x", b, raw)
		}
		if err := dec.Wellformed(b); err != nil {
			t.Fatalf("%x: the judge says %v", b, err)
		}
		if foreign(b) {
			return
		}
		var v any
		if err := dec.Unmarshal(b, &v); err != nil {
			t.Fatalf("%x: the judge says %v", b, err)
		}
		back, err := enc.Marshal(v)
		if err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%x: the judge writes %x, %v", b, back, err)
		}
	})
}
