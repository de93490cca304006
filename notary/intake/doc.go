// Package intake takes what gateways send, checks it in the order size,
// certificate (the broker's part), header signature, enrolment, rate, records,
// gives it to the log, and answers with receipts.
//
// It is not the broker: it sees a gateway's id and bytes, and returns when they
// are durable.
//
// Its invariant: what it admits, an inspector's verifier accepts, for both call
// the same code; and no receipt leaves that it did not verify as the gateway will.
package intake
