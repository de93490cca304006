package api

import (
	"fmt"
	"net/http"

	"fieldseal/evidence/batch"
	"fieldseal/notary/accounts"
	"fieldseal/notary/enrol"
	"fieldseal/notary/export"
)

// Site is a site with its gateways.
type Site struct {
	ID       batch.ID  `json:"id"`
	Slug     string    `json:"slug"` // configuration id
	Name     string    `json:"name"`
	Gateways []Gateway `json:"gateways"`
}

func (a *API) sites(w http.ResponseWriter, r *http.Request) {
	v := accounts.From(r.Context())
	out := []Site{}
	for _, g := range a.gatewayList(r) {
		if n := len(out); n == 0 || out[n-1].ID != g.Site {
			out = append(out, Site{ID: g.Site, Slug: g.SiteSlug, Name: g.SiteName, Gateways: []Gateway{}})
		}
		s := &out[len(out)-1]
		if g.State != enrol.Pending {
			s.Name = g.SiteName
		}
		switch {
		case v.May(accounts.Read, accounts.Gateway):
			s.Gateways = append(s.Gateways, g)
		case v.May(accounts.Read, accounts.Coverage):
			// Which they are and whether they are connected; not their keys and states.
			s.Gateways = append(s.Gateways, Gateway{Entry: enrol.Entry{Gateway: g.Gateway, GatewayName: g.GatewayName, Site: g.Site, SiteSlug: g.SiteSlug, SiteName: s.Name}, Connected: g.Connected})
		}
	}
	answer(w, out)
}

// Newest is what /api/v1/latest answers.
type Newest struct {
	Size     uint64   `json:"size"`     // entries in the log
	Signed   uint64   `json:"signed"`   // under the newest checkpoint
	Anchored uint64   `json:"anchored"` // under the newest final anchor
	Local    bool     `json:"local"`    // the chain is the operator's own
	Readings []Latest `json:"readings"`
	Alarms   []Alarm  `json:"alarms"`
}

func (a *API) latest(w http.ResponseWriter, r *http.Request) {
	site := batch.ID{}
	if s := r.URL.Query().Get("site"); s != "" {
		var err error
		if site, err = a.site(r, s); err != nil {
			refuse(w, err)
			return
		}
	}
	alarms := []Alarm{}
	if accounts.From(r.Context()).May(accounts.Read, accounts.Alarm) {
		alarms = visible(r, a.Board.Alarms(), func(x Alarm) batch.ID { return a.siteOf(x.Gateway) })
	}
	answer(w, Newest{Size: a.Log.Size(), Signed: a.Log.Head().Size, Anchored: a.Board.Covered(), Local: a.Board.Local,
		Readings: visible(r, a.Board.Readings(site), func(l Latest) batch.ID { return l.Site }),
		Alarms:   alarms})
}

func nothing(format string, args ...any) error {
	return fmt.Errorf("%w: %s", export.ErrNothing, fmt.Sprintf(format, args...))
}

func ambiguous(point string, a, b batch.ID) error {
	return fmt.Errorf("%w: %s comes from %s and from %s", export.ErrAmbiguous, point, a, b)
}
