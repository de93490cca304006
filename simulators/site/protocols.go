//go:build linux

package site

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"time"

	"fieldseal/drivers/serialport"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/simulators/cranebox"
	"fieldseal/simulators/device"
	"fieldseal/simulators/fault"
	"fieldseal/simulators/line"
	"fieldseal/simulators/meter"
	"fieldseal/simulators/printer"
	"fieldseal/simulators/sensor"
	"fieldseal/simulators/station"
	"fieldseal/simulators/vehicle"
)

// protocols play one bus each.
var protocols = map[string]func(*stage) (*way, error){
	"modbus-rtu": playModbus,
	"modbus-tcp": playModbus,
	"dlt645":     playMeters,
	"hj212":      playStations,
	"mqtt":       playSensors,
	"jt808":      playVehicles,
	"crane-0e":   playCranes,
	"nmea":       playPrinters,
	"text":       playPrinters,
}

// Think is how long a Modbus instrument takes to answer.
const Think = 12 * time.Millisecond

// kind is that of the stage's bus.
func (s *stage) kind() instrument.Kind {
	if s.on == nil {
		return instrument.Serial
	}
	return s.on.Kind
}

// line makes the serial line of the bus, or the port at which an agent dials it, and
// serves it until ctx ends. Vanish takes it away.
func (s *stage) line(serial func(context.Context, serialport.Port) error, tcp func(context.Context, net.Listener) error) (*way, error) {
	if s.kind() == instrument.TCP {
		return s.port(tcp)
	}
	if s.kind() != instrument.Serial {
		return nil, fmt.Errorf("instruments of its protocol cannot be simulated on a bus of kind %s", s.kind())
	}
	pty, err := line.NewPTY(filepath.Join(s.dir, s.name))
	if err != nil {
		return nil, err
	}
	s.wg.Go(func() { _ = serial(s.ctx, pty.Slave()) }) // it ends with the line
	return &way{path: pty.Path(), close: pty.Close, vanish: func(gone bool) {
		if gone {
			pty.Vanish()
			return
		}
		// A pseudo-terminal that cannot be had now is asked for again with the next
		// return; the agent sees a bus that stays away.
		_ = pty.Return()
	}}, nil
}

// port serves at the bus's address.
func (s *stage) port(serve func(context.Context, net.Listener) error) (*way, error) {
	ln, err := net.Listen("tcp", s.on.Address)
	if err != nil {
		return nil, err
	}
	var stop context.CancelFunc
	begin := func(ln net.Listener) {
		var ctx context.Context
		ctx, stop = context.WithCancel(s.ctx)
		s.wg.Go(func() { _ = serve(ctx, ln) }) // it ends with its listener
	}
	begin(ln)
	return &way{vanish: func(gone bool) {
		stop()
		if gone {
			return
		}
		if ln, err := net.Listen("tcp", s.on.Address); err == nil {
			begin(ln)
		}
	}}, nil
}

// slave is a Modbus instrument's place among the others of its line.
type slave struct {
	slaves *device.Slaves
	unit   byte
}

func (s slave) SetAlive(alive bool) { s.slaves.SetAlive(s.unit, alive) }
func (s slave) Late(delay time.Duration) {
	s.slaves.Next(s.unit, device.Fault{Kind: device.Late, Delay: delay})
}

func (s slave) Spoil(how fault.Kind) {
	f := map[fault.Kind]device.Fault{fault.Garbage: {Kind: device.Noise, Bytes: 5}, fault.BadCheck: {Kind: device.BadCRC}, fault.Torn: {Kind: device.Truncated, Bytes: 3}}[how]
	s.slaves.Next(s.unit, f)
}

