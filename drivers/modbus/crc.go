package modbus

// crcTable holds the reflected polynomial 0xA001 applied to each byte.
var crcTable = func() (t [256]uint16) {
	for i := range t {
		c := uint16(i)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ 0xA001
			} else {
				c >>= 1
			}
		}
		t[i] = c
	}
	return t
}()

// CRC is the checksum of Modbus RTU (Serial Line V1.02, 6.2.2). On the wire its
// low byte comes first.
func CRC(b []byte) uint16 {
	c := uint16(0xFFFF)
	for _, x := range b {
		c = c>>8 ^ crcTable[byte(c)^x]
	}
	return c
}

// AppendCRC appends the checksum of b to b.
func AppendCRC(b []byte) []byte {
	c := CRC(b)
	return append(b, byte(c), byte(c>>8))
}

// checkCRC reports whether the last two bytes of b are the checksum of the rest.
func checkCRC(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	n := len(b) - 2
	c := CRC(b[:n])
	return b[n] == byte(c) && b[n+1] == byte(c>>8)
}
