package verify_test

import (
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/verify/worldtest"
)

func pathOf(b *worldtest.Sealed, leaf int) []merkle.Hash {
	return merkle.Path(b.Payload.Leaves(), leaf)
}