func playModbus(s *stage) (*way, error) {
	var on []*slaveImage
	var units []byte
	for _, x := range s.cast {
		in, err := imageOf(s.all[x.Device.ID])
		if err != nil {
			return nil, err
		}
		if i := slices.Index(units, in.unit); i >= 0 {
			return nil, fmt.Errorf("simulate %s: unit %d is %s already", x.Device.ID, in.unit, s.cast[i].Device.ID)
		}
		on, units = append(on, in), append(units, in.unit)
	}
	slaves := device.New(s.seed, func(unit, function byte, address, count uint16) ([]uint16, byte) {
		i := slices.Index(units, unit)
		if i < 0 {
			return nil, device.DeviceFailure
		}
		return on[i].read(function, address, count, s.now())
	}, units...)
	for i, x := range s.cast {
		slaves.SetTurnaround(units[i], Think)
		s.parts[x.Device.ID] = slave{slaves, units[i]}
	}
	tcp := slaves.ServeTCP
	if s.on != nil && s.on.RTU {
		tcp = slaves.ServeRTUOverTCP
	}
	return s.line(func(ctx context.Context, p serialport.Port) error { slaves.ServeLine(ctx, p); return nil }, tcp)
}

// ofMeter gives a meter the player's words.
type ofMeter struct{ *meter.Meter }

func (m ofMeter) Late(delay time.Duration) { m.Next(meter.Fault{Kind: meter.Late, Delay: delay}) }

func (m ofMeter) Spoil(how fault.Kind) {
	m.Next(meter.Fault{Kind: map[fault.Kind]meter.Kind{fault.Garbage: meter.Noise, fault.BadCheck: meter.BadSum, fault.Torn: meter.Truncated}[how]})
}

func playMeters(s *stage) (*way, error) {
	var all meter.Meters
	for _, x := range s.cast {
		of := s.all[x.Device.ID]
		m, err := meter.New(x.Device, x.Profile, func(point string, _ time.Time) (float64, bool) { return of.Value(point, s.now()) })
		if err != nil {
			return nil, err
		}
		all = append(all, m)
		s.parts[x.Device.ID] = ofMeter{m}
	}
	return s.line(all.ServeLine, all.ServeTCP)
}

// ofStation gives a station the player's words.
type ofStation struct{ *station.Station }

func (x ofStation) Late(delay time.Duration) {
	x.Next(station.Fault{Kind: station.Late, Delay: delay})
}

func (x ofStation) Spoil(how fault.Kind) {
	x.Next(station.Fault{Kind: map[fault.Kind]station.Kind{fault.Garbage: station.Garbage, fault.BadCheck: station.BadCRC, fault.Torn: station.Torn}[how]})
}

// ofSensor, ofVehicle and ofBox give the others the player's words.
type (
	ofSensor  struct{ *sensor.Sensor }
	ofVehicle struct{ *vehicle.Vehicle }
	ofBox     struct{ *cranebox.Box }
)

func (x ofSensor) Spoil(how fault.Kind) {
	x.Next(map[fault.Kind]sensor.Kind{fault.Garbage: sensor.Garbage, fault.BadCheck: sensor.Words, fault.Torn: sensor.Torn}[how])
}

func (x ofVehicle) Spoil(how fault.Kind) {
	x.Next(map[fault.Kind]vehicle.Kind{fault.Garbage: vehicle.Garbage, fault.BadCheck: vehicle.BadCheck, fault.Torn: vehicle.Torn}[how])
}

func (x ofBox) Spoil(how fault.Kind) {
	x.Next(map[fault.Kind]cranebox.Kind{fault.Garbage: cranebox.Garbage, fault.BadCheck: cranebox.BadTail, fault.Torn: cranebox.Torn}[how])
}

// open keeps a line when a station lets go of it.
type open struct{ serialport.Port }

func (open) Close() error { return nil }

func playStations(s *stage) (*way, error) {
	var dial func(ctx context.Context) (io.ReadWriteCloser, error)
	w := &way{}
	switch s.kind() {
	case instrument.Listen:
		dial = func(ctx context.Context) (io.ReadWriteCloser, error) { return s.dialTCP(ctx) }
	case instrument.Serial:
		ports := make(chan serialport.Port, 1)
		var err error
		if w, err = s.line(func(_ context.Context, p serialport.Port) error { ports <- p; return nil }, nil); err != nil {
			return nil, err
		}
		port := <-ports
		dial = func(context.Context) (io.ReadWriteCloser, error) { return open{port}, nil }
	default:
		return nil, fmt.Errorf("stations cannot be simulated on a bus of kind %s", s.kind())
	}
	heard, err := s.speak(func(x Instrument) (speaker, error) {
		one, err := station.New(station.Config{Device: x.Device, Profile: x.Profile, Value: s.all[x.Device.ID].Value, Dial: dial, Now: s.now})
		return ofStation{one}, err
	})
	if w.vanish == nil {
		w.vanish = heard
	}
	return w, err
}

