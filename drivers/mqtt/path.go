package mqtt

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"fieldseal/evidence/cborx"
)

// Limits of a path.
const (
	MaxSteps = 16   // steps of one path
	MaxKey   = 128  // bytes of one key
	MaxIndex = 4095 // greatest index of an array
)

// Step goes one level down in a JSON document.
type Step struct {
	Key   string
	Index int // of an array, counted from 0; -1: Key counts
}

// Path says where in a JSON document a value stands. Without steps it is the
// whole document.
type Path []Step

// Whole is how the path of the whole document is written.
const Whole = "$"

// ParsePath reads a path as an engineer writes it: keys joined by dots, indices
// in brackets, and keys that hold a dot, a bracket or a quote in brackets and
// quotes, such as sensors[0].temperature or ["odd.key"].value.
func ParsePath(text string) (Path, error) {
	bad := func(what string) (Path, error) {
		return nil, fmt.Errorf("path %q: %s; write it like sensors[0].temperature, or %s for a payload that is the number itself", text, what, Whole)
	}
	if text == Whole {
		return nil, nil
	}
	var p Path
	rest := text
	for first := true; rest != ""; first = false {
		if rest[0] == '[' {
			step, n, what := bracket(rest)
			if what != "" {
				return bad(what)
			}
			p, rest = append(p, step), rest[n:]
			continue
		}
		if !first {
			if rest[0] != '.' {
				return bad("a dot or a bracket is missing after a bracket")
			}
			rest = rest[1:]
		}
		n := strings.IndexAny(rest, `.[`)
		if n < 0 {
			n = len(rest)
		}
		p, rest = append(p, Step{rest[:n], -1}), rest[n:]
		if key := p[len(p)-1].Key; strings.ContainsAny(key, `]"`) {
			return bad("a bracket or a quote stands in a key")
		}
	}
	if err := p.Check(); err != nil {
		return bad(err.Error())
	}
	if len(p) == 0 {
		return bad("it is empty")
	}
	return p, nil
}

// bracket reads [0] or ["key"] and tells how many bytes it takes.
func bracket(s string) (step Step, n int, what string) {
	if strings.HasPrefix(s, `["`) {
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil || !strings.HasPrefix(s[1+len(quoted):], "]") {
			return Step{}, 0, "a quoted key does not end"
		}
		key, err := strconv.Unquote(quoted)
		if err != nil {
			return Step{}, 0, "a quoted key cannot be read"
		}
		return Step{key, -1}, len(quoted) + 2, ""
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return Step{}, 0, "a bracket does not end"
	}
	i, err := strconv.ParseUint(s[1:end], 10, 16)
	if err != nil || strconv.FormatUint(i, 10) != s[1:end] {
		return Step{}, 0, "an index is no number"
	}
	return Step{Index: int(i)}, end + 1, ""
}

// Check refuses what no document can hold.
func (p Path) Check() error {
	if len(p) > MaxSteps {
		return fmt.Errorf("%d steps are above the limit of %d", len(p), MaxSteps)
	}
	for _, s := range p {
		switch {
		case s.Index < -1 || s.Index > MaxIndex:
			return fmt.Errorf("index %d is not within 0 to %d", s.Index, MaxIndex)
		case s.Index >= 0 && s.Key != "":
			return fmt.Errorf("a step is both index %d and key %q", s.Index, s.Key)
		case s.Index < 0 && (s.Key == "" || len(s.Key) > MaxKey || !utf8.ValidString(s.Key)):
			return fmt.Errorf("key %q is empty, longer than %d bytes, or no text", s.Key, MaxKey)
		}
	}
	return nil
}

// String writes the path as ParsePath reads it.
func (p Path) String() string {
	if len(p) == 0 {
		return Whole
	}
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.Index >= 0:
			fmt.Fprintf(&b, "[%d]", s.Index)
		case strings.ContainsAny(s.Key, `.[]"`) || s.Key == Whole && len(p) == 1:
			fmt.Fprintf(&b, "[%s]", strconv.Quote(s.Key))
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.Key)
		}
	}
	return b.String()
}

// append writes the steps: a text for a key, an unsigned integer for an index.
func (p Path) append(b []byte) []byte {
	b = cborx.AppendArray(b, len(p))
	for _, s := range p {
		if s.Index >= 0 {
			b = cborx.AppendUint(b, uint64(s.Index))
		} else {
			b = cborx.AppendText(b, s.Key)
		}
	}
	return b
}

func readPath(r *cborx.Reader) (p Path) {
	for n := r.Array(MaxSteps); n > 0 && r.Err() == nil; n-- {
		if r.Peek() == cborx.TypeText {
			p = append(p, Step{r.Text(MaxKey), -1})
			if r.Err() == nil && p[len(p)-1].Key == "" {
				r.Failf("a key is empty")
			}
		} else {
			p = append(p, Step{Index: int(r.UintMax(MaxIndex))})
		}
	}
	return p
}
