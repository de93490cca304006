package contracts

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
)

// Selectors are the signatures of all calls of the contracts by their first four
// bytes in hex, in the form that Clef takes as its 4byte file: it signs no call that
// it cannot show.
func Selectors() (map[string]string, error) {
	out := map[string]string{}
	for _, meta := range []string{AnchorsMetaData.ABI, GovernanceMetaData.ABI, RegistryMetaData.ABI} {
		known, err := abi.JSON(strings.NewReader(meta))
		if err != nil {
			return nil, fmt.Errorf("contracts: %w", err)
		}
		for _, m := range known.Methods {
			out[fmt.Sprintf("%x", m.ID)] = m.Sig
		}
	}
	return out, nil
}
