package service

import (
	"log/slog"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
	"fieldseal/notary/sites"
)

// OpenAccounts opens the register of sites and the accounts over one audit trail. g may
// be nil: then nobody reads by a permission of the chain.
func OpenAccounts(rows accounts.Rows, r *enrol.Registry, c Config, g accounts.Grants, out *slog.Logger) (*sites.Register, *accounts.Directory, error) {
	trail, err := accounts.OpenTrail(rows)
	if err != nil {
		return nil, nil, err
	}
	places, err := sites.Open(rows, trail, time.Now, r.SlugOf)
	if err != nil {
		return nil, nil, err
	}
	d, err := accounts.Open(accounts.Options{Rows: rows, Trail: trail, Places: places, Grants: g, SiteOf: r.SiteOf, Now: time.Now,
		Idle: c.Accounts.SessionIdle, Max: c.Accounts.SessionMax, Logger: out})
	return places, d, err
}

// places is the register of sites as the centre asks it.
type places struct{ register *sites.Register }

// Place implements alarm.Places.
func (p places) Place(site batch.ID) (business, district string) {
	x := p.register.Place(site)
	return string(x.Business), x.District
}

// Register implements centre.Places.
func (p places) Register(site batch.ID) client.Register {
	e, _ := p.register.Get(site)
	out := client.Register{ProjectCode: e.ProjectCode, CreditCode: e.CreditCode, FoodLicence: e.FoodLicence, Owner: e.Owner, District: e.District, Business: string(e.Business)}
	if c := e.Coordinates; c != nil {
		out.Coordinates = &client.Coordinates{Lat: c.Lat, Lon: c.Lon, Datum: string(c.Datum)}
	}
	return out
}
