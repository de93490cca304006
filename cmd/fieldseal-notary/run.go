package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"fieldseal/notary/api/rest"
	"fieldseal/notary/service"
)

func newRunCmd() *cobra.Command {
	var data, config string
	var verbose bool
	var format string
	flags := service.DefaultConfig()
	cmd := &cobra.Command{
		Use:   "run --data DIR",
		Short: "Serve gateways and anchor the log, until told to stop",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, named := config, config != ""
			if !named {
				path = filepath.Join(data, service.ConfigFile)
			}
			c, err := service.ReadConfig(path, named)
			if err != nil {
				return err
			}
			overlay(cmd, &c, &flags)
			out := logger(cmd, verbose)
			switch format {
			case "text":
			case "json":
				out = jsonLogger(cmd, verbose)
			default:
				return fmt.Errorf("--log-format %q is neither text nor json", format)
			}
			// What a request does is named by its id, in the log as in its answer.
			return run(cmd.Context(), service.Folder(data), c, slog.New(rest.Logs(out.Handler())))
		},
	}
	f := cmd.Flags()
	f.StringVar(&data, "data", "", "data folder")
	f.StringVar(&config, "config", "", "settings; notary.yaml of the data folder if that is there")
	f.BoolVar(&verbose, "verbose", false, "log more")
	f.StringVar(&format, "log-format", "text", "of the log on the error stream: text, or json, an object a line")
	f.StringVar(&flags.Listen.MQTT, "listen.mqtt", flags.Listen.MQTT, "MQTT over TLS, host:port")
	f.StringVar(&flags.Listen.HTTP, "listen.http", flags.Listen.HTTP, "HTTPS, host:port")
	f.StringVar(&flags.Listen.Metrics, "listen.metrics", flags.Listen.Metrics, "plain HTTP with /metrics and /healthz, host:port; empty: none")
	f.StringSliceVar(&flags.Listen.Hosts, "listen.hosts", nil, "names and addresses under which gateways reach the notary")
	f.StringVar(&flags.Listen.Broker, "listen.broker", "", "host:port of the broker as gateways are told it")
	f.StringVar(&flags.Log.HeadFile, "log.head_file", "", "where the newest checkpoint is written, best on other storage")
	f.DurationVar(&flags.Log.CheckpointEvery, "log.checkpoint_every", flags.Log.CheckpointEvery, "between checkpoints while there is something new")
	f.StringVar(&flags.Chain.URL, "chain.url", "", "JSON-RPC of the chain, if it moved since init")
	f.Uint64Var(&flags.Chain.Depth, "chain.depth", flags.Chain.Depth, "blocks on top that make a block final")
	f.StringVar(&flags.Chain.Key, "chain.key", "", "encrypted key file of the account that anchors; chain.key of the data folder if none is named")
	f.StringVar(&flags.Chain.Passphrase, "chain.passphrase", "", "file whose first line opens it")
	f.StringVar(&flags.Chain.Signer, "chain.signer", "", "URL or socket of an external signer, such as Clef, in place of a key file")
	f.StringVar(&flags.Chain.Account, "chain.account", "", "account at the external signer, 0x…")
	f.DurationVar(&flags.Chain.AnchorEvery, "chain.anchor_every", flags.Chain.AnchorEvery, "between anchors while there is something new")
	f.StringSliceVar(&flags.Authority.Supervision, "authority.supervision", nil, "keys that may sign coverage plans (ed25519:…)")
	f.Float64Var(&flags.Gateways.BatchesPerSecond, "gateways.batches_per_second", 0, "of one gateway, lasting; 0: the default")
	f.IntVar(&flags.Gateways.Burst, "gateways.burst", 0, "batches of one gateway at once; 0: the default")
	f.IntVar(&flags.Gateways.Connections, "gateways.connections", 0, "of all gateways; 0: the default")
	if err := cmd.MarkFlagRequired("data"); err != nil {
		panic(err) // the name is in the lines above
	}
	return cmd
}

// overlay puts the flags that were given over the file.
func overlay(cmd *cobra.Command, c, flags *service.Config) {
	for name, set := range map[string]func(){
		"listen.mqtt":                 func() { c.Listen.MQTT = flags.Listen.MQTT },
		"listen.http":                 func() { c.Listen.HTTP = flags.Listen.HTTP },
		"listen.metrics":              func() { c.Listen.Metrics = flags.Listen.Metrics },
		"listen.hosts":                func() { c.Listen.Hosts = flags.Listen.Hosts },
		"listen.broker":               func() { c.Listen.Broker = flags.Listen.Broker },
		"log.head_file":               func() { c.Log.HeadFile = flags.Log.HeadFile },
		"log.checkpoint_every":        func() { c.Log.CheckpointEvery = flags.Log.CheckpointEvery },
		"chain.url":                   func() { c.Chain.URL = flags.Chain.URL },
		"chain.depth":                 func() { c.Chain.Depth = flags.Chain.Depth },
		"chain.key":                   func() { c.Chain.Key = flags.Chain.Key },
		"chain.passphrase":            func() { c.Chain.Passphrase = flags.Chain.Passphrase },
		"chain.signer":                func() { c.Chain.Signer = flags.Chain.Signer },
		"chain.account":               func() { c.Chain.Account = flags.Chain.Account },
		"chain.anchor_every":          func() { c.Chain.AnchorEvery = flags.Chain.AnchorEvery },
		"authority.supervision":       func() { c.Authority.Supervision = flags.Authority.Supervision },
		"gateways.batches_per_second": func() { c.Gateways.BatchesPerSecond = flags.Gateways.BatchesPerSecond },
		"gateways.burst":              func() { c.Gateways.Burst = flags.Gateways.Burst },
		"gateways.connections":        func() { c.Gateways.Connections = flags.Gateways.Connections },
	} {
		if cmd.Flags().Changed(name) {
			set()
		}
	}
}

func run(ctx context.Context, d service.Folder, c service.Config, l *slog.Logger) error {
	s, err := service.Open(ctx, d, c, l)
	if err != nil {
		return err
	}
	head := s.Log.Head()
	l.Info("notary is ready", "origin", s.Log.Origin(), "entries", s.Log.Size(), "signed", head.Size, "mqtt", s.MQTTAddr, "read_only", s.Log.ReadOnly())
	return s.Run(ctx)
}
