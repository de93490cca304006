package service

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/goccy/go-yaml"

	"fieldseal/evidence/cose"
	"fieldseal/evidence/trust"
)

// Config is notary.yaml: what may change from one start to the next.
type Config struct {
	Version   int       `yaml:"version"` // 1
	Listen    Listen    `yaml:"listen"`
	Log       LogConfig `yaml:"log"`
	Chain     ChainConf `yaml:"chain"`
	Authority Authority `yaml:"authority"`
	Gateways  Gateways  `yaml:"gateways"`
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

// DefaultConfig is what holds where notary.yaml is silent.
func DefaultConfig() Config {
	return Config{
		Version: 1,
		Listen:  Listen{MQTT: "127.0.0.1:8883", HTTP: "127.0.0.1:7411"},
		Log:     LogConfig{CheckpointEvery: 500 * time.Millisecond},
		Chain:   ChainConf{Depth: 12, AnchorEvery: 15 * time.Second},
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
	_, err := c.supervision()
	return err
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
