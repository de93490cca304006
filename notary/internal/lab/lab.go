// Package lab sets up a whole notary in memory for the tests of its rooms: a
// log, a register, an authority's desk and gateways with real keys.
//
// It is not part of the product; nothing but tests imports it.
package lab

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/wire"
	"fieldseal/notary/access"
	"fieldseal/notary/authority"
	"fieldseal/notary/enrol"
	"fieldseal/notary/intake"
	"fieldseal/notary/log"
	"fieldseal/notary/store"
	"fieldseal/notary/store/storetest"
)

// Origin of every log made here.
const Origin = "log.example/1"

// Notary is a notary in memory with a running log.
type Notary struct {
	t             testing.TB
	Disk          *storetest.Disk
	Store         store.Store
	Log           *log.Log
	LogKey        string // verifier key text
	CA            *access.CA
	Registry      *enrol.Registry
	Desk          *authority.Desk
	Admitted      func(uint64, *batch.Signed, *batch.Payload) // nil: nobody asks
	Authority     cose.Ed25519Signer
	Supervision   cose.Ed25519Signer
	LogStatements cose.Ed25519Signer // the log's key
	ChainKey      note.Signer        // signs block notes
	ChainNote     note.Verifier
	Contract      [20]byte
	CodeHash      [32]byte
	ChainID       uint64

	Intake *intake.Intake

	signer    note.Signer
	stop      func()
	offset    time.Duration
	chainText string
	mu        sync.Mutex
	refused   *wire.Refusal
}

// Key draws an Ed25519 key.
func Key(t testing.TB) cose.Ed25519Signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return cose.Ed25519Signer(k)
}

// NoteKey draws a key for signed notes.
func NoteKey(t testing.TB, name string) (note.Signer, string, cose.Ed25519Signer) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	raw := secretBytes(t, secret)
	return s, public, cose.Ed25519Signer(ed25519.NewKeyFromSeed(raw))
}

// Options change what [New] makes.
type Options struct {
	ChainID  uint64
	Contract [20]byte
	CodeHash [32]byte
	Store    store.Store // nil: in memory
}

// New begins a log and opens everything on it.
func New(t testing.TB, o Options) *Notary {
	t.Helper()
	n := &Notary{t: t, Disk: storetest.NewDisk(), Authority: Key(t), Supervision: Key(t), ChainID: o.ChainID, Contract: o.Contract, CodeHash: o.CodeHash}
	n.Store = o.Store
	if n.Store == nil {
		n.Store = n.Disk.Open()
	}
	var err error
	var logKey cose.Ed25519Signer
	n.signer, n.LogKey, logKey = NoteKey(t, Origin)
	n.LogStatements = logKey
	chainSigner, chainText, chainKey := NoteKey(t, Origin+"/chain")
	n.ChainKey = chainSigner
	n.chainText = chainText
	if n.ChainNote, err = checkpoint.ParseVerifier(chainText); err != nil {
		t.Fatal(err)
	}
	chain := chainKey.Public()
	g, body, err := statement.Sign(logKey, rand.Reader, Origin, n.Now().UnixMicro(), &statement.Genesis{
		LogKey: logKey.Public(), Authority: n.Authority.Public(), ChainKey: &chain, ChainID: o.ChainID, Contract: o.Contract, CodeHash: o.CodeHash})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Create(n.options(), g, body); err != nil {
		t.Fatal(err)
	}
	if n.CA, err = access.Init(t.TempDir(), Origin, n.Now); err != nil {
		t.Fatal(err)
	}
	n.Start()
	return n
}

// Now is the notary's clock.
func (n *Notary) Now() time.Time { return time.Now().Add(n.offset) }

// Advance moves the notary's clock.
func (n *Notary) Advance(d time.Duration) { n.offset += d }

func (n *Notary) options() log.Options {
	v, err := checkpoint.ParseVerifier(n.LogKey)
	if err != nil {
		n.t.Fatal(err)
	}
	return log.Options{Store: n.Store, Signer: n.signer, Key: v, CheckpointEvery: 5 * time.Millisecond,
		Log: slog.New(slog.DiscardHandler), Now: n.Now}
}

