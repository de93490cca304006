package station

import (
	"fmt"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm4"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/profile"
	"fieldseal/simulators/number"
)

// report is one kind of message: the command, and how its CRC and length deviate.
type report struct {
	command  uint64
	crc      uint64 // 1 the standard's, 2 its bytes swapped, 3 Modbus's, 4 swapped
	long     bool   // the length counts CRC and line end
	cadence  time.Duration
	exchange uint32
}

func readReport(i int, e profile.Exchange) (report, error) {
	r := cborx.NewReader(e.Request)
	r.ArrayOf(3)
	x := report{command: r.UintMax(9999), crc: 1, cadence: time.Duration(e.Cadence) * time.Microsecond, exchange: uint32(i)}
	for n := r.Array(4); n > 0 && r.Err() == nil; n-- {
		x.crc = r.UintMax(4)
	}
	x.long = r.Bool()
	return x, r.Done()
}

// field is a factor and a suffix.
type field struct{ factor, suffix string }

func readField(x *profile.Point) (f field, err error) {
	r := cborx.NewReader(x.Source)
	r.ArrayOf(2)
	f = field{r.Text(64), r.Text(64)}
	return f, r.Done()
}

// beijing is the zone of all times on the wire.
var beijing = time.FixedZone("", 8*3600)

// content is what a station writes between the "&&" for one report.
func (s *Station) content(x report, at time.Time) ([]string, error) {
	groups := []string{"DataTime=" + at.In(beijing).Format("20060102150405")}
	for i := range s.cfg.Profile.Points {
		p := &s.cfg.Profile.Points[i]
		if p.Exchange != x.exchange {
			continue
		}
		f := s.fields[i]
		v, ok := s.cfg.Value(p.Name, at)
		switch {
		case ok:
			text, err := number.Text(s.cfg.Profile, s.cfg.Device, p, v)
			if err != nil {
				return nil, fmt.Errorf("point %s: %w", p.Name, err)
			}
			groups = append(groups, f.factor+"-"+f.suffix+"="+text+","+f.factor+"-Flag=N")
		case len(p.NoValue) > 0:
			groups = append(groups, f.factor+"-"+f.suffix+"="+string(p.NoValue[0])+","+f.factor+"-Flag=B")
		}
	}
	return groups, nil
}

// maxContent is what one packet holds of content (HJ 212-2017, 6.3.2: 950 bytes).
const maxContent = 950

// packets are a report's bytes; more than one where it is split.
func (s *Station) packets(x report, at time.Time, split bool) ([][]byte, []string, error) {
	groups, err := s.content(x, at)
	if err != nil {
		return nil, nil, err
	}
	var parts []string
	for _, g := range groups {
		switch n := len(parts); {
		case n > 0 && !split && len(parts[n-1])+1+len(g) <= maxContent:
			parts[n-1] += ";" + g
		case n == 1 && parts[0] == groups[0]: // a time alone is no part
			parts[0] += ";" + g
		default:
			parts = append(parts, g)
		}
	}
	var out [][]byte
	var requests []string
	for i, part := range parts {
		qn := at.Add(time.Duration(i) * time.Millisecond).In(beijing).Format("20060102150405.000")
		qn = strings.Replace(qn, ".", "", 1)
		flag, number := s.version()<<2|1, ""
		if len(parts) > 1 {
			flag, number = flag|2, fmt.Sprintf("PNUM=%d;PNO=%d;", len(parts), i+1)
		}
		segment := fmt.Sprintf("QN=%s;ST=%s;CN=%d;PW=123456;MN=%s;Flag=%d;%sCP=&&%s&&", qn, s.cfg.System, x.command, s.cfg.Device.Address, flag, number, part)
		out = append(out, s.frame(x, segment))
		requests = append(requests, qn)
	}
	return out, requests, nil
}

// version is that of the standard, in the upper bits of Flag: 1 for 2017, 2 for 2025.
func (s *Station) version() int {
	if s.cfg.Key != nil {
		return 2
	}
	return 1
}

// frame puts length and CRC around a segment, and encrypts its content after that.
func (s *Station) frame(x report, segment string) []byte {
	sum, length := check(x.crc, segment), len(segment)
	if x.long {
		length += 6
	}
	return fmt.Appendf(nil, "##%04d%s%04X\r\n", length, s.encrypt(segment), sum)
}

// encrypt is SM4-ECB over the whole groups of 16 bytes of the content.
func (s *Station) encrypt(segment string) []byte {
	b := []byte(segment)
	if s.cfg.Key == nil {
		return b
	}
	block, err := sm4.NewCipher(s.cfg.Key)
	if err != nil {
		panic(err) // New checked its length
	}
	from := strings.Index(segment, "CP=&&") + 5
	for ; from+16 <= len(b)-2; from += 16 {
		block.Encrypt(b[from:from+16], b[from:from+16])
	}
	return b
}

// check is the CRC: bit by bit, as Annex A prints it. Its first step moves the
// register before the byte is put in; that of Modbus does not.
func check(rule uint64, segment string) uint16 {
	reg := uint16(0xFFFF)
	for _, c := range []byte(segment) {
		if rule <= 2 {
			reg >>= 8
		}
		reg ^= uint16(c)
		for range 8 {
			out := reg & 1
			reg >>= 1
			if out == 1 {
				reg ^= 0xA001
			}
		}
	}
	if rule == 2 || rule == 4 {
		reg = reg<<8 | reg>>8
	}
	return reg
}
