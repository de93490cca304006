package bench

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Screen writes for people: aligned, one colour for each meaning, and none where
// no terminal is.
type Screen struct {
	W      io.Writer
	Colour bool

	mu sync.Mutex // one line is whole, whoever else writes
}

// tone is a meaning that has a colour.
type tone string

const (
	good  tone = "32"
	bad   tone = "31"
	look  tone = "33" // works, and should be looked at
	faint tone = "2"
	plain tone = ""
)

func (s *Screen) paint(t tone, text string) string {
	if !s.Colour || t == plain {
		return text
	}
	return "\x1b[" + string(t) + "m" + text + "\x1b[0m"
}

// line writes one line. It is safe from any goroutine.
func (s *Screen) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.W, format+"\n", args...)
}

// table writes rows in columns; columns named in right are aligned to the right.
func (s *Screen) table(head []string, rows [][]string, right ...int) {
	width := make([]int, len(head))
	for _, r := range append([][]string{head}, rows...) {
		for i, c := range r {
			width[i] = max(width[i], cells(c))
		}
	}
	isRight := make([]bool, len(head))
	for _, i := range right {
		isRight[i] = true
	}
	for n, r := range append([][]string{head}, rows...) {
		var b strings.Builder
		for i, c := range r {
			gap := strings.Repeat(" ", width[i]-cells(c))
			if isRight[i] {
				c = gap + c
			} else {
				c += gap
			}
			b.WriteString(c)
			if i < len(r)-1 {
				b.WriteString("  ")
			}
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = s.paint(faint, text)
		}
		s.line("%s", text)
	}
}

// cells is the width of a text in a terminal, where Chinese takes two cells.
func cells(text string) int {
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if r >= 0x2E80 && r <= 0xFFEF {
			n++
		}
	}
	return n
}
