package jt808

import (
	"encoding/binary"
	"fmt"
	"time"

	"fieldseal/evidence/decimal"
)

// Location is one position report (8.18).
type Location struct {
	Alarm  uint32
	Status uint32
	Lat    decimal.D // degrees, 6 digits, south negative; as sent, even if impossible
	Lon    decimal.D // degrees, 6 digits, west negative
	Height uint16    // m
	Speed  decimal.D // km/h, 1 digit
	Course uint16    // degrees from north
	Clock  string    // the 12 digits of the terminal's time, as sent
	Time   time.Time // Clock as an instant; zero when it is none
	Extras []Extra
	// Cut says that the last extra announced more bytes than there were.
	Cut bool
}

// Extra is one additional item of a report, its value as sent.
type Extra struct {
	ID    byte
	Value []byte
}

// Status bits (8.18 Table 24).
const (
	statusPositioned = 1 << 1
	statusSouth      = 1 << 2
	statusWest       = 1 << 3
)

const (
	locationBytes = 28
	maxExtras     = maxBody / 2
)

// Positioned reports whether the terminal says that it knew where it was.
func (l *Location) Positioned() bool { return l.Status&statusPositioned != 0 }

// Possible reports whether the position lies on the globe.
func (l *Location) Possible() bool {
	return within(l.Lat, 90) && within(l.Lon, 180)
}

func within(d decimal.D, degrees int64) bool {
	most := degrees * 1_000_000
	return d.Mantissa <= most && d.Mantissa >= -most
}

// zone is that of a terminal's clock (8.18: GMT+8).
var zone = time.FixedZone("UTC+8", 8*60*60)

// ParseLocation reads the body of a position report.
func ParseLocation(b []byte) (*Location, error) {
	if len(b) < locationBytes {
		return nil, fmt.Errorf("%d bytes where a position report has %d: %w", len(b), locationBytes, ErrLength)
	}
	l := &Location{
		Alarm:  binary.BigEndian.Uint32(b),
		Status: binary.BigEndian.Uint32(b[4:]),
		Height: binary.BigEndian.Uint16(b[16:]),
		Speed:  decimal.New(int64(binary.BigEndian.Uint16(b[18:])), 1),
		Course: binary.BigEndian.Uint16(b[20:]),
	}
	l.Lat = degrees(binary.BigEndian.Uint32(b[8:]), l.Status&statusSouth != 0)
	l.Lon = degrees(binary.BigEndian.Uint32(b[12:]), l.Status&statusWest != 0)
	l.Clock = fmt.Sprintf("%X", b[22:28])
	if t, err := time.ParseInLocation("060102150405", l.Clock, zone); err == nil {
		// The two-digit year of the layout turns to 1969 at 69; no terminal is that old.
		if t.Year() < 2000 {
			t = t.AddDate(100, 0, 0)
		}
		l.Time = t
	}
	for rest := b[locationBytes:]; len(rest) > 0 && len(l.Extras) < maxExtras; {
		if len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			l.Cut = true
			break
		}
		n := 2 + int(rest[1])
		l.Extras = append(l.Extras, Extra{rest[0], rest[2:n]})
		rest = rest[n:]
	}
	return l, nil
}

func degrees(millionths uint32, negative bool) decimal.D {
	n := int64(millionths)
	if negative {
		n = -n
	}
	return decimal.New(n, 6)
}

// Locations are the position reports of a message, in the order sent; nil for a
// message that carries none. A part of a split message carries none by itself,
// and neither does an encrypted one.
func (m *Message) Locations() ([]*Location, error) {
	if m.Parts > 1 || m.Cipher != 0 {
		return nil, nil
	}
	body := m.Body
	switch m.ID {
	case IDLocationQuery, IDControlReply:
		if len(body) < 2 { // the serial of the platform's request comes first
			return nil, fmt.Errorf("%d bytes of body: %w", len(body), ErrLength)
		}
		body = body[2:]
	case IDBatch:
		return batch(body)
	case IDLocation:
	default:
		return nil, nil
	}
	l, err := ParseLocation(body)
	if err != nil {
		return nil, err
	}
	return []*Location{l}, nil
}

// batch reads a bulk upload (8.49): count, kind, then each report with its length.
func batch(b []byte) ([]*Location, error) {
	if len(b) < 3 {
		return nil, fmt.Errorf("%d bytes where a batch has at least 3: %w", len(b), ErrLength)
	}
	count := int(binary.BigEndian.Uint16(b))
	if count > len(b)/(2+locationBytes) {
		return nil, fmt.Errorf("%d reports cannot stand in one message: %w", count, ErrLength)
	}
	rest := b[3:]
	out := make([]*Location, 0, count)
	for i := range count {
		if len(rest) < 2 {
			return nil, fmt.Errorf("report %d of %d is missing: %w", i+1, count, ErrLength)
		}
		n := 2 + int(binary.BigEndian.Uint16(rest))
		if len(rest) < n {
			return nil, fmt.Errorf("report %d of %d has %d bytes, %d are left: %w", i+1, count, n-2, len(rest)-2, ErrLength)
		}
		l, err := ParseLocation(rest[2:n])
		if err != nil {
			return nil, fmt.Errorf("report %d of %d: %w", i+1, count, err)
		}
		out, rest = append(out, l), rest[n:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes after the last of %d reports: %w", len(rest), count, ErrLength)
	}
	return out, nil
}
