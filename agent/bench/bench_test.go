package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

const twoRooms = `version: 1
site: {id: cold}
gateway: {id: gw, data: /tmp/x}
buses:
  - {id: rooms, kind: serial, path: /dev/ttyUSB0, baud: 4800}
devices:
  - {id: chill-1, bus: rooms, unit: 1, profile: coldroom/rs-ws, limits: {temperature: {low: 0, high: 8}}}
  - {id: freeze-1, bus: rooms, unit: 7, profile: coldroom/rs-ws}
`

func load(t *testing.T, text string) *site.Site {
	t.Helper()
	lib, err := instrument.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	s, err := site.Parse("site.yaml", []byte(text), lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rooms answers as two RS-WS transmitters.
func rooms(unit, _ byte, address, count uint16) ([]uint16, byte) {
	if address != 0 || count != 2 {
		return nil, device.IllegalAddress
	}
	if unit == 1 {
		return []uint16{0x0292, 0xFF9B}, 0
	}
	return []uint16{705, 0x8000}, 0
}

// stand is a bench on an in-process line, in virtual time.
type stand struct {
	*Bench
	slaves *device.Slaves
	text   *strings.Builder
	line   *line.Line
}

func standUp(t *testing.T, text string, image device.Image, units []byte, echo bool) (*stand, context.Context) {
	t.Helper()
	s := load(t, text)
	l := line.New(line.Config{Echo: echo})
	out := &strings.Builder{}
	wire := func(b *site.Bus) (bus.Config, bus.Dial) {
		return bus.Config{Name: b.ID, CharTime: b.CharTime(), Echo: b.Echo}, l.Open
	}
	b, err := New(s, &Screen{W: out}, wire, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	slaves := device.New(1, image, units...)
	served, ran := make(chan struct{}), make(chan struct{})
	go func() { defer close(served); _ = slaves.ServeLine(ctx, l.Slave()) }()
	go func() { defer close(ran); b.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ran; <-served })
	return &stand{b, slaves, out, l}, ctx
}

func TestOnceShowsEveryStepFromBytesToValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := standUp(t, twoRooms, rooms, []byte{1, 7}, false)
		read, failed := s.Once(ctx, nil)
		if read != 2 || failed != 0 {
			t.Errorf("%d read, %d not", read, failed)
		}
		for _, want := range []string{
			"chill-1  unit 1 on bus rooms, /dev/ttyUSB0, 4800 8N1; coldroom/rs-ws",
			"air: function 3, registers 0 to 1",
			"sent      01 03 00 00 00 02 c4 0b",
			"received  01 03 04 02 92 ff 9b 5a 3d",
			"65.8 %RH",
			"register 0: 02 92 → as u16: 658 → times 0.1: 65.8",
			"register 1: ff 9b → as s16: -101 → times 0.1: -10.1",
			"alarm: outside the limit 0 to 8",
			"register 1: 80 00 → pattern for \"no value\"",
		} {
			if !strings.Contains(s.text.String(), want) {
				t.Errorf("does not show %q in\n%s", want, s.text)
			}
		}
		if strings.Contains(s.text.String(), "\x1b") {
			t.Error("colours where no terminal is")
		}
	})
}

func TestFaultsAreExplainedAtTheCabinet(t *testing.T) {
	cases := []struct {
		name  string
		fault func(s *stand)
		want  []string
	}{
		{"dead beside a living one", func(s *stand) { s.slaves.SetAlive(7, false) }, []string{"No answer. chill-1 answers on this line", "is the instrument's address 7?", "--device freeze-1 --scan"}},
		{"nobody answers", func(s *stand) { s.slaves.SetAlive(1, false); s.slaves.SetAlive(7, false) }, []string{"A and B swapped", "the bus is 4800 8N1, the profile wants 4800 8N1 or 9600 8N1", "none of 2 devices on bus rooms answers"}},
		{"another address", func(s *stand) { s.slaves.Next(1, device.Fault{Kind: device.OtherUnit, Unit: 3}) }, []string{"Unit 1 was asked and unit 3 answered", "write unit: 3"}},
		{"bad checksum", func(s *stand) { s.slaves.Next(1, device.Fault{Kind: device.BadCRC}) }, []string{"its checksum is wrong", "120 Ω"}},
		{"broken off", func(s *stand) { s.slaves.Next(1, device.Fault{Kind: device.Truncated, Bytes: 3}) }, []string{"broke off after 6 bytes", "loose wire"}},
		{"surplus", func(s *stand) { s.slaves.Next(1, device.Fault{Kind: device.Surplus, Bytes: 2}) }, []string{"more bytes follow it", "two instruments with one address"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ctx := standUp(t, twoRooms, rooms, []byte{1, 7}, false)
				c.fault(s)
				if _, failed := s.Once(ctx, nil); failed == 0 {
					t.Fatalf("no device failed:\n%s", s.text)
				}
				for _, want := range c.want {
					if !strings.Contains(s.text.String(), want) {
						t.Errorf("does not say %q in\n%s", want, s.text)
					}
				}
			})
		})
	}
}

