package accounts

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestAWholeIPv6NetworkCountsAsOneAddress(t *testing.T) {
	for address, want := range map[string]string{"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": ""} {
		if got := Block(address); got != want {
			t.Errorf("%s counts as %s, want %s", address, got, want)
		}
	}
	a := newAttempts(time.Now)
	n := 0
	for i := range 100 {
		if a.allow(fmt.Sprint("a", i), fmt.Sprintf("2001:db8:1:2::%x", i)) {
			n++
		}
	}
	if n > addressBurst+1 {
		t.Errorf("%d attempts of one network were allowed", n)
	}
}

// Strangers that fill the table push out their own, and keep nobody else out.
func TestStrangersDoNotKeepCommandsFromWaiting(t *testing.T) {
	d := newDesk(t)
	mine, _, _, err := d.AskDevice(TokenSpec{Label: "mine"}, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxDevices {
		d.at = d.at.Add(time.Millisecond)
		_, _, _, err := d.AskDevice(TokenSpec{Label: "x"}, fmt.Sprintf("2001:db8:0:%x::%x", i/ownDevices, i))
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(d.devices.all) != maxDevices {
		t.Errorf("%d wait", len(d.devices.all))
	}
	if _, _, err := d.Collect(mine); !errors.Is(err, ErrWaiting) {
		t.Errorf("the one from elsewhere: %v", err)
	}
	d = newDesk(t)
	for i := range ownDevices + 1 {
		_, _, _, err := d.AskDevice(TokenSpec{Label: "x"}, fmt.Sprintf("2001:db8::%x", i))
		if full := i == ownDevices; errors.Is(err, ErrSlow) != full {
			t.Errorf("command %d of one network: %v", i+1, err)
		}
	}
}
