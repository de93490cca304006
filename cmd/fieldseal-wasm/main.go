// Command fieldseal-wasm is the verifier for browsers: the code of `fieldseal
// verify`, called by the inspector's desk in a Worker.
//
// It is not a second verifier: verdicts come from evidence/verify as they are.
// Its invariant: it opens nothing and asks no one; the bytes it is handed are all
// it sees, and none of them leaves the page.
package main

func main() { serve() }