func TestAnEchoingAdapterIsRecognised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := standUp(t, twoRooms, rooms, []byte{1, 7}, true)
		if _, failed := s.Once(ctx, nil); failed != 2 || !strings.Contains(s.text.String(), "write echo: true on bus rooms") {
			t.Errorf("%d failed, says\n%s", failed, s.text)
		}
		s, ctx = standUp(t, strings.Replace(twoRooms, "baud: 4800", "baud: 4800, echo: true", 1), rooms, []byte{1, 7}, true)
		if read, _ := s.Once(ctx, nil); read != 2 {
			t.Errorf("with echo: true, %d of 2 read\n%s", read, s.text)
		}
	})
}

func TestARefusalNamesTheRegisters(t *testing.T) {
	for code, want := range map[byte]string{
		device.IllegalAddress:  "has no registers 0 to 1",
		device.IllegalFunction: "does not know function 3",
		device.DeviceBusy:      "is busy",
		device.DeviceFailure:   "device failure",
	} {
		synctest.Test(t, func(t *testing.T) {
			refuse := func(_, _ byte, _, _ uint16) ([]uint16, byte) { return nil, code }
			s, ctx := standUp(t, twoRooms, refuse, []byte{1, 7}, false)
			if _, failed := s.Once(ctx, []string{"chill-1"}); failed != 1 || !strings.Contains(s.text.String(), want) {
				t.Errorf("exception %d: %d failed, says\n%s", code, failed, s.text)
			}
		})
	}
}

func TestAPortThatDoesNotOpenIsToldOnce(t *testing.T) {
	for err, want := range map[error]string{
		fs.ErrNotExist:     "/dev/ttyUSB0 does not exist",
		fs.ErrPermission:   "No permission to open",
		serialport.ErrBusy: "systemctl stop fieldseal-agent",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := load(t, twoRooms)
			out := &strings.Builder{}
			b, berr := New(s, &Screen{W: out}, func(*site.Bus) (bus.Config, bus.Dial) {
				return bus.Config{Name: "rooms"}, func(context.Context) (serialport.Port, error) {
					return nil, fmt.Errorf("serial port /dev/ttyUSB0: %w", err)
				}
			}, time.Now)
			if berr != nil {
				t.Fatal(berr)
			}
			ctx, stop := context.WithCancel(context.Background())
			ran := make(chan struct{})
			go func() { defer close(ran); b.Run(ctx) }()
			defer func() { stop(); <-ran }()
			_, failed := b.Once(ctx, nil)
			if failed != 2 || strings.Count(out.String(), want) != 1 || !strings.Contains(out.String(), "Not asked: bus rooms is down") {
				t.Errorf("%v: %d failed, says\n%s", err, failed, out)
			}
		})
	}
}

func TestScanFindsAWrongAddressInAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := load(t, twoRooms)
		l, empty := line.New(line.Config{}), line.New(line.Config{})
		out := &strings.Builder{}
		// The instrument is unit 31 at 9600 baud; at any other rate nobody hears.
		b, err := New(s, &Screen{W: out}, func(b *site.Bus) (bus.Config, bus.Dial) {
			if b.Baud != 9600 {
				return bus.Config{Name: b.ID, CharTime: b.CharTime()}, empty.Open
			}
			return bus.Config{Name: b.ID, CharTime: b.CharTime()}, l.Open
		}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		served := make(chan struct{})
		slaves := device.New(1, rooms, 31)
		go func() { defer close(served); _ = slaves.ServeLine(ctx, l.Slave()) }()
		defer func() { stop(); <-served }()
		d, _ := s.Device("chill-1")
		began := time.Now()
		found, err := b.Scan(ctx, d)
		took := time.Since(began)
		if err != nil || found == nil || found.Unit != 31 || found.Settings != "9600 8N1" || !found.Values {
			t.Fatalf("found %+v, %v", found, err)
		}
		b.ShowScan(d, found)
		if !strings.Contains(out.String(), "answers as unit 31 at 9600 8N1; the site file says unit 1 at 4800 8N1") {
			t.Errorf("says\n%s", out)
		}
		if took > time.Minute {
			t.Errorf("two rates took %v", took)
		}
		if w := slaves.Stats(31).Writes; w != 0 {
			t.Errorf("a scan wrote %d times", w)
		}
	})
}

