package sensor

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"testing"
	"time"

	"fieldseal/drivers/mqtt/embedded"
	"fieldseal/drivers/mqtt/link"
	"fieldseal/evidence/profile"
	library "fieldseal/firmware-config/profile"
)

func shipped(t *testing.T, id string) *profile.Profile {
	t.Helper()
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := lib.Get(id)
	if !ok {
		t.Fatalf("no profile %s", id)
	}
	return &f.Profile
}

func TestASensorPublishesWhatItsProfileSays(t *testing.T) {
	for id, want := range map[string]string{
		"mqtt/zigbee-climate": `{"battery":21.5,"humidity":21.5,"temperature":21.5}`,
		"mqtt/zigbee-door":    `{"battery":21.5,"contact":false}`,
	} {
		t.Run(id, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server, err := embedded.New(embedded.Config{Listen: func() (net.Listener, error) { return ln, nil }, Anonymous: true, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			d := &profile.Device{ID: "s", Address: "zigbee2mqtt/room", Cadence: 50_000}
			s, err := New(Config{Device: d, Profile: shipped(t, id), Broker: ln.Addr().String(), Now: time.Now,
				Value: func(string, time.Time) (float64, bool) { return 21.5, true }})
			if err != nil {
				t.Fatal(err)
			}
			got := make(chan link.Publication, 64)
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{}, 2)
			go func() {
				_ = server.Run(ctx, func(p link.Publication, kept func()) {
					select {
					case got <- p:
					default:
					}
					if kept != nil {
						kept()
					}
				})
				done <- struct{}{}
			}()
			go func() { s.Run(ctx); done <- struct{}{} }()
			defer func() { stop(); <-done; <-done }()
			for range 2 {
				select {
				case p := <-got:
					var a, b any
					if json.Unmarshal(p.Payload, &a) != nil || json.Unmarshal([]byte(want), &b) != nil || p.Topic != d.Address || string(p.Payload) != want {
						t.Fatalf("%s under %s", p.Payload, p.Topic)
					}
				case <-time.After(20 * time.Second):
					t.Fatal("nothing was published")
				}
			}
		})
	}
}
