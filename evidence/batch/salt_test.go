package batch_test

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"fieldseal/evidence/batch"
)

func TestSaltsAreThoseOfHKDF(t *testing.T) {
	secret := batch.Secret{1, 2, 3}
	salts := batch.NewSalts(secret)
	for _, i := range []uint32{0, 1, 255, 256, 4095, 7} {
		info := binary.BigEndian.AppendUint32([]byte("fieldseal/salt/v1"), i)
		want, err := hkdf.Key(sha256.New, secret[:], nil, string(info), 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := salts.Salt(i); string(got[:]) != string(want) {
			t.Errorf("salt %d is %x, RFC 5869 says %x", i, got, want)
		}
	}
}
