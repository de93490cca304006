package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Rig is one notary and its agents, each in a folder below Dir.
type Rig struct {
	Bin  string // folder of the binaries
	Dir  string
	HTTP string // host:port of the notary's HTTP, once Init ran
	MQTT string // host:port of its broker
	// Extra is appended to the notary's settings before its first start.
	Extra string
	// Chain are the lines below chain: of these settings; empty: a quick embedded one.
	Chain string

	metrics string // host:port of the notary's /metrics and /healthz
	https   *http.Client
	mu      sync.Mutex
	running []*Process // in the order of their start
}

// Grace is how long a process may take to stop cleanly.
const Grace = 15 * time.Second

// New lays out the folders. What a Rig left in dir before is kept: a notary goes
// on where it stopped.
func New(bin, dir string) (*Rig, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range []string{dir, filepath.Join(dir, "logs"), filepath.Join(dir, "evidence")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	return &Rig{Bin: bin, Dir: dir}, nil
}

// NotaryDir is the notary's data folder.
func (r *Rig) NotaryDir() string { return filepath.Join(r.Dir, "notary") }

// AgentDir is the data folder of an agent.
func (r *Rig) AgentDir(name string) string { return filepath.Join(r.Dir, name) }

// EvidenceDir is where evidence files go.
func (r *Rig) EvidenceDir() string { return filepath.Join(r.Dir, "evidence") }

// TrustFile is what verification starts from.
func (r *Rig) TrustFile() string { return filepath.Join(r.Dir, "trust.json") }

// LogFile is where a process says what it does.
func (r *Rig) LogFile(name string) string { return filepath.Join(r.Dir, "logs", name+".log") }

// FreeAddress is a loopback address that was free a moment ago.
func FreeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// Start runs a binary of Bin in the background until Close. wrap, where given, is
// a command that runs it.
func (r *Rig) Start(name string, wrap []string, bin string, args ...string) (*Process, error) {
	p, err := start(name, r.LogFile(name), wrap, filepath.Join(r.Bin, bin), args...)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = append(r.running, p)
	return p, nil
}

// Failed is the first process that has ended by itself, or nil.
func (r *Rig) Failed() *Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.running {
		if !p.Running() {
			return p
		}
	}
	return nil
}

// Forget lets go of a process that was stopped or killed on purpose.
func (r *Rig) Forget(p *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, q := range r.running {
		if q == p {
			r.running = append(r.running[:i], r.running[i+1:]...)
			return
		}
	}
}

// Close stops every process, the last started first.
func (r *Rig) Close() error {
	r.mu.Lock()
	all := r.running
	r.running = nil
	r.mu.Unlock()
	var errs []error
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Running() {
			errs = append(errs, all[i].Stop(Grace))
		}
	}
	return errors.Join(errs...)
}

// WaitHTTP waits until a GET answers 200, while p runs.
func (r *Rig) WaitHTTP(ctx context.Context, client *http.Client, p *Process, url string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(res.Status)
		}
		last = err
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not become ready: %w; %s ends with:\n%s", p.Name, last, p.Log, p.Tail())
		case <-p.Done():
			return fmt.Errorf("%s ended at its start (%v); %s ends with:\n%s", p.Name, p.Err(), p.Log, p.Tail())
		case <-tick.C:
		}
	}
}

// lines splits output and drops what is empty.
func lines(s string) (out []string) {
	for l := range strings.Lines(s) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}
