package chain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"fieldseal/evidence/anchor"
	"fieldseal/notary/contracts"
)

// roles are what accounts may write in the register, by the contract's numbers.
var roles = []string{"sites", "gateways", "signers", "rules"}

// Role reads the name of a role: sites, gateways, signers or rules.
func Role(s string) (uint8, error) {
	for i, r := range roles {
		if r == s {
			return uint8(i), nil
		}
	}
	return 0, fmt.Errorf("role %q is none of %s", s, strings.Join(roles, ", "))
}

// Purpose reads what a signer's key signs: plan or configuration.
func Purpose(s string) (uint8, error) {
	switch s {
	case "plan":
		return anchor.PurposePlan, nil
	case "configuration":
		return anchor.PurposeConfiguration, nil
	}
	return 0, fmt.Errorf("purpose %q is neither plan nor configuration", s)
}

// unix is a time as the contract has it; the zero time is 0.
func unix(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.Unix())
}

// EnterRegistrar is the call of Registry by which an account may write in a role.
func EnterRegistrar(account [20]byte, role uint8, may bool) []byte {
	return contracts.NewRegistry().PackSetRegistrar(account, role, may)
}

// EnterSite is the call by which a site is registered, handed over or ended.
func EnterSite(site, department [16]byte, keeper [20]byte, open bool) []byte {
	return contracts.NewRegistry().PackSetSite(site, department, keeper, open)
}

// EnterGateway is the call by which a gateway's key is registered; until zero: for good.
func EnterGateway(key [32]byte, site [16]byte, from, until time.Time) []byte {
	return contracts.NewRegistry().PackSetGateway(key, site, unix(from), unix(until))
}

// RevokeGateway is the call by which a gateway's key is not to be believed from a time on.
func RevokeGateway(key [32]byte, since time.Time) []byte {
	return contracts.NewRegistry().PackRevokeGateway(key, unix(since))
}

// EnterSigner is the call by which a key may sign a site's plans or configurations.
func EnterSigner(site [16]byte, purpose uint8, key [32]byte, from, until time.Time) []byte {
	return contracts.NewRegistry().PackSetSigner(site, purpose, key, unix(from), unix(until))
}

// RevokeSigner is the call by which a signer is not to be believed from a time on.
func RevokeSigner(site [16]byte, purpose uint8, key [32]byte, since time.Time) []byte {
	return contracts.NewRegistry().PackRevokeSigner(site, purpose, key, unix(since))
}

// EnterRules is the call by which a version of a rule set is published.
func EnterRules(name string, version uint64, digest [32]byte, from time.Time) []byte {
	return contracts.NewRegistry().PackPublishRules(crypto.Keccak256Hash([]byte(name)), version, digest, unix(from))
}

// EnterGrant is the call by which a site's keeper lets somebody read it.
func EnterGrant(id [32]byte, site [16]byte, reader [32]byte, until time.Time) []byte {
	return contracts.NewRegistry().PackGrant(id, site, reader, unix(until))
}

// RevokeGrant is the call by which a permission to read is taken back.
func RevokeGrant(id [32]byte) []byte { return contracts.NewRegistry().PackRevoke(id) }

// registrySentence is what a call of Registry enters; empty for one that enters nothing.
func registrySentence(method string, args []any) string {
	key := func(i int) string { return fmt.Sprintf("0x%x", args[i].([32]byte)) }
	site := func(i int) string { return fmt.Sprintf("%x", args[i].([16]byte)) }
	from := func(i int) string {
		if s := args[i].(uint64); s != 0 {
			return "from " + clock(s)
		}
		return "from the beginning"
	}
	until := func(i int) string {
		if s := args[i].(uint64); s != 0 {
			return "until " + clock(s)
		}
		return "for good"
	}
	purpose := func(i int) string {
		switch args[i].(uint8) {
		case anchor.PurposePlan:
			return "coverage plans"
		case anchor.PurposeConfiguration:
			return "configurations"
		}
		return fmt.Sprintf("purpose %d", args[i])
	}
	switch method {
	case "setRegistrar":
		role := fmt.Sprintf("role %d", args[1])
		if n := int(args[1].(uint8)); n < len(roles) {
			role = roles[n]
		}
		may := "may write"
		if !args[2].(bool) {
			may = "may no longer write"
		}
		return fmt.Sprintf("The account 0x%x %s in the register: %s.", args[0].(common.Address), may, role)
	case "setSite":
		if !args[3].(bool) {
			return fmt.Sprintf("The site %s of the department %s is ended: what was shared of it is closed.", site(0), site(1))
		}
		return fmt.Sprintf("The site %s belongs to the department %s; the account 0x%x keeps it and alone may share it. What was shared of it before is closed.", site(0), site(1), args[2].(common.Address))
	case "setGateway":
		return fmt.Sprintf("The gateway key %s belongs to the site %s, %s, %s.", key(0), site(1), from(2), until(3))
	case "revokeGateway":
		return fmt.Sprintf("The gateway key %s is not to be believed since %s.", key(0), clock(args[1].(uint64)))
	case "setSigner":
		return fmt.Sprintf("The key %s signs %s of the site %s, %s, %s.", key(2), purpose(1), site(0), from(3), until(4))
	case "revokeSigner":
		return fmt.Sprintf("The key %s, which signed %s of the site %s, is not to be believed since %s.", key(2), purpose(1), site(0), clock(args[3].(uint64)))
	case "publishRules":
		return fmt.Sprintf("Version %d of the rule set with the name's hash %s has the digest %s and is in force %s.", args[1], key(0), key(2), from(3))
	case "grant":
		return fmt.Sprintf("The reader %s may read the site %s until %s, by the permission %s.", key(2), site(1), clock(args[3].(uint64)), key(0))
	case "revoke":
		return fmt.Sprintf("The permission %s to read is taken back.", key(0))
	}
	return ""
}

