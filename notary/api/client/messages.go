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
	TrustPath      = "/api/v1/trust"
	RequestsPath   = "/api/v1/authority/requests"
	StatementsPath = "/api/v1/statements"
	GatewaysPath   = "/api/v1/gateways"
	CosignPath     = "/api/v1/cosign"
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

// CosignAsk is the checkpoint that waits for cosignatures of organisations. An empty
// Note: none does.
type CosignAsk struct {
	Origin   string   `json:"origin"`
	Chain    uint64   `json:"chain"`    // chain id
	Contract string   `json:"contract"` // Anchors, 0x…
	Needed   int      `json:"needed"`
	Have     []string `json:"have"` // organisations that cosigned it
	Note     string   `json:"note"` // the checkpoint, a signed note
	// From is the size asked for; FromRoot and Proof show that the checkpoint
	// extends it (RFC 6962 §2.1.2), in hex.
	From     uint64   `json:"from"`
	FromRoot string   `json:"from_root"`
	Proof    []string `json:"proof"`
}

// Cosignature is an organisation's EIP-712 signature of the checkpoint of a size.
type Cosignature struct {
	Size        uint64 `json:"size"`
	Cosignature string `json:"cosignature"` // r, s, v in 130 hex digits
}

// CosignTaken says for whom a cosignature counts.
type CosignTaken struct {
	Organisation string `json:"organisation"`
}
