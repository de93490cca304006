package anchor

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// otherFields are a header with one thing changed each, written as RLP that reads:
// every field by its name, each part of a BFT chain's extraData, and a field more
// and a field less.
func otherFields(t *testing.T, p Profile, header []byte) map[string][]byte {
	t.Helper()
	_, items, err := parseHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	raw := func(items []item) (out [][]byte) {
		for _, it := range items {
			out = append(out, it.raw)
		}
		return out
	}
	out := map[string][]byte{}
	put := func(name string, i int, body []byte) {
		fields := raw(items)
		fields[i] = rlpString(body)
		out[name] = rlpList(fields...)
	}
	for i, it := range items {
		f := headerFields[i]
		switch body := bytes.Clone(it.body); {
		case f.kind == 'n' && len(body) == 0:
			put(f.name, i, []byte{1})
		case f.kind == 'n' && len(body) == 1 && body[0] == 1:
			put(f.name, i, []byte{2})
		case i != extraField:
			body[len(body)-1] ^= 1
			put(f.name, i, body)
		}
	}
	fields := raw(items)
	if len(items) == 15 {
		out["a base fee besides"] = rlpList(append(slices.Clone(fields), rlpString([]byte{7}))...)
	} else {
		out["without its last field"] = rlpList(fields[:len(fields)-1]...)
	}

	extra, at := items[extraField].body, 0
	if p == IBFT1 {
		at = vanitySize
	}
	parts, err := readWhole(extra[at:])
	if err != nil {
		t.Fatal(err)
	}
	list := func(name string, i int, part []byte) {
		all := raw(parts)
		all[i] = part
		put("extraData: "+name, extraField, append(bytes.Clone(extra[:at]), rlpList(all...)...))
	}
	names := []string{"vanity", "validators", "vote", "round", "seals"}
	if p == IBFT1 {
		names = []string{"validators", "proposer's seal", "seals"}
		put("extraData: vanity", extraField, append([]byte{extra[0] ^ 1}, extra[1:]...))
	}
	if len(parts) != len(names) {
		t.Fatalf("%d parts of extraData", len(parts))
	}
	for i, name := range names {
		switch {
		case name == "vanity" || name == "proposer's seal":
			b := bytes.Clone(parts[i].body)
			b[5] ^= 1
			list(name, i, rlpString(b))
		case name == "validators":
			all, err := parts[i].items()
			if err != nil {
				t.Fatal(err)
			}
			more := append(raw(all), rlpString(bytes.Repeat([]byte{7}, 20)))
			list("one validator more", i, rlpList(more...))
			if len(all) > 0 {
				list("one validator less", i, rlpList(raw(all)[1:]...))
			}
		case name == "vote" && len(parts[i].body) == 0:
			list("a vote besides", i, rlpList(rlpString(make([]byte, 20)), rlpString([]byte{0xff})))
		case name == "vote":
			list("no vote", i, rlpList())
			v, err := readVote(parts[i])
			if err != nil {
				t.Fatal(err)
			}
			said := []byte{0xff}
			if v.add {
				said = nil
			}
			list("the vote turned round", i, rlpList(rlpString(v.about[:]), rlpString(said)))
		case name == "round":
			round := bytes.Clone(parts[i].body)
			if len(round) == 0 {
				round = []byte{1}
			} else {
				round[len(round)-1] += 2
			}
			list("another round", i, rlpString(round))
		case name == "seals":
			seals, err := parts[i].items()
			if err != nil {
				t.Fatal(err)
			}
			list("no seals", i, rlpList())
			for j := range seals {
				all := raw(seals)
				s := bytes.Clone(seals[j].body)
				s[40] ^= 1
				all[j] = rlpString(s)
				list("seal "+decimal(uint64(j+1)), i, rlpList(all...))
			}
		}
	}
	return out
}

// TestNoFieldOfARecordedHeaderMayChange changes each field of each recorded block
// that index.json marks verified, in a header that reads, and has it refused: what
// was sealed is another header.
func TestNoFieldOfARecordedHeaderMayChange(t *testing.T) {
	fields, blocks := map[string]bool{}, 0
	for name, v := range sealVectors(t) {
		if !v.Verified {
			continue
		}
		blocks++
		c := v.chain(v.set())
		for field, header := range otherFields(t, v.Profile, v.HeaderRLP) {
			if bytes.Equal(header, v.HeaderRLP) {
				t.Fatalf("%s: %s is not changed", name, field)
			}
			fields[field] = true
			if _, err := ParseHeader(header); err != nil && !strings.HasPrefix(field, "without") && !strings.HasPrefix(field, "a base fee") {
				t.Fatalf("%s: %s: the test writes a header that does not read: %v", name, field, err)
			}
			if err := checkSeal(header, c); err == nil {
				t.Errorf("%s: %s changed, and it passes", name, field)
			} else if !errors.Is(err, ErrAltered) && !errors.Is(err, ErrUncheckable) && !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %s: %v", name, field, err)
			}
		}
	}
	if blocks != 20 {
		t.Errorf("%d blocks, want 20", blocks)
	}
	// No recorded network has London's base fee; the live Clique network has.
	for i, f := range headerFields[:15] {
		if i != extraField && !fields[f.name] {
			t.Errorf("%s was changed nowhere", f.name)
		}
	}
	for _, part := range []string{"vanity", "one validator more", "one validator less", "a vote besides", "no vote", "the vote turned round", "another round", "proposer's seal", "no seals", "seal 1", "seal 5"} {
		if !fields["extraData: "+part] {
			t.Errorf("extraData: %s was changed nowhere", part)
		}
	}
}

// TestARecordedGenesisIsRefusedAsUnsealed, in these words, whatever set is pinned.
func TestARecordedGenesisIsRefusedAsUnsealed(t *testing.T) {
	v := sealVectors(t)["qbft-goquorum-a-0000-genesis.json"]
	for _, from := range []uint64{0, 1} {
		set := v.set()
		set.From = from
		if err := checkSeal(v.HeaderRLP, v.chain(set)); !errors.Is(err, ErrUncheckable) || !strings.Contains(err.Error(), "sealed by nobody") {
			t.Errorf("a set from block %d: %v", from, err)
		}
	}
}
