package health

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
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

// families are the metrics in the text format's own terms. The format's library
// alone is used: the client library above it would cost the gateway's binary a
// megabyte, for collectors that the agent does not have.
func families(src Source) ([]*dto.MetricFamily, error) {
	var all []*dto.MetricFamily
	for _, m := range src.Metrics() {
		f := &dto.MetricFamily{Name: &m.Name, Help: &m.Help, Type: dto.MetricType_GAUGE.Enum()}
		if m.Counter {
			f.Type = dto.MetricType_COUNTER.Enum()
		}
		for _, v := range m.Values {
			if len(v.Labels) != len(m.Labels) {
				return nil, fmt.Errorf("metric %s: %d labels, %d expected", m.Name, len(v.Labels), len(m.Labels))
			}
			x := &dto.Metric{}
			for i := range m.Labels {
				x.Label = append(x.Label, &dto.LabelPair{Name: &m.Labels[i], Value: &v.Labels[i]})
			}
			if m.Counter {
				x.Counter = &dto.Counter{Value: &v.Value}
			} else {
				x.Gauge = &dto.Gauge{Value: &v.Value}
			}
			f.Metric = append(f.Metric, x)
		}
		if len(f.Metric) > 0 { // the format has no empty family
			all = append(all, f)
		}
	}
	return all, nil
}

func serveMetrics(w http.ResponseWriter, src Source) {
	all, err := families(src)
	var text bytes.Buffer
	for _, f := range all {
		if err == nil {
			_, err = expfmt.MetricFamilyToText(&text, f)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
	w.Write(text.Bytes())
}

// Handler serves /healthz (200 or 503) and /metrics.
func Handler(src Source) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { serveMetrics(w, src) })
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