// Start opens the log and its rooms and runs them until Stop or the test's end.
func (n *Notary) Start() {
	n.t.Helper()
	var err error
	if n.Log, err = log.Open(n.options()); err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := n.Log.Run(ctx); err != nil {
			n.t.Error(err)
		}
	}()
	stopped := false
	n.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			<-done
		}
	}
	n.t.Cleanup(n.stop)
	if n.Registry, err = enrol.Open(n.Store, rand.Reader, n.Now); err != nil {
		n.t.Fatal(err)
	}
	n.Intake, err = intake.New(intake.Config{Log: n.Log, Store: n.Store, Registry: enrolled{n.Registry}, Anchors: noAnchors{}, Down: n.down,
		Admitted: func(index uint64, h *batch.Signed, p *batch.Payload) {
			if n.Admitted != nil {
				n.Admitted(index, h, p)
			}
		},
		Rate: 1e6, Burst: 1e6, ByteRate: 1e9, ByteBurst: 1e9, Logger: slog.New(slog.DiscardHandler), Now: n.Now})
	if err != nil {
		n.t.Fatal(err)
	}
	n.Desk, err = authority.Open(authority.Config{Log: n.Log, Registry: n.Registry, Authority: n.Authority.Public(),
		Supervision: []cose.Key{n.Supervision.Public()}, Now: n.Now})
	if err != nil {
		n.t.Fatal(err)
	}
}

// Restart stops and starts again on what is stored.
func (n *Notary) Restart() {
	n.t.Helper()
	n.stop()
	n.Start()
}

// On is the same notary, with the same keys, started on another store, such as a
// copy of its disk at some moment.
func (n *Notary) On(s store.Store) *Notary {
	n.t.Helper()
	c := &Notary{t: n.t, Disk: n.Disk, Store: s, LogKey: n.LogKey, LogStatements: n.LogStatements, CA: n.CA, Authority: n.Authority, Supervision: n.Supervision,
		ChainKey: n.ChainKey, ChainNote: n.ChainNote, Contract: n.Contract, CodeHash: n.CodeHash, ChainID: n.ChainID,
		signer: n.signer, offset: n.offset, chainText: n.chainText}
	c.Start()
	return c
}

// Stop stops the log. It may be started again.
func (n *Notary) Stop() { n.stop() }

// Gateway is an enrolled gateway's side.
type Gateway struct {
	enrol.Entry
	Signer cose.Ed25519Signer
	TLS    ed25519.PrivateKey
	PEM    []byte
	Code   wire.Code
}

// Ask makes a pending gateway.
func (n *Notary) Ask(site, gateway string) *Gateway {
	n.t.Helper()
	code, _, err := n.Registry.Order(enrol.Order{Site: site, SiteName: "Site " + site, Gateway: gateway}, n.CA, n.LogKey)
	if err != nil {
		n.t.Fatal(err)
	}
	g := &Gateway{Signer: Key(n.t), TLS: ed25519.PrivateKey(Key(n.t)), Code: code}
	if g.Entry, g.PEM, err = n.Registry.Enrol(g.Request(n.t), n.CA); err != nil {
		n.t.Fatal(err)
	}
	return g
}

// Request is the gateway's enrolment request.
func (g *Gateway) Request(t testing.TB) wire.EnrolRequest {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(g.TLS.Public())
	if err != nil {
		t.Fatal(err)
	}
	k := g.Signer.Public()
	proof, err := g.Signer.Sign(wire.ProofMessage(g.Code.Secret[:], k, der))
	if err != nil {
		t.Fatal(err)
	}
	return wire.EnrolRequest{Secret: g.Code.Secret[:], Alg: int64(k.Alg), Key: k.Raw, Proof: proof, TLSKey: der, Software: "lab"}
}

// Enrol makes an enrolled gateway, with a status list.
func (n *Notary) Enrol(site, gateway string) *Gateway {
	n.t.Helper()
	g := n.Ask(site, gateway)
	n.SignPending()
	g.Entry, _ = n.Registry.Get(g.Gateway)
	return g
}

// SignPending has the authority sign what waits.
func (n *Notary) SignPending() {
	n.t.Helper()
	a, err := authority.Sign(n.Authority, rand.Reader, n.Now(), n.Desk.Requests())
	if err != nil {
		n.t.Fatal(err)
	}
	for _, s := range a.Statements {
		if _, err := n.Desk.Submit(n.t.Context(), s); err != nil {
			n.t.Fatal(err)
		}
	}
}

// Settle waits until a checkpoint covers all that is in the log.
func (n *Notary) Settle() log.Signed {
	n.t.Helper()
	s, err := n.Log.WaitSigned(n.t.Context(), n.Log.Size()-1)
	if err != nil {
		n.t.Fatal(err)
	}
	return s
}

// secretBytes takes the seed out of a note's private key text,
// PRIVATE+KEY+name+hash+base64(algorithm, seed).
func secretBytes(t testing.TB, secret string) []byte {
	t.Helper()
	parts := strings.SplitN(secret, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil {
		t.Fatal(err)
	}
	return raw[1:]
}
