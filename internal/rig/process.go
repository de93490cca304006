package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is one running binary.
type Process struct {
	Name string
	Log  string // file with what it said
	cmd  *exec.Cmd
	done chan struct{}
	wrap bool // cmd is a wrapper, and the binary its child

	mu  sync.Mutex
	err error
}

// start runs a binary with its output appended to log. wrap, where given, is a
// command that runs it, such as strace.
func start(name, log string, wrap []string, bin string, args ...string) (*Process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	argv := append(append(append([]string{}, wrap...), bin), args...)
	p := &Process{Name: name, Log: log, cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{}), wrap: len(wrap) > 0}
	p.cmd.Stdout, p.cmd.Stderr = f, f
	// In a group of its own, so that Ctrl-C at the terminal reaches the demo alone,
	// which then ends the others in their order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		err := p.cmd.Wait()
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
		close(p.done)
	}()
	return p, nil
}

// PID is the binary's process id; under a wrapper such as strace, that of the
// wrapper's child.
func (p *Process) PID() int {
	pid := p.cmd.Process.Pid
	if p.wrap {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if child, e := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil && e == nil {
			return child
		}
	}
	return pid
}

// signal reaches the binary itself: a wrapper that dies first leaves it running.
// An error would mean that it has ended.
func (p *Process) signal(s syscall.Signal) { _ = syscall.Kill(p.PID(), s) }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how it ended: nil for exit code 0. It is meaningful once Done is closed.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Running tells whether it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Kill ends it as a power cut does, and waits.
func (p *Process) Kill() {
	if p.Running() {
		p.signal(syscall.SIGKILL)
	}
	<-p.done
}

// Stop asks it to end and waits; after the grace it is killed.
func (p *Process) Stop(grace time.Duration) error {
	if p.Running() {
		p.signal(syscall.SIGTERM)
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.Err()
	case <-timer.C:
		p.Kill()
		return fmt.Errorf("%s did not stop within %v and was killed; see %s", p.Name, grace, p.Log)
	}
}

// Tail is the end of what it said, for an error.
func (p *Process) Tail() string { return tail(p.Log, 12) }

func tail(path string, lines int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(raw), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Output runs a binary to its end and returns what it printed. Its exit code is
// in the error as *exec.ExitError.
func (r *Rig) Output(ctx context.Context, bin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(r.Bin, bin), args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		what := strings.TrimSpace(stderr.String())
		if what == "" {
			what = strings.TrimSpace(stdout.String())
		}
		err = fmt.Errorf("%s %s: %w: %s", bin, strings.Join(args, " "), err, what)
	}
	return stdout.String(), err
}

// exitCode is that of an error of Output: 0 for nil, -1 if the binary did not run
// to an end of its own.
func exitCode(err error) int {
	var e *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.ExitCode()
	}
	return -1
}

// Find is the folder that holds all three binaries: the given one, or that of the
// running program.
func Find(dir string) (string, error) {
	if dir == "" {
		self, err := os.Executable()
		if err != nil {
			return "", err
		}
		dir = filepath.Dir(self)
	}
	var errs []error
	for _, b := range []string{"fieldseal-agent", "fieldseal-notary", "fieldseal"} {
		if _, err := os.Stat(filepath.Join(dir, b)); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return "", fmt.Errorf("the demo runs the real binaries and they must lie in one folder; build them with make: %w", err)
	}
	return dir, nil
}
