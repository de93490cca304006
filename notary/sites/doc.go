// Package sites is the register of sites: to which project, company, district and
// business a site belongs and where it lies.
//
// It is not the enrolment of gateways (package enrol), and nothing in it is
// signed: evidence names a site by its random id. A code that passes here has the
// right form; whether it was issued, and to whom, is not known here.
//
// Its invariant: a change is made over the version that its maker has read, and
// stands in the audit trail with what was there before.
package sites
