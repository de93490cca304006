// Package jsonx reads and writes JSON strictly: one value has one canonical
// form, RFC 8785 (JCS) over objects, arrays, strings, integers and booleans.
//
// It is not a general JSON library: null, fractions, exponents, integers beyond
// 2^53 and keys other than lower-case ASCII do not exist here.
//
// Its invariant: Decode accepts a text only if writing the decoded value again
// gives the same canonical form, so no key is unknown, missing or repeated and no
// value has a second spelling; white space and the order of keys alone are free.
package jsonx
