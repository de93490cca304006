// Package house keeps the arrows of the house (docs/architecture.md): which
// folder may import which, what stays pure, and what a binary must not hold.
//
// It is tests and the rules they run, no code of the product. Its invariant: a
// folder without a rule fails, so a new room is given its place on purpose.
package house
