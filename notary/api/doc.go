// Package api is the notary over HTTPS: the log as C2SP tlog-tiles, enrolment,
// signed statements, the newest readings, and evidence files.
//
// It is no page and has no sign-in yet. What shows content answers on loopback
// or to the operator's token, never to the world; tiles hold headers only and
// are public.
//
// Its invariant: an error is an RFC 9457 problem that says what was wrong and
// what to do, and tells a stranger nothing about what this notary holds.
package api
