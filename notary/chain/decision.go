package chain

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"fieldseal/notary/contracts"
)

// RegisterLog is the call of Anchors by which a log is registered.
func RegisterLog(logID [32]byte, writer [20]byte, cosigners uint8, rate uint64) []byte {
	return contracts.NewAnchors().PackRegister(logID, writer, cosigners, new(big.Int).SetUint64(rate))
}

// BoundLog is the call of Anchors by which a log is given other rules to keep to.
func BoundLog(logID [32]byte, cosigners uint8, rate uint64) []byte {
	return contracts.NewAnchors().PackBound(logID, cosigners, new(big.Int).SetUint64(rate))
}

// CloseLog is the call of Anchors by which a log is closed.
func CloseLog(logID [32]byte, size uint64, successor [32]byte) []byte {
	return contracts.NewAnchors().PackClose(logID, size, successor)
}

// StopLog is the call of Anchors by which a log is stopped or let go on.
func StopLog(logID [32]byte, stopped bool) []byte {
	return contracts.NewAnchors().PackStop(logID, stopped)
}

// ReplaceWriter is the call of Anchors by which a log gets another writer.
func ReplaceWriter(logID [32]byte, writer [20]byte) []byte {
	return contracts.NewAnchors().PackReplace(logID, writer)
}

// SetOrganisation is the call of Governance by which an organisation is put in,
// changed or, with weight 0, taken out; threshold holds from then on. An
// organisation is known by its name.
func SetOrganisation(o Organisation, threshold uint32) []byte {
	return contracts.NewGovernance().PackSetOrganisation(o.packed(), threshold)
}

// SetRules is the call of Governance by which the rules of deciding change.
func SetRules(threshold uint32, period time.Duration) []byte {
	return contracts.NewGovernance().PackSetRules(threshold, uint64(period/time.Second))
}

// packed is the organisation as the contract takes it.
func (o Organisation) packed() contracts.GovernanceOrganisation {
	if o.Cosigner == [20]byte{} {
		o.Cosigner = o.Key
	}
	return contracts.GovernanceOrganisation{Id: crypto.Keccak256Hash([]byte(o.Name)), Name: o.Name, Key: o.Key, Cosigner: o.Cosigner, Weight: o.Weight}
}

// Names are what people call what the chain knows by a hash.
type Names struct {
	Logs          map[[32]byte]string // origins by log id
	Organisations map[[32]byte]string // names by id
}

// log names a log by its origin if that is known here.
func (n Names) log(id [32]byte) string {
	if o, ok := n.Logs[id]; ok {
		return o
	}
	return fmt.Sprintf("with id 0x%x (its origin is not known here; --origin ORIGIN compares one)", id)
}

// Words says as a sentence what a proposed call decides. A call without a sentence
// of its own is given with every argument by name. False: no release of ours makes
// such a call.
func Words(data []byte, names Names) (string, bool) {
	if len(data) < 4 {
		return "", false
	}
	for _, c := range []struct {
		name string
		meta string
	}{{"Anchors", contracts.AnchorsMetaData.ABI}, {"Governance", contracts.GovernanceMetaData.ABI}, {"Registry", contracts.RegistryMetaData.ABI}} {
		known, err := abi.JSON(strings.NewReader(c.meta))
		if err != nil {
			continue // the generated ABI parses, a test calls this
		}
		m, err := known.MethodById(data[:4])
		if err != nil {
			continue
		}
		args, err := m.Inputs.Unpack(data[4:])
		if err != nil {
			return "", false
		}
		// Bytes that a decoder passes over could say another thing elsewhere.
		if again, err := m.Inputs.Pack(args...); err != nil || string(again) != string(data[4:]) {
			return "", false
		}
		if s := names.sentence(c.name+"."+m.RawName, args); s != "" {
			return s, true
		}
		var s strings.Builder
		fmt.Fprintf(&s, "%s: %s", c.name, m.RawName)
		for i, in := range m.Inputs {
			switch v := args[i].(type) {
			case [32]byte:
				fmt.Fprintf(&s, ", %s 0x%x", in.Name, v)
			case *big.Int:
				fmt.Fprintf(&s, ", %s %v", in.Name, v)
			case [16]byte:
				fmt.Fprintf(&s, ", %s 0x%x", in.Name, v)
			default:
				fmt.Fprintf(&s, ", %s %+v", in.Name, v)
			}
		}
		return s.String(), true
	}
	return "", false
}

// sentence is the decision that a call makes; empty for one that has none.
func (n Names) sentence(call string, args []any) string {
	log := func() string { return n.log(args[0].([32]byte)) }
	account := func(i int) string { return fmt.Sprintf("0x%x", args[i].(common.Address)) }
	rules := func(cosigners uint8, rate *big.Int) string {
		asks := "no cosignatures"
		if cosigners == 1 {
			asks = "a cosignature of 1 organisation for each checkpoint"
		} else if cosigners > 1 {
			asks = fmt.Sprintf("cosignatures of %d organisations for each checkpoint", cosigners)
		}
		return fmt.Sprintf("it asks for %s, and may grow by at most %v entries a second", asks, rate)
	}
	if method, ok := strings.CutPrefix(call, "Registry."); ok {
		return registrySentence(method, args)
	}
	switch call {
	case "Anchors.register":
		return fmt.Sprintf("Register the log %s. Only the account %s may anchor it; %s.", log(), account(1), rules(args[2].(uint8), args[3].(*big.Int)))
	case "Anchors.replace":
		return fmt.Sprintf("Give the log %s another writer: from then on only the account %s may anchor it. What is anchored stays.", log(), account(1))
	case "Anchors.bound":
		return fmt.Sprintf("Change the rules of the log %s: %s.", log(), rules(args[1].(uint8), args[2].(*big.Int)))
	case "Anchors.stop":
		if args[1].(bool) {
			return fmt.Sprintf("Stop the log %s: nothing can be anchored in it until the organisations let it go on.", log())
		}
		return fmt.Sprintf("Let the stopped log %s go on.", log())
	case "Anchors.close":
		next := "No log goes on in its place"
		if id := args[2].([32]byte); id != [32]byte{} {
			next = "In its place goes on the log " + n.log(id)
		}
		return fmt.Sprintf("Close the log %s for ever: its history ends with entry %d, and what is anchored above is no part of it. %s.", log(), args[1].(uint64), next)
	case "Governance.setRules":
		return fmt.Sprintf("From then on weight %d decides, and a proposal stays open for %s.", args[0].(uint32), time.Duration(args[1].(uint64))*time.Second)
	case "Governance.setOrganisation":
		o := *abi.ConvertType(args[0], new(contracts.GovernanceOrganisation)).(*contracts.GovernanceOrganisation)
		threshold := fmt.Sprintf("From then on weight %d decides.", args[1].(uint32))
		was, in := n.Organisations[o.Id]
		switch {
		case o.Weight == 0 && in:
			return fmt.Sprintf("Take the organisation %q out: its keys count no longer. %s", was, threshold)
		case o.Weight == 0:
			return fmt.Sprintf("Take the organisation with id 0x%x out. %s", o.Id, threshold)
		case in:
			return fmt.Sprintf("Change the organisation %q: it is called %q, its weight is %d, it decides by the account 0x%x and cosigns by 0x%x. A key that it had before and has no longer never serves again. %s", was, o.Name, o.Weight, o.Key, o.Cosigner, threshold)
		}
		return fmt.Sprintf("Put the organisation %q in with weight %d: it decides by the account 0x%x and cosigns by 0x%x. %s", o.Name, o.Weight, o.Key, o.Cosigner, threshold)
	}
	return ""
}
