package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"fieldseal/notary/enrol"
)

// observe registers the metrics of rooms that count for themselves.
func (s *Service) observe() {
	counter := func(name, help string, f func() uint64) {
		s.Metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "fieldseal_" + name, Help: help}, func() float64 { return float64(f()) }))
	}
	gauge := func(name, help string, f func() float64) {
		s.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "fieldseal_" + name, Help: help}, f))
	}
	flag := func(v bool) float64 {
		if v {
			return 1
		}
		return 0
	}
	s.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	counter("log_groups_total", "Synced writes of entries.", func() uint64 { return s.Log.Stats().Groups })
	counter("log_entries_total", "Entries logged.", func() uint64 { return s.Log.Stats().Entries })
	counter("log_payloads_total", "Payloads stored.", func() uint64 { return s.Log.Stats().Payloads })
	counter("log_bytes_total", "Bytes of entries and payloads stored.", func() uint64 { return s.Log.Stats().Bytes })
	counter("log_checkpoints_total", "Checkpoints signed.", func() uint64 { return s.Log.Stats().Checkpoints })
	counter("log_head_errors_total", "Head files that could not be written.", func() uint64 { return s.Log.Stats().HeadErrors })
	counter("log_findings_total", "Oddities found in gateways' headers: equivocations, rollbacks, broken links.", func() uint64 { return s.Log.Stats().Findings })
	gauge("log_size", "Entries in the log.", func() float64 { return float64(s.Log.Size()) })
	gauge("log_signed_size", "Entries under the newest checkpoint.", func() float64 { return float64(s.Log.Head().Size) })
	gauge("log_read_only", "1 while the log takes nothing.", func() float64 { return flag(s.Log.ReadOnly() != "") })
	gauge("anchored_size", "Entries under the newest final anchor.", func() float64 { _, n := s.Anchors.Newest(); return float64(n) })
	gauge("anchor_wait_seconds", "How long the log has been ahead of its newest anchor without a new one.", func() float64 { return s.Anchors.Waits(time.Now()).Seconds() })
	gauge("anchor_oldest_wait_seconds", "Age of the oldest checkpoint that is in no final block yet; 0: all are.", func() float64 { return s.Anchors.Lag(time.Now()).Seconds() })
	gauge("chain_head", "Newest block of the chain as its node shows it; 0 for the embedded chain.", func() float64 { return float64(s.Anchoring(time.Now()).Head) })
	gauge("chain_stalled", "1 while an anchor waits and the chain makes no block.", func() float64 { return flag(s.Anchors.Stalled(time.Now()) != "") })
	s.Metrics.MustRegister(s.Anchors.lag.took)
	gauge("status_list_end_seconds", "Unix time at which the authority's newest status list ends; 0 before the first.", func() float64 {
		l, _ := s.Desk.Status()
		if l == nil {
			return 0
		}
		return float64(l.Next) / 1e6
	})
	gauge("healthy", "1 while /healthz finds no problem.", func() float64 { return flag(s.Health().OK) })
	gauge("streams", "Streams that are open.", func() float64 { return float64(s.api.Streams()) })
	gauge("events_last", "Id of the newest event of the stream.", func() float64 { return float64(s.live.Last()) })
	gauge("events_kept", "Events of the stream that can be resumed into.", func() float64 { return float64(s.live.Last() + 1 - s.live.First()) })
	gauge("centre_behind", "Events that newest values and history do not show yet.", func() float64 {
		last := s.live.Last() // read first: the centre may be ahead of it by now
		return float64(last - min(s.centre.Figures().Event, last))
	})
	gauge("centre_series", "Points that are kept, each of each gateway and unit.", func() float64 { return float64(s.centre.Figures().Series) })
	gauge("centre_sums", "Sums in memory that are not written yet.", func() float64 { return float64(s.centre.Figures().Sums) })
	counter("centre_dropped_total", "Readings of points above the number that is kept of one gateway.", func() uint64 { return s.centre.Figures().Dropped })
	gauge("webhooks_behind", "Events that the webhook furthest behind has not taken.", func() float64 {
		worst := uint64(0)
		for _, h := range s.hooks.List(nil) {
			worst = max(worst, h.Behind)
		}
		return float64(worst)
	})
	gauge("anchor_alarm", "1 when anchoring has stopped for good.", func() float64 { return flag(s.Anchors.Alarm() != nil) })
}

