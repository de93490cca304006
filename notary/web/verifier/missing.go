//go:build !page

package verifier

// packed is empty: this binary was built without the page.
var packed []byte
