// Package openid signs people in at an OpenID Connect provider that they have
// accounts at already: authorization code flow with PKCE, state and nonce.
//
// It keeps no accounts (package accounts does): it says which subject signed in
// and which role the provider's claims give it. What the provider says is
// believed for one sign-in, and asked again at the next.
//
// Its invariant: a browser comes back only with a sign-in that the same browser
// began, minutes ago, and each is used once.
package openid
