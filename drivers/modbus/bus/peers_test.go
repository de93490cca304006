//go:build linux

package bus_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fieldseal/drivers/modbus"
	"fieldseal/drivers/modbus/bus"
	"fieldseal/drivers/serialport"
	"fieldseal/internal/peers"
	"fieldseal/simulators/device"
	"fieldseal/simulators/line"
)

const peerUnit = 17

// start runs a command until the test ends and waits until ready says so.
func start(t *testing.T, ready func(line string) bool, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			select {
			case lines <- s.Text():
			default:
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		for range lines {
		}
		cmd.Wait()
	})
	var said []string
	deadline := time.After(20 * time.Second)
	for {
		select {
		case l, ok := <-lines:
			if !ok {
				t.Fatalf("%s ended: %s", name, strings.Join(said, "\n"))
			}
			if said = append(said, l); ready(l) {
				return
			}
		case <-deadline:
			t.Fatalf("%s not ready: %s", name, strings.Join(said, "\n"))
		}
	}
}

// socatLine joins two pseudo-terminals and returns their paths.
func socatLine(t *testing.T, socat string) (a, b string) {
	t.Helper()
	dir := t.TempDir()
	a, b = filepath.Join(dir, "A"), filepath.Join(dir, "B")
	start(t, func(l string) bool { return strings.Contains(l, "starting data transfer loop") }, nil,
		socat, "-d", "-d", "pty,raw,echo=0,link="+a, "pty,raw,echo=0,link="+b)
	return a, b
}

// readPeer polls a slave we did not write.
func readPeer(t *testing.T, path string) {
	t.Helper()
	b := running(t, bus.Config{Name: "peer", Timeout: 2 * time.Second}, bus.DialSerial(serialport.Config{Path: path, Baud: 9600}))
	for i := range 20 {
		for _, read := range []modbus.Read{
			{Function: modbus.ReadHoldingRegisters, Address: uint16(i), Count: uint16(1 + 6*i)},
			{Function: modbus.ReadInputRegisters, Address: uint16(3 * i), Count: uint16(2 + i%50)},
			{Function: modbus.ReadCoils, Address: uint16(i), Count: uint16(1 + i%4)},
			{Function: modbus.ReadDiscreteInputs, Address: uint16(i % 8), Count: uint16(20 + i%30)},
		} {
			ex := b.Do(t.Context(), ask(peerUnit, read))
			if ex.Outcome != bus.OK {
				t.Fatalf("%+v: %v, % x, %v", read, ex.Outcome, ex.Received, ex.Err)
			}
			for j, w := range ex.Data.Words {
				if want := peerUnit<<8 | uint16(int(read.Address)+j)&0xFF; w != want {
					t.Fatalf("%+v: word %d is %04x, want %04x", read, j, w, want)
				}
			}
			for j, on := range ex.Data.Bits {
				if want := (int(read.Address)+j)%3 == 0; on != want {
					t.Fatalf("%+v: bit %d is %v", read, j, on)
				}
			}
		}
	}
	if c := b.Counters(); c.Answers != 80 || c.Quarantines != 0 || c.DiscardedBytes != 0 {
		t.Errorf("%+v", c)
	}
}

func TestDriverReadsALibmodbusSlave(t *testing.T) {
	t.Parallel()
	need := peers.Need(t, peers.Socat, peers.CC, peers.Libmodbus)
	slave := filepath.Join(t.TempDir(), "slave")
	build := exec.Command(need[1], "-O", "-I", filepath.Dir(need[2]), "-o", slave, "testdata/slave.c", "-lmodbus")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	a, b := socatLine(t, need[0])
	start(t, func(l string) bool { return l == "ready" }, nil, slave, b)
	readPeer(t, a)
}

func TestDriverReadsAModbusSerialSlave(t *testing.T) {
	t.Parallel()
	need := peers.Need(t, peers.Socat, peers.Node, peers.ModbusSerial)
	a, b := socatLine(t, need[0])
	start(t, func(l string) bool { return l == "ready" }, []string{"NODE_PATH=" + need[2]}, need[1], "testdata/slave.js", b)
	readPeer(t, a)
}

func TestMbpollReadsTheSimulator(t *testing.T) {
	t.Parallel()
	need := peers.Need(t, peers.Mbpoll)
	p, err := line.NewPTY(filepath.Join(t.TempDir(), "tty"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	s := device.New(1, device.Identify, peerUnit)
	serving(t, func(ctx context.Context) { s.ServeLine(ctx, p.Slave()) })
	// -0: addresses count from 0; -1: once; -t: 4 holding, 3 input registers.
	for kind, function := range map[string]byte{"4:hex": 3, "3:hex": 4, "0": 1, "1": 2} {
		const address, count = 40, 20
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, need[0], "-m", "rtu", "-a", fmt.Sprint(peerUnit), "-b", "9600", "-P", "none",
			"-0", "-1", "-t", kind, "-r", fmt.Sprint(address), "-c", fmt.Sprint(count), p.Path())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("-t %s: %v: %s", kind, err, out)
		}
		want, _ := device.Identify(peerUnit, function, address, count)
		got := mbpollValue.FindAllSubmatch(out, -1)
		if len(got) != count {
			t.Fatalf("-t %s: %d values in %s", kind, len(got), out)
		}
		for i, m := range got {
			at, err1 := strconv.Atoi(string(m[1]))
			v, err2 := strconv.ParseUint(string(bytes.TrimPrefix(m[2], []byte("0x"))), 16, 16)
			if err := errors.Join(err1, err2); err != nil || at != address+i || uint16(v) != want[i] {
				t.Errorf("-t %s: %s, want [%d] %04x (%v)", kind, m[0], address+i, want[i], err)
			}
		}
	}
	if st := s.Stats(peerUnit); st.Requests != 4 || st.Answers != 4 {
		t.Errorf("%+v", st)
	}
}

var mbpollValue = regexp.MustCompile(`(?m)^\[(\d+)\]:\s+(0x[0-9A-Fa-f]+|[01])\s*$`)
