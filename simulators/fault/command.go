package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Commands are the steps that can be typed, one a line.
const Commands = `late DEVICE BY            its next answer or report comes late, such as late crane-1 900ms
dead DEVICE FOR           it has no power, such as dead dust-1 25s
vanish BUS FOR            its adapter is pulled, or its network cut
value POINT VALUE FOR     device/point stands at a value, such as value room-1/temperature -13.9 1m
no-value POINT FOR        device/point has none
garbage DEVICE            rubbish comes with its next answer or report
bad-check DEVICE          that is damaged
torn DEVICE               its end is missing`

// Parse reads a step that begins at once. targets are the devices, points and buses
// that there are.
func Parse(line string, targets func(id string) bool) (Step, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Step{}, errors.New("type what shall happen")
	}
	var s Step
	for k := Late; k <= Torn; k++ {
		if k.String() == words[0] {
			s.Kind = k
		}
	}
	want := 3
	switch {
	case s.Kind == 0:
		return s, fmt.Errorf("%q is nothing that can happen; there are:\n%s", words[0], Commands)
	case s.Kind == Value:
		want = 4
	case s.Kind.Once() && s.Kind != Late:
		want = 2
	}
	if len(words) != want {
		return s, fmt.Errorf("%s takes %d words more; there are:\n%s", s.Kind, want-1, Commands)
	}
	if s.Target = words[1]; !targets(s.Target) {
		return s, fmt.Errorf("there is no %q to which %v could happen", s.Target, s.Kind)
	}
	if point := strings.Contains(s.Target, "/"); point != (s.Kind == Value || s.Kind == NoValue) {
		return s, fmt.Errorf("%v does not happen to %q; value and no-value happen to device/point, the others to a device or a bus", s.Kind, s.Target)
	}
	var err error
	if s.Kind == Value {
		if s.Value, err = strconv.ParseFloat(words[2], 64); err != nil {
			return s, fmt.Errorf("%q is no number", words[2])
		}
	}
	if want == 2 {
		return s, nil
	}
	d, err := time.ParseDuration(words[want-1])
	if err != nil || d <= 0 {
		return s, fmt.Errorf("%q is no duration; write such as 900ms, 25s or 2m", words[want-1])
	}
	if s.Kind == Late {
		s.Delay = d
	} else {
		s.For = d
	}
	return s, nil
}
