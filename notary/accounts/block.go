package accounts

import (
	"net/netip"
	"time"
)

// Block is what counts as one address where strangers are bounded: an IPv4 address,
// or the /64 of an IPv6 address, of which every house has a whole one.
func Block(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// Waiter is what waits for somebody who is a stranger yet.
type Waiter struct {
	Block string
	Until time.Time
}

// Room says whether one more of a block may wait, where each block has at most each
// places and there are at most all. If there are none left, the oldest of the block
// that has most goes.
func Room[K comparable](waiting map[K]Waiter, block string, each, all int) (goes K, full, ok bool) {
	count := map[string]int{}
	for _, w := range waiting {
		count[w.Block]++
	}
	if count[block] >= each {
		return goes, false, false
	}
	if len(waiting) < all {
		return goes, false, true
	}
	most := 0
	var oldest Waiter
	for k, w := range waiting {
		if n := count[w.Block]; n > most || n == most && w.Until.Before(oldest.Until) {
			goes, most, oldest = k, n, w
		}
	}
	return goes, true, true
}
