// Package authority makes enrolments and revocations believable: it signs them as
// statements with a key that is not the notary's, and takes such statements into
// the log. Coverage plans of the supervision side come in through the same desk.
//
// It is not the register (package enrol keeps that), and it believes nothing of
// what the notary asks: the signing side shows a person what it signs and never
// lets a revocation disappear again.
//
// Its invariant: nothing becomes enrolled, revoked or planned by a statement
// before that statement is in the log.
package authority
