package broker

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what passes through a broker.
type Metrics struct {
	sessions  prometheus.Gauge
	takeovers prometheus.Counter
	refusals  *prometheus.CounterVec
	up, down  prometheus.Counter
	bytes     prometheus.Counter
	handle    prometheus.Histogram
}

// NewMetrics makes the metrics and registers them; nil registers nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "fieldseal_broker_" + name, Help: help})
	}
	m := &Metrics{
		sessions:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "fieldseal_broker_gateways_connected", Help: "Gateways that have a session."}),
		takeovers: counter("takeovers_total", "Connections closed because their gateway connected again."),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "fieldseal_broker_refusals_total",
			Help: "Connections, messages and subscriptions refused, by where."}, []string{"at"}),
		up:    counter("messages_up_total", "Messages acknowledged to gateways."),
		down:  counter("messages_down_total", "Messages handed to gateways' connections."),
		bytes: counter("bytes_up_total", "Bytes of messages acknowledged to gateways."),
		handle: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "fieldseal_broker_handle_seconds",
			Help: "Time from a message's last byte to its acknowledgement.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
	}
	if r != nil {
		r.MustRegister(m.sessions, m.takeovers, m.refusals, m.up, m.down, m.bytes, m.handle)
	}
	return m
}

func (m *Metrics) refused(at string) { m.refusals.WithLabelValues(at).Inc() }
