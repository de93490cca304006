// Package gpio says what a digital input means: a contact with debounce and
// events, or a counter of pulses.
//
// It opens nothing and has no clock; drivers/gpio/link does and has. It has no
// bytes either: a contact is a level that the gateway sees for itself, and a
// reading of it names no frame. Its Decoder therefore refuses every frame.
//
// Its invariant: a level counts only when it has held for the debounce time, a pulse
// only when the line was quiet for as long before it, and pulses that nobody watched
// for are in no number.
package gpio
