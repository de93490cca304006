package accounts

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of wrong passwords: a burst, then one in every so long. One address
// cannot keep an account's owner out who comes from another.
const (
	pairBurst    = 5 // of one address for one account
	pairEvery    = 30 * time.Second
	accountBurst = 50 // for one account, from everywhere
	accountEvery = 10 * time.Second
	addressBurst = 20 // of one address, for every account
	addressEvery = 6 * time.Second
	maxTracked   = 8192
)

// attempts bounds guesses. It is safe for concurrent use.
type attempts struct {
	now func() time.Time

	mu      sync.Mutex
	pair    map[[2]string]*rate.Limiter
	account map[string]*rate.Limiter
	address map[string]*rate.Limiter
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, pair: map[[2]string]*rate.Limiter{}, account: map[string]*rate.Limiter{}, address: map[string]*rate.Limiter{}}
}

// allow counts an attempt before the password is looked at.
func (a *attempts) allow(account, address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, address := a.now(), Block(address)
	// Each is asked only if the one before allows, so that a stranger's flood from
	// one address does not use up what the account has for all.
	return limiter(a.address, address, addressEvery, addressBurst).AllowN(t, 1) &&
		limiter(a.pair, [2]string{account, address}, pairEvery, pairBurst).AllowN(t, 1) &&
		limiter(a.account, account, accountEvery, accountBurst).AllowN(t, 1)
}

// forgive gives the pair its burst back after a right password.
func (a *attempts) forgive(account, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.pair, [2]string{account, Block(address)})
}

// limiter finds or makes the limiter of a key. Forgetting all at once is rare,
// and the other two bounds still hold.
func limiter[K comparable](m map[K]*rate.Limiter, k K, every time.Duration, burst int) *rate.Limiter {
	l := m[k]
	if l == nil {
		if len(m) >= maxTracked {
			clear(m)
		}
		l = rate.NewLimiter(rate.Every(every), burst)
		m[k] = l
	}
	return l
}
