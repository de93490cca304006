package intake

import (
	"context"
	"errors"
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/wire"
	"fieldseal/notary/store"
)

// takeConfig checks a configuration and its profiles and keeps them by digest.
func (in *Intake) takeConfig(ctx context.Context, g batch.ID, m *wire.Config, size int) error {
	gw, err := in.Registry.Enrolled(g)
	if err == nil {
		err = gw.Refused
	}
	if err != nil {
		return refuse(nil, err)
	}
	if err := in.await(ctx, g, size); err != nil {
		return err
	}
	have := map[[32]byte]bool{}
	group := &store.Group{}
	for i, compiled := range m.Profiles {
		if _, err := profile.Parse(compiled); err != nil {
			return refuse(nil, fmt.Errorf("profile %d: %w", i, err))
		}
		d := profile.Digest(compiled)
		have[d] = true
		if err := in.add(group, store.TableProfile, d, compiled); err != nil {
			return err
		}
	}
	devices, err := checkConfig(m.Leaves)
	if err != nil {
		return refuse(nil, err)
	}
	for _, d := range devices {
		if have[d.Profile] {
			continue
		}
		switch _, err := in.Store.Row(store.TableProfile, d.Profile[:]); {
		case errors.Is(err, store.ErrNotFound):
			return refuse(nil, fmt.Errorf("device %s names profile %x, which did not come and is not here", d.ID, d.Profile))
		case err != nil:
			return err
		}
	}
	if err := in.add(group, store.TableConfig, profile.ConfigRoot(m.Leaves), encodeLeaves(m.Leaves)); err != nil {
		return err
	}
	if len(group.Rows) == 0 {
		return nil // all of it was here
	}
	return in.Store.Commit(group)
}

// add puts a value under its digest into a group unless the store has it.
func (in *Intake) add(g *store.Group, t store.Table, digest merkle.Hash, value []byte) error {
	switch _, err := in.Store.Row(t, digest[:]); {
	case errors.Is(err, store.ErrNotFound):
		g.Rows = append(g.Rows, store.Put{Table: t, Key: digest[:], Value: value})
		return nil
	default:
		return err
	}
}

// checkConfig parses every leaf; devices ascend by id.
func checkConfig(leaves [][]byte) ([]*profile.Device, error) {
	if len(leaves) == 0 {
		return nil, fmt.Errorf("configuration: %w: it has no leaf", cborx.ErrMalformed)
	}
	if _, err := profile.ParseSettings(leaves[0]); err != nil {
		return nil, err
	}
	var out []*profile.Device
	for i, leaf := range leaves[1:] {
		d, err := profile.ParseDevice(leaf)
		if err != nil {
			return nil, fmt.Errorf("leaf %d: %w", i+1, err)
		}
		if len(out) > 0 && out[len(out)-1].ID >= d.ID {
			return nil, fmt.Errorf("configuration: %w: devices are repeated or out of order at %q", cborx.ErrMalformed, d.ID)
		}
		out = append(out, d)
	}
	return out, nil
}

func encodeLeaves(leaves [][]byte) []byte {
	b := cborx.AppendArray(nil, len(leaves))
	for _, l := range leaves {
		b = cborx.AppendBytes(b, l)
	}
	return b
}

// ReadConfig gives the leaves of the configuration with this root, or
// store.ErrNotFound if no gateway has brought it.
func ReadConfig(s store.Store, root merkle.Hash) ([][]byte, error) {
	b, err := s.Row(store.TableConfig, root[:])
	if err != nil {
		return nil, fmt.Errorf("configuration %x: %w", root, err)
	}
	r := cborx.NewReader(b)
	var out [][]byte
	for n := r.Array(profile.MaxDevices + 1); n > 0 && r.Err() == nil; n-- {
		out = append(out, r.Bytes(profile.MaxLeaf))
	}
	if err := r.Done(); err != nil || profile.ConfigRoot(out) != root {
		return nil, fmt.Errorf("configuration %x is damaged in the store (%v)", root, err)
	}
	return out, nil
}

// ReadProfile gives the compiled profile with this digest, or store.ErrNotFound.
func ReadProfile(s store.Store, digest [32]byte) ([]byte, error) {
	b, err := s.Row(store.TableProfile, digest[:])
	if err != nil {
		return nil, fmt.Errorf("profile %x: %w", digest, err)
	}
	if profile.Digest(b) != digest {
		return nil, fmt.Errorf("profile %x is damaged in the store", digest)
	}
	return b, nil
}
