package broker

import "golang.org/x/time/rate"

// PaceOff lets gateways reconnect as often as a test needs.
func PaceOff(b *Broker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.every = rate.Inf
}
