//go:build page

package verifier

import _ "embed"

//go:embed verify.html.gz
var packed []byte