func clock(s uint64) string { return time.Unix(int64(s), 0).UTC().Format(time.RFC3339) }

// Tell says in words what the register holds under a key, in the newest block.
func (r *Register) Tell(ctx context.Context, kind anchor.Fact, key [32]byte) (string, error) {
	id := fmt.Sprintf("0x%x", key)
	var data []byte
	switch kind {
	case anchor.FactSite:
		id = fmt.Sprintf("%x", key[:16])
		data = r.abi.PackSites([16]byte(key[:16]))
	case anchor.FactGateway:
		data = r.abi.PackGateways(key)
	case anchor.FactSigner:
		data = r.abi.PackSigners(key)
	case anchor.FactRules:
		data = r.abi.PackRuleSets(key)
	case anchor.FactGrant:
		data = r.abi.PackGrants(key)
	default:
		return "", fmt.Errorf("kind %d of entry", kind)
	}
	out, err := r.chain.eth.CallContract(ctx, ethereum.CallMsg{To: &r.address, Data: data}, nil)
	if err == nil && len(out) == 0 {
		err = errors.New("no answer: no contract there")
	}
	if err != nil {
		return "", fmt.Errorf("register %x: %s %s: %w", r.address, kind, id, err)
	}
	unknown := fmt.Sprintf("The register knows no %s %s.", kind, id)
	lasts := func(from, until, revoked uint64) string {
		s := "from the beginning"
		if from != 0 {
			s = "from " + clock(from)
		}
		if until != 0 {
			s += " until " + clock(until)
		}
		if revoked != 0 {
			s += "; not to be believed since " + clock(revoked)
		}
		return s
	}
	switch kind {
	case anchor.FactSite:
		x, err := r.abi.UnpackSites(out)
		switch {
		case err != nil:
			return "", err
		case x.Department == [16]byte{}:
			return unknown, nil
		case !x.Open:
			return fmt.Sprintf("The site %s of the department %x was ended at %s.", id, x.Department, clock(x.Since)), nil
		}
		return fmt.Sprintf("The site %s belongs to the department %x since %s; the account 0x%x keeps it.", id, x.Department, clock(x.Since), x.Keeper), nil
	case anchor.FactGateway:
		x, err := r.abi.UnpackGateways(out)
		if err != nil || x.Site == [16]byte{} {
			return unknown, err
		}
		return fmt.Sprintf("The gateway key %s belongs to the site %x, %s.", id, x.Site, lasts(x.From, x.Until, x.Revoked)), nil
	case anchor.FactSigner:
		x, err := r.abi.UnpackSigners(out)
		if err != nil || x.Site == [16]byte{} {
			return unknown, err
		}
		return fmt.Sprintf("The signer %s is one of the site %x, %s.", id, x.Site, lasts(x.From, x.Until, x.Revoked)), nil
	case anchor.FactRules:
		x, err := r.abi.UnpackRuleSets(out)
		if err != nil || x.Version == 0 {
			return unknown, err
		}
		return fmt.Sprintf("The rule set %s is version %d under the name's hash 0x%x, in force from %s.", id, x.Version, x.Name, clock(x.From)), nil
	}
	x, err := r.abi.UnpackGrants(out)
	if err != nil || x.Site == [16]byte{} {
		return unknown, err
	}
	may, err := r.MayRead(ctx, time.Now(), key, x.Site, x.Grantee)
	stands := "It stands."
	if !may {
		stands = "It does not stand: it ended, was taken back, or the site was handed over or ended."
	}
	return fmt.Sprintf("The permission %s lets the reader 0x%x read the site %x, from %s until %s. %s", id, x.Grantee, x.Site, clock(x.From), clock(x.Until), stands), err
}
