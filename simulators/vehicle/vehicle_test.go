package vehicle

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"fieldseal/drivers/jt808/link"
	"fieldseal/drivers/source"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	library "fieldseal/firmware-config/profile"
)

type ear chan source.Message

func (e ear) Hear(m source.Message) {
	e <- m
	if m.Kept != nil {
		go m.Kept()
	}
}
func (ear) Down(string, record.Cause, error) {}

func next(t *testing.T, e ear) source.Message {
	t.Helper()
	for {
		select {
		case m := <-e:
			if len(m.Values) > 0 {
				return m
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was heard")
		}
	}
}

func TestATruckReportsAndUploadsWhatItCouldNot(t *testing.T) {
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := lib.Get("truck/cold-chain")
	if !ok {
		t.Fatal("no such profile")
	}
	d := profile.Device{ID: "truck-1", Address: "013912345678", Cadence: 50_000}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := link.New(link.Config{Devices: []source.Device{{Device: d, Bound: &f.Profile}}, Listen: func() (net.Listener, error) { return ln, nil },
		Boot: func() uint64 { return 1 }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(Config{Device: &d, Profile: &f.Profile, Now: time.Now,
		Value: func(p string, _ time.Time) (float64, bool) {
			return map[string]float64{"lat": -31.224125, "lon": 121.473703, "speed": 63.4, "course": 271, "mileage": 40211.7, "box-1": -18.3, "box-2": 4.6}[p], p != "box-2"
		},
		Dial: func(ctx context.Context) (net.Conn, error) {
			var x net.Dialer
			return x.DialContext(ctx, "tcp", ln.Addr().String())
		}})
	if err != nil {
		t.Fatal(err)
	}
	heard := make(ear, 1000)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { _ = l.Run(ctx, heard); done <- struct{}{} }()
	go func() { v.Run(ctx); done <- struct{}{} }()
	defer func() { stop(); <-done; <-done }()
	m := next(t, heard)
	got := map[string]string{}
	for _, x := range m.Values {
		if x.Missing {
			got[x.Point] = "none"
		} else {
			got[x.Point] = x.Value.String()
		}
	}
	for point, want := range map[string]string{"lat": "-31.224125", "lon": "121.473703", "speed": "63.4", "course": "271", "mileage": "40211.7", "box-1": "-18.3", "box-2": "none"} {
		if got[point] != want {
			t.Errorf("%s is %s, the truck says %s", point, got[point], want)
		}
	}
	v.SetReach(false)
	for v.Waiting() < 5 {
		time.Sleep(10 * time.Millisecond)
	}
	v.SetReach(true)
	for {
		m := next(t, heard)
		if m.Values[0].Backfilled {
			times := map[int64]bool{}
			for _, x := range m.Values {
				if !x.Backfilled || x.Time == 0 {
					t.Fatalf("%+v", x)
				}
				times[x.Time] = true
			}
			return
		}
	}
}
