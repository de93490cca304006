package link

import (
	"bytes"
	"context"
	"time"

	"fieldseal/drivers/hj212"
	"fieldseal/drivers/source"
	"fieldseal/drivers/stream"
	"fieldseal/evidence/record"
)

// waiting is how many pieces wait for the platform; beyond them a platform that
// does not take what it is sent is dialled anew.
const waiting = 256

// tee passes a station's bytes on to the platform that had them before, and the
// platform's back, both unchanged.
type tee struct {
	s     *session
	queue chan []byte
	full  chan struct{} // the queue overflowed
}

func newTee(s *session) *tee {
	return &tee{s: s, queue: make(chan []byte, waiting), full: make(chan struct{}, 1)}
}

// pass queues bytes of the station. A dead platform must not stop sealing: when
// it takes nothing, its connection is given up and begun anew.
func (t *tee) pass(b []byte) {
	select {
	case t.queue <- bytes.Clone(b):
	default:
		select {
		case t.full <- struct{}{}:
		default:
		}
	}
}

func (t *tee) run(ctx context.Context) {
	wait := stream.NewWait()
	for ctx.Err() == nil {
		c, err := t.s.l.cfg.Tee(ctx)
		if err == nil {
			wait.Reset()
			err = t.serve(ctx, stream.NetConn(c))
		}
		if ctx.Err() != nil {
			return
		}
		t.s.l.cfg.Log.Warn("the platform behind the tee has no connection; readings go on being sealed, and it misses what comes meanwhile", "error", err)
		wait.Pause(ctx)
		// What it missed begins in the middle of a packet; what comes does not.
		for len(t.queue) > waiting/2 {
			<-t.queue
		}
	}
}

func (t *tee) serve(ctx context.Context, c stream.Conn) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	failed := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		failed <- t.back(ctx, c)
	}()
	defer func() { stop(); c.Close(); <-done }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-t.full:
			return context.DeadlineExceeded
		case b := <-t.queue:
			if _, err := c.Write(b); err != nil {
				return err
			}
		}
	}
}

// back passes the platform's bytes to the station, then seals them.
func (t *tee) back(ctx context.Context, c stream.Conn) error {
	scan := hj212.NewScanner(t.s.l.options)
	buf := make([]byte, 4096)
	quiet := time.Now()
	for {
		n, err := c.Read(buf)
		if n > 0 {
			quiet = time.Now()
			t.s.write.Lock()
			_, werr := t.s.conn.Write(buf[:n])
			t.s.write.Unlock()
			if werr != nil {
				return werr
			}
			for b := buf[:n]; len(b) > 0; {
				k, _ := scan.Write(b)
				b = b[k:]
				t.seal(scan, k == 0)
			}
		}
		if err != nil || ctx.Err() != nil {
			t.seal(scan, true)
			return err
		}
		if n == 0 && scan.Buffered() > 0 && time.Since(quiet) > Pause {
			t.seal(scan, true)
		}
	}
}

// seal hands on what the platform said, packet by packet. Bytes that are no
// packet are sealed as well: they reached the station.
func (t *tee) seal(scan *hj212.Scanner, done bool) {
	for {
		x, ok := scan.Next(done)
		if !ok {
			return
		}
		var to *station
		var seen []record.Event
		if x.Frame != nil {
			to, seen = t.s.l.find(x.Frame.Header.MN, nil), events(x.Frame, true)
		}
		if to == nil {
			for _, id := range t.s.l.speakers.On(t.s) {
				to = t.s.l.station(id)
			}
		}
		if to == nil {
			continue // nobody has spoken yet on this connection
		}
		at := t.s.l.cfg.Boot()
		t.s.out.Hear(source.Message{Device: to.ID, At: at, Events: seen,
			Frame: &record.Frame{Sent: clipped(x.Raw), Received: []byte{}, SentAt: at, RecvAt: at, Speaker: record.SpeakerPlatform}})
	}
}
