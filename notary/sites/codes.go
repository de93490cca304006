package sites

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// creditAlphabet is the alphabet of a unified social credit code (GB 32100-2015
// table 1): a character's place is its value.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CheckCreditCode holds a unified social credit code to its form and its check
// character (GB 32100-2015 §5: weights 3^(i-1) mod 31).
func CheckCreditCode(s string) error {
	if len(s) != 18 {
		return fmt.Errorf("credit code %q has %d characters; 18 are needed", s, len(s))
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(creditAlphabet, s[i])
		if v < 0 {
			return fmt.Errorf("credit code %q: %q does not occur in such a code", s, s[i])
		}
		sum, weight = sum+v*weight, weight*3%31
	}
	if want := creditAlphabet[(31-sum%31)%31]; s[17] != want {
		return fmt.Errorf("credit code %q: the last character does not fit the others; it is misspelt", s)
	}
	return nil
}

// A licence to sell or serve food (JY) or to produce it (SC) has 14 digits. Their
// last is a check digit, which is not judged here.
var licenceForm = regexp.MustCompile(`^(JY|SC)[0-9]{14}$`)

// CheckFoodLicence holds a food licence to its form.
func CheckFoodLicence(s string) error {
	if !licenceForm.MatchString(s) {
		return fmt.Errorf("food licence %q: JY or SC and 14 digits are needed", s)
	}
	return nil
}

// Project codes differ by authority and year: only their letters are judged.
var projectForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._/-]{0,63}$`)

// CheckProjectCode holds a project code to letters that one could have.
func CheckProjectCode(s string) error {
	if !projectForm.MatchString(s) {
		return fmt.Errorf("project code %q: 1 to 64 letters, digits and . _ / -", s)
	}
	return nil
}

// maxOwner is the longest name of an owner, in bytes.
const maxOwner = 200

func checkOwner(s string) error {
	if len(s) > maxOwner || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("owner %q: at most %d bytes of printable UTF-8", s, maxOwner)
	}
	return nil
}