func TestLiveReadsOnTheCadence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := standUp(t, twoRooms, rooms, []byte{1, 7}, false)
		ctx, stop := context.WithTimeout(ctx, 10*time.Minute+time.Second)
		defer stop()
		read, failed := s.Live(ctx, []string{"chill-1"})
		if read != 1 || failed != 0 {
			t.Errorf("%d read, %d not", read, failed)
		}
		if n := s.slaves.Stats(1).Requests; n != 11 {
			t.Errorf("%d polls in ten minutes at one a minute, want 11", n)
		}
		if n := s.slaves.Stats(7).Requests; n != 0 {
			t.Errorf("a device that was not named got %d requests", n)
		}
	})
}

func TestCheckPrintsPlanAndClashes(t *testing.T) {
	text := strings.Replace(twoRooms, "coldroom/rs-ws, limits: {temperature: {low: 0, high: 8}}", "dust/station-500", 1)
	text = strings.NewReplacer("baud: 4800", "baud: 9600").Replace(text)
	s := load(t, text)
	out := &strings.Builder{}
	if err := Check(s, &Screen{W: out}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"registers 501 to 506", "The site file is good.", "fieldseal-agent read --config site.yaml", "golden frames good", "9600 8N1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not show %q in\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "look:") {
		t.Errorf("warns without reason:\n%s", out)
	}
}

func TestSampleFilesNeedNoSecondLook(t *testing.T) {
	for _, name := range []string{"construction", "coldstore"} {
		s, err := site.Load("../../firmware-config/gateway/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		out := &strings.Builder{}
		if err := Check(s, &Screen{W: out}); err != nil || strings.Contains(out.String(), "look:") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestAWrongGoldenFrameIsFound(t *testing.T) {
	text, err := os.ReadFile("../../firmware-config/profiles/coldroom/rs-ws.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for old, change := range map[string]string{"temperature: -10.1": "temperature: 10.1", "65.8, temp": "none, temp", "9b 5a 3d": "9b 5a 3e"} {
		f, err := instrument.Parse("p.yaml", []byte(strings.Replace(string(text), old, change, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := Golden(f); err == nil || !strings.Contains(err.Error(), "p.yaml:") {
			t.Errorf("%s: %v", change, err)
		}
	}
	f, err := instrument.Parse("p.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Golden(f)); err != nil {
		t.Error(err)
	}
}

func TestReadsThatOnlyTheirOrderTellsApartAreNamed(t *testing.T) {
	text, err := os.ReadFile("../../firmware-config/profiles/dust/station-500.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.NewReplacer("id: dust/station-500", "id: own/clash", "address: 507, count: 5", "address: 507, count: 6").Replace(string(text))
	own, _, _ = strings.Cut(own, "golden:")
	lib, err := instrument.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if err := lib.Add("own", fstest.MapFS{"clash.yaml": {Data: []byte(own)}}); err != nil {
		t.Fatal(err)
	}
	site1 := strings.NewReplacer("baud: 4800", "baud: 9600", "unit: 1, profile: coldroom/rs-ws, limits: {temperature: {low: 0, high: 8}}", "unit: 1, profile: own/clash").Replace(twoRooms)
	s, err := site.Parse("site.yaml", []byte(site1), lib, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &strings.Builder{}
	if err := Check(s, &Screen{W: out}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "look: site.yaml:5: bus rooms: unit 1: chill-1/weather (address 501) and chill-1/dust (address 507) both read 12 data bytes by function 3") {
		t.Errorf("says\n%s", out)
	}
}

// On a network the same instrument is read by the same profile.
func TestAnInstrumentBehindANetworkIsRead(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	s := load(t, strings.Replace(twoRooms, "kind: serial, path: /dev/ttyUSB0, baud: 4800", "kind: tcp, address: \""+address+"\"", 1))
	out := &strings.Builder{}
	b, err := New(s, &Screen{W: out}, func(l *site.Bus) (bus.Config, bus.Dial) {
		return bus.Config{Name: l.ID, Framing: bus.TCP, Timeout: 200 * time.Millisecond}, bus.DialTCP(l.Address)
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	serving, hangUp := context.WithCancel(ctx)
	ran, served := make(chan struct{}), make(chan struct{})
	go func() { defer close(ran); b.Run(ctx) }()
	defer func() { stop(); <-ran }()
	slaves := device.New(1, rooms, 1)
	go func() { defer close(served); _ = slaves.ServeTCP(serving, ln) }()
	read, failed := b.Once(ctx, nil)
	hangUp()
	<-served
	if read != 1 || failed != 1 {
		t.Errorf("%d read, %d not", read, failed)
	}
	for _, want := range []string{"-10.1 Cel", "took the request and unit 7 did not answer", "often wants 1 or 255, not 7"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q in\n%s", want, out)
		}
	}
	out.Reset()
	if _, failed := b.Once(ctx, []string{"chill-1"}); failed != 1 || !strings.Contains(out.String(), address+" refuses the connection") {
		t.Errorf("a server that is gone: %d failed, says\n%s", failed, out)
	}
}
