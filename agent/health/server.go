package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Report is how the agent is.
type Report struct {
	Healthy  bool     `json:"healthy"`  // it reads, seals and keeps
	Problems []string `json:"problems"` // what a person should look at; may be there when healthy
	Software string   `json:"software"`
	Gateway  string   `json:"gateway"`

	Connected bool     `json:"connected"`
	Pending   int      `json:"pending_batches"`
	Oldest    float64  `json:"oldest_pending_seconds"`
	Devices   []Device `json:"devices"`
}

// Device is an instrument as the bus master knows it.
type Device struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// Metric is one number with its labels.
type Metric struct {
	Name, Help string
	Counter    bool // only grows
	Labels     []string
	Values     []Value
}

// Value is one line of a metric.
type Value struct {
	Labels []string
	Value  float64
}

// Source gives the state as of now.
type Source interface {
	Report() Report
	Metrics() []Metric
}

// collector adapts a Source to the Prometheus library.
type collector struct{ src Source }

// Describe sends nothing: the collector is unchecked, for its labels are only
// known when asked.
func (c collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, m := range c.src.Metrics() {
		d := prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
		kind := prometheus.GaugeValue
		if m.Counter {
			kind = prometheus.CounterValue
		}
		for _, v := range m.Values {
			x, err := prometheus.NewConstMetric(d, kind, v.Value, v.Labels...)
			if err != nil {
				x = prometheus.NewInvalidMetric(d, err)
			}
			out <- x
		}
	}
}

// Handler serves /healthz (200 or 503) and /metrics.
func Handler(src Source) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collector{src})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		r := src.Report()
		w.Header().Set("Content-Type", "application/json")
		if !r.Healthy {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.Encode(r)
	})
	return mux
}

// Serve listens until ctx ends.
func Serve(ctx context.Context, l net.Listener, src Source) error {
	s := &http.Server{Handler: Handler(src), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 8 << 10}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	// The owner may close the listener before the server hears of the end.
	if err := s.Serve(l); ctx.Err() == nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("health: %w", err)
	}
	return nil
}
