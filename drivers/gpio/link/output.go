package link

import (
	"fmt"
	"sync"

	periph "periph.io/x/conn/v3/gpio"
)

// OutPin is an output line. Close gives it back.
type OutPin interface {
	Out(l periph.Level) error
	Close()
}

// OutputConfig is one output.
type OutputConfig struct {
	Chip, Line string
	// ActiveLow says that the lamp is on at the low level, as with many relay boards.
	ActiveLow bool
	// Open opens the line; nil: the kernel's.
	Open func() (OutPin, error)
}

// Output is a line that switches a local lamp or siren. Its methods are safe for
// many goroutines.
type Output struct {
	cfg OutputConfig
	mu  sync.Mutex
	pin OutPin // nil: not open
}

// OpenOutput opens a line and switches it off. The kernel is told the level only after
// the direction, so a lamp that is on at the low level may flash once. An output that
// could not be opened is returned beside the error, and opened by the next Set.
func OpenOutput(cfg OutputConfig) (*Output, error) {
	if cfg.Open == nil {
		cfg.Open = func() (OutPin, error) {
			l, err := open(cfg.Chip, cfg.Line)
			if err != nil {
				return nil, err
			}
			return l, nil
		}
	}
	o := &Output{cfg: cfg}
	return o, o.Set(false)
}

// Set switches the output. After a fault the line is opened anew by the next Set.
func (o *Output) Set(on bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pin == nil {
		p, err := o.cfg.Open()
		if err != nil {
			return fmt.Errorf("output %s: %w", o.cfg.Line, err)
		}
		o.pin = p
	}
	if err := o.pin.Out(periph.Level(on != o.cfg.ActiveLow)); err != nil {
		o.pin.Close()
		o.pin = nil
		return fmt.Errorf("output %s: %w", o.cfg.Line, err)
	}
	return nil
}

// Close switches the output off and gives the line back. What the line does then
// is up to the chip: a pull resistor outside keeps the lamp off.
func (o *Output) Close() error {
	err := o.Set(false)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pin != nil {
		o.pin.Close()
		o.pin = nil
	}
	return err
}
