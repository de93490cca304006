package embedded

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/mqtt/link"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/internal/peers"
)

type ear chan source.Message

func (e ear) Hear(m source.Message)          { e <- m }
func (ear) Down(string, record.Cause, error) {}

// TestASensorIsAnsweredWhenItsReadingIsKept runs a link over the server, with
// mosquitto_pub as the sensor: it ends only once it is acknowledged.
func TestASensorIsAnsweredWhenItsReadingIsKept(t *testing.T) {
	binary := peers.Need(t, peers.MosquittoPub)[0]
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(Config{Listen: func() (net.Listener, error) { return ln, nil }, Anonymous: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p := &profile.Profile{ID: "mqtt/room", Protocol: mqtt.Protocol, Exchanges: []profile.Exchange{{Request: mqtt.Message{Encoding: mqtt.JSON}.Append(nil)}},
		Points: []profile.Point{{Name: "t", Scale: decimal.New(1, 0), Source: mqtt.Source{Path: mqtt.Path{{Key: "t", Index: -1}}}.Append(nil)}}}
	l, err := link.New(link.Config{Devices: []source.Device{{Device: profile.Device{ID: "room-1", Address: "cold/room-1"}, Bound: p}}, Server: server,
		Boot: func() uint64 { return 1 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	e := make(ear, 8)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx, e) }()
	defer func() { cancel(); <-done }()

	host, port, _ := net.SplitHostPort(ln.Addr().String())
	var kept atomic.Bool
	ended := make(chan error, 1)
	go func() {
		err := exec.Command(binary, "-h", host, "-p", port, "-q", "1", "-t", "cold/room-1", "-m", `{"t":4.50}`).Run()
		if !kept.Load() {
			t.Error("acknowledged before it was kept")
		}
		ended <- err
	}()
	select {
	case m := <-e:
		if len(m.Values) != 1 || m.Values[0].Value.String() != "4.50" || m.Kept == nil {
			t.Fatalf("%+v", m)
		}
		kept.Store(true)
		m.Kept()
	case <-time.After(tolerance):
		t.Fatal("nothing was heard")
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
