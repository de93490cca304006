package cosign

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/merkle"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/api/client"
	"fieldseal/notary/chain"
	"fieldseal/notary/log"
)

const origin = "log.example/yard"

// tree is a log in memory that can be made to show another history.
type tree struct {
	leaves []merkle.Hash
	key    note.Signer
}

func (x *tree) grow(to int, world string) {
	for i := len(x.leaves); i < to; i++ {
		x.leaves = append(x.leaves, merkle.Leaf(fmt.Appendf(nil, "%s %d", world, i)))
	}
}

func (x *tree) at(size uint64) merkle.Hash           { return merkle.Root(x.leaves[:size]) }
func (x *tree) Origin() string                       { return origin }
func (x *tree) RootAt(s uint64) (merkle.Hash, error) { return x.at(s), nil }
func (x *tree) Note(s uint64) ([]byte, error) {
	return checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Size: s, Root: x.at(s)}, x.key)
}

func (x *tree) Consistency(size uint64, _ merkle.Hash, c checkpoint.Checkpoint) ([]merkle.Hash, error) {
	if size == 0 || size == c.Size {
		return nil, nil
	}
	return subproof(int(size), x.leaves[:c.Size], true), nil
}

// subproof is RFC 6962 §2.1.2.
func subproof(m int, leaves []merkle.Hash, whole bool) []merkle.Hash {
	n := len(leaves)
	if m == n {
		if whole {
			return nil
		}
		return []merkle.Hash{merkle.Root(leaves)}
	}
	k := 1
	for 2*k < n {
		k *= 2
	}
	if m <= k {
		return append(subproof(m, leaves[:k], whole), merkle.Root(leaves[k:]))
	}
	return append(subproof(m-k, leaves[k:], false), merkle.Root(leaves[:k]))
}

func (x *tree) newest() anchorer.Checkpoint {
	n := uint64(len(x.leaves))
	return anchorer.Checkpoint{Size: n, Root: x.at(n)}
}

// contract is the contract and every node's view of it.
type contract struct {
	who    map[[20]byte]string
	seat   chain.Seat
	slot   [32]byte
	chain  uint64
	failed error
}

func (c *contract) ToCosign(size uint64, root [32]byte) chain.Cosigned {
	return chain.Cosigned{ChainID: c.chain, Contract: [20]byte{5}, LogID: anchor.LogID(origin), Size: size, Root: root}
}
func (c *contract) Cosigners(context.Context) (map[[20]byte]string, error) { return c.who, c.failed }
func (c *contract) Newest(context.Context, uint64) (chain.Seat, error)     { return c.seat, c.failed }
func (c *contract) Slot(context.Context, uint64, uint64) ([32]byte, error) { return c.slot, c.failed }

func (c *contract) anchor(x *tree, size uint64) {
	c.seat = chain.Seat{Size: size, Number: 9, Time: 99}
	c.slot = anchor.Slot(x.at(size), size, 9, 99)
}

// wire asks a desk as the API does.
type wire struct{ d *Desk }

func (w wire) JSON(ctx context.Context, method, path string, in, out any) (err error) {
	if method == http.MethodPost {
		c := in.(client.Cosignature)
		raw, err := hex.DecodeString(c.Cosignature)
		if err != nil {
			return err
		}
		out.(*client.CosignTaken).Organisation, err = w.d.Take(ctx, c.Size, chain.Cosignature(raw))
		return err
	}
	u, err := url.Parse(path)
	if err != nil {
		return err
	}
	from, err := strconv.ParseUint(u.Query().Get("from"), 10, 64)
	if err != nil {
		return err
	}
	a, err := w.d.Ask(from)
	if errors.Is(err, ErrNothing) {
		return nil
	}
	*out.(*client.CosignAsk) = a
	return err
}

// scene is a desk and three organisations.
type scene struct {
	*tree
	*contract
	desk *Desk
	orgs []*Organisation
	now  time.Time
}

