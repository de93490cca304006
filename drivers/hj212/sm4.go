package hj212

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm4"
)

// Open decrypts the content of a data segment (HJ 212-2025, 6.4.2 and Annex A.2):
// SM4-ECB without padding over the text between "CP=&&" and the closing "&&",
// in whole groups of 16 bytes; what is left over was sent plain. The length does
// not change. Whether it was the right key shows in the CRC, which is made over
// the plain segment.
func Open(segment, key []byte) ([]byte, error) {
	if len(key) != sm4.BlockSize {
		return nil, fmt.Errorf("%w: a key of %d bytes; SM4 takes %d", ErrEncrypted, len(key), sm4.BlockSize)
	}
	from, to, ok := encryptedSpan(segment)
	if !ok {
		return nil, fmt.Errorf("%w: no whole group of 16 bytes between CP=&& and &&", ErrEncrypted)
	}
	c, err := sm4.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncrypted, err)
	}
	out := bytes.Clone(segment)
	for i := from; i+sm4.BlockSize <= to; i += sm4.BlockSize {
		c.Decrypt(out[i:i+sm4.BlockSize], segment[i:i+sm4.BlockSize])
	}
	return out, nil
}

// opens says whether opened can be what a segment says: both are equal but for the
// whole groups of 16 bytes.
func opens(segment, opened []byte) bool {
	from, to, ok := encryptedSpan(segment)
	if !ok || len(opened) != len(segment) {
		return false
	}
	to -= (to - from) % sm4.BlockSize
	return bytes.Equal(segment[:from], opened[:from]) && bytes.Equal(segment[to:], opened[to:])
}

// encryptedSpan is where the content of a segment begins and ends. The end is
// taken from the segment's own, for ciphertext may hold any byte.
func encryptedSpan(segment []byte) (from, to int, ok bool) {
	mark := []byte("CP=&&")
	i := bytes.Index(segment, mark)
	if i < 0 || !bytes.HasSuffix(segment, []byte("&&")) {
		return 0, 0, false
	}
	from, to = i+len(mark), len(segment)-2
	return from, to, to-from >= sm4.BlockSize
}

// seemsEncrypted tells ciphertext from text: only frames of the 2025 edition can
// hold any. fits says that the CRC fits the bytes as they came, which happens to
// ciphertext by chance once in 256 times; plain text in another encoding than
// UTF-8 has no control characters.
func seemsEncrypted(segment []byte, fits bool) bool {
	from, to, ok := encryptedSpan(segment)
	if !ok {
		return false
	}
	content := segment[from:to]
	if !bytes.ContainsFunc(content, control) && (fits || utf8.Valid(content)) {
		return false
	}
	h := Frame{Plain: segment}
	h.readHeader()
	return h.Header.Edition() == Edition2025
}

func control(r rune) bool { return r < 0x20 || r == 0x7F }
