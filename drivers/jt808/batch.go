package jt808

import (
	"fmt"
	"slices"
	"time"

	"fieldseal/evidence/profile"
)

// MaxParts is the most parts of one message that are put together.
const MaxParts = 64

// First is the serial of a split message's first part: parts count on from it
// (4.4.3).
func (m *Message) First() uint16 { return m.Serial - (m.Part - 1) }

// SameMessage reports whether two parts are of one message.
func SameMessage(a, b *Message) bool {
	return a.ID == b.ID && a.Version == b.Version && a.Phone == b.Phone && a.Cipher == b.Cipher && a.Parts == b.Parts && a.First() == b.First()
}

// Join makes one message of all parts of a split one, in any order.
func Join(parts []*Message) (*Message, error) {
	if len(parts) > MaxParts {
		return nil, fmt.Errorf("%d parts; at most %d are put together: %w", len(parts), MaxParts, ErrLength)
	}
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b *Message) int { return int(a.Part) - int(b.Part) })
	var body []byte
	for i, p := range parts {
		if int(p.Parts) != len(parts) || int(p.Part) != i+1 || !SameMessage(parts[0], p) {
			return nil, fmt.Errorf("part %d of %d where part %d of %d of the same message is needed: %w", p.Part, p.Parts, i+1, len(parts), ErrLength)
		}
		body = append(body, p.Body...)
	}
	whole := *parts[0]
	whole.Parts, whole.Part, whole.Body = 0, 0, body
	return &whole, nil
}

// Backfilled reports whether the message is a batch out of the terminal's memory,
// from where it had no network (8.49 Table 76: kind 1).
func (m *Message) Backfilled() bool { return m.ID == IDBatch && len(m.Body) > 2 && m.Body[2] == 1 }

// values are those of several reports, by point in the profile's order and within a
// point oldest first. In a batch a report without a time that can be read gives no
// value, for it would pass as one of now; of two with one time the first counts.
func values(p *profile.Profile, sources []Source, m *Message, locations []*Location) []profile.Decoded {
	if m.ID == IDBatch {
		locations = slices.DeleteFunc(slices.Clone(locations), func(l *Location) bool { return l.Time.IsZero() })
		slices.SortStableFunc(locations, func(a, b *Location) int { return a.Time.Compare(b.Time) })
	}
	var out []profile.Decoded
	for i, s := range sources {
		var newest time.Time
		for _, l := range locations {
			v, ok := l.Value(&p.Points[i], s)
			if !ok || !newest.IsZero() && l.Time.Equal(newest) {
				continue
			}
			newest, v.Backfilled = l.Time, m.Backfilled()
			out = append(out, v)
		}
	}
	return out
}
