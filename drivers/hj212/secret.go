package hj212

import "strings"

// secretNames are fields of the content that hold a password or key: the new
// password of command 1072, the SM4 key of command 1014 (HJ 212-2025).
var secretNames = set("PW", "NEWPW", "OLDPW", "SK", "NEWSK", "KEY", "NEWKEY", "SM4KEY")

// newKeyCommand carries a key under a name that makers choose.
const newKeyCommand = "1014"

// withheld stands where a secret stood.
const withheld = "***"

// mask replaces passwords and keys in a content, so that printing a header
// cannot give one away. The raw bytes keep them.
func mask(command, cp string) string {
	var b strings.Builder
	for len(cp) > 0 {
		end := strings.IndexAny(cp, ",;&")
		field, rest := cp, ""
		if end >= 0 {
			field, rest = cp[:end], cp[end:]
		}
		name, value, ok := strings.Cut(field, "=")
		secret := secretNames[strings.ToUpper(strings.TrimSpace(name))] || command == newKeyCommand
		if ok && secret && value != "" {
			field = name + "=" + withheld
		} else if !ok && command == newKeyCommand && field != "" {
			field = withheld
		}
		b.WriteString(field)
		if rest == "" {
			break
		}
		b.WriteByte(rest[0])
		cp = rest[1:]
	}
	return b.String()
}
