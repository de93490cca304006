package decode

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
)

// errHex says that a line is no frame in hexadecimal.
var errHex = errors.New("not hexadecimal")

// frameBytes are the bytes that a line means: hexadecimal with or without
// blanks, or for a protocol of text the text itself, in which \r and \n may be
// written out.
func frameBytes(line []byte, isText bool) ([]byte, error) {
	b, err := fromHex(line)
	if err == nil || !isText {
		return b, err
	}
	return unescape(bytes.TrimLeft(line, " \t")), nil
}

func fromHex(line []byte) ([]byte, error) {
	digits := make([]byte, 0, len(line))
	for _, field := range bytes.Fields(line) {
		field = bytes.TrimPrefix(bytes.TrimPrefix(field, []byte("0x")), []byte("0X"))
		digits = append(digits, field...)
	}
	if len(digits)%2 != 0 {
		return nil, fmt.Errorf("%w: %d digits do not make whole bytes", errHex, len(digits))
	}
	b := make([]byte, len(digits)/2)
	if _, err := hex.Decode(b, digits); err != nil {
		return nil, fmt.Errorf("%w: write each byte as two digits 0-9 A-F", errHex)
	}
	return b, nil
}

// unescape turns a written-out line end into bytes: \r\n anywhere, \r and \n
// alone at the end. Any other backslash is itself.
func unescape(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte(`\r\n`), []byte("\r\n"))
	for _, x := range [...]struct{ escape, is string }{{`\n`, "\n"}, {`\r`, "\r"}} {
		if rest, ok := bytes.CutSuffix(b, []byte(x.escape)); ok {
			return append(bytes.Clone(rest), x.is...)
		}
	}
	return b
}
