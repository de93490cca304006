package decode

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line of input, in bytes. The longest frame of any
// protocol here fits in hexadecimal with a blank after each byte.
const MaxLine = 64 << 10

// ErrLine says that a line is longer than MaxLine.
var ErrLine = errors.New("line too long")

// Run decodes every line of in and writes one JSON object a line to out, in
// order. A blank line gives nothing. A frame that cannot be decoded is a result
// like any other; the error is of reading or writing alone.
func (d *Decoder) Run(in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 16<<10)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // HJ 212 is full of &
	for {
		line, tooLong, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read frames: %w", err)
		}
		if tooLong || len(bytes.TrimSpace(line)) > 0 {
			result := d.failed(fmt.Errorf("%w: at most %d bytes are taken", ErrLine, MaxLine))
			if !tooLong {
				result = d.Line(line)
			}
			if e := enc.Encode(result); e != nil {
				return fmt.Errorf("write results: %w", e)
			}
		}
		// Whoever types frames waits for the answer to each.
		if r.Buffered() == 0 || err != nil {
			if e := w.Flush(); e != nil {
				return fmt.Errorf("write results: %w", e)
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readLine reads to the next line feed, which it takes off. What is beyond
// MaxLine is read past and not kept.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
			if tooLong = len(bytes.TrimRight(line, "\r\n")) > MaxLine; tooLong {
				line = nil
			}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte("\n")), tooLong, err
		}
	}
}
