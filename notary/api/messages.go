package api

import "fieldseal/notary/api/client"

// What goes over the wire is the client's to name, which holds no chain library.
type (
	Problem = client.Problem
	Ordered = client.Ordered
	Gateway = client.Gateway
	Revoke  = client.Revoke
	Taken   = client.Taken
)

// Paths of the API besides wire.EnrolPath.
const (
	SitesPath      = client.SitesPath
	LatestPath     = client.LatestPath
	StreamPath     = client.StreamPath
	EvidencePath   = client.EvidencePath
	FactsPath      = client.FactsPath
	TrustPath      = client.TrustPath
	RequestsPath   = client.RequestsPath
	StatementsPath = client.StatementsPath
	GatewaysPath   = client.GatewaysPath
)
