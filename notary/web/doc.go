// Package web serves the supervision centre's page and the inspector's desk, which
// app/ holds as a Svelte project and `make page` builds into dist/.
//
// It knows nothing of readings: the page asks the notary's API like any other
// program. Where the binary was built without the page (plain `go build`), a page
// says so and how to get it. Its invariant: what it serves can run only what this
// binary holds, and talk only to this notary (the policy in policy.go).
package web
