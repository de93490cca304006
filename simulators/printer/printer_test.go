package printer

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	library "fieldseal/firmware-config/profile"
)

func shipped(t *testing.T) map[string]*library.File {
	t.Helper()
	lib, err := library.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*library.File{}
	for _, id := range lib.IDs() {
		f, _ := lib.Get(id)
		if p := f.Profile.Protocol; p == "text" || p == "nmea" {
			out[id] = f
		}
	}
	if len(out) < 4 {
		t.Fatalf("%d profiles of printed lines", len(out))
	}
	return out
}

// What an instrument says must come out of the decoder, which shares no code with it.
func TestWhatIsPrintedIsReadBack(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 20, 30, 0, time.UTC)
	values := map[string]float64{"lat": -31.22415, "lon": 121.47374, "satellites": 11}
	for id, f := range shipped(t) {
		t.Run(strings.ReplaceAll(id, "/", "-"), func(t *testing.T) {
			d := &profile.Device{ID: "d", Bus: "b"}
			p, err := New(Config{Device: d, Profile: &f.Profile, Now: func() time.Time { return at },
				Value: func(point string, _ time.Time) (float64, bool) {
					if v, ok := values[point]; ok {
						return v, true
					}
					return 12.5, true
				}})
			if err != nil {
				t.Fatal(err)
			}
			dec, err := decoders.For(f.Profile.Protocol)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for i := range p.lines {
				raw := p.lines[i].print(at)
				got, err := dec.Decode(&f.Profile, d, &record.Frame{Device: "d", Bus: "b", Sent: p.lines[i].ask, Received: raw}, nil)
				if err != nil {
					t.Fatalf("%q: %v", raw, err)
				}
				for _, v := range got {
					want, ok := values[v.Point]
					if !ok {
						want = 12.5
					}
					seen[v.Point] = true
					if v.Missing || math.Abs(v.Value.Float()-want) > 0.05 && v.Point != "lat" && v.Point != "lon" || math.Abs(v.Value.Float()-want) > 0.5 {
						t.Errorf("%q gives %s %v, missing %v; want %v", raw, v.Point, v.Value, v.Missing, want)
					}
					if (v.Point == "lat" || v.Point == "lon") && math.Abs(v.Value.Float()-want) > 2e-6 {
						t.Errorf("%q gives %s %v; want %v", raw, v.Point, v.Value, want)
					}
				}
			}
			if len(seen) != len(f.Profile.Points) {
				t.Errorf("%d of %d points were printed", len(seen), len(f.Profile.Points))
			}
		})
	}
}

func TestWithoutAValueNothingIsInvented(t *testing.T) {
	for id, f := range shipped(t) {
		d := &profile.Device{ID: "d", Bus: "b"}
		p, err := New(Config{Device: d, Profile: &f.Profile, Now: time.Now, Value: func(string, time.Time) (float64, bool) { return 0, false }})
		if err != nil {
			t.Fatal(err)
		}
		dec, _ := decoders.For(f.Profile.Protocol)
		for i := range p.lines {
			raw := p.lines[i].print(time.Now())
			if raw == nil {
				continue
			}
			got, err := dec.Decode(&f.Profile, d, &record.Frame{Device: "d", Bus: "b", Sent: p.lines[i].ask, Received: raw}, nil)
			if err != nil {
				t.Errorf("%s: %q: %v", id, raw, err)
			}
			for _, v := range got {
				if !v.Missing {
					t.Errorf("%s: %q gives %s %v", id, raw, v.Point, v.Value)
				}
			}
		}
	}
}

// serve gives the far end of a connection to an instrument.
func serve(t *testing.T, id string, every time.Duration) (*Printer, *bufio.Reader, net.Conn) {
	t.Helper()
	f := shipped(t)[id]
	p, err := New(Config{Device: &profile.Device{ID: "d", Bus: "b", Cadence: uint64(every.Microseconds())}, Profile: &f.Profile, Now: time.Now,
		Value: func(string, time.Time) (float64, bool) { return 12.5, true }})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.ServeTCP(ctx, ln) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		c.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return p, bufio.NewReader(c), c
}

func TestAScaleThatIsAskedPrintsOnceForEachQuestion(t *testing.T) {
	_, r, c := serve(t, "scale/mt-sics", time.Second)
	for range 3 {
		for _, part := range []string{"S", "I\r", "\n"} {
			if _, err := fmt.Fprint(c, part); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := r.ReadString('\n'); err != nil || got != "S S      12.50 g\r\n" {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

func TestAPrinterMisbehavesOnCommand(t *testing.T) {
	p, r, _ := serve(t, "scale/aandd-gx", 20*time.Millisecond)
	whole := "ST,+00012.50  g\r\n"
	until := func(want string) {
		t.Helper()
		for range 200 {
			got, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if got == want {
				return
			}
		}
		t.Errorf("%q was never printed", want)
	}
	until(whole)
	p.Next(Garbage)
	until("\x00\xfe#?!\r\n")
	until(whole)
	p.Next(Torn)
	until(whole[:len(whole)/2] + whole)
	p.Next(Damaged)
	damaged := []byte(whole)
	damaged[len(damaged)/2] ^= 0x15
	until(string(damaged))
	until(whole)
}