func newScene(t *testing.T) *scene {
	seed := ed25519.NewKeyFromSeed(make([]byte, 32))
	vkey, err := note.NewEd25519VerifierKey(origin, seed.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{tree: &tree{key: log.NewSigner(origin, seed)}, contract: &contract{who: map[[20]byte]string{}, chain: 7}, now: time.Unix(1000, 0)}
	quiet := slog.New(slog.DiscardHandler)
	s.desk = New(Config{Contract: s.contract, Log: s.tree, Interval: 15 * time.Second, Logger: quiet, Now: func() time.Time { return s.now }})
	dir := t.TempDir()
	for _, name := range []string{"Builder", "City", "Court"} {
		a, err := chain.OpenAccount(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		s.who[a.Address()] = name
		s.orgs = append(s.orgs, &Organisation{Origin: origin, LogKey: verifier, Notary: wire{s.desk}, Node: s.contract,
			Final: func(context.Context) (uint64, error) { return 100, nil }, Account: a, State: filepath.Join(dir, name+".cosigned"), Logger: quiet})
	}
	return s
}

func (s *scene) collect(t *testing.T) (anchorer.Checkpoint, []chain.Cosignature, error) {
	t.Helper()
	return s.desk.Collect(t.Context(), s.newest(), 2)
}

func TestACheckpointIsAnchoredOnceEnoughHaveCosignedIt(t *testing.T) {
	s := newScene(t)
	s.grow(5, "one")
	if _, err := s.orgs[0].Once(t.Context()); !errors.Is(err, ErrNothing) {
		t.Fatalf("nothing was asked: %v", err)
	}
	var collecting *anchorer.CollectingError
	if _, _, err := s.collect(t); !errors.As(err, &collecting) {
		t.Fatal(err)
	}
	s.grow(8, "one") // the log does not wait
	if size, err := s.orgs[0].Once(t.Context()); err != nil || size != 5 {
		t.Fatalf("size %d, %v", size, err)
	}
	if size, err := s.orgs[0].Once(t.Context()); err != nil || size != 5 { // again, as after a lost answer
		t.Fatalf("size %d, %v", size, err)
	}
	s.now = s.now.Add(time.Minute)
	var held *anchorer.HeldError
	if _, _, err := s.collect(t); !errors.As(err, &held) || !strings.Contains(held.Why, "1 of 2 came (Builder); nothing came from City, Court") {
		t.Fatal(err)
	}
	if _, err := s.orgs[2].Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	cp, got, err := s.collect(t)
	if err != nil || cp.Size != 5 || len(got) != 2 {
		t.Fatalf("%d with %d cosignatures, %v", cp.Size, len(got), err)
	}
	for _, c := range got {
		if by, err := s.ToCosign(5, s.at(5)).By(c); err != nil || s.who[by] == "" {
			t.Fatalf("by %x, %v", by, err)
		}
	}
	// The next round is about the newest.
	if _, _, err := s.collect(t); !errors.As(err, &collecting) {
		t.Fatal(err)
	}
	for _, o := range s.orgs {
		if size, err := o.Once(t.Context()); err != nil || size != 8 {
			t.Fatalf("size %d, %v", size, err)
		}
	}
	delete(s.who, s.orgs[0].Account.Address()) // taken out by the others: it counts no longer
	if cp, got, err = s.collect(t); err != nil || cp.Size != 8 || len(got) != 2 {
		t.Fatalf("%d with %d cosignatures, %v", cp.Size, len(got), err)
	}
}

func TestWhoWaitsLongIsAskedForTheNewest(t *testing.T) {
	s := newScene(t)
	s.grow(5, "one")
	_, _, _ = s.collect(t)
	s.grow(9, "one")
	s.now = s.now.Add(time.Hour)
	_, _, _ = s.collect(t)
	if size, err := s.orgs[0].Once(t.Context()); err != nil || size != 9 {
		t.Fatalf("size %d, %v", size, err)
	}
}

func TestAnOrganisationNeverSignsTwoHistories(t *testing.T) {
	ask := func(s *scene) {
		s.desk.asked = nil
		_, _, _ = s.collect(t)
	}
	for name, tc := range map[string]struct {
		change func(s *scene)
		want   error
	}{
		"another history":          {func(s *scene) { s.leaves = nil; s.grow(12, "two") }, ErrInconsistent},
		"another root at the size": {func(s *scene) { s.leaves = nil; s.grow(8, "two") }, ErrInconsistent},
		"an old copy":              {func(s *scene) { s.leaves = s.leaves[:6] }, ErrInconsistent},
		"an old copy, and the memory is lost": {func(s *scene) {
			s.contract.anchor(s.tree, 8)
			s.leaves = s.leaves[:6]
			os.Remove(s.orgs[0].State)
		}, ErrInconsistent},
		"another history, and the memory is lost": {func(s *scene) {
			s.contract.anchor(s.tree, 8)
			s.leaves = nil
			s.grow(12, "two")
			os.Remove(s.orgs[0].State)
		}, ErrInconsistent},
		"another chain": {func(s *scene) { s.orgs[0].Node = &contract{chain: 8, who: s.who} }, nil},
		"another log's memory": {func(s *scene) {
			os.WriteFile(s.orgs[0].State, []byte(`{"format":"fieldseal-cosigned/1","origin":"x"}`), 0o600)
		}, nil},
		"a memory that is damaged": {func(s *scene) { os.WriteFile(s.orgs[0].State, []byte(`{`), 0o600) }, nil},
		"no memory can be kept":    {func(s *scene) { s.grow(9, "one"); s.orgs[0].State += "/x" }, nil},
		"not a cosigner":           {func(s *scene) { delete(s.who, s.orgs[0].Account.Address()) }, ErrNotCosigner},
		"its node is away":         {func(s *scene) { s.failed = errors.New("no such host") }, nil},
		"closed":                   {func(s *scene) { s.seat.Closed = true }, nil},
		"another key": {func(s *scene) {
			s.tree.key = log.NewSigner(origin, ed25519.NewKeyFromSeed(append(make([]byte, 31), 1)))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.grow(8, "one")
			ask(s)
			if _, err := s.orgs[0].Once(t.Context()); err != nil {
				t.Fatal(err)
			}
			tc.change(s)
			ask(s)
			size, err := s.orgs[0].Once(t.Context())
			if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Fatalf("signed %d, %v", size, err)
			}
			if s.desk.asked != nil && len(s.desk.asked.have) != 0 {
				t.Fatal("a cosignature left the organisation")
			}
		})
	}
}

func TestTheDeskTakesOnlyWhatItAsked(t *testing.T) {
	s := newScene(t)
	s.grow(5, "one")
	_, _, _ = s.collect(t)
	sign := func(c chain.Cosigned, a *chain.Account) chain.Cosignature {
		t.Helper()
		sig, err := a.Cosign(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	stranger, err := chain.OpenAccount(filepath.Join(t.TempDir(), "stranger"))
	if err != nil {
		t.Fatal(err)
	}
	right := s.ToCosign(5, s.at(5))
	wrong := right
	wrong.Root[0] ^= 1
	if _, err := s.desk.Take(t.Context(), 4, sign(right, s.orgs[0].Account)); !errors.Is(err, ErrNotAsked) {
		t.Fatal(err)
	}
	for _, sig := range []chain.Cosignature{sign(wrong, s.orgs[0].Account), sign(right, stranger), {}} {
		if _, err := s.desk.Take(t.Context(), 5, sig); !errors.Is(err, ErrNotCosigner) {
			t.Fatal(err)
		}
	}
	// Who came in since is known after a moment.
	s.contract.who = map[[20]byte]string{stranger.Address(): "Fire brigade"}
	s.now = s.now.Add(time.Minute)
	if name, err := s.desk.Take(t.Context(), 5, sign(right, stranger)); err != nil || name != "Fire brigade" {
		t.Fatal(name, err)
	}
}
