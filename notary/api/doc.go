// Package api is the notary over HTTPS: the log as C2SP tlog-tiles, enrolment,
// signed statements, the newest readings, and evidence files.
//
// It is no page. Who may ask what is decided by package accounts: each request
// has a row that names action and resource, and what shows content answers to who
// may see it, never to the world; tiles hold headers only and are public.
//
// Its invariant: an error is an RFC 9457 problem that says what was wrong and
// what to do, and tells a stranger nothing about what this notary holds.
package api
