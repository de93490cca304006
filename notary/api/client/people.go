package client

import "fieldseal/notary/accounts"

// Paths of accounts and signing in.
const (
	MePath       = "/api/v1/me"
	PasswordPath = "/api/v1/me/password"
	SessionPath  = "/api/v1/session"
	WaysPath     = "/api/v1/session/ways"
	OpenIDPath   = "/api/v1/openid"
	DevicePath   = "/api/v1/device"
	LogInPath    = "/api/v1/login"
	AccountsPath = "/api/v1/accounts"
	TokensPath   = "/api/v1/tokens"
	AuditPath    = "/api/v1/audit"
)

// Me is who asks, and what they may do.
type Me struct {
	Name       string                                  `json:"name"`
	Role       accounts.Role                           `json:"role"`
	Businesses []accounts.Business                     `json:"businesses"` // none: every
	Districts  []string                                `json:"districts"`  // none: every
	Sites      []string                                `json:"sites"`      // none: every
	May        map[accounts.Resource][]accounts.Action `json:"may"`
	CSRF       string                                  `json:"csrf"`                  // for the header X-CSRF-Token; empty without a cookie
	MustChange bool                                    `json:"must_change,omitempty"` // the password, before anything else
	Password   bool                                    `json:"password"`              // there is one here that can be changed
}

// Ways tells in which ways one can sign in.
type Ways struct {
	Local bool  `json:"local"` // by name and password
	OIDC  *OIDC `json:"oidc"`  // nil: no provider
}

// OIDC is an OpenID provider to sign in at.
type OIDC struct {
	Name string `json:"name"`
	Href string `json:"href"`
}

// SignIn opens a session.
type SignIn struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// LogIn asks for an access token.
type LogIn struct {
	SignIn
	accounts.TokenSpec
}

// Device is a command that waits to be let in on the page.
type Device struct {
	Device   string `json:"device"` // what the command keeps to itself
	Code     string `json:"code"`   // what it shows
	Path     string `json:"path"`   // of the page, below the notary's address
	Interval int    `json:"interval"`
	Until    int64  `json:"until"` // Unix µs
}

// DeviceAsks asks whether the command was let in.
type DeviceAsks struct {
	Device string `json:"device"`
}

// NewToken is an access token, shown once.
type NewToken struct {
	Token string `json:"token"`
	accounts.AccessToken
}

// Password changes one's own.
type Password struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// FirstPassword is shown once.
type FirstPassword struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	// Reader is what permissions in the chain's register call the account, in hex.
	Reader string `json:"reader,omitempty"`
}

// Disable shuts an account out, or lets it in again.
type Disable struct {
	Disabled bool `json:"disabled"`
}

// Items is one page of a list.
type Items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // where the next page begins; none on the last
}
