package client

import (
	"time"

	"fieldseal/notary/enrol"
)

// Paths of the API besides wire.EnrolPath.
const (
	SitesPath      = "/api/v1/sites"
	LatestPath     = "/api/v1/latest"
	EvidencePath   = "/api/v1/evidence"
	FactsPath      = "/api/v1/trust-facts"
	RequestsPath   = "/api/v1/authority/requests"
	StatementsPath = "/api/v1/statements"
	GatewaysPath   = "/api/v1/gateways"
)

// Problem is an error answer (RFC 9457), with what to do about it.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`

	Errors  []Fault `json:"errors,omitempty"`  // each thing that is wrong with a request
	Request string  `json:"request,omitempty"` // id of the request, as in the notary's log
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty"` // such as query.limit or body.note
}

// Error makes a Problem that was read from an answer an error.
func (p *Problem) Error() string {
	if p.Remedy == "" {
		return p.Detail
	}
	return p.Detail + "; " + p.Remedy
}

// Ordered is a one-time code with what goes around it.
type Ordered struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// Gateway is a gateway as the operator sees it.
type Gateway struct {
	enrol.Entry
	Connected *time.Time `json:"connected,omitempty"` // since; nil: not now
	Batches   uint64     `json:"batches"`
	Seen      int64      `json:"seen,omitempty"` // Unix µs at which its newest batch was admitted
}

// Revoke asks for a gateway not to be believed from now on.
type Revoke struct {
	Reason    string `json:"reason"`
	Suspected int64  `json:"suspected"` // Unix µs; 0: not known
}

// Taken says where submitted statements stand in the log.
type Taken struct {
	Indices []uint64 `json:"indices"` // in the order of the statements
}
