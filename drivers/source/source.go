package source

import (
	"context"

	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Device is one instrument that a source listens for, with the profile that its
// frames are decoded by.
type Device struct {
	profile.Device
	Bound *profile.Profile
}

// Message is what was heard of one device at one time.
type Message struct {
	Device string // configuration id
	// Frame is what came, or what was sent back; nil only where no bytes exist,
	// as for a contact. Bus, Device and Path may be left empty: whoever takes the
	// message knows them. Its times are boot times in µs.
	Frame *record.Frame
	// Earlier are the frames that decoding Frame needs besides, oldest first, such
	// as the earlier parts of a split packet. They are sealed beside it, again if
	// their batch is closed.
	Earlier []*record.Frame
	At      uint64 // boot time, µs
	Values  []profile.Decoded
	// Failed says that values were due and none can be had, by Cause. A message
	// that is not about values, such as a heartbeat, is not failed.
	Failed bool
	Cause  record.Cause
	// Events of the device, seen in the frame. Times, path and subject are filled
	// in; a subject that is set is the name of a point or part of the device.
	Events []record.Event
	// Kept is called once, from another goroutine, as soon as the message is
	// durable in the journal; nil when nobody waits. It must not block.
	Kept func()
}

// Sink takes what a source hears. Its methods are safe for many goroutines and
// may block while the disk is behind.
type Sink interface {
	// Hear takes a message of a device that the source was given.
	Hear(m Message)
	// Down says that nothing can be heard of a device, and why; the next message
	// ends it.
	Down(device string, cause record.Cause, why error)
}

// Source listens on one bus.
type Source interface {
	// Run listens until ctx ends. It mends what it can, such as a lost connection,
	// and returns an error only when the process cannot go on.
	Run(ctx context.Context, out Sink) error
}
