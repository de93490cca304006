package service

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
	"fieldseal/notary/access"
	"fieldseal/notary/authority"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/notary/log"
	"fieldseal/notary/store/badgerstore"
)

// InitOptions say what a new notary is.
type InitOptions struct {
	Origin    string    // of the log, unique, fixed for good
	Authority *cose.Key // of an authority elsewhere; nil: one is made in the folder
	ChainURL  string    // JSON-RPC of a chain; empty: the embedded one
	Depth     uint64    // blocks that make a block of that chain final
	// Contract is Anchors as several organisations founded it on that chain; nil: an
	// own one is deployed, which the notary's account governs.
	Contract *[20]byte
	// Key is where the chain account is on a chain that others run; the zero value:
	// chain.key of the folder.
	Key chain.KeySource
	// Predecessor is what closing an earlier log wrote, which this one succeeds.
	Predecessor *Closing
	// Joined is filled in by Init where Contract is given; nil: nobody asks.
	Joined *Joined
	Now    time.Time
	Log    *slog.Logger
}

// Joined says what organisations need to know to register the log.
type Joined struct {
	Governor [20]byte // of the contract
	Writer   [20]byte // the notary's account
}

// ErrOpenKey: a key on a chain of others must not lie open.
var ErrOpenKey = errors.New("the account of a chain that others run is kept encrypted, or with an external signer")

// ErrInitialised: the folder is a notary already.
var ErrInitialised = errors.New("folder holds a notary already")

