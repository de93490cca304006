package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"time"
)

// RequestID is the header by which a request is named, in answers, problems and logs.
const RequestID = "X-Request-Id"

// maxRequestID bounds an id that the asker gives.
const maxRequestID = 64

type requestKey struct{}

// ID names the request of a context; empty outside of one.
func ID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Identify names each request and logs how it ended. An id that the asker gives
// is kept, so that its log and ours can be laid side by side.
func Identify(h http.Handler, out *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestID)
		if !fit(id) {
			var b [12]byte
			rand.Read(b[:]) // it never fails (crypto/rand)
			id = hex.EncodeToString(b[:])
		}
		w.Header().Set(RequestID, id)
		ctx := context.WithValue(r.Context(), requestKey{}, id)
		begun, seen := time.Now(), &status{ResponseWriter: w}
		defer func() {
			level := slog.LevelDebug
			switch {
			case seen.code >= http.StatusInternalServerError:
				level = slog.LevelWarn
			case r.Method != http.MethodGet && r.Method != http.MethodHead:
				level = slog.LevelInfo
			}
			// The query may hold what is nobody's business, such as a search.
			out.LogAttrs(ctx, level, "request", slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", seen.code),
				slog.String("remote", r.RemoteAddr), slog.Duration("took", time.Since(begun)))
		}()
		h.ServeHTTP(seen, r.WithContext(ctx))
	})
}

func fit(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// status remembers the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Write(b []byte) (int, error) {
	if s.code == 0 {
		s.code = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Logs adds the request's id to what is logged with its context.
func Logs(h slog.Handler) slog.Handler { return named{h} }

type named struct{ slog.Handler }

func (n named) Handle(ctx context.Context, r slog.Record) error {
	if id := ID(ctx); id != "" {
		r.AddAttrs(slog.String("request", id))
	}
	return n.Handler.Handle(ctx, r)
}

func (n named) WithAttrs(a []slog.Attr) slog.Handler { return named{n.Handler.WithAttrs(a)} }
func (n named) WithGroup(g string) slog.Handler      { return named{n.Handler.WithGroup(g)} }
