package api_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"testing"

	"fieldseal/evidence/verify/worldtest"
	"fieldseal/notary/api"
)

// TestAnOfferedTrustFileIsHandedOutAsItsIssuersSignedIt asks without any right, for a
// trust file carries its own authority.
func TestAnOfferedTrustFileIsHandedOutAsItsIssuersSignedIt(t *testing.T) {
	h := open(t)
	signed, err := worldtest.New("offered").Trust().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var laid []byte
	missing := fs.ErrNotExist
	c := h.cfg
	c.TokenAlways = true
	c.TrustFile = func() ([]byte, error) { return laid, missing }
	h.base = h.serve(c)
	if r := h.get(api.TrustPath); r.StatusCode != http.StatusNotFound {
		t.Errorf("without one: %s", r.Status)
	} else {
		r.problem(t)
	}
	laid, missing = signed, nil
	if r := h.get(api.TrustPath); r.StatusCode != http.StatusOK || !bytes.Equal(r.body, signed) {
		t.Errorf("%s: %d bytes, laid out were %d", r.Status, len(r.body), len(signed))
	}
	laid = bytes.Replace(signed, []byte(`"name":`), []byte(`"nome":`), 1)
	if bytes.Equal(laid, signed) {
		t.Fatal("nothing was changed")
	}
	if r := h.get(api.TrustPath); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("one that is none: %s", r.Status)
	}
}
