package intake

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what passes through an intake.
type Metrics struct {
	messages                           *prometheus.CounterVec
	records, duplicates, equivocations prometheus.Counter
	contradictions, held               prometheus.Counter
	receipts, receipted, receiptErrors prometheus.Counter
}

// NewMetrics makes the metrics and registers them; nil registers nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "fieldseal_intake_" + name, Help: help})
	}
	m := &Metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "fieldseal_intake_messages_total",
			Help: "Messages from gateways, by kind and by what became of them."}, []string{"kind", "result"}),
		records:        counter("records_total", "Records of new batches that were verified and logged."),
		duplicates:     counter("duplicates_total", "Batches that were in the log before."),
		equivocations:  counter("equivocations_total", "Batches refused because another of their identity is in the log."),
		contradictions: counter("contradictions_total", "Batches refused because they name a checkpoint that this log never had."),
		held:           counter("held_total", "Messages held back by their gateway's rate."),
		receipts:       counter("receipts_total", "Receipts sent."),
		receipted:      counter("receipted_batches_total", "Batches that receipts sent speak of."),
		receiptErrors:  counter("receipt_errors_total", "Receipts not sent because a proof did not verify."),
	}
	if r != nil {
		r.MustRegister(m.messages, m.records, m.duplicates, m.equivocations, m.contradictions, m.held, m.receipts, m.receipted, m.receiptErrors)
	}
	return m
}
