package journal

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/wire"
)

// maxConfig is what one write takes of configuration leaves, in bytes.
const maxConfig = 250_000

// KeepConfig keeps a configuration with its compiled profiles, so that batches
// sealed under it can be explained to the notary however late, and drops those
// that no batch names any more. It returns the configuration's root.
func (j *Journal) KeepConfig(leaves, profiles [][]byte) (merkle.Hash, error) {
	root := profile.ConfigRoot(leaves)
	j.write.Lock()
	defer j.write.Unlock()
	j.mu.Lock()
	_, have := j.configs[root]
	j.mu.Unlock()
	if have {
		return root, nil
	}
	v := cborx.AppendArray(cborx.AppendArray(nil, 2), len(leaves))
	for _, l := range leaves {
		v = cborx.AppendBytes(v, l)
	}
	v = cborx.AppendArray(v, len(profiles))
	for _, p := range profiles {
		d := sha256.Sum256(p)
		v = cborx.AppendBytes(v, d[:])
	}
	if len(v) > maxConfig {
		return root, fmt.Errorf("configuration of %d bytes is above the limit of %d; give the site a second gateway", len(v), maxConfig)
	}
	// Profiles first: a configuration on disk has all of its profiles there.
	for _, p := range profiles {
		d := sha256.Sum256(p)
		if err := j.commit("profile", []change{{key: append([]byte("f/"), d[:]...), value: p}}); err != nil {
			return root, err
		}
	}
	changes := []change{{key: append([]byte("c/"), root[:]...), value: v}}
	unused, err := j.unusedConfigs()
	if err != nil {
		return root, err
	}
	for _, r := range unused {
		changes = append(changes, change{key: append([]byte("c/"), r[:]...)})
	}
	return root, j.commit("config", changes)
}

// unusedConfigs finds configurations that no batch on disk names.
func (j *Journal) unusedConfigs() (out []merkle.Hash, err error) {
	used := map[merkle.Hash]bool{}
	err = j.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte("i/"), PrefetchValues: true, PrefetchSize: 100})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			err := it.Item().Value(func(v []byte) error {
				_, _, root, err := decodeEntry(orderOf(it.Item().Key()), v)
				used[root] = true
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	for r := range j.configs {
		if !used[r] {
			out = append(out, r)
		}
	}
	return out, err
}

// Config gives the message that explains a configuration to the notary.
func (j *Journal) Config(root merkle.Hash) (*wire.Config, error) {
	v, err := j.get(append([]byte("c/"), root[:]...))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fmt.Errorf("configuration %x: %w", root[:4], ErrAbsent)
	}
	r := cborx.NewReader(v)
	r.ArrayOf(2)
	out := &wire.Config{}
	for n := r.Array(profile.MaxDevices + 1); n > 0 && r.Err() == nil; n-- {
		out.Leaves = append(out.Leaves, slices.Clone(r.Bytes(profile.MaxLeaf)))
	}
	var digests [][]byte
	for n := r.Array(profile.MaxDevices); n > 0 && r.Err() == nil; n-- {
		digests = append(digests, slices.Clone(r.Fixed(32)))
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("configuration %x: %w: %w", root[:4], ErrUnreadable, err)
	}
	for _, d := range digests {
		p, err := j.get(append([]byte("f/"), d...))
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, fmt.Errorf("profile %x: %w", d[:4], ErrAbsent)
		}
		out.Profiles = append(out.Profiles, p)
	}
	return out, nil
}
