package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	instrument "fieldseal/firmware-config/profile"
	"fieldseal/firmware-config/site"
)

// Explain says what a fault means and what to look at, the likeliest first. heard
// is a device that answered on the same bus, if one did.
func Explain(s *site.Site, r *Result, heard string) []string {
	l, _ := s.Bus(r.Device.Bus)
	ex := &r.Exchange
	p := &r.Device.Profile.Profile
	if heard == r.Device.ID {
		heard = ""
	}
	switch {
	case errors.Is(r.Err, bus.ErrEcho):
		return []string{"The adapter's echo is not what was sent.",
			fmt.Sprintf("- bus %s has echo: true; if this adapter gives nothing back, remove it", l.ID),
			"- two masters on one line disturb each other: disconnect any other logger"}
	case len(ex.Sent) > 0 && ex.Outcome != bus.OK && bytes.HasPrefix(ex.Received, ex.Sent):
		return []string{"The adapter gives back what is sent, and that was taken for the answer.",
			fmt.Sprintf("- write echo: true on bus %s", l.ID)}
	}
	switch ex.Outcome {
	case bus.NoAnswer:
		return explainSilence(s, r, l, heard)
	case bus.WrongUnit:
		return []string{fmt.Sprintf("Unit %d was asked and unit %d answered.", r.Device.Unit, ex.Received[0]),
			fmt.Sprintf("- if only this instrument is connected, its address is %d: set it to %d, or write unit: %d", ex.Received[0], r.Device.Unit, ex.Received[0]),
			"- if others are connected, one answered late or two share an address: connect them one by one"}
	case bus.BadCRC:
		return []string{"An answer came and its checksum is wrong.",
			"- line noise: 120 Ω at both ends of the line and nowhere else, screen earthed at one end, away from power cables",
			fmt.Sprintf("- parity or stop bits: the bus is %s, the profile wants %v; look at the instrument's settings", l.Settings(), r.Device.Profile.Line),
			"- two instruments with one address answer at once: connect them one by one"}
	case bus.Truncated:
		return []string{fmt.Sprintf("The answer broke off after %d bytes.", len(ex.Received)),
			"- a loose wire or a weak supply: look at terminals and the instrument's voltage while it answers",
			"- rate or parity differ and bytes are lost: compare with " + l.Settings(),
			fmt.Sprintf("- the instrument pauses within its answer: try timeout: 2s on bus %s", l.ID)}
	case bus.Surplus:
		return []string{"The answer is whole and more bytes follow it, so it is not trusted.",
			"- two instruments with one address answer one after the other: connect them one by one",
			"- another master asks on this line: disconnect it"}
	case bus.Malformed:
		lines := []string{"Something answered, and not to this question: " + reason(r.Err) + "."}
		if l.Kind == instrument.TCP {
			return append(lines, fmt.Sprintf("- %s may not speak Modbus TCP, or is a serial server in transparent mode: set it to Modbus gateway mode", l.Address))
		}
		return append(lines,
			fmt.Sprintf("- rate, parity or swapped wires make bytes of noise: the bus is %s, the profile wants %v", l.Settings(), r.Device.Profile.Line),
			fmt.Sprintf("- the instrument is another model: compare its manual with profile %s", p.ID))
	case bus.Exceptional:
		return explainException(r)
	case bus.BusFault:
		return explainPort(r, l)
	case bus.Cancelled:
		return []string{"Stopped before the answer came."}
	}
	if r.Err != nil {
		return []string{"Not read: " + reason(r.Err) + "."}
	}
	return []string{"Not read."}
}

func explainSilence(s *site.Site, r *Result, l *site.Bus, heard string) []string {
	scan := fmt.Sprintf("- find it: fieldseal-agent read --config %s --device %s --scan", s.File, r.Device.ID)
	if l.Kind == instrument.TCP {
		return []string{fmt.Sprintf("%s took the request and unit %d did not answer.", l.Address, r.Device.Unit),
			fmt.Sprintf("- the unit number: behind a gateway it is the instrument's own address; an instrument with its own network port often wants 1 or 255, not %d", r.Device.Unit),
			"- behind a gateway: its serial side, as for any line", scan}
	}
	if heard != "" {
		return []string{fmt.Sprintf("No answer. %s answers on this line, so the line and its settings are good.", heard),
			fmt.Sprintf("- is the instrument's address %d? Look at its switches or menu", r.Device.Unit),
			"- has it power, and are its A and B wires on the right terminals?",
			"- is it set to " + l.Settings() + "?", scan}
	}
	return []string{"No answer.",
		"- A and B swapped: exchange the two wires at one end; nothing is harmed",
		fmt.Sprintf("- address: is it %d on the instrument's switches or menu?", r.Device.Unit),
		fmt.Sprintf("- rate and parity: the bus is %s, the profile wants %v", l.Settings(), r.Device.Profile.Line),
		fmt.Sprintf("- power at the instrument, and %s is the adapter that its wires go to", l.Path), scan}
}

