package accounts

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Limits of a command that waits for somebody to let it in on the page (as
// RFC 8628, by which its words go).
const (
	DevicePatience = 10 * time.Minute
	DeviceInterval = 3 * time.Second // between two questions whether it may
	maxDevices     = 200
	ownDevices     = 10 // of one address
)

// ErrWaiting: nobody has let the command in yet.
var ErrWaiting = errors.New("nobody has let it in yet")

// devices are commands that wait.
type devices struct {
	mu  sync.Mutex
	all map[string]*device // by code
}

type device struct {
	sum   [32]byte // SHA-256 of what the command keeps
	spec  TokenSpec
	from  string
	until time.Time
	text  string // the token, once somebody let it in; taken once
	token AccessToken
}

// The letters of a code (RFC 8628 §6.1): none is taken for another, and no words come out.
const codeLetters = "BCDFGHJKLMNPQRSTVWXZ"

func newCode() (string, error) {
	var b [64]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("code: %w", err)
	}
	out := make([]byte, 0, 9)
	for _, x := range b {
		if int(x) >= 256/len(codeLetters)*len(codeLetters) {
			continue // the rest would come more often
		}
		if out = append(out, codeLetters[int(x)%len(codeLetters)]); len(out) == 4 {
			out = append(out, '-')
		} else if len(out) == 9 {
			return string(out), nil
		}
	}
	return newCode()
}

// CleanCode is a code as people type it.
func CleanCode(s string) string {
	s = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, s))
	if len(s) != 8 {
		return ""
	}
	return s[:4] + "-" + s[4:]
}

// AskDevice takes in a command that waits: it keeps secret, and shows code.
func (d *Directory) AskDevice(s TokenSpec, from string) (secret, code string, until time.Time, err error) {
	var b [32]byte
	if _, err = rand.Read(b[:]); err != nil {
		return "", "", until, fmt.Errorf("login: %w", err)
	}
	if code, err = newCode(); err != nil {
		return "", "", until, err
	}
	now := d.o.Now()
	secret, until = hex.EncodeToString(b[:]), now.Add(DevicePatience)
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	for c, x := range d.devices.all {
		if now.After(x.until) {
			delete(d.devices.all, c)
		}
	}
	waiting := map[string]Waiter{}
	for c, x := range d.devices.all {
		waiting[c] = Waiter{Block(x.from), x.until}
	}
	goes, full, ok := Room(waiting, Block(from), ownDevices, maxDevices)
	if !ok {
		return "", "", until, fmt.Errorf("%w: %d commands of this address wait to be let in", ErrSlow, ownDevices)
	}
	if full {
		delete(d.devices.all, goes)
	}
	d.devices.all[code] = &device{sum: sha256.Sum256([]byte(secret)), spec: s, from: from, until: until}
	return secret, code, until, nil
}

// Waiting tells what waits under a code: its label, and from where it asks.
func (d *Directory) Waiting(v *Viewer, code string) (s TokenSpec, from string, err error) {
	if !d.attempts.allow(v.Name+" codes", v.From) {
		return s, "", fmt.Errorf("%w to let a command in", ErrSlow)
	}
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	x := d.devices.all[CleanCode(code)]
	if x == nil || x.text != "" || d.o.Now().After(x.until) {
		return s, "", fmt.Errorf("code: %w", ErrUnknown)
	}
	return x.spec, x.from, nil
}

// LetIn gives the command under a code a token of the viewer's account.
func (d *Directory) LetIn(v *Viewer, code string) error {
	s, _, err := d.Waiting(v, code)
	if err != nil {
		return err
	}
	text, t, err := d.NewToken(v, s)
	if err != nil {
		return err
	}
	d.attempts.forgive(v.Name+" codes", v.From)
	d.devices.mu.Lock()
	x := d.devices.all[CleanCode(code)]
	if x != nil && x.text == "" {
		x.text, x.token = text, t
		x = nil
		text = ""
	}
	d.devices.mu.Unlock()
	if text != "" {
		// Somebody else was faster: this one is in nobody's hands.
		_, err := d.Revoke(v, "", t.ID)
		return errors.Join(fmt.Errorf("code: %w", ErrUnknown), err)
	}
	return nil
}

// Collect gives a command its token, once, or ErrWaiting.
func (d *Directory) Collect(secret string) (string, AccessToken, error) {
	sum := sha256.Sum256([]byte(secret))
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	for c, x := range d.devices.all {
		if subtle.ConstantTimeCompare(sum[:], x.sum[:]) != 1 {
			continue
		}
		if d.o.Now().After(x.until) {
			break
		}
		if x.text == "" {
			return "", AccessToken{}, ErrWaiting
		}
		delete(d.devices.all, c)
		return x.text, x.token, nil
	}
	return "", AccessToken{}, fmt.Errorf("login: %w", ErrUnknown)
}
