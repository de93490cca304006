package service

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
	"fieldseal/notary/access"
	"fieldseal/notary/authority"
	"fieldseal/notary/log"
	"fieldseal/notary/store/badgerstore"
)

// Names in the data folder.
const (
	identityFile  = "notary.json"
	ConfigFile    = "notary.yaml"
	logKeyFile    = "log.key"
	noteKeyFile   = "chain-note.key"
	chainKeyFile  = "chain.key"
	verifierFile  = "log.vkey"
	headFile      = "head"
	storeFolder   = "store"
	chainFolder   = "chain"
	identityForm  = "fieldseal-notary/1"
	maxIdentity   = 64 << 10
	embeddedChain = "embedded"
)

// ErrNoFolder: the folder holds no notary.
var ErrNoFolder = errors.New("no notary in this folder")

// Identity is what init fixed. It is written last: a folder without it is not
// yet a notary.
type Identity struct {
	Format    string      `json:"format"`
	Origin    string      `json:"origin"`
	Created   trust.Time  `json:"created"`
	Authority trust.Key   `json:"authority"`
	Chain     string      `json:"chain"` // URL, or "embedded"
	ChainID   uint64      `json:"chain_id"`
	Genesis   trust.Hex32 `json:"genesis"` // hash of block 0
	Contract  trust.Hex20 `json:"contract"`
	CodeHash  trust.Hex32 `json:"code_hash"`
}

// Folder is a notary's data folder.
type Folder string

func (d Folder) path(name string) string { return filepath.Join(string(d), name) }

// Identity reads what init fixed.
func (d Folder) Identity() (*Identity, error) {
	b, err := os.ReadFile(d.path(identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; fieldseal-notary init makes one", d, ErrNoFolder)
	}
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	i := &Identity{}
	dec := json.NewDecoder(bytes.NewReader(b[:min(len(b), maxIdentity)]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(i); err != nil {
		return nil, fmt.Errorf("%s: %w", d.path(identityFile), err)
	}
	if i.Format != identityForm {
		return nil, fmt.Errorf("%s: format %q; this release knows %q", d.path(identityFile), i.Format, identityForm)
	}
	return i, nil
}

var originForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[a-z0-9][a-z0-9._-]*)*$`)

// CheckOrigin holds a log origin to its form: DNS-like, with path segments.
func CheckOrigin(origin string) error {
	if len(origin) > 100 || !originForm.MatchString(origin) {
		return fmt.Errorf("origin %q: use a name like log.example.org/yard, lower case, at most 100 characters, unique to this folder", origin)
	}
	return nil
}

// keyOf reads an Ed25519 key of the folder, or makes it.
func (d Folder) keyOf(name string) (cose.Ed25519Signer, error) {
	k, err := authority.ReadKey(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return authority.MakeKey(d.path(name))
	}
	return k, err
}

// noteKey is a key of the folder as signer and verifier of signed notes.
func (d Folder) noteKey(file, name string) (note.Signer, note.Verifier, cose.Ed25519Signer, error) {
	k, err := authority.ReadKey(d.path(file))
	if err != nil {
		return nil, nil, nil, err
	}
	vkey, err := VerifierKey(name, k)
	if err != nil {
		return nil, nil, nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("key %s: %w", d.path(file), err)
	}
	return log.NewSigner(name, ed25519.PrivateKey(k)), v, k, nil
}

// VerifierKey is the C2SP text of a key under a name.
func VerifierKey(name string, k cose.Signer) (string, error) {
	vkey, err := note.NewEd25519VerifierKey(name, ed25519.PublicKey(k.Public().Raw))
	if err != nil {
		return "", fmt.Errorf("verifier key of %s: %w", name, err)
	}
	return vkey, nil
}

// Keys are the keys of a folder that the rooms need.
type Keys struct {
	Log     note.Signer
	LogKey  note.Verifier
	LogText string // verifier key
	// Recorder signs what the notary states of itself: the log's key, which every
	// verifier knows.
	Recorder  cose.Signer
	Note      note.Signer
	NoteKey   note.Verifier
	NoteText  string
	Authority cose.Signer // nil: the authority is elsewhere
	CA        *access.CA
}

// StoreDir is where the store lies.
func (d Folder) StoreDir() string { return d.path(storeFolder) }

func (d Folder) readKeys(id *Identity) (k Keys, err error) {
	var lk, nk cose.Ed25519Signer
	if k.Log, k.LogKey, lk, err = d.noteKey(logKeyFile, id.Origin); err != nil {
		return k, err
	}
	k.Recorder = lk
	if k.Note, k.NoteKey, nk, err = d.noteKey(noteKeyFile, anchor.KeyName(id.Origin)); err != nil {
		return k, err
	}
	if k.LogText, err = VerifierKey(id.Origin, lk); err != nil {
		return k, err
	}
	if k.NoteText, err = VerifierKey(anchor.KeyName(id.Origin), nk); err != nil {
		return k, err
	}
	a, err := authority.ReadKey(d.path(authority.KeyFile))
	switch {
	case err == nil && a.Public().Equal(id.Authority.Key):
		k.Authority = a
	case err == nil:
		return k, fmt.Errorf("%s is not the authority of this log, %s", d.path(authority.KeyFile), id.Authority)
	case !errors.Is(err, fs.ErrNotExist):
		return k, err
	}
	return k, nil
}

// HeadFile is where the newest checkpoint is written besides the store.
func (d Folder) HeadFile(c Config) string {
	if c.Log.HeadFile != "" {
		return c.Log.HeadFile
	}
	return d.path(headFile)
}

// OpenLog opens the log of a stopped notary, to read it. close ends it.
func (d Folder) OpenLog(opt log.Options) (l *log.Log, vkey string, closeLog func() error, err error) {
	id, err := d.Identity()
	if err != nil {
		return nil, "", nil, err
	}
	signer, verifier, key, err := d.noteKey(logKeyFile, id.Origin)
	if err != nil {
		return nil, "", nil, err
	}
	if vkey, err = VerifierKey(id.Origin, key); err != nil {
		return nil, "", nil, err
	}
	s, err := badgerstore.Open(d.StoreDir(), opt.Log)
	if err != nil {
		return nil, "", nil, err
	}
	opt.Store, opt.Signer, opt.Key = s, signer, verifier
	if l, err = log.Open(opt); err != nil {
		return nil, "", nil, errors.Join(err, s.Close())
	}
	return l, vkey, s.Close, nil
}
