package rest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestARequestHasOneNameInAnswerAndLog(t *testing.T) {
	var log bytes.Buffer
	out := slog.New(Logs(slog.NewJSONHandler(&log, nil)))
	h := Identify(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out.With("part", "test").InfoContext(r.Context(), "inside")
		w.WriteHeader(http.StatusInternalServerError)
	}), out)
	for given, kept := range map[string]bool{"": false, "abc-1.2_3": true, "with blank": false, strings.Repeat("x", 65): false, "a\nb": false} {
		log.Reset()
		r := httptest.NewRequest("GET", "/secret-path?token=never", nil)
		if given != "" {
			r.Header[RequestID] = []string{given}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		id := w.Header().Get(RequestID)
		if kept != (id == given) || id == "" {
			t.Errorf("%q became %q", given, id)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 2 {
			t.Fatalf("%d lines: %s", len(lines), log.String())
		}
		for _, line := range lines {
			var x struct{ Request string }
			if err := json.Unmarshal([]byte(line), &x); err != nil || x.Request != id {
				t.Errorf("%s does not name %q", line, id)
			}
		}
		if strings.Contains(log.String(), "never") {
			t.Error("the query is in the log")
		}
	}
}

func FuzzMatches(f *testing.F) {
	f.Add(`W/"abc", "def"`, `W/"def"`)
	f.Add("*", `"x"`)
	f.Fuzz(func(t *testing.T, header, tag string) {
		if tag != "" && !strings.ContainsAny(tag, ", \t\r\n\v\f\u0085\u00a0") && !strings.Contains(tag, "W/") && Matches(tag, tag) != (strings.TrimSpace(tag) != "") {
			t.Errorf("%q does not match itself", tag)
		}
		Matches(header, tag)
	})
}
