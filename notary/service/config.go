package service

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
	"fieldseal/notary/accounts"
	"fieldseal/notary/chain"
	"fieldseal/notary/contracts"
	"fieldseal/notary/openid"
)

// Config is notary.yaml: what may change from one start to the next.
type Config struct {
	Version   int           `yaml:"version"` // 1
	Listen    Listen        `yaml:"listen"`
	Log       LogConfig     `yaml:"log"`
	Chain     ChainConf     `yaml:"chain"`
	Authority Authority     `yaml:"authority"`
	Gateways  Gateways      `yaml:"gateways"`
	Page      Page          `yaml:"page"`
	TLS       TLS           `yaml:"tls"`
	Accounts  Accounts      `yaml:"accounts"`
	OpenID    openid.Config `yaml:"openid"`
}

// Page is what the centre's page shows beside readings.
type Page struct {
	Tiles string `yaml:"tiles"` // a PMTiles file to draw the sites on; empty: a drawn outline
}

// Listen says where the notary listens: loopback unless told.
type Listen struct {
	MQTT    string   `yaml:"mqtt"`    // MQTT over TLS, host:port
	HTTP    string   `yaml:"http"`    // HTTPS, host:port
	Metrics string   `yaml:"metrics"` // plain HTTP with /metrics and /healthz; empty: none
	Hosts   []string `yaml:"hosts"`   // names and addresses under which gateways reach it
	Broker  string   `yaml:"broker"`  // host:port told to gateways at enrolment; empty: mqtt
}

// LogConfig tunes the log.
type LogConfig struct {
	HeadFile        string        `yaml:"head_file"`        // newest checkpoint, best on other storage
	CheckpointEvery time.Duration `yaml:"checkpoint_every"` // while there is something new, at most 1s
}

// ChainConf tunes anchoring. The chain itself is fixed at init; its URL may move.
type ChainConf struct {
	URL         string        `yaml:"url"`          // of the same chain; empty: as at init
	Depth       uint64        `yaml:"depth"`        // blocks that make a block final; not for the embedded chain
	AnchorEvery time.Duration `yaml:"anchor_every"` // while there is something new

	// The account that sends anchors: a key file (chain.key of the data folder) with
	// the file of its passphrase, or an external signer such as Clef.
	Key        string `yaml:"key"`
	Passphrase string `yaml:"passphrase"` // file whose first line it is
	Signer     string `yaml:"signer"`     // URL or socket
	Account    string `yaml:"account"`    // 0x…, of the external signer

	// What the notary says of a chain that others run, for those who make trust
	// files: who seals its blocks, and whether they are independent of this log's
	// operator. Nobody believes it unchecked, and the notary needs none of it.
	Profile      string     `yaml:"profile"`      // "clique", "qbft", "ibft2" or "ibft1"
	Independence string     `yaml:"independence"` // "consortium" (the default), "public" or "local"
	Validators   []SealedBy `yaml:"validators"`
	Epoch        uint64     `yaml:"epoch"` // blocks after which a BFT chain forgets votes on validators
	// Organisations name who holds an account that seals: name, then account.
	Organisations map[string]string `yaml:"organisations"`
	// Registry is the address of the contract Registry, whose word on gateways, sites
	// and signers goes into evidence; empty: none.
	Registry string `yaml:"registry"`
}

// SealedBy are the validators of a stretch of blocks.
type SealedBy struct {
	From     uint64   `yaml:"from"`     // block, included
	To       uint64   `yaml:"to"`       // block, included; 0: no end is known
	Accounts []string `yaml:"accounts"` // 40 hex digits each
	Quorum   int      `yaml:"quorum"`   // seals needed; 0: as the profile says
}

// Authority names who may state what.
type Authority struct {
	Supervision []string `yaml:"supervision"` // keys that may sign coverage plans, "ed25519:…"
}

// Gateways bounds what one gateway may send.
type Gateways struct {
	BatchesPerSecond float64 `yaml:"batches_per_second"`
	Burst            int     `yaml:"burst"`
	Connections      int     `yaml:"connections"` // of all
}

// TLS is the certificate of the page, where it is not the notary's own CA's.
type TLS struct {
	Certificate string `yaml:"certificate"` // file: the certificate with its chain, PEM
	Key         string `yaml:"key"`         // file, mode 0600, PEM
}

// Accounts says how people sign in.
type Accounts struct {
	// LocalReader lets who asks over loopback by a loopback name read content
	// without signing in, so that a notary on one's own machine opens at once.
	LocalReader bool          `yaml:"local_reader"`
	SessionIdle time.Duration `yaml:"session_idle"` // a session ends that was not used for so long
	SessionMax  time.Duration `yaml:"session_max"`  // and in any case after this
}

func (a *Accounts) check() error {
	if a.SessionIdle < time.Minute || a.SessionMax < a.SessionIdle || a.SessionMax > 30*24*time.Hour {
		return fmt.Errorf("accounts: session_idle %v is at least 1m, session_max %v at least as long and at most 720h", a.SessionIdle, a.SessionMax)
	}
	return nil
}

