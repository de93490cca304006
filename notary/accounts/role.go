package accounts

import (
	"fmt"
	"slices"
)

// Role is what an account is for. Its rights are in the table.
type Role string

// The roles that an account may have.
const (
	Operator  Role = "operator"  // runs the notary: gateways and accounts, no content (R14)
	Centre    Role = "centre"    // supervision centre
	Inspector Role = "inspector" // reads and checks, answers alarms
	Company   Role = "company"   // supervised company: its own sites, adds statements, deletes nothing
	Auditor   Role = "auditor"   // reads everything, the audit trail included, and changes nothing
	Public    Role = "public"    // names and places of sites
)

// The roles that no account has: they follow from where a request comes from.
const (
	Keeper Role = "keeper" // holds the data folder: its socket, or the token in it
	Local  Role = "local"  // sits at the notary's own machine, and has not signed in
	Nobody Role = "nobody" // has not signed in
)

// Roles lists what an account may have.
func Roles() []Role { return []Role{Operator, Centre, Inspector, Company, Auditor, Public} }

// everyone lists all roles, in the order of the table in docs.
func everyone() []Role { return append(Roles(), Keeper, Local, Nobody) }

// ParseRole reads a role that an account may have.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fmt.Errorf("role %q is none of %s", s, list(Roles()))
}

// Business is a kind of site.
type Business string

// The businesses.
const (
	Construction Business = "construction"
	Food         Business = "food"
)

// ParseBusiness reads a business.
func ParseBusiness(s string) (Business, error) {
	if b := Business(s); b == Construction || b == Food {
		return b, nil
	}
	return "", fmt.Errorf("business %q is neither %s nor %s", s, Construction, Food)
}

func list[S ~string](all []S) string {
	out := ""
	for i, s := range all {
		if i > 0 {
			out += ", "
		}
		out += string(s)
	}
	return out
}
