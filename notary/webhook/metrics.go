package webhook

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts attempts.
type Metrics struct {
	attempts *prometheus.CounterVec
	took     prometheus.Histogram
}

// NewMetrics makes the counters and registers them; nil: they are not registered.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "fieldseal_webhook_attempts_total", Help: "Deliveries tried, by how they ended."}, []string{"result"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "fieldseal_webhook_seconds", Help: "How long receivers took.",
			Buckets: []float64{0.01, 0.05, 0.2, 1, 5, 10}}),
	}
	if r != nil {
		r.MustRegister(m.attempts, m.took)
	}
	return m
}

func (m *Metrics) attempt(err error, took time.Duration) {
	result := "taken"
	if err != nil {
		result = "failed"
	}
	m.attempts.WithLabelValues(result).Inc()
	m.took.Observe(took.Seconds())
}
