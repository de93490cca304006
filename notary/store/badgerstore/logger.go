package badgerstore

import (
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// logger passes Badger's words on, warnings and errors only, and counts the sync
// errors that Badger logs instead of returning them: its value log does that
// before the group's answer is given, so the count is up in time.
type logger struct {
	log    *slog.Logger
	failed atomic.Uint64
}

func (l *logger) Errorf(format string, args ...any) {
	msg := strings.TrimSpace(fmt.Sprintf(format, args...))
	if strings.Contains(msg, "sync") {
		l.failed.Add(1)
	}
	l.log.Error("badger", "text", msg)
}

func (l *logger) Warningf(format string, args ...any) {
	l.log.Warn("badger", "text", strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l *logger) Infof(string, ...any)  {}
func (l *logger) Debugf(string, ...any) {}