// DefaultConfig is what holds where notary.yaml is silent.
func DefaultConfig() Config {
	return Config{
		Version:  1,
		Listen:   Listen{MQTT: "127.0.0.1:8883", HTTP: "127.0.0.1:7411"},
		Log:      LogConfig{CheckpointEvery: 500 * time.Millisecond},
		Chain:    ChainConf{Depth: 12, AnchorEvery: 15 * time.Second},
		Accounts: Accounts{LocalReader: true, SessionIdle: accounts.DefaultIdle, SessionMax: accounts.DefaultMax},
	}
}

// ReadConfig reads a configuration file strictly over the defaults. A file that
// is not there is the defaults, unless it was asked for by name.
func ReadConfig(path string, named bool) (Config, error) {
	c := DefaultConfig()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("configuration: %w", err)
	}
	c.Version = 0
	if err := yaml.UnmarshalWithOptions(b, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("configuration %s: %s", path, yaml.FormatError(err, false, true))
	}
	if c.Version != 1 {
		return c, fmt.Errorf("configuration %s: version %d; this release reads version 1", path, c.Version)
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("configuration %s: %w", path, err)
	}
	return c, nil
}

func (c *Config) check() error {
	if c.Log.CheckpointEvery <= 0 || c.Log.CheckpointEvery > time.Second {
		return fmt.Errorf("log.checkpoint_every: %v; it is above 0 and at most 1s", c.Log.CheckpointEvery)
	}
	if c.Chain.AnchorEvery < time.Second {
		return fmt.Errorf("chain.anchor_every: %v; it is at least 1s", c.Chain.AnchorEvery)
	}
	if (c.Chain.Signer == "") != (c.Chain.Account == "") || c.Chain.Signer != "" && (c.Chain.Key != "" || c.Chain.Passphrase != "") {
		return errors.New("chain: either key and passphrase, or signer and account")
	}
	if _, err := c.Chain.describe(); err != nil {
		return err
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		return errors.New("tls: certificate and key go together")
	}
	if err := c.Accounts.check(); err != nil {
		return err
	}
	if err := c.OpenID.Check(); err != nil {
		return err
	}
	_, err := c.supervision()
	return err
}

// key is where the account is.
func (c *ChainConf) key() chain.KeySource {
	return chain.KeySource{File: c.Key, Passphrase: c.Passphrase, Signer: c.Signer, Account: c.Account}
}

// describe is what the configuration says of a chain that others run.
func (c *ChainConf) describe() (out trust.Chain, err error) {
	out = trust.Chain{Profile: c.Profile, Independence: c.Independence, Epoch: c.Epoch}
	if out.Independence == "" {
		out.Independence = "consortium"
	}
	for i, v := range c.Validators {
		set := trust.Validators{From: v.From, To: v.To, Quorum: v.Quorum}
		for _, text := range v.Accounts {
			var a trust.Hex20
			if err := a.UnmarshalText([]byte(strings.ToLower(strings.TrimPrefix(text, "0x")))); err != nil {
				return out, fmt.Errorf("chain.validators[%d]: account %w", i, err)
			}
			set.Accounts = append(set.Accounts, a)
		}
		slices.SortFunc(set.Accounts, func(a, b trust.Hex20) int { return bytes.Compare(a[:], b[:]) })
		out.Validators = append(out.Validators, set)
	}
	for name, text := range c.Organisations {
		var a trust.Hex20
		if err := a.UnmarshalText([]byte(strings.ToLower(strings.TrimPrefix(text, "0x")))); err != nil {
			return out, fmt.Errorf("chain.organisations: %s: account %w", name, err)
		}
		out.Name(a, name)
	}
	if c.Registry != "" {
		out.Registry = &trust.Registry{CodeHash: contracts.RegistryCodeHash()}
		if err := out.Registry.Contract.UnmarshalText([]byte(strings.ToLower(strings.TrimPrefix(c.Registry, "0x")))); err != nil {
			return out, fmt.Errorf("chain.registry: %w", err)
		}
	}
	if !slices.Contains([]string{"consortium", "public", trust.Local}, out.Independence) {
		return out, fmt.Errorf("chain.independence: %q is none of consortium, public, local", out.Independence)
	}
	if x := out.Sealing(); x.Profile != "" && !x.Profile.Sealed() {
		return out, fmt.Errorf("chain.profile: %q is none of clique, qbft, ibft2, ibft1", out.Profile)
	} else if err := x.Profile.CheckSets(x.Sets); err != nil {
		return out, fmt.Errorf("chain.validators: %w", err)
	}
	return out, nil
}

func (c *Config) supervision() (keys []cose.Key, err error) {
	for _, s := range c.Authority.Supervision {
		var k trust.Key
		if err := k.UnmarshalText([]byte(s)); err != nil {
			return nil, fmt.Errorf("authority.supervision: %w", err)
		}
		keys = append(keys, k.Key)
	}
	return keys, nil
}
