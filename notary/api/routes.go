package api

import (
	"net/http"

	"fieldseal/evidence/trust"
	"fieldseal/evidence/wire"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
)

// What the requests of this package need.
var (
	readReadings  = need(accounts.Read, accounts.Reading)
	readEvidence  = need(accounts.Read, accounts.Evidence)
	readSites     = need(accounts.Read, accounts.Site)
	readGateways  = need(accounts.Read, accounts.Gateway)
	orderGateways = need(accounts.Add, accounts.Gateway)
	revoke        = need(accounts.Change, accounts.Gateway)
	readRequests  = need(accounts.Read, accounts.Authority)
	readMetrics   = need(accounts.Read, accounts.Metrics)
)

// need is a cell of the table of package accounts.
func need(a accounts.Action, r accounts.Resource) rest.Need {
	return rest.Need{Resource: string(r), Action: string(a)}
}

// router makes the operations' way in.
func (a *API) router(m *http.ServeMux, who func(*http.Request) *accounts.Viewer) *rest.Router {
	return rest.New(m, rest.Config{Title: "Fieldseal notary", Version: "1", Guard: guard(who), Refuse: asProblem})
}

type nothingIn struct{}

// enter is what anyone may ask on the world's side alone.
func (a *API) enter(r *rest.Router) {
	rest.Raw[struct{ Body wire.EnrolRequest }, struct{ Body wire.EnrolAnswer }](r, rest.Operation{
		ID: "enrol-gateway", Method: http.MethodPost, Path: wire.EnrolPath, Tag: "gateways", Summary: "Enrol a gateway with its one-time code",
		Detail:  "Each address has a burst of 10 attempts, then one every 6 s.",
		MaxBody: wire.MaxEnrol, Errors: []int{http.StatusConflict, http.StatusTooManyRequests}}, a.enrol)
}

// public are the requests that hold no content, or carry their own authority.
func (a *API) public(r *rest.Router) {
	if a.Cosign != nil {
		a.cosigning(r)
	}
	rest.Raw[struct{ Body authority.Answers }, struct{ Body Taken }](r, rest.Operation{
		ID: "submit-statements", Method: http.MethodPost, Path: StatementsPath, Tag: "statements", Summary: "Put signed statements into the log",
		Detail:  "Statements carry their own authority in their signatures. Strangers share 5 submissions a second.",
		MaxBody: authority.MaxAnswers, Errors: []int{http.StatusConflict, http.StatusTooManyRequests}}, a.submit)
	rest.Raw[nothingIn, struct{ Body trust.Facts }](r, rest.Operation{
		ID: "trust-facts", Method: http.MethodGet, Path: FactsPath, Tag: "trust", Summary: "What the notary says of itself, for fieldseal trust new"}, a.facts)
	if a.TrustFile != nil {
		rest.Raw[nothingIn, struct{ Body trust.File }](r, rest.Operation{
			ID: "trust-file", Method: http.MethodGet, Path: TrustPath, Tag: "trust", Summary: "The trust file that the operator lays out, as its issuers signed it",
			Detail: "It came through the notary that it is to judge: compare its fingerprint with your authority over another way.", Errors: []int{http.StatusNotFound}}, a.trustFile)
	}
}

