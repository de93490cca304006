package health

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

type source struct{ healthy bool }

func (s source) Report() Report {
	return Report{Healthy: s.healthy, Problems: []string{"device dust-1 does not answer"}, Devices: []Device{{"dust-1", "lost"}}}
}

func (s source) Metrics() []Metric {
	return []Metric{
		{Name: "fieldseal_agent_queue_batches", Help: "h", Values: []Value{{Value: 3}}},
		{Name: "fieldseal_agent_exchanges_total", Help: "h", Counter: true, Labels: []string{"outcome"}, Values: []Value{{[]string{"answered"}, 7}, {[]string{"no answer"}, 1}}},
	}
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code, w.Body.String()
}

func TestHealthSaysWhatIsWrong(t *testing.T) {
	for healthy, want := range map[bool]int{true: 200, false: 503} {
		code, body := get(t, Handler(source{healthy}), "/healthz")
		if code != want || !strings.Contains(body, "dust-1 does not answer") {
			t.Errorf("healthy %v: %d %s", healthy, code, body)
		}
	}
}

func TestMetricsAreInPrometheusForm(t *testing.T) {
	code, body := get(t, Handler(source{true}), "/metrics")
	for _, line := range []string{"# TYPE fieldseal_agent_queue_batches gauge", "fieldseal_agent_queue_batches 3", "# TYPE fieldseal_agent_exchanges_total counter", `fieldseal_agent_exchanges_total{outcome="no answer"} 1`} {
		if code != 200 || !strings.Contains(body, line+"\n") {
			t.Errorf("%d, without %q:\n%s", code, line, body)
		}
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Serve(ctx, l, source{true}) }()
	r, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServerWhoseListenerWentFirstEndsQuietly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.Close()
	cancel()
	if err := Serve(ctx, l, source{true}); err != nil {
		t.Error(err)
	}
}

func listen(t *testing.T) *net.UnixConn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	return c
}

func read(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 100)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestSystemdHearsThatTheAgentIsReady(t *testing.T) {
	c := listen(t)
	if err := Notify("READY=1"); err != nil || read(t, c) != "READY=1" {
		t.Error(err)
	}
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Notify("READY=1"); err != nil {
		t.Errorf("without systemd: %v", err)
	}
}

func TestStalledAgentIsNotKeptAlive(t *testing.T) {
	c := listen(t)
	t.Setenv("WATCHDOG_USEC", strconv.Itoa(30_000))
	t.Setenv("WATCHDOG_PID", "")
	var alive atomic.Bool
	asked := make(chan struct{}, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	alive.Store(true)
	go Watchdog(ctx, func() bool { a := alive.Load(); asked <- struct{}{}; return a })
	<-asked
	if got := read(t, c); got != "WATCHDOG=1" {
		t.Fatalf("systemd heard %q", got)
	}
	alive.Store(false)
	for range 3 { // a turn may have been under way
		<-asked
	}
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	for {
		if _, err := c.Read(make([]byte, 100)); err != nil {
			break
		}
	}
	for range 3 {
		<-asked
	}
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if n, err := c.Read(make([]byte, 100)); err == nil {
		t.Errorf("a stalled agent sent %d bytes", n)
	}
	t.Setenv("WATCHDOG_PID", "1")
	if WatchdogInterval() != 0 {
		t.Error("another process's watchdog was fed")
	}
}
