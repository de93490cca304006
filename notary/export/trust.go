package export

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"math"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
)

// OwnTrust makes a trust file out of what a notary says of itself, for the check
// of its own exports. Its issuer is drawn here and forgotten: nobody else can
// believe it.
func OwnTrust(f *trust.Facts) (*trust.File, error) {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("own trust file: %w", err)
	}
	facts := *f
	facts.Since = 0 // a gateway's clock may have been behind the log's beginning
	const me = "this notary"
	t, err := trust.New(me, &facts, trust.Time(math.MaxInt32), map[string]cose.Signer{me: cose.Ed25519Signer(k)}, []string{me})
	if err != nil {
		return nil, fmt.Errorf("own trust file: %w", err)
	}
	return t, nil
}