// read are the requests that show content.
func (a *API) read(r *rest.Router) {
	rest.Raw[nothingIn, struct{ Body []Site }](r, rest.Operation{
		ID: "list-sites", Method: http.MethodGet, Path: SitesPath, Tag: "sites", Summary: "Sites with their gateways", Needs: readSites}, a.sites)
	rest.Raw[struct {
		Site string `query:"site" doc:"configuration id or 32 hex digits; none: all"`
	}, struct{ Body Newest }](r, rest.Operation{
		ID: "latest", Method: http.MethodGet, Path: LatestPath, Tag: "readings", Summary: "The newest reading of each point with its state, and standing alarms", Needs: readReadings}, a.latest)
	if a.Live != nil {
		rest.Raw[struct {
			Site     []string `query:"site,explode" maxItems:"64"`
			Gateway  []string `query:"gateway,explode" maxItems:"64"`
			Device   []string `query:"device,explode" maxItems:"64"`
			Point    []string `query:"point,explode" maxItems:"64"`
			Kind     []string `query:"kind,explode" maxItems:"64" enum:"admission,state,alarm"`
			District []string `query:"district,explode" maxItems:"64"`
			State    []string `query:"state,explode" maxItems:"64" enum:"logged,anchored (local),anchored" doc:"of state events"`
			Alarm    []string `query:"alarm,explode" maxItems:"64" doc:"kinds of alarm, of alarm events: edge, gap, blind, log, chain"`
			After    uint64   `query:"after" doc:"resume after this event"`
			Last     uint64   `header:"Last-Event-ID" doc:"resume after this event; it goes before after"`
		}, struct{ Body string }](r, rest.Operation{
			ID: "stream", Method: http.MethodGet, Path: StreamPath, Tag: "stream", Summary: "Admissions and states as server-sent events", Media: "text/event-stream",
			Detail: "At most 2,000 streams. An id is a durable cursor: resuming loses nothing.", Needs: readReadings, Patience: -1, Errors: []int{http.StatusGone, http.StatusServiceUnavailable}}, a.stream)
	}
	rest.Raw[struct {
		Site    string `query:"site"`
		Point   string `query:"point" doc:"DEVICE/NAME"`
		Gateway string `query:"gateway" doc:"where several gateways read the point"`
		From    string `query:"from" doc:"RFC 3339, or latest"`
		To      string `query:"to" doc:"RFC 3339, excluded"`
		Boot    string `query:"boot"`
		Seq     uint64 `query:"seq"`
		Leaf    uint32 `query:"leaf"`
		Index   uint64 `query:"index" doc:"log entry; with leaf alone"`
		Alarms  bool   `query:"alarms" doc:"true: with what the notary recorded about alarms of the point, which names people"`
		Grant   string `query:"grant" doc:"64 hex digits: a permission of the chain's register to tell about"`
	}, struct{ Body map[string]any }](r, rest.Operation{
		ID: "evidence", Method: http.MethodGet, Path: EvidencePath, Tag: "evidence", Summary: "An evidence file: of a point over a time, of its newest reading, or of one record",
		Detail: "Give site, point, from and to, or gateway, boot, seq and leaf. Two files are assembled at once.", Needs: readEvidence, Patience: exportTime,
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}}, a.evidence)
	rest.Raw[nothingIn, struct{ Body authority.Requests }](r, rest.Operation{
		ID: "authority-requests", Method: http.MethodGet, Path: RequestsPath, Tag: "statements", Summary: "What waits for the authority's signature", Needs: readRequests}, a.requests)
	rest.Raw[nothingIn, struct{ Body []Gateway }](r, rest.Operation{
		ID: "list-gateways", Method: http.MethodGet, Path: GatewaysPath, Tag: "gateways", Summary: "Gateways: pending, enrolled, revoked", Needs: readGateways}, a.gateways)
}

// operate are the requests that change something on the operator's word alone.
func (a *API) operate(r *rest.Router) {
	rest.Raw[struct{ Body enrol.Order }, struct{ Body Ordered }](r, rest.Operation{
		ID: "order-gateway", Method: http.MethodPost, Path: GatewaysPath, Tag: "gateways", Summary: "A one-time code for a new gateway", Needs: orderGateways}, a.order)
	rest.Raw[struct {
		Gateway string `path:"gateway"`
		Body    Revoke
	}, struct{ Body Gateway }](r, rest.Operation{
		ID: "revoke-gateway", Method: http.MethodPost, Path: GatewaysPath + "/{gateway}/revoke", Tag: "gateways", Summary: "Revoke a gateway", Needs: revoke,
		Errors: []int{http.StatusNotFound}}, a.revoke)
}
