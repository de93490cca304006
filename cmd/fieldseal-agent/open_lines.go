package main

import (
	"fieldseal/drivers/lines"
	"fieldseal/drivers/source"
)

// openLines hears what prints lines: receivers of NMEA 0183, and instruments whose
// profile has a pattern.
func openLines(w *wiring) (source.Source, error) {
	cfg := lines.Config{Devices: w.devices, Boot: w.boot, Log: w.log}
	var err error
	if cfg.Dial, cfg.Listen, err = w.line(); err != nil {
		return nil, err
	}
	return lines.New(cfg)
}
