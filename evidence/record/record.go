package record

import (
	"fmt"

	"fieldseal/evidence/cborx"
)

// Kind tells what a record is; the number is signed.
type Kind uint8

// The kinds of record. Leaves of a batch ascend by kind.
const (
	KindContents  Kind = 0
	KindReading   Kind = 1
	KindFrame     Kind = 2
	KindEvent     Kind = 3
	KindAggregate Kind = 4 // reserved: no format version 1 body exists
	KindGap       Kind = 5
)

func (k Kind) String() string {
	switch k {
	case KindContents:
		return "contents"
	case KindReading:
		return "reading"
	case KindFrame:
		return "frame"
	case KindEvent:
		return "event"
	case KindAggregate:
		return "aggregate"
	case KindGap:
		return "gap"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Limits, published in docs/formats.md §2.
const (
	MaxRecord   = 16 << 10 // bytes of one leaf, salt included
	MaxContents = 64 << 10 // bytes of the contents leaf
	MaxName     = 128      // bytes of a point, device or bus name
	MaxFlag     = 64       // bytes of an instrument's flag
	MaxNote     = 512      // bytes of an event's note
	MaxExchange = 12 << 10 // bytes sent plus bytes received in one frame
	MaxMarks    = 8        // quality marks of one reading
	MaxPoints   = 512      // points named in one gap, or listed in one contents record
)

// Path says by which way a record was acquired, so that a verdict can say where
// sealing began. The number is signed.
type Path uint8

// The acquisition paths.
const (
	PathAgent  Path = 0 // observed by the agent itself; no instrument was asked
	PathSerial Path = 1 // a serial line at the gateway
	PathLocal  Path = 2 // GPIO, I2C or 1-wire at the gateway
	PathSite   Path = 3 // the site's own network
	PathPublic Path = 4 // a public network, through a relay
	maxPath         = PathPublic
)

func (p Path) String() string {
	switch p {
	case PathAgent:
		return "agent"
	case PathSerial:
		return "serial"
	case PathLocal:
		return "local"
	case PathSite:
		return "site network"
	case PathPublic:
		return "public network through a relay"
	}
	return fmt.Sprintf("path %d", uint8(p))
}

// A Body is one decoded record body.
type Body interface {
	Kind() Kind
	Append(b []byte) []byte
}

// Parse decodes a body of the kind given, strictly, and bounds its size.
func Parse(k Kind, body []byte) (Body, error) {
	limit := MaxRecord
	if k == KindContents {
		limit = MaxContents
	}
	if len(body) > limit {
		return nil, fmt.Errorf("%w: %v record of %d bytes is above the limit of %d", cborx.ErrMalformed, k, len(body), limit)
	}
	r := cborx.NewReader(body)
	var out Body
	switch k {
	case KindContents:
		out = readContents(r)
	case KindReading:
		out = readReading(r)
	case KindFrame:
		out = readFrame(r)
	case KindEvent:
		out = readEvent(r)
	case KindGap:
		out = readGap(r)
	default:
		return nil, fmt.Errorf("%w: %v does not exist in format version 1", cborx.ErrMalformed, k)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%v record: %w", k, err)
	}
	return out, nil
}

func readPath(r *cborx.Reader) Path { return Path(r.UintMax(uint64(maxPath))) }
