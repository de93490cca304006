package client

import (
	"strconv"
	"strings"
	"time"
)

// Table is a history as rows: its buckets, then its gaps.
func (h *History) Table() (head []string, rows [][]string) {
	head = []string{"kind", "site", "point", "unit", "from", "to", "count", "min", "max", "first", "first_time", "last", "last_time", "last_index", "last_leaf", "cause"}
	for _, b := range h.Buckets {
		rows = append(rows, []string{"readings", h.Site.String(), h.Point, h.Unit, Clock(b.From), Clock(b.From + h.Width), strconv.FormatUint(b.Count, 10),
			b.Min.Value, b.Max.Value, b.First.Value, Clock(b.First.Time), b.Last.Value, Clock(b.Last.Time),
			strconv.FormatUint(b.Last.Index, 10), strconv.FormatUint(uint64(b.Last.Leaf), 10), ""})
	}
	for _, g := range h.Gaps {
		rows = append(rows, []string{"gap", h.Site.String(), h.Point, h.Unit, Clock(g.From), Clock(g.To), "", "", "", "", "", "", "",
			strconv.FormatUint(g.Index, 10), strconv.FormatUint(uint64(g.Leaf), 10), g.Cause})
	}
	return head, rows
}

// Clock is a time in Unix µs for tables: RFC 3339 in UTC; empty for 0.
func Clock(us int64) string {
	if us == 0 {
		return ""
	}
	return time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
}

// Cell keeps a text from being taken for a formula by a spreadsheet.
func Cell(s string) string {
	if s == "" || !strings.ContainsRune("=+@\t\r-", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
