package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/drivers/source"
	"fieldseal/evidence/record"
)

// Hear shows what stations report until ctx ends, one line a message. ids names
// those to show; none means all. It returns how many devices gave values and how
// many of the site's stations did not.
func (b *Bench) Hear(ctx context.Context, ids []string, sources []source.Source) (read, silent int) {
	e := &ear{b: b, ids: ids, heard: map[string]bool{}}
	var all sync.WaitGroup
	for _, s := range sources {
		all.Go(func() {
			if err := s.Run(ctx, e); err != nil && ctx.Err() == nil {
				e.line("%s", b.Out.paint(bad, err.Error()))
			}
		})
	}
	all.Wait()
	for i := range b.Site.Devices {
		d := &b.Site.Devices[i]
		if !b.Site.Hears(d) || len(ids) > 0 && !slices.Contains(ids, d.ID) {
			continue
		}
		if e.heard[d.ID] {
			read++
		} else {
			silent++
		}
	}
	return read, silent
}

// ear prints messages.
type ear struct {
	b     *Bench
	ids   []string
	mu    sync.Mutex
	heard map[string]bool
}

func (e *ear) line(format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.b.Out.line(format, args...)
}

// Hear implements source.Sink. The bench keeps nothing, so it acknowledges
// nothing: a station sends again what it reported here.
func (e *ear) Hear(m source.Message) {
	if len(e.ids) > 0 && !slices.Contains(e.ids, m.Device) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	said := e.said(&m)
	e.b.Out.line("%s  %s  %s", e.b.Now().Format(time.TimeOnly), m.Device, said)
	for _, x := range m.Events {
		e.b.Out.line("%s  %s  %s", e.b.Now().Format(time.TimeOnly), m.Device, e.b.Out.paint(look, strings.TrimSpace(x.Type.String()+" "+x.Note)))
	}
}

func (e *ear) said(m *source.Message) string {
	switch {
	case m.Failed:
		return e.b.Out.paint(bad, fmt.Sprintf("a frame without values: %v", m.Cause))
	case len(m.Values) == 0 && m.Frame != nil && len(m.Frame.Received) == 0:
		return e.b.Out.paint(faint, fmt.Sprintf("%d bytes from the %v", len(m.Frame.Sent), m.Frame.Speaker))
	case len(m.Values) == 0 && m.Frame != nil:
		return e.b.Out.paint(faint, fmt.Sprintf("%d bytes that carry no value of the profile", len(m.Frame.Received)))
	}
	d, _ := e.b.Site.Device(m.Device)
	var parts []string
	for _, v := range m.Values {
		if v.Missing {
			parts = append(parts, v.Point+" -")
			continue
		}
		e.heard[m.Device] = true
		unit := ""
		if x, ok := d.Profile.Profile.Point(v.Point); ok {
			unit = x.Unit
		}
		parts = append(parts, strings.Join(strings.Fields(v.Point+" "+v.Value.String()+" "+unit+" "+v.Flag), " "))
	}
	return strings.Join(parts, " · ")
}

// Down implements source.Sink.
func (e *ear) Down(device string, cause record.Cause, why error) {
	if len(e.ids) > 0 && !slices.Contains(e.ids, device) || errors.Is(why, context.Canceled) {
		return // another one's, or the end of looking
	}
	e.line("%s  %s  %s", e.b.Now().Format(time.TimeOnly), device, e.b.Out.paint(bad, fmt.Sprintf("%v: %v", cause, why)))
}
