package sample

import (
	"context"

	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/modbus/registers"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// Modbus is the driver of one exchange of one Modbus device.
type Modbus struct {
	Bus      *bus.Bus
	Map      *registers.Map
	Device   *profile.Device
	Exchange int
	Request  bus.Request
}

// Ask implements Driver.
func (m *Modbus) Ask(ctx context.Context) Answer {
	ex := m.Bus.Do(ctx, m.Request)
	a := Answer{Sent: ex.Sent, Received: ex.Received, SentAt: uint64(ex.SentAt.Microseconds()), RecvAt: uint64(ex.ReceivedAt.Microseconds()), Err: ex.Err}
	a.Outcome, a.Cause = outcome(ex.Outcome)
	a.Cancelled = ex.Outcome == bus.Cancelled
	if st, ok := m.Bus.Device(m.Request.Device); ok {
		a.Lost = st.Health == bus.Lost
	}
	if ex.Outcome == bus.OK {
		values, err := m.Map.Values(m.Device, m.Exchange, ex.Data)
		if err != nil {
			// The bytes are sound and the profile does not fit them: there is an
			// answer and no value.
			a.Values, a.Err = nil, err
			a.Cause = record.CauseNoValue
			return a
		}
		a.Values = values
	}
	return a
}

// outcome sorts what the bus master saw. A reply followed by surplus bytes gives
// no reading: a late reply and the true one look just like that.
func outcome(o bus.Outcome) (record.Outcome, record.Cause) {
	switch o {
	case bus.OK:
		return record.OutcomeOK, record.CauseUnknown
	case bus.NoAnswer, bus.Skipped:
		return record.OutcomeNoAnswer, record.CauseNoAnswer
	case bus.BadCRC:
		return record.OutcomeCheck, record.CauseBus
	case bus.Truncated:
		return record.OutcomeTruncated, record.CauseBus
	case bus.WrongUnit, bus.Malformed:
		return record.OutcomeForeign, record.CauseBus
	case bus.Surplus:
		return record.OutcomeSurplus, record.CauseBus
	case bus.Exceptional:
		return record.OutcomeException, record.CauseNoValue
	}
	return record.OutcomeBus, record.CauseBus
}
