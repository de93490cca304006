package centre

import (
	"cmp"
	"encoding/base64"
	"errors"
	"strings"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// Limits of a page.
const (
	DefaultPage = 200
	MaxPage     = 1000
)

// ErrCursor marks a cursor that this notary did not give.
var ErrCursor = errors.New("cursor")

// place is where a list of points goes on: after this one.
type place struct {
	site, gateway batch.ID
	point, unit   string
}

func (p place) compare(o place) int {
	return cmp.Or(strings.Compare(string(p.site[:]), string(o.site[:])), strings.Compare(p.point, o.point),
		strings.Compare(string(p.gateway[:]), string(o.gateway[:])), strings.Compare(p.unit, o.unit))
}

func (p place) text() string {
	b := append(append([]byte{rowVersion}, p.site[:]...), p.gateway[:]...)
	return base64.RawURLEncoding.EncodeToString(append(append(append(b, p.point...), 0), p.unit...))
}

func parsePlace(s string) (p place, err error) {
	if len(s) > 4*record.MaxName {
		return p, ErrCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 34 || b[0] != rowVersion {
		return p, ErrCursor
	}
	p.site, p.gateway = batch.ID(b[1:17]), batch.ID(b[17:33])
	point, unit, ok := strings.Cut(string(b[33:]), "\x00")
	if !ok || point == "" || strings.Contains(unit, "\x00") {
		return p, ErrCursor
	}
	p.point, p.unit = point, unit
	return p, nil
}
