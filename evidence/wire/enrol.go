package wire

import (
	"encoding/base32"
	"fmt"
	"strings"

	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
)

// MaxEnrol bounds the body of an enrolment request or answer, in bytes.
const MaxEnrol = 16 << 10

// EnrolPath is where a gateway posts its [EnrolRequest] as JSON; the answer is an
// [EnrolAnswer], or a problem (RFC 9457).
const EnrolPath = "/api/v1/enrol"

// Code is a one-time enrolment code. It is carried to the gateway by a person,
// and lets the gateway know the notary before it trusts any certificate.
type Code struct {
	Secret [10]byte // proves to the notary that this enrolment was ordered
	CA     [10]byte // first bytes of the SHA-256 of the notary's CA certificate (DER)
	Log    [10]byte // first bytes of the SHA-256 of the log's verifier key text
}

var codeText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// String is 48 characters of Crockford's base 32 in eight groups of six.
func (c Code) String() string {
	s := codeText.EncodeToString(append(append(c.Secret[:len(c.Secret):len(c.Secret)], c.CA[:]...), c.Log[:]...))
	groups := make([]string, 0, 8)
	for ; len(s) > 0; s = s[6:] {
		groups = append(groups, s[:6])
	}
	return strings.Join(groups, "-")
}

// ParseCode reads a code as a person types it: upper case, blanks and the
// letters that look like digits are forgiven.
func ParseCode(s string) (c Code, err error) {
	s = strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(strings.TrimSpace(s)))
	b, err := codeText.DecodeString(s)
	if err != nil || len(s) != 48 || len(b) != 30 {
		return Code{}, fmt.Errorf("enrolment code has %d characters that count; it is 48 letters and digits in eight groups, as fieldseal-notary gateway enrol printed it", len(s))
	}
	copy(c.Secret[:], b)
	copy(c.CA[:], b[10:])
	copy(c.Log[:], b[20:])
	return c, nil
}

// EnrolRequest asks for a gateway's enrolment. Byte fields are base64 in JSON.
type EnrolRequest struct {
	Secret   []byte `json:"secret"`   // of the code
	Alg      int64  `json:"alg"`      // COSE algorithm of the key
	Key      []byte `json:"key"`      // public key
	Proof    []byte `json:"proof"`    // signature over ProofMessage: the gateway holds the key
	TLSKey   []byte `json:"tls_key"`  // DER SubjectPublicKeyInfo of the key its TLS client will use
	Software string `json:"software"` // name and version
}

// ProofMessage is what the gateway signs to show that it holds its key.
func ProofMessage(secret []byte, k cose.Key, tlsKey []byte) []byte {
	b := cborx.AppendText(cborx.AppendArray(nil, 4), string(cose.EnrolContext))
	return cborx.AppendBytes(k.Append(cborx.AppendBytes(b, secret)), tlsKey)
}

// EnrolAnswer is what a gateway needs to speak to its notary.
type EnrolAnswer struct {
	Gateway     string `json:"gateway"`     // id, hex
	Site        string `json:"site"`        // id, hex
	Origin      string `json:"origin"`      // of the log
	LogKey      string `json:"log_key"`     // C2SP verifier key of the log
	CA          string `json:"ca"`          // PEM
	Certificate string `json:"certificate"` // PEM, for the TLS key; common name is the gateway id
	Broker      string `json:"broker"`      // host:port of MQTT over TLS
}