func playSensors(s *stage) (*way, error) {
	if s.on.MQTT.Own && !s.on.MQTT.Anonymous || s.on.MQTT.CA != "" {
		return nil, fmt.Errorf("simulated sensors have no name and password and no TLS; let anonymous: true")
	}
	vanish, err := s.speak(func(x Instrument) (speaker, error) {
		one, err := sensor.New(sensor.Config{Device: x.Device, Profile: x.Profile, Value: s.all[x.Device.ID].Value, Broker: s.on.Address, Now: s.now})
		return ofSensor{one}, err
	})
	return &way{vanish: vanish}, err
}

func playVehicles(s *stage) (*way, error) {
	vanish, err := s.speak(func(x Instrument) (speaker, error) {
		one, err := vehicle.New(vehicle.Config{Device: x.Device, Profile: x.Profile, Value: s.all[x.Device.ID].Value, Now: s.now, Dial: s.dialTCP})
		return ofVehicle{one}, err
	})
	return &way{vanish: vanish}, err
}

func playCranes(s *stage) (*way, error) {
	vanish, err := s.speak(func(x Instrument) (speaker, error) {
		one, err := cranebox.New(cranebox.Config{Device: x.Device, Profile: x.Profile, Value: s.all[x.Device.ID].Value, Now: s.now, Dial: s.dialTCP})
		return ofBox{one}, err
	})
	return &way{vanish: vanish}, err
}

// ofPrinter gives a printer the player's words.
type ofPrinter struct{ *printer.Printer }

func (x ofPrinter) Spoil(how fault.Kind) {
	x.Next(map[fault.Kind]printer.Kind{fault.Garbage: printer.Garbage, fault.BadCheck: printer.Damaged, fault.Torn: printer.Torn}[how])
}

func playPrinters(s *stage) (*way, error) {
	begin := func(x Instrument) (*printer.Printer, error) {
		return printer.New(printer.Config{Device: x.Device, Profile: x.Profile, Value: s.all[x.Device.ID].Value, Now: s.now, Dial: s.dialTCP})
	}
	if s.kind() == instrument.Listen {
		vanish, err := s.speak(func(x Instrument) (speaker, error) {
			one, err := begin(x)
			return ofPrinter{one}, err
		})
		return &way{vanish: vanish}, err
	}
	var all []*printer.Printer
	for _, x := range s.cast {
		one, err := begin(x)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		s.parts[x.Device.ID] = ofPrinter{one}
	}
	// Several on one line print by themselves; each in a goroutine of its own.
	return s.line(func(ctx context.Context, p serialport.Port) error {
		for _, one := range all[1:] {
			s.wg.Go(func() { _ = one.ServeLine(ctx, p) }) // it ends with the line
		}
		return all[0].ServeLine(ctx, p)
	}, all[0].ServeTCP)
}

// speaker is an instrument that reports by itself.
type speaker interface {
	part
	Run(ctx context.Context)
	SetReach(reach bool)
}

// speak makes the instruments of a bus and lets them report; vanish cuts them off.
func (s *stage) speak(begin func(x Instrument) (speaker, error)) (vanish func(gone bool), err error) {
	var all []speaker
	for _, x := range s.cast {
		one, err := begin(x)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		s.parts[x.Device.ID] = one
	}
	for _, one := range all {
		s.wg.Go(func() { one.Run(s.ctx) })
	}
	return func(gone bool) {
		for _, one := range all {
			one.SetReach(!gone)
		}
	}, nil
}

// dialTCP reaches the agent at the bus's address.
func (s *stage) dialTCP(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", s.on.Address)
}