// Health is what /healthz tells.
type Health struct {
	OK       bool   `json:"ok"`
	Origin   string `json:"origin"`
	Size     uint64 `json:"size"`
	Signed   uint64 `json:"signed"`
	Anchored uint64 `json:"anchored"`
	ReadOnly string `json:"read_only,omitempty"` // why
	Alarm    string `json:"alarm,omitempty"`     // of the anchorer
	// Overdue is what ought to be by now, each with what helps.
	Overdue []string `json:"overdue,omitempty"`
	// Anchoring says in words and numbers how the log is anchored.
	Anchoring Anchoring `json:"anchoring"`
	Uptime    int64     `json:"uptime_seconds"`
}

// anchorPatience is how long the next anchor may take, besides ten intervals:
// a chain that others run needs its blocks on top, and may be away for a moment.
const anchorPatience = 5 * time.Minute

// overdue lists what does not come although nothing stopped for good.
func (s *Service) overdue(now time.Time) (out []string) {
	if w := s.Anchors.Waits(now); w > anchorPatience+10*s.Config.Chain.AnchorEvery {
		why := "is the chain reachable, and does the account have what a transaction costs? The log says"
		if _, held := s.Anchors.Held(); held != nil {
			why = held.Error()
		}
		if stalled := s.Anchors.Stalled(now); stalled != "" {
			why = stalled
		}
		out = append(out, fmt.Sprintf("no anchor for %v while the log grew: %s", w.Round(time.Second), why))
	} else if stalled := s.Anchors.Stalled(now); stalled != "" {
		out = append(out, stalled)
	}
	switch l, _ := s.Desk.Status(); {
	case l == nil && s.Registry.Any(enrol.Enrolled):
		out = append(out, "no status list yet: evidence of origin cannot be checked; run fieldseal authority sign")
	case l != nil && l.Next <= now.UnixMicro():
		out = append(out, fmt.Sprintf("status list %d ended at %s: what is sealed since cannot be shown to be of a gateway in good standing; run fieldseal authority sign",
			l.Serial, time.UnixMicro(l.Next).UTC().Format(time.RFC3339)))
	}
	if err := s.room(); err != nil {
		out = append(out, "nothing new is taken: "+err.Error())
	}
	if err := s.live.Err(); err != nil {
		out = append(out, "the stream stands still until the next start: "+err.Error())
	}
	if err := s.centre.Err(); err != nil {
		out = append(out, "newest values and history stand still until the next start: "+err.Error())
	}
	if err := s.Alarms.Err(); err != nil {
		out = append(out, "alarms are not kept until the next start: "+err.Error())
	}
	if err := s.Log.HeadError(); err != nil {
		out = append(out, "head file not written: "+err.Error())
	}
	return out
}

// Health says how the notary is.
func (s *Service) Health() Health {
	_, covered := s.Anchors.Newest()
	h := Health{Origin: s.Log.Origin(), Size: s.Log.Size(), Signed: s.Log.Head().Size, Anchored: covered, ReadOnly: s.Log.ReadOnly(),
		Uptime: int64(time.Since(s.Started).Seconds())}
	if err := s.Anchors.Alarm(); err != nil {
		h.Alarm = err.Error()
	}
	h.Anchoring = s.Anchoring(time.Now())
	h.Overdue = s.overdue(time.Now())
	h.OK = h.ReadOnly == "" && h.Alarm == "" && len(h.Overdue) == 0
	return h
}

// Observe serves /metrics and /healthz.
func (s *Service) Observe() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		h := s.Health()
		w.Header().Set("Content-Type", "application/json")
		if !h.OK {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		// An error here is the asker's going away.
		_ = json.NewEncoder(w).Encode(h)
	})
	return mux
}
