package lamp

import (
	"fmt"
	"os"
)

// File is an output that a file stands for, such as brightness of a Linux LED,
// /sys/class/leds/NAME/brightness: 1 is on, 0 is off. The file must exist.
type File string

// Set implements Output.
func (f File) Set(on bool) error {
	w, err := os.OpenFile(string(f), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return fmt.Errorf("lamp: %w; name an existing file that the agent may write, such as /sys/class/leds/alarm/brightness", err)
	}
	text := "0\n"
	if on {
		text = "1\n"
	}
	_, err = w.WriteString(text)
	if e := w.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("lamp: %w", err)
	}
	return nil
}
