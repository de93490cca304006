package serialport

import (
	"fmt"
	"time"
)

// Direction says how an RS-485 transceiver is switched to sending.
type Direction string

const (
	// DirectionNone: the adapter switches by itself (nearly every USB adapter).
	DirectionNone Direction = "none"
	// RTSHighOnSend: RTS is raised while sending and dropped while receiving.
	RTSHighOnSend Direction = "rts-high-on-send"
	// RTSLowOnSend: RTS is dropped while sending and raised while receiving.
	RTSLowOnSend Direction = "rts-low-on-send"
)

// Config are the settings of one line. The zero value of all but Path and Baud
// means 8 data bits, no parity, one stop bit, no direction switching.
type Config struct {
	Path      string
	Baud      int       // bits per second, one of the tty's standard rates
	DataBits  int       // 5 to 8
	Parity    byte      // 'N', 'E' or 'O'
	StopBits  int       // 1 or 2
	Direction Direction // "" means DirectionNone
}

// WithDefaults fills what was left zero.
func (c Config) WithDefaults() Config {
	if c.DataBits == 0 {
		c.DataBits = 8
	}
	if c.Parity == 0 {
		c.Parity = 'N'
	}
	if c.StopBits == 0 {
		c.StopBits = 1
	}
	if c.Direction == "" {
		c.Direction = DirectionNone
	}
	return c
}

// Check reports the first setting that no port could take.
func (c Config) Check() error {
	c = c.WithDefaults()
	switch {
	case c.Path == "":
		return fmt.Errorf("serial port: no path; name the device, such as /dev/ttyUSB0")
	case c.Baud <= 0:
		return fmt.Errorf("serial port %s: baud %d; give the rate in the instrument's manual, such as 9600", c.Path, c.Baud)
	case c.DataBits < 5 || c.DataBits > 8:
		return fmt.Errorf("serial port %s: %d data bits; 5 to 8 are possible", c.Path, c.DataBits)
	case c.Parity != 'N' && c.Parity != 'E' && c.Parity != 'O':
		return fmt.Errorf("serial port %s: parity %q; N, E or O are possible", c.Path, c.Parity)
	case c.StopBits != 1 && c.StopBits != 2:
		return fmt.Errorf("serial port %s: %d stop bits; 1 or 2 are possible", c.Path, c.StopBits)
	}
	switch c.Direction {
	case DirectionNone, RTSHighOnSend, RTSLowOnSend:
		return nil
	}
	return fmt.Errorf("serial port %s: direction %q; %s, %s or %s are possible", c.Path, c.Direction, DirectionNone, RTSHighOnSend, RTSLowOnSend)
}

// String is the line as an engineer writes it, such as "9600 8N1".
func (c Config) String() string {
	c = c.WithDefaults()
	return fmt.Sprintf("%d %d%c%d", c.Baud, c.DataBits, c.Parity, c.StopBits)
}

// CharTime is how long one character takes on the wire, start, parity and stop
// bits included; 0 when the rate is not known.
func (c Config) CharTime() time.Duration {
	if c.Baud <= 0 {
		return 0
	}
	c = c.WithDefaults()
	bits := 1 + c.DataBits + c.StopBits
	if c.Parity != 'N' {
		bits++
	}
	return time.Duration(bits) * time.Second / time.Duration(c.Baud)
}
