package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/live"
)

// Limits of the stream.
const (
	maxStreams    = 2000             // at the same time
	maxFilters    = 64               // values of one filter
	streamAlive   = 15 * time.Second // between comments while nothing comes
	streamPatient = 10 * time.Second // that one write may take
)

// stream serves the events of package live (WHATWG HTML §9.2).
func (a *API) stream(w http.ResponseWriter, r *http.Request) {
	f, after, err := a.streamQuery(r)
	if err != nil {
		refuse(w, err)
		return
	}
	select {
	case a.streams <- struct{}{}:
		defer func() { <-a.streams }()
	default:
		w.Header().Set("Retry-After", "30")
		problem(w, http.StatusServiceUnavailable, fmt.Sprintf("%d streams are open, and that is the most", maxStreams), "close one, or try again later")
		return
	}
	follower, err := a.Live.Follow(after, f)
	if err != nil {
		problem(w, http.StatusGone, err.Error(), "begin without Last-Event-ID, and fetch "+client.PointsPath+" once; "+client.HistoryPath+" has what came in between")
		return
	}
	out := http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would hold values back
	send := func(text []byte) bool {
		// The server's own deadline is for answers that end.
		if err := out.SetWriteDeadline(time.Now().Add(streamPatient)); err != nil {
			return false
		}
		if _, err := w.Write(text); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	// The read deadline is for requests, and this one has been read.
	if out.SetReadDeadline(time.Time{}) != nil || !send([]byte("retry: 1000\n\n")) {
		return
	}
	for {
		ctx, cancel := context.WithTimeout(r.Context(), streamAlive)
		items, err := follower.Next(ctx)
		cancel()
		var text []byte
		switch {
		case errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil:
			// The id lets one whose filter lets little pass resume from here. An event
			// without data is not dispatched but sets the id.
			text = fmt.Appendf(nil, ": alive\nid: %d\n\n", follower.After())
		case err != nil:
			if r.Context().Err() == nil && !errors.Is(err, live.ErrStopped) {
				a.Logger.ErrorContext(r.Context(), "stream broken off", "remote", r.RemoteAddr, "error", err)
			}
			return
		}
		for _, i := range items {
			text = fmt.Appendf(text, "id: %d\nevent: %s\ndata: %s\n\n", i.ID, i.Name, i.Text)
		}
		if len(text) > 0 && !send(text) {
			return
		}
	}
}

// streamQuery reads filters and the id to resume after; without one the stream begins now.
func (a *API) streamQuery(r *http.Request) (f live.Filter, after uint64, err error) {
	who := accounts.From(r.Context())
	if !who.SeesAll() {
		f.Sees = who.Sees
	}
	// Alarms carry names and notes of people.
	f.NoAlarms = !who.May(accounts.Read, accounts.Alarm)
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return f, 0, usage("query: %v", err)
	}
	after = a.Live.Last()
	last := r.Header.Get("Last-Event-ID") // it is newer than what the address says
	for k, all := range v {
		if len(all) > maxFilters {
			return f, 0, usage("%d values of %q; at most %d", len(all), k, maxFilters)
		}
		for _, s := range all {
			if err := a.streamFilter(r, &f, k, s); err != nil {
				return f, 0, err
			}
		}
		if k == "after" && last == "" {
			last = all[0]
		}
	}
	if last != "" {
		if after, err = strconv.ParseUint(last, 10, 64); err != nil {
			return f, 0, usage("Last-Event-ID %q is not the id of an event", last)
		}
	}
	return f, after, nil
}

func (a *API) streamFilter(r *http.Request, f *live.Filter, k, s string) error {
	if s == "" || len(s) > record.MaxName {
		return usage("%s: empty, or above %d bytes", k, record.MaxName)
	}
	switch k {
	case "site":
		id, err := a.site(r, s)
		if err != nil {
			return err
		}
		f.Sites = append(f.Sites, id)
	case "gateway":
		g, err := batch.ParseID(s)
		if err != nil {
			return usage("gateway: %v", err)
		}
		f.Gateways = append(f.Gateways, g)
	case "device":
		f.Devices = append(f.Devices, s)
	case "point":
		if !strings.Contains(s, "/") {
			return usage("point %q: give DEVICE/NAME", s)
		}
		f.Points = append(f.Points, s)
	case "district":
		if a.District == nil {
			return usage("district: this notary keeps no register of sites")
		}
		before := f.In
		f.In = func(site batch.ID) bool { return a.District(site) == s || before != nil && before(site) }
	case "state":
		if !slices.Contains([]string{live.Logged, live.Local, live.Anchored}, s) {
			return usage("state %q is none of %s, %s, %s", s, live.Logged, live.Local, live.Anchored)
		}
		f.States = append(f.States, s)
	case "alarm":
		f.Alarms = append(f.Alarms, s)
	case "kind":
		if !slices.Contains([]live.Kind{live.Admission, live.State, live.Alarm}, live.Kind(s)) {
			return usage("kind %q is none of admission, state, alarm", s)
		}
		f.Kinds = append(f.Kinds, live.Kind(s))
	case "after":
	default:
		return usage("parameter %q is unknown here; there are district, site, gateway, device, point, kind, state, alarm and after", k)
	}
	return nil
}
