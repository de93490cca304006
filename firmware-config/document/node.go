package document

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"fieldseal/evidence/decimal"
)

// Node is one value of a file. A Node that is absent reads as the zero value.
// A value of the wrong kind is recorded as a problem and reads as zero too.
type Node struct {
	doc   *Doc
	node  ast.Node
	where string // in errors, such as "points[2].scale"
	at    int    // line of the mapping that lacks it, when absent
}

// Absent reports whether the key was not written.
func (n *Node) Absent() bool { return n.node == nil }

// Line is where the value stands, or where its mapping begins.
func (n *Node) Line() int {
	if n.node == nil {
		return n.at
	}
	return line(n.node)
}

// Failf records a problem at this value.
func (n *Node) Failf(format string, args ...any) { n.doc.Failf(n.Line(), format, args...) }

// Fail records an error at this value, with its key.
func (n *Node) Fail(err error) { n.Failf("%s: %v", n.where, err) }

// Required reports a missing key, with the remedy.
func (n *Node) Required(remedy string) *Node {
	if n.node == nil {
		n.Failf("%s is missing; %s", n.where, remedy)
	}
	return n
}

// scalar is the text of a scalar as written; quotes are taken off.
func (n *Node) scalar(want string) (string, bool) {
	switch v := n.node.(type) {
	case nil:
		return "", false
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value, true
	case *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value, true
	case *ast.NullNode:
		n.Failf("%s has no value; write %s or leave the key out", n.where, want)
	default:
		n.Failf("%s: %s expected", n.where, want)
	}
	return "", false
}

// Text reads a text of at most limit bytes on one line, not empty.
func (n *Node) Text(limit int) string {
	s, ok := n.scalar("a text")
	switch {
	case !ok:
		return ""
	case s == "":
		n.Failf("%s is empty; write a text or leave the key out", n.where)
	case len(s) > limit:
		n.Failf("%s has %d bytes; at most %d are possible", n.where, len(s), limit)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }):
		n.Failf("%s holds line breaks, control characters or bytes that are not UTF-8; write plain text", n.where)
	default:
		return s
	}
	return ""
}

// Lines reads a text of at most limit bytes that may run over several lines; they
// come back joined by blanks.
func (n *Node) Lines(limit int) string {
	s, ok := n.scalar("a text")
	if !ok {
		return ""
	}
	if s = strings.Join(strings.Fields(s), " "); len(s) > limit || !utf8.ValidString(s) {
		n.Failf("%s has %d bytes or is not UTF-8; at most %d are possible", n.where, len(s), limit)
		return ""
	}
	return s
}

// ID reads an id: [a-z0-9][a-z0-9-]{0,62}.
func (n *Node) ID() string {
	s := n.Text(MaxSize)
	if s != "" && !ValidID(s) {
		n.Failf("%s: %q is not an id; write 1 to 63 small letters, digits and hyphens, such as dust-1", n.where, s)
		return ""
	}
	return s
}

