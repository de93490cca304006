package mqtt

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
)

// Uplink is an event "up" of ChirpStack 4, in JSON.
type Uplink struct {
	EUI     string // DevEUI in small letters
	Address string // DevAddr, new with every join
	Counter int64  // fCnt; -1: not told
	Port    int64  // fPort
	Time    int64  // when it was received, by the gateway or the server, Unix µs; 0: not told
	Data    []byte // as the device sent it, decrypted; nil: not told
	object  *value // what the codec made of it; nil: no codec
}

// ParseUplink reads an uplink.
func ParseUplink(b []byte) (*Uplink, error) {
	doc, err := parseDocument(b)
	if err != nil {
		return nil, err
	}
	u := &Uplink{EUI: strings.ToLower(doc.texts("deviceInfo", "devEui")), Address: doc.texts("devAddr"), Counter: -1,
		Time: instant(time.Parse(time.RFC3339, doc.texts("time")))}
	if !isEUI(u.EUI) {
		return nil, malformed("it has no deviceInfo.devEui: no uplink of ChirpStack 4 in JSON")
	}
	if u.Counter, err = whole(doc.under("fCnt"), -1, math.MaxUint32); err != nil {
		return nil, malformed("fCnt: %w", err)
	}
	// proto3 leaves out what is 0; an uplink without FPort carries no data.
	if u.Port, err = whole(doc.under("fPort"), 0, 255); err != nil {
		return nil, malformed("fPort: %w", err)
	}
	if text := doc.texts("data"); text != "" {
		if u.Data, err = base64.StdEncoding.DecodeString(text); err != nil {
			return nil, malformed("data: %w", err)
		}
	}
	if u.object = doc.under("object"); u.object != nil && u.object.kind != '{' {
		u.object = nil
	}
	return u, nil
}

// whole reads an integer that may be left out.
func whole(v *value, absent, most int64) (int64, error) {
	if v == nil || v.kind == 'n' {
		return absent, nil
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || v.kind != '0' || n < 0 || n > most {
		return 0, malformed("%q is no integer from 0 to %d", v.text, most)
	}
	return n, nil
}

// Type is how a number stands in the bytes of an uplink. Its text is signed.
type Type string

// size is the number of bytes of each type: u or s (two's complement), bits, and
// le where the least significant byte comes first.
var size = map[Type]int{
	"u8": 1, "s8": 1, "u16": 2, "s16": 2, "u16le": 2, "s16le": 2, "u24": 3, "s24": 3, "u24le": 3, "s24le": 3,
	"u32": 4, "s32": 4, "u32le": 4, "s32le": 4, "f32": 4, "f32le": 4,
}

// Bytes says where a number stands in the bytes of an uplink.
type Bytes struct {
	Offset uint16 // bytes before it
	Type   Type
}

// Check refuses types that do not exist.
func (s *Bytes) Check() error {
	if size[s.Type] == 0 || int(s.Offset)+size[s.Type] > 255 {
		return malformed("%q at byte %d: write u or s, 8, 16, 24 or 32, and le for the least significant byte first, or f32; an uplink has at most 255 bytes", s.Type, s.Offset)
	}
	return nil
}

// in reads the number out of an uplink. raw are its bytes as sent; ok is false
// when the uplink is too short for it.
func (s *Bytes) in(data []byte) (n num, raw []byte, ok bool) {
	length := size[s.Type]
	if int(s.Offset)+length > len(data) {
		return n, nil, false
	}
	raw = data[s.Offset:][:length]
	v := uint64(0)
	for i := range raw {
		if strings.HasSuffix(string(s.Type), "le") {
			v |= uint64(raw[i]) << (8 * i)
		} else {
			v = v<<8 | uint64(raw[i])
		}
	}
	switch s.Type[0] {
	case 's':
		shift := 64 - 8*length
		return num{i: int64(v<<shift) >> shift}, raw, true
	case 'f':
		return num{float: true, f: float64(math.Float32frombits(uint32(v)))}, raw, true
	}
	return num{i: int64(v)}, raw, true
}

// values are the points of one message of a profile in an uplink.
func (m *Map) uplink(u *Uplink) []profile.Decoded {
	var out []profile.Decoded
	for i := range m.Profile.Points {
		x, s := &m.Profile.Points[i], &m.Sources[i]
		if port := m.Messages[x.Exchange].Port; port != 0 && int64(port) != u.Port {
			continue
		}
		v := profile.Decoded{Point: x.Name, Time: u.Time}
		if s.Bytes == nil {
			if u.object == nil || !s.fill(&v, x, u.object) {
				continue
			}
			out = append(out, v)
			continue
		}
		n, raw, ok := s.Bytes.in(u.Data)
		if !ok {
			// Another kind of uplink on the same port; too short to hold the point.
			continue
		}
		if v.Value, ok = n.convert(x); !ok || matches(x, raw) {
			v.Value, v.Missing = decimal.D{}, true
		}
		out = append(out, v)
	}
	return out
}

// matches compares bytes with the patterns for "no value", which name them by
// hexadecimal digits, as all patterns of this protocol are text.
func matches(x *profile.Point, raw []byte) bool {
	digits := hex.EncodeToString(raw)
	for _, pattern := range x.NoValue {
		if strings.EqualFold(string(pattern), digits) {
			return true
		}
	}
	return false
}
