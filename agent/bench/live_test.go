package bench

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/firmware-config/site"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

const twoBuses = `version: 1
site: {id: cold}
gateway: {id: gw, data: /tmp/x}
buses:
  - {id: dead, kind: serial, path: /dev/ttyUSB0, baud: 4800}
  - {id: good, kind: serial, path: /dev/ttyUSB1, baud: 4800}
devices:
  - {id: absent-1, bus: dead, unit: 1, profile: coldroom/rs-ws, cadence: 1s}
  - {id: absent-2, bus: dead, unit: 7, profile: coldroom/rs-ws, cadence: 1s}
  - {id: there-1, bus: good, unit: 1, profile: coldroom/rs-ws, cadence: 1s}
`

func TestADeadBusDoesNotSlowALiveViewOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := map[string]*line.Line{"dead": line.New(line.Config{}), "good": line.New(line.Config{})}
		var out strings.Builder
		wire := func(b *site.Bus) (bus.Config, bus.Dial) {
			return bus.Config{Name: b.ID, CharTime: b.CharTime()}, lines[b.ID].Open
		}
		b, err := New(load(t, twoBuses), &Screen{W: &out}, wire, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		served, ran := make(chan struct{}), make(chan struct{})
		go func() { defer close(served); _ = device.New(1, rooms, 1).ServeLine(ctx, lines["good"].Slave()) }()
		go func() { defer close(ran); b.Run(ctx) }()
		live, end := context.WithTimeout(ctx, 10500*time.Millisecond)
		defer end()
		read, failed := b.Live(live, nil)
		stop()
		<-ran
		<-served
		if read != 1 || failed != 2 {
			t.Errorf("%d read, %d not", read, failed)
		}
		if n := strings.Count(out.String(), "there-1  "); n < 10 || n > 11 {
			t.Errorf("the good device was read %d times in ten seconds:\n%s", n, &out)
		}
	})
}
