package verify

import "fieldseal/evidence/trust"

// ByVersions judges by the version of the trust file that was valid at the evidence's
// time: the newest of them, and if none was the newest version says so. versions are
// newest first, as trust.Versions gives them; none: o says why.
func ByVersions(text []byte, o Options, versions []*trust.File) *Report {
	if len(versions) > 0 {
		o.Trust = versions[0]
	}
	r := File(text, o)
	for i := 1; i < len(versions) && r.Outdated; i++ {
		o.Trust = versions[i]
		if older := File(text, o); !older.Outdated {
			return older
		}
	}
	return r
}
