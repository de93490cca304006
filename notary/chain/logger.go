package chain

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/log"
)

// gethLogger keeps go-ethereum's logger from being the concrete type for
// which log.SetDefault also replaces the process's slog default.
type gethLogger struct{ log.Logger }

var logOnce sync.Once

// quiet routes go-ethereum's package-wide logger into ours. There is one per
// process, so the first embedded chain decides where it goes.
func quiet(l *slog.Logger) {
	logOnce.Do(func() { log.SetDefault(gethLogger{log.NewLogger(aboveInfo{l.Handler()})}) })
}

// aboveInfo lets warnings and errors through: the rest of what the library
// says is about its own caches.
type aboveInfo struct{ slog.Handler }

func (h aboveInfo) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// Handle drops the warning that a node without peers gives at each start.
func (h aboveInfo) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "P2P server will be useless") {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h aboveInfo) WithAttrs(a []slog.Attr) slog.Handler { return aboveInfo{h.Handler.WithAttrs(a)} }

func (h aboveInfo) WithGroup(name string) slog.Handler { return aboveInfo{h.Handler.WithGroup(name)} }