// Init makes a notary in a folder: keys, certificate authority, contract, and the
// log with its genesis entry. After a crash in between it goes on where it
// stopped; a folder that is a notary already is left alone.
func Init(ctx context.Context, d Folder, o InitOptions) (*Identity, error) {
	if err := CheckOrigin(o.Origin); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	if _, err := d.Identity(); !errors.Is(err, ErrNoFolder) {
		if err == nil {
			err = fmt.Errorf("%s: %w", d, ErrInitialised)
		}
		return nil, err
	}
	logKey, err := d.keyOf(logKeyFile)
	if err != nil {
		return nil, err
	}
	noteKey, err := d.keyOf(noteKeyFile)
	if err != nil {
		return nil, err
	}
	id := &Identity{Format: identityForm, Origin: o.Origin, Created: trust.At(o.Now), Chain: o.ChainURL}
	if o.Authority != nil {
		id.Authority = trust.Key{Key: *o.Authority}
	} else {
		k, err := d.keyOf(authority.KeyFile)
		if err != nil {
			return nil, err
		}
		id.Authority = trust.Key{Key: k.Public()}
	}
	if _, err := access.Open(string(d), time.Now); errors.Is(err, fs.ErrNotExist) {
		_, err = access.Init(string(d), o.Origin, time.Now)
		if err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	if _, err := access.OpenToken(string(d)); err != nil {
		return nil, err
	}
	if err := d.deploy(ctx, id, o); err != nil {
		return nil, err
	}
	if err := d.begin(id, logKey, noteKey.Public(), o); err != nil {
		return nil, err
	}
	vkey, err := VerifierKey(o.Origin, logKey)
	if err != nil {
		return nil, err
	}
	if err := access.WriteNew(d.path(verifierFile), []byte(vkey+"\n"), 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	b, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	return id, access.WriteNew(d.path(identityFile), append(b, '\n'), 0o644)
}

// openAccount opens the account that sends the log's anchors. Only the embedded
// chain's is made open: it guards nothing but what lies beside it.
func (d Folder) openAccount(ctx context.Context, url string, k chain.KeySource, l *slog.Logger) (*chain.Account, error) {
	if url == embeddedChain {
		return chain.OpenAccount(d.path(chainKeyFile))
	}
	if k.File == "" {
		k.File = d.path(chainKeyFile)
	}
	if k.Signer == "" && k.Passphrase == "" {
		if _, err := os.Stat(k.File); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w: name a passphrase file (chain.passphrase) or a signer (chain.signer, chain.account)", k.File, ErrOpenKey)
		}
	}
	account, err := k.Open(ctx)
	if err == nil && account.LiesOpen() {
		l.Warn("the chain account's key lies open in its file; fieldseal-notary chain key --from encrypts it", "file", k.File)
	}
	return account, err
}

// openChain opens the chain that a notary is anchored in.
func (d Folder) openChain(ctx context.Context, url string, depth uint64, account *chain.Account, l *slog.Logger) (*chain.Chain, error) {
	if url == embeddedChain {
		return chain.OpenEmbedded(d.path(chainFolder), account, l)
	}
	return chain.Dial(ctx, url, depth)
}

// deploy sees to the contract and notes where the log is anchored.
func (d Folder) deploy(ctx context.Context, id *Identity, o InitOptions) (err error) {
	if id.Chain == "" {
		id.Chain = embeddedChain
	}
	account, err := d.openAccount(ctx, id.Chain, o.Key, o.Log)
	if err != nil {
		return err
	}
	c, err := d.openChain(ctx, id.Chain, o.Depth, account, o.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	var contract [20]byte
	if o.Contract == nil {
		if contract, err = c.Deploy(ctx, anchor.LogID(id.Origin), account); err != nil {
			return fmt.Errorf("chain account 0x%x: %w", account.Address(), err)
		}
	} else if contract = *o.Contract; c.Local() {
		return errors.New("a contract is joined on a chain that others run: name it with --chain-url")
	}
	zero, err := c.Genesis(ctx)
	if err != nil {
		return err
	}
	code, err := c.CodeHash(ctx, contract)
	if err != nil {
		return err
	}
	if !contracts.Known(code) {
		return fmt.Errorf("contract 0x%x on chain %d has code %x, which is not that of Anchors: compare the address with the other organisations", contract, c.ID(), code)
	}
	if o.Contract != nil && o.Joined != nil {
		o.Joined.Writer = account.Address()
		if o.Joined.Governor, err = c.Bind(contract, anchor.LogID(id.Origin), account).Governor(ctx); err != nil {
			return err
		}
	}
	id.ChainID, id.Genesis, id.Contract, id.CodeHash = c.ID(), zero.Hash, contract, code
	return nil
}

// begin makes the log.
func (d Folder) begin(id *Identity, key cose.Ed25519Signer, chainKey cose.Key, o InitOptions) (err error) {
	s, err := badgerstore.Open(d.StoreDir(), o.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	g := &statement.Genesis{LogKey: key.Public(), Authority: id.Authority.Key, ChainKey: &chainKey,
		ChainID: id.ChainID, Contract: id.Contract, CodeHash: id.CodeHash}
	if o.Predecessor != nil {
		if g.Predecessor, err = o.Predecessor.head(); err != nil {
			return err
		}
		if g.Predecessor.Origin == id.Origin {
			return fmt.Errorf("init: a successor needs an origin of its own, not that of log %s which was closed", id.Origin)
		}
	}
	signed, body, err := statement.Sign(key, rand.Reader, id.Origin, o.Now.UnixMicro(), g)
	if err != nil {
		return err
	}
	signer, verifier, _, err := d.noteKey(logKeyFile, id.Origin)
	if err != nil {
		return err
	}
	opt := log.Options{Store: s, Signer: signer, Key: verifier, HeadFile: d.path(headFile), Log: o.Log}
	if err := log.Create(opt, signed, body); !errors.Is(err, log.ErrExists) {
		return err
	}
	// An earlier init came this far: what it bound must be what is bound now.
	l, err := log.Open(opt)
	if err != nil {
		return err
	}
	_, have, err := l.Statement(0)
	if err != nil {
		return err
	}
	was := have.(*statement.Genesis)
	if !was.Authority.Equal(g.Authority) || was.ChainID != g.ChainID || was.Contract != g.Contract || was.CodeHash != g.CodeHash ||
		(was.Predecessor == nil) != (g.Predecessor == nil) || g.Predecessor != nil && *was.Predecessor != *g.Predecessor {
		return fmt.Errorf("init: %s: the log was begun with another authority, chain or predecessor; remove the folder and begin again", d)
	}
	return nil
}
