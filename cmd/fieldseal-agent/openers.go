package main

import (
	"context"
	"net"

	hj212 "fieldseal/drivers/hj212/link"
	"fieldseal/drivers/source"
)

// openers make the source of a bus, by the protocol of its devices.
var openers = map[string]func(*wiring) (source.Source, error){
	"hj212": openHJ212,
}

func openHJ212(w *wiring) (source.Source, error) {
	cfg := hj212.Config{Devices: w.devices, Boot: w.boot, Log: w.log}
	var err error
	if cfg.Dial, cfg.Listen, err = w.line(); err != nil {
		return nil, err
	}
	if w.bus.Tee != "" {
		cfg.Tee = func(ctx context.Context) (net.Conn, error) { return dialTCP(ctx, w.bus.Tee) }
	}
	return hj212.New(cfg)
}
