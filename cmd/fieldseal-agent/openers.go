package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	crane "fieldseal/drivers/crane/link"
	dlt645 "fieldseal/drivers/dlt645/link"
	gpio "fieldseal/drivers/gpio/link"
	"fieldseal/drivers/hj212"
	hj212link "fieldseal/drivers/hj212/link"
	i2c "fieldseal/drivers/i2c/link"
	jt808 "fieldseal/drivers/jt808/link"
	"fieldseal/drivers/modbus/tap"
	"fieldseal/drivers/mqtt/embedded"
	mqtt "fieldseal/drivers/mqtt/link"
	onewire "fieldseal/drivers/onewire/link"
	"fieldseal/drivers/serialport"
	"fieldseal/drivers/source"
	"fieldseal/firmware-config/document"
	"fieldseal/firmware-config/site"
)

// openers make the source of a bus, by the protocol of its devices.
var openers = map[string]func(*wiring) (source.Source, error){
	"dlt645":     openDLT645,
	"hj212":      openHJ212,
	"jt808":      openJT808,
	"crane-0e":   openCrane,
	"modbus-rtu": openTap,
	"mqtt":       openMQTT,
	"gpio":       openGPIO,
	"i2c":        openI2C,
	"w1":         openOneWire,
	"nmea":       openLines,
	"text":       openLines,
}

func openHJ212(w *wiring) (source.Source, error) {
	cfg := hj212link.Config{Devices: w.devices, Boot: w.boot, Log: w.log}
	var err error
	if cfg.Dial, cfg.Listen, err = w.line(); err != nil {
		return nil, err
	}
	for _, d := range w.devices {
		keys, err := readKeys(w.site, d.ID)
		if err != nil {
			return nil, err
		}
		if cfg.Keys == nil {
			cfg.Keys = map[string][]hj212.Key{}
		}
		cfg.Keys[d.ID] = keys
	}
	if w.bus.Tee != "" {
		cfg.Tee = func(ctx context.Context) (net.Conn, error) { return dialTCP(ctx, w.bus.Tee) }
	}
	return hj212link.New(cfg)
}

func openJT808(w *wiring) (source.Source, error) {
	cfg := jt808.Config{Devices: w.devices, Peek: w.peek, Boot: w.boot, Log: w.log}
	var err error
	if _, cfg.Listen, err = w.line(); err != nil {
		return nil, err
	}
	if w.live { // a check reads nothing of the gateway and leaves nothing there
		if cfg.Secret, err = keptSecret(filepath.Join(w.site.Gateway.Data, "jt808.secret")); err != nil {
			return nil, err
		}
	}
	return jt808.New(cfg)
}

// keptSecret is a secret of the gateway's own, made when it is first needed, so that
// what was given out by it holds after a restart.
func keptSecret(name string) ([]byte, error) {
	const size = 32
	b, err := readSmall(name, size)
	switch {
	case err == nil && len(b) == size:
		return b, nil
	case err == nil:
		return nil, fmt.Errorf("%s has %d bytes, not %d; remove it, and terminals register again", name, len(b), size)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	b = make([]byte, size)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(b)
	return b, errors.Join(err, f.Sync(), f.Close())
}

func openCrane(w *wiring) (source.Source, error) {
	cfg := crane.Config{Devices: w.devices, Boot: w.boot, Log: w.log}
	var err error
	if cfg.Dial, cfg.Listen, err = w.line(); err != nil {
		return nil, err
	}
	return crane.New(cfg)
}

// readKeys reads the keys of a station's content.
func readKeys(s *site.Site, device string) ([]hj212.Key, error) {
	var keys []hj212.Key
	for _, d := range s.Devices {
		for _, k := range d.Keys {
			if d.ID != device {
				continue
			}
			b, err := readKey(k.File)
			if err != nil {
				return nil, fmt.Errorf("device %s: key %s: %w", d.ID, k.ID, err)
			}
			keys = append(keys, hj212.Key{ID: k.ID, Bytes: b})
		}
	}
	return keys, nil
}

func openMQTT(w *wiring) (source.Source, error) {
	cfg := mqtt.Config{Devices: w.devices, Boot: w.boot, Log: w.log}
	q := &w.bus.MQTT
	secret, err := readSecret(q.Password)
	if err != nil {
		return nil, err
	}
	if q.Own {
		users, err := readUsers(q.Password, secret)
		if err != nil {
			return nil, err
		}
		cfg.Server, err = embedded.New(embedded.Config{Listen: func() (net.Listener, error) { return net.Listen("tcp", w.bus.Address) },
			Users: users, Anonymous: q.Anonymous, Log: w.log})
		if err != nil {
			return nil, err
		}
		return mqtt.New(cfg)
	}
	cfg.Broker = &mqtt.Broker{Address: w.bus.Address, User: q.User, Password: secret, ClientID: q.Client}
	if cfg.Broker.ClientID == "" {
		cfg.Broker.ClientID = "fieldseal-" + w.site.Gateway.ID
	}
	if q.CA != "" {
		pem, err := readSmall(q.CA, document.MaxSize)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate; it must be PEM", q.CA)
		}
		cfg.Broker.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return mqtt.New(cfg)
}

// readSecret reads a file that nobody but its owner should read; "" for none.
func readSecret(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	b, err := readSmall(name, 64<<10)
	return strings.TrimRight(string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))), "\r\n"), err
}

// readUsers reads name:password lines; what is wrong is told without a password.
func readUsers(name, text string) ([]embedded.User, error) {
	var users []embedded.User
	line := 0
	for l := range strings.Lines(text) {
		line++
		l = strings.TrimRight(l, "\r\n")
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		user, password, ok := strings.Cut(l, ":")
		if !ok || user == "" || password == "" {
			return nil, fmt.Errorf("%s:%d: write name:password", name, line)
		}
		users = append(users, embedded.User{Name: user, Password: password})
	}
	if name != "" && users == nil {
		return nil, errors.New(name + " names no user; write one name:password a line")
	}
	return users, nil
}

// openTap listens on a line that has a master.
func openTap(w *wiring) (source.Source, error) {
	port, err := serialConfig(w.bus)
	if err != nil {
		return nil, err
	}
	return tap.New(tap.Config{Devices: w.devices, Boot: w.boot, Log: w.log,
		Open: func(context.Context) (tap.Ear, error) { return serialport.Open(port) }})
}

func openGPIO(w *wiring) (source.Source, error) {
	return gpio.New(gpio.Config{Chip: w.bus.Chip, Devices: w.devices, Boot: w.boot, Log: w.log})
}

func openI2C(w *wiring) (source.Source, error) {
	return i2c.New(i2c.Config{Path: w.bus.Path, Devices: w.devices, Boot: w.boot, Log: w.log})
}

func openOneWire(w *wiring) (source.Source, error) {
	return onewire.New(onewire.Config{Path: w.bus.Path, Devices: w.devices, Boot: w.boot, Log: w.log})
}

func openDLT645(w *wiring) (source.Source, error) {
	cfg := dlt645.Config{Devices: w.devices, Boot: w.boot, Log: w.log, Echo: w.bus.Echo, CharTime: w.bus.CharTime(), Timeout: w.bus.Timeout, Quiet: w.bus.Quiet}
	var err error
	if cfg.Dial, _, err = w.line(); err != nil {
		return nil, err
	}
	return dlt645.New(cfg)
}
