package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// screen writes the demo's story: one colour a meaning, none when piped.
type screen struct {
	mu     sync.Mutex
	out    io.Writer
	colour bool
}

func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	tty := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{out: out, colour: tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// The colours, each for one meaning; the words beside them say the same.
const (
	plain   = ""
	faint   = "2"
	strong  = "1"
	good    = "32" // anchored, genuine
	waiting = "36" // on its way
	warning = "33" // something the script did, gaps, not yet anchored
	unsure  = "35" // cannot be checked
	bad     = "31" // altered, failed
)

func (s *screen) paint(colour, text string) string {
	if !s.colour || colour == plain {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// line writes one line.
func (s *screen) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// say writes a line with the time and the site it speaks of.
func (s *screen) say(colour, site, format string, args ...any) {
	s.line("%s  %s  %s", s.paint(faint, time.Now().Format("15:04:05")), pad(site, 10), s.paint(colour, fmt.Sprintf(format, args...)))
}

// step tells what is being done at the start.
func (s *screen) step(format string, args ...any) {
	s.line("  %s %s", s.paint(waiting, "·"), fmt.Sprintf(format, args...))
}

// pad fills a text to a width counted in columns, where a Chinese character
// takes two.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columns(text)))
}

func columns(text string) int {
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60) {
			n++
		}
	}
	return n
}

// unitNames are how people write the units that SenML abbreviates.
var unitNames = map[string]string{"Cel": "°C", "%RH": "%", "ug/m3": "µg/m³", "deg": "°"}

func unitName(senml string) string {
	if n, ok := unitNames[senml]; ok {
		return n
	}
	return senml
}
