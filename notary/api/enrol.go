package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
	"fieldseal/notary/enrol"
)

// enrol answers a gateway's wire.EnrolRequest.
func (a *API) enrol(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !a.attempts.Allow(accounts.Block(host)) {
		w.Header().Set("Retry-After", "60")
		problem(w, http.StatusTooManyRequests, "too many attempts to enrol", "wait a minute, then try again with the code as it was printed")
		return
	}
	var req wire.EnrolRequest
	if err := decode(http.MaxBytesReader(w, r.Body, wire.MaxEnrol), &req); err != nil {
		refuse(w, err)
		return
	}
	e, pem, err := a.Registry.Enrol(req, a.CA)
	if err != nil {
		a.Logger.WarnContext(r.Context(), "enrolment refused", "remote", r.RemoteAddr, "error", err)
		refuse(w, err)
		return
	}
	a.Logger.InfoContext(r.Context(), "gateway asks to be enrolled", "gateway", e.Gateway, "site", e.SiteSlug, "name", e.GatewayName, "key", e.Key, "remote", r.RemoteAddr)
	w.Header().Set("Cache-Control", "no-store")
	answer(w, wire.EnrolAnswer{Gateway: e.Gateway.String(), Site: e.Site.String(), Origin: a.Log.Origin(), LogKey: a.LogKey,
		CA: string(a.CA.PEM()), Certificate: string(pem), Broker: a.Broker})
}

// decode reads one JSON value strictly.
func decode(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("something follows the value")
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return err
	}
	return usage("body: %v", err)
}

// order makes an enrolment code.
func (a *API) order(w http.ResponseWriter, r *http.Request) {
	var o enrol.Order
	if err := decode(r.Body, &o); err != nil {
		refuse(w, err)
		return
	}
	// One who is limited cannot bring in a site that is not theirs.
	if v := accounts.From(r.Context()); !v.SeesAll() {
		if _, err := a.site(r, o.Site); err != nil {
			refuse(w, err)
			return
		}
	}
	c, expires, err := a.Registry.Order(o, a.CA, a.LogKey)
	if err != nil {
		refuse(w, usage("%v", err))
		return
	}
	answer(w, Ordered{Code: c.String(), Expires: expires})
}

func (a *API) gateways(w http.ResponseWriter, r *http.Request) {
	answer(w, a.gatewayList(r))
}

// gatewayList holds the gateways that the viewer sees.
func (a *API) gatewayList(r *http.Request) []Gateway {
	var connected map[batch.ID]time.Time
	if a.Connected != nil {
		connected = a.Connected()
	}
	out := []Gateway{}
	for _, e := range visible(r, a.Registry.List(), func(e enrol.Entry) batch.ID { return e.Site }) {
		g := Gateway{Entry: e}
		if t, ok := connected[e.Gateway]; ok {
			g.Connected = &t
		}
		if s, ok := a.Log.Gateway(e.Gateway); ok {
			g.Batches, g.Seen = s.Batches, s.Seen
		}
		out = append(out, g)
	}
	return out
}

func (a *API) revoke(w http.ResponseWriter, r *http.Request) {
	g, err := batch.ParseID(r.PathValue("gateway"))
	if err != nil {
		refuse(w, usage("%v", err))
		return
	}
	if !accounts.From(r.Context()).Sees(a.siteOf(g)) {
		refuse(w, fmt.Errorf("gateway %s: %w", g, access.ErrUnknown))
		return
	}
	var v Revoke
	if err := decode(r.Body, &v); err != nil {
		refuse(w, err)
		return
	}
	// Entries from the log's present size on are not believed: what is in it was
	// admitted before anybody said so.
	err = a.Registry.Revoke(g, enrol.Revocation{FromIndex: a.Log.Size(), Suspected: v.Suspected, Reason: v.Reason})
	if err != nil && !errors.Is(err, access.ErrUnknown) {
		err = usage("%v", err)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	e, _ := a.Registry.Get(g)
	answer(w, Gateway{Entry: e})
}
