package hj212

import (
	"bytes"
	"strconv"
	"strings"
)

// Header holds the fields before the content, as sent. A field that was not
// sent is empty. The password is not among them.
type Header struct {
	QN   string // request number: the sender's time to the millisecond
	ST   string // system type (6.6.1 Table 4), such as 39 for construction dust
	CN   string // command, such as 2011 for real-time data
	MN   string // the station's number
	Flag string // version and two bits, in decimal
	PNUM string // packets in all, if split
	PNO  string // number of this packet, from 1
	CP   string // the content with its "&&", secrets in it masked
}

// Edition is a year of the standard.
type Edition int

// The editions.
const (
	Edition2005 Edition = 2005
	Edition2017 Edition = 2017
	Edition2025 Edition = 2025
)

// flag reads the number of the Flag field.
func (h *Header) flag() (uint8, bool) {
	n, err := strconv.ParseUint(h.Flag, 10, 8)
	return uint8(n), err == nil && h.Flag != ""
}

// Edition is what the version bits of Flag say (6.3.3); 0 without a Flag or
// with version bits of no edition known.
func (h *Header) Edition() Edition {
	n, ok := h.flag()
	if !ok {
		return 0
	}
	switch n >> 2 {
	case 0:
		return Edition2005
	case 1:
		return Edition2017
	case 2:
		return Edition2025
	}
	return 0
}

// WantsAnswer reports whether the sender asks for an answer (bit A of Flag).
func (h *Header) WantsAnswer() bool {
	n, ok := h.flag()
	return ok && n&1 != 0
}

// Part tells which part of a split packet this is. ok is false for a packet
// that stands alone, and for numbers that make no sense.
func (h *Header) Part() (number, total int, ok bool) {
	total, err := strconv.Atoi(h.PNUM)
	if err != nil || total < 1 || total > MaxParts {
		return 0, 0, false
	}
	number, err = strconv.Atoi(h.PNO)
	if err != nil || number < 1 || number > total {
		return 0, 0, false
	}
	return number, total, true
}

// order is the place of each field in the standard (6.3.3 Table 3).
var order = map[string]int{"QN": 1, "ST": 2, "CN": 3, "PW": 4, "MN": 5, "Flag": 6, "PNUM": 7, "PNO": 8}

// names finds a field whatever its case.
var names = func() map[string]string {
	m := map[string]string{}
	for k := range order {
		m[strings.ToUpper(k)] = k
	}
	return m
}()

var contentMark = []byte("CP=")

// splitSegment cuts a data segment into what stands before "CP=" and after it.
func splitSegment(segment []byte) (header, cp []byte, ok bool) {
	i := bytes.Index(segment, []byte("CP=&&"))
	if i < 0 {
		if i = bytes.Index(segment, contentMark); i < 0 {
			return segment, nil, false
		}
	}
	return segment[:i], segment[i+len(contentMark):], true
}

// readHeader reads the fields of f.Plain and gives back the content between its
// "&&".
func (f *Frame) readHeader() (content []byte) {
	header, cp, ok := splitSegment(f.Plain)
	if !ok {
		f.note("no CP")
	}
	h := &f.Header
	seen := map[string]bool{}
	last := 0
	for field := range strings.SplitSeq(string(header), ";") {
		if field == "" {
			continue
		}
		key, value, isField := strings.Cut(field, "=")
		if trimmed := strings.Trim(key, ", \t"); trimmed != key {
			f.note("stray characters before %s", printable(trimmed))
			key = trimmed
		}
		name, known := names[strings.ToUpper(key)]
		switch {
		case !isField || !known:
			// Its text stays out of the note: it may be a mangled password.
			f.note("header field that the standard does not know")
			continue
		case name != key:
			f.note("%s written %s", name, printable(key))
		}
		if seen[name] {
			f.note("%s twice; the first counts", name)
			continue
		}
		seen[name] = true
		if order[name] < last {
			f.note("%s out of order", name)
		}
		last = max(last, order[name])
		if value == "null" {
			f.note("%s is null", name)
		}
		switch name {
		case "QN":
			h.QN = value
		case "ST":
			h.ST = value
		case "CN":
			h.CN = value
		case "MN":
			h.MN = value
		case "Flag":
			h.Flag = value
		case "PNUM":
			h.PNUM = value
		case "PNO":
			h.PNO = value
		}
	}
	f.checkHeader(seen)
	if cp == nil {
		return nil
	}
	h.CP = mask(h.CN, string(cp))
	return f.unwrap(cp)
}

func (f *Frame) checkHeader(seen map[string]bool) {
	h := &f.Header
	for _, name := range [...]string{"QN", "ST", "CN", "MN", "Flag"} {
		if !seen[name] {
			f.note("no %s", name)
		}
	}
	if seen["QN"] && (len(h.QN) != 17 || strings.Trim(h.QN, "0123456789") != "") {
		f.note("QN is not of 17 digits")
	}
	n, ok := h.flag()
	if seen["Flag"] && !ok {
		f.note("Flag is no number from 0 to 255")
	}
	if !ok {
		return
	}
	if h.Edition() == 0 {
		f.note("Flag names version %d, which no edition uses", n>>2)
	}
	split := n&2 != 0
	if _, _, whole := h.Part(); split && !whole {
		f.note("Flag says split, PNUM and PNO do not")
	} else if !split && (h.PNUM != "" || h.PNO != "") {
		f.note("PNUM or PNO without the bit in Flag")
	}
}

// unwrap takes the "&&" off.
func (f *Frame) unwrap(cp []byte) []byte {
	amp := []byte("&&")
	if !bytes.HasPrefix(cp, amp) {
		f.note("CP does not begin with &&")
		return bytes.TrimSuffix(cp, amp)
	}
	cp = cp[len(amp):]
	end := bytes.LastIndex(cp, amp)
	if end < 0 {
		f.note("CP does not end with &&")
		return cp
	}
	if end+len(amp) < len(cp) {
		f.note("text after the && that ends CP")
	}
	return cp[:end]
}

// printable keeps what a station sends from drawing in a terminal or a log.
func printable(s string) string {
	const most = 32
	q := strconv.QuoteToASCII(s[:min(len(s), most)])
	return q[1 : len(q)-1]
}
