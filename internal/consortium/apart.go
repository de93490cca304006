package consortium

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// apart are network namespaces, one a sealer, joined by a bridge. The addresses are
// private, and no packet leaves the machine.
type apart struct {
	id int // of the process
	n  int
}

// Apart is New with each sealer in a network namespace of its own, so that one can be
// cut off from the others and yet be asked. It needs root and the command ip.
func Apart(geth, dir string, n, period int, accounts ...[20]byte) (*Network, error) {
	a := &apart{os.Getpid(), n}
	if err := a.open(); err != nil {
		return nil, errors.Join(err, a.close())
	}
	w, err := lay(&Network{Period: period, geth: geth, dir: dir, accounts: accounts, apart: a}, n)
	if err != nil && w == nil {
		err = errors.Join(err, a.close())
	}
	return w, err
}

// CanBeApart says why sealers cannot be kept apart on this machine; nil: they can.
func CanBeApart() error {
	if os.Geteuid() != 0 {
		return errors.New("network namespaces need root")
	}
	a := &apart{os.Getpid(), 1}
	return errors.Join(a.open(), a.close())
}

func (a *apart) bridge() string      { return fmt.Sprintf("fsb%d", a.id%1_000_000) }
func (a *apart) ns(i int) string     { return fmt.Sprintf("fs%d-%d", a.id, i) }
func (a *apart) subnet() string      { return fmt.Sprintf("10.%d.%d", 64+a.id/256%64, a.id%256) }
func (a *apart) net() string         { return a.subnet() + ".0/24" }
func (a *apart) host(i int) string   { return fmt.Sprintf("%s.%d", a.subnet(), i+1) }
func (a *apart) outer(i int) string  { return fmt.Sprintf("fsv%d.%d", a.id%1_000_000, i) }
func (a *apart) within(i int) string { return fmt.Sprintf("fsw%d.%d", a.id%1_000_000, i) }

func (a *apart) open() error {
	commands := []string{
		"link add " + a.bridge() + " type bridge",
		fmt.Sprintf("addr add %s.254/24 dev %s", a.subnet(), a.bridge()),
		"link set " + a.bridge() + " up",
	}
	for i := range a.n {
		commands = append(commands,
			"netns add "+a.ns(i),
			fmt.Sprintf("link add %s type veth peer name %s netns %s", a.outer(i), a.within(i), a.ns(i)),
			fmt.Sprintf("link set %s master %s up", a.outer(i), a.bridge()),
			fmt.Sprintf("-n %s addr add %s/24 dev %s", a.ns(i), a.host(i), a.within(i)),
			fmt.Sprintf("-n %s link set %s up", a.ns(i), a.within(i)),
			fmt.Sprintf("-n %s link set lo up", a.ns(i)),
		)
	}
	for _, c := range commands {
		if err := ip(c); err != nil {
			return err
		}
	}
	return nil
}

// close takes everything down; what is not there is none of its business.
func (a *apart) close() error {
	for i := range a.n {
		_ = ip("netns del " + a.ns(i))
	}
	_ = ip("link del " + a.bridge())
	return nil
}

func ip(args string) error {
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Cut keeps a sealer's packets from all others. It can still be asked.
func (s *Sealer) Cut() error { return s.routes("add") }

// Heal ends a Cut.
func (s *Sealer) Heal() error { return s.routes("del") }

func (s *Sealer) routes(verb string) error {
	if s.ns == "" {
		return errors.New("the sealers are not apart")
	}
	for _, other := range s.net.Sealers {
		if other != s {
			if err := ip(fmt.Sprintf("-n %s route %s blackhole %s/32", s.ns, verb, other.host)); err != nil {
				return err
			}
		}
	}
	return nil
}