// ValidID reports whether s is [a-z0-9][a-z0-9-]{0,62}.
func ValidID(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Choice reads one of the words.
func (n *Node) Choice(words ...string) string {
	s, ok := n.scalar("one of " + list(words))
	if !ok {
		return ""
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	n.Failf("%s: %q is not possible; write one of %s", n.where, s, list(words))
	return ""
}

// Int reads an integer from low to high, decimal or 0x….
func (n *Node) Int(low, high int64) int64 {
	s, ok := n.scalar("a whole number")
	if !ok {
		return 0
	}
	base, digits := 10, s
	if h, found := strings.CutPrefix(s, "0x"); found {
		base, digits = 16, h
	} else if t := strings.TrimPrefix(s, "-"); len(t) > 1 && t[0] == '0' {
		n.Failf("%s: %q has leading zeros; write it without, or as 0x… if it is hexadecimal", n.where, s)
		return 0
	}
	v, err := strconv.ParseInt(digits, base, 64)
	if err != nil || strings.ContainsAny(digits, "+_") || base == 16 && strings.HasPrefix(digits, "-") {
		n.Failf("%s: %q is not a whole number from %d to %d", n.where, s, low, high)
		return 0
	}
	if v < low || v > high {
		n.Failf("%s: %s is outside %d to %d", n.where, s, low, high)
		return 0
	}
	return v
}

// Decimal reads a plain decimal exactly as written: 0.10 keeps two digits.
func (n *Node) Decimal() decimal.D {
	s, ok := n.scalar("a number")
	if !ok {
		return decimal.D{}
	}
	d, err := decimal.Parse(s)
	if err != nil {
		n.Failf("%s: %v; write it out, such as 0.1", n.where, err)
	}
	return d
}

// OptionalDecimal is Decimal, or nil when absent.
func (n *Node) OptionalDecimal() *decimal.D {
	if n.node == nil {
		return nil
	}
	d := n.Decimal()
	return &d
}

// Bool reads true or false.
func (n *Node) Bool() bool {
	return n.Choice("true", "false") == "true"
}

// Duration reads a duration such as 10s, 1m or 168h, from low to high.
func (n *Node) Duration(low, high time.Duration) time.Duration {
	s, ok := n.scalar("a duration such as 10s")
	if !ok {
		return 0
	}
	v, err := time.ParseDuration(s)
	if err != nil || strings.HasPrefix(s, "+") || v%time.Microsecond != 0 {
		n.Failf("%s: %q is not a duration; write a number with its unit, such as 500ms, 10s, 1m or 168h", n.where, s)
		return 0
	}
	if v < low || v > high {
		n.Failf("%s: %s is outside %v to %v", n.where, s, low, high)
		return 0
	}
	return v
}

// Bytes reads a size such as 512MiB, or a plain number of bytes.
func (n *Node) Bytes(low, high int64) int64 {
	s, ok := n.scalar("a size such as 512MiB")
	if !ok {
		return 0
	}
	digits, factor := s, int64(1)
	for unit, f := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if t, found := strings.CutSuffix(s, unit); found {
			digits, factor = strings.TrimSpace(t), f
		}
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strings.ContainsAny(digits, "+-") || v > math.MaxInt64/factor {
		n.Failf("%s: %q is not a size; write a whole number with KiB, MiB or GiB, such as 512MiB", n.where, s)
		return 0
	}
	if v *= factor; v < low || v > high {
		n.Failf("%s: %s is outside %s to %s", n.where, s, Size(low), Size(high))
		return 0
	}
	return v
}

// Size writes a number of bytes as Bytes reads it.
func Size(v int64) string {
	for _, u := range []struct {
		name string
		f    int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if v >= u.f && v%u.f == 0 {
			return strconv.FormatInt(v/u.f, 10) + u.name
		}
	}
	return strconv.FormatInt(v, 10)
}

// Hex reads bytes written in hexadecimal, blanks allowed, from low to high bytes.
func (n *Node) Hex(low, high int) []byte {
	s, ok := n.scalar("bytes in hexadecimal")
	if !ok {
		return nil
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil || len(b) < low || len(b) > high {
		n.Failf("%s: %q is not %d to %d bytes in hexadecimal; write them in quotes, such as \"01 03 7f ff\"", n.where, s, low, high)
		return nil
	}
	return b
}

// List is the items of a sequence of at most limit items.
func (n *Node) List(limit int) []*Node {
	if n.node == nil {
		return nil
	}
	s, ok := n.node.(*ast.SequenceNode)
	if !ok {
		n.Failf("%s: a list expected; begin each item with a hyphen", n.where)
		return nil
	}
	if len(s.Values) > limit {
		n.Failf("%s has %d items; at most %d are possible", n.where, len(s.Values), limit)
		return nil
	}
	out := make([]*Node, len(s.Values))
	for i, v := range s.Values {
		out[i] = &Node{doc: n.doc, node: v, where: n.where + "[" + strconv.Itoa(i) + "]", at: line(v)}
	}
	return out
}

// Scalar reports whether the value is a single word or number.
func (n *Node) Scalar() bool {
	_, ok := n.node.(ast.ScalarNode)
	return ok
}

// FailAt records a problem at another line, such as that of the value's key.
func (n *Node) FailAt(line int, format string, args ...any) { n.doc.Failf(line, format, args...) }
