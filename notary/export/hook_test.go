package export

// SlimAbove sets the size above which evidence of one reading is slimmed, and
// returns the old one.
func SlimAbove(n int) int {
	old := slimAbove
	slimAbove = n
	return old
}
