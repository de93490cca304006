package anchor

// item is one RLP item (Ethereum yellow paper, appendix B).
type item struct {
	list bool
	body []byte // payload, without the prefix
	raw  []byte // prefix and payload
}

// readItem reads the first item of b. Only the one shortest encoding passes:
// no prefix before a byte below 0x80, no long form for up to 55 bytes, no
// zero before a length.
func readItem(b []byte) (it item, rest []byte, err error) {
	if len(b) == 0 {
		return item{}, nil, malformed("RLP: an item is missing")
	}
	var size, prefix int
	switch c := b[0]; {
	case c < 0x80:
		return item{body: b[:1], raw: b[:1]}, b[1:], nil
	case c <= 0xb7:
		prefix, size = 1, int(c-0x80)
		if size == 1 && len(b) > 1 && b[1] < 0x80 {
			return item{}, nil, malformed("RLP: byte %#x has a prefix it does not need", b[1])
		}
	case c <= 0xbf:
		prefix, size, err = longSize(b, int(c-0xb7))
	case c <= 0xf7:
		prefix, size, it.list = 1, int(c-0xc0), true
	default:
		prefix, size, err = longSize(b, int(c-0xf7))
		it.list = true
	}
	if err != nil {
		return item{}, nil, err
	}
	if size > len(b)-prefix {
		return item{}, nil, malformed("RLP: an item of %d bytes has only %d", size, len(b)-prefix)
	}
	it.body, it.raw = b[prefix:prefix+size], b[:prefix+size]
	return it, b[prefix+size:], nil
}

// longSize reads a length of n bytes behind the first byte of b.
func longSize(b []byte, n int) (prefix, size int, err error) {
	if len(b) <= n {
		return 0, 0, malformed("RLP: a length of %d bytes is cut off", n)
	}
	// Three bytes already allow 16 MB, far above anything a proof holds.
	if n > 3 || b[1] == 0 {
		return 0, 0, malformed("RLP: length % x is too long or starts with zero", b[1:1+n])
	}
	for _, c := range b[1 : 1+n] {
		size = size<<8 | int(c)
	}
	if size <= 55 {
		return 0, 0, malformed("RLP: %d bytes in the long form", size)
	}
	return 1 + n, size, nil
}

// readWhole reads b as exactly one list.
func readWhole(b []byte) ([]item, error) {
	it, rest, err := readItem(b)
	if err != nil {
		return nil, err
	}
	if len(rest) != 0 {
		return nil, malformed("RLP: %d bytes follow the item", len(rest))
	}
	return it.items()
}

// items splits a list.
func (it item) items() ([]item, error) {
	if !it.list {
		return nil, malformed("RLP: a string where a list belongs")
	}
	var out []item
	for b := it.body; len(b) > 0; {
		next, rest, err := readItem(b)
		if err != nil {
			return nil, err
		}
		out, b = append(out, next), rest
	}
	return out, nil
}

// fixed wants a string of exactly n bytes.
func (it item) fixed(name string, n int) ([]byte, error) {
	if it.list || len(it.body) != n {
		return nil, malformed("%s: want a string of %d bytes, found %s", name, n, it)
	}
	return it.body, nil
}

// integer wants a number of at most n bytes without leading zeros.
func (it item) integer(name string, n int) ([]byte, error) {
	if it.list || len(it.body) > n || len(it.body) > 0 && it.body[0] == 0 {
		return nil, malformed("%s: want a number of at most %d bytes, found %s", name, n, it)
	}
	return it.body, nil
}

func (it item) uint64(name string) (uint64, error) {
	b, err := it.integer(name, 8)
	if err != nil {
		return 0, err
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, nil
}

func (it item) hash(name string) (h [32]byte, err error) {
	b, err := it.fixed(name, 32)
	copy(h[:], b)
	return h, err
}

func (it item) String() string {
	kind := "a string"
	if it.list {
		kind = "a list"
	}
	const hex = "0123456789abcdef"
	head := make([]byte, 0, 16)
	for _, c := range it.body[:min(8, len(it.body))] {
		head = append(head, hex[c>>4], hex[c&15])
	}
	return kind + " of " + decimal(uint64(len(it.body))) + " bytes " + string(head)
}

// rlpString and rlpList encode; a list is given its items encoded.
func rlpString(b []byte) []byte {
	if len(b) == 1 && b[0] < 0x80 {
		return b
	}
	return append(rlpPrefix(0x80, len(b)), b...)
}

func rlpList(items ...[]byte) []byte {
	n := 0
	for _, it := range items {
		n += len(it)
	}
	out := rlpPrefix(0xc0, n)
	for _, it := range items {
		out = append(out, it...)
	}
	return out
}

func rlpPrefix(base byte, n int) []byte {
	if n <= 55 {
		return []byte{base + byte(n)}
	}
	var size []byte
	for ; n > 0; n >>= 8 {
		size = append([]byte{byte(n)}, size...)
	}
	return append([]byte{base + 55 + byte(len(size))}, size...)
}