func explainException(r *Result) []string {
	var e modbus.Exception
	if !errors.As(r.Err, &e) {
		return []string{"The instrument refused the request."}
	}
	p, read := r.Device.Profile.Profile.ID, r.Device.Profile.Reads[r.Index]
	switch e.Code {
	case modbus.IllegalFunction:
		return []string{fmt.Sprintf("The instrument answers and does not know function %d.", e.Function),
			fmt.Sprintf("- profile %s is for another model: look in its manual whether it reads by function 3 or 4", p)}
	case modbus.IllegalAddress, modbus.IllegalValue:
		return []string{fmt.Sprintf("The instrument answers and has no %s.", reads(read)),
			fmt.Sprintf("- profile %s is for another model or firmware: compare it with the manual", p),
			"- some manuals count from 1 or write 40001: on the wire the first register is 0"}
	case modbus.DeviceBusy, modbus.Acknowledge:
		return []string{"The instrument answers and is busy.", "- wait a minute after power-on, then read again; if it stays busy, read less often"}
	case modbus.GatewayNoPath, modbus.GatewayTargetSilent:
		return []string{"The gateway answers and its instrument does not.", fmt.Sprintf("- look at the gateway's serial line and at address %d behind it", r.Device.Unit)}
	}
	return []string{"The instrument answers with " + e.Error() + ".", "- look for a fault on its own display; switch it off and on once"}
}

func explainPort(r *Result, l *site.Bus) []string {
	switch {
	case errors.Is(r.Err, serialport.ErrBusy):
		return []string{l.Path + " is in use.", "- the agent holds it: stop it first (systemctl stop fieldseal-agent), and start it again after"}
	case errors.Is(r.Err, fs.ErrNotExist):
		return []string{l.Path + " does not exist.", "- is the adapter plugged in? See what is there: ls /dev/serial/by-id /dev/ttyUSB* /dev/ttyS*",
			fmt.Sprintf("- a name below /dev/serial/by-id stays when adapters are plugged in another order; write it as path of bus %s", l.ID)}
	case errors.Is(r.Err, fs.ErrPermission):
		return []string{"No permission to open " + l.Path + ".", "- add your user to the group that owns it, often dialout: sudo usermod -aG dialout $USER, then sign in again"}
	case errors.Is(r.Err, serialport.ErrNoDirection):
		return []string{l.Path + " cannot switch direction by RTS.", fmt.Sprintf("- most USB adapters switch by themselves: remove rts from bus %s", l.ID)}
	case errors.Is(r.Err, syscall.ECONNREFUSED):
		return []string{l.Address + " refuses the connection.", "- is Modbus TCP switched on there, and is the port right (502 by the standard)?",
			"- many servers take one or two connections only: close other programs that read it"}
	case l.Kind == instrument.TCP:
		return []string{"No connection to " + l.Address + ": " + reason(r.Err) + ".", "- can it be reached? ping it; compare address and network of gateway and instrument"}
	case errors.Is(r.Err, bus.ErrNoisy):
		return []string{"The line never falls silent.", "- another master asks on it: disconnect it", "- A and B swapped or no termination: the adapter hears noise"}
	}
	return []string{"The port failed: " + reason(r.Err) + ".", "- plug the adapter in again; try another one"}
}

// reason is the last part of an error's chain of places, for a sentence.
func reason(err error) string {
	if err == nil {
		return "no reason was given"
	}
	text := err.Error()
	if _, after, ok := strings.Cut(text, "): "); ok {
		text = after
	}
	return strings.ReplaceAll(text, "\n", "; ")
}

// advise sums up where faults have one likely cause.
func (b *Bench) advise(failed []*Result) {
	silent := map[string][]string{}
	for _, r := range failed {
		if r.Exchange.Outcome == bus.NoAnswer {
			silent[r.Device.Bus] = append(silent[r.Device.Bus], r.Device.ID)
		}
	}
	for i := range b.Site.Buses {
		l := &b.Site.Buses[i]
		ids := silent[l.ID]
		if len(ids) < 2 || b.heardOn(l.ID) != "" || l.Kind == instrument.TCP {
			continue
		}
		b.Out.line("%s none of %s devices on bus %s answers: look at the line before the instruments (A and B, power, %s at %s)",
			b.Out.paint(look, "look:"), strconv.Itoa(len(ids)), l.ID, l.Settings(), l.Path)
	}
}
