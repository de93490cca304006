package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"fieldseal/notary/api"
	"fieldseal/notary/internal/lab"
)

// slow is a client that reads nothing until it is let go.
type slow struct {
	*httptest.ResponseRecorder
	begun, release chan struct{}
	deadline       time.Time
}

func (s *slow) SetWriteDeadline(t time.Time) error { s.deadline = t; return nil }

func (s *slow) Write(b []byte) (int, error) {
	select {
	case s.begun <- struct{}{}:
	default:
	}
	<-s.release
	return s.ResponseRecorder.Write(b)
}

// TestSlowReadersOfEvidenceHoldUpNobodyElse: a turn to assemble evidence ends
// before the client reads, and a client has so long as the size asks for.
func TestSlowReadersOfEvidenceHoldUpNobodyElse(t *testing.T) {
	h := open(t)
	s := h.n.NewSealer(h.n.Enrol("north-yard", "gw-1"), h.n.Now().Truncate(time.Second).UnixMicro()-lab.Minute)
	b := s.Seal(lab.Minute, 10*lab.Second)
	h.n.Send(b)
	h.n.Settle()
	at := func(t int64) string { return time.UnixMicro(t).UTC().Format(time.RFC3339Nano) }
	path := api.EvidencePath + "?" + url.Values{"site": {"north-yard"}, "point": {lab.PM10}, "from": {at(b.First)}, "to": {at(b.Last)}}.Encode()
	local := api.New(h.cfg).Local()
	release, ended := make(chan struct{}), make(chan *slow, 4)
	for range cap(ended) {
		x := &slow{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}, 1), release: release}
		go func() {
			local.ServeHTTP(x, httptest.NewRequest(http.MethodGet, path, nil))
			ended <- x
		}()
		select {
		case <-x.begun:
		case <-time.After(patience):
			t.Error("evidence waits for a client that reads slowly")
		}
	}
	before := time.Now()
	close(release)
	for range cap(ended) {
		x := <-ended
		if least := x.deadline.Sub(before); x.Code != http.StatusOK || x.Body.Len() == 0 || least > 15*time.Second+time.Duration(x.Body.Len())*time.Second/(64<<10) || least < 0 {
			t.Errorf("%d, %d bytes, %v to read them", x.Code, x.Body.Len(), least)
		}
	}
}
