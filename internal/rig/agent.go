package rig

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Enrol orders a gateway's enrolment at the notary and carries the code to its
// agent, as two people do with a telephone.
func (r *Rig) Enrol(ctx context.Context, siteID, siteName, siteFile string) error {
	gateway, err := gatewayOf(siteFile)
	if err != nil {
		return err
	}
	code, err := r.Code(ctx, siteID, siteName, gateway)
	if err != nil {
		return err
	}
	_, err = r.Output(ctx, "fieldseal-agent", "enrol", "--config", siteFile, "--notary", r.HTTP, "--code", code)
	return err
}

// gatewayOf is the gateway's id in a site file.
func gatewayOf(siteFile string) (string, error) {
	raw, err := os.ReadFile(siteFile)
	if m := gatewayID.FindSubmatch(raw); m != nil {
		return string(m[1]), nil
	}
	return "gw-1", err
}

var (
	gatewayID     = regexp.MustCompile(`(?m)^gateway:\s*\n  id: (\S+)`)
	healthAddress = regexp.MustCompile(`(?m)^  health: (\S+)`)
)

// StartAgent runs the agent of a site file. wrap, where given, is a command that
// runs it.
func (r *Rig) StartAgent(name, siteFile string, wrap ...string) (*Process, error) {
	return r.Start(name, wrap, "fieldseal-agent", "run", "--config", siteFile)
}

// Metric reads one number of an agent's /metrics.
func (r *Rig) Metric(ctx context.Context, siteFile, name string) (float64, error) {
	raw, err := os.ReadFile(siteFile)
	if err != nil {
		return 0, err
	}
	m := healthAddress.FindSubmatch(raw)
	if m == nil {
		return 0, fmt.Errorf("%s names no address under listen: {health: …}", siteFile)
	}
	return metric(ctx, http.DefaultClient, "http://"+string(m[1])+"/metrics", name)
}

func metric(ctx context.Context, client *http.Client, url, name string) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok && k == name {
			return strconv.ParseFloat(v, 64)
		}
	}
	return 0, fmt.Errorf("%s has no metric %s", url, name)
}

// Names in an agent's folder and metrics that tests and measures rely on.
const (
	JournalFolder  = "journal"
	ReadingsMetric = "fieldseal_agent_records_sealed_total"
)

// Pending is the number of batches that an agent has sealed and that the notary
// has not proved to hold.
func (r *Rig) Pending(ctx context.Context, siteFile string) (int, error) {
	n, err := r.Metric(ctx, siteFile, "fieldseal_agent_queue_batches")
	return int(n), err
}

// Connected tells whether a session of the agent with the notary's broker stands.
func (r *Rig) Connected(ctx context.Context, siteFile string) (bool, error) {
	n, err := r.Metric(ctx, siteFile, "fieldseal_agent_connected")
	return n == 1, err
}
