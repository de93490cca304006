package embedded

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"fieldseal/drivers/mqtt/link"
)

// errLeft ends a client that took its leave.
var errLeft = errors.New("the client disconnected")

// client is one connection: a client's messages are taken one after the other, in
// its order, and answered in the same.
type client struct {
	run     *run
	conn    net.Conn
	read    *bufio.Reader
	level   byte
	idle    time.Duration
	will    *publish
	answers *answers

	writing sync.Mutex // of conn
}

// serve runs a connection to its end.
func (c *client) serve(ctx context.Context) error {
	if err := c.conn.SetDeadline(time.Now().Add(connectTime)); err != nil {
		return err
	}
	if c.run.s.cfg.TLS != nil {
		t := tls.Server(c.conn, c.run.s.cfg.TLS)
		if err := t.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
		c.conn = t
	}
	c.read = bufio.NewReaderSize(c.conn, 2<<10)
	leave, err := c.introduce()
	if err != nil {
		return err
	}
	defer leave()
	ctx, stop := context.WithCancelCause(ctx)
	c.answers = newAnswers(c)
	var done sync.WaitGroup
	defer done.Wait()
	defer stop(nil)
	done.Go(func() {
		if err := c.answers.run(ctx); ctx.Err() == nil {
			stop(err)
			c.conn.Close() // ends the reading
		}
	})
	for {
		if err := c.conn.SetDeadline(time.Now().Add(c.idle)); err != nil {
			return err
		}
		p, err := readPacket(c.read, c.read, MaxPacket)
		if err == nil {
			err = c.handle(ctx, p)
		}
		if err == errLeft {
			return err
		}
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if err != nil {
			if c.will != nil {
				c.run.hand(ctx, link.Publication{Topic: c.will.topic, Payload: c.will.payload}, nil)
			}
			return err
		}
	}
}

func (c *client) write(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(connectTime)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// introduce reads the CONNECT and answers it. leave ends the client's place among
// the others.
func (c *client) introduce() (leave func(), err error) {
	p, err := readPacket(c.read, c.read, MaxPacket)
	if err != nil {
		return nil, err
	}
	if p.kind != typeConnect || p.flags != 0 {
		return nil, bad("packet type %d where CONNECT begins", p.kind)
	}
	k, err := parseConnect(p.body)
	if err != nil {
		return nil, err
	}
	c.level = k.level
	refuse := func(code, code5 byte, why error) (func(), error) {
		body := []byte{0, code}
		if c.level == level5 {
			body = []byte{0, code5, 0}
		}
		return nil, errors.Join(why, c.write(answer(typeConnack, 0, body...)))
	}
	switch {
	case k.level < level31 || k.level > level5:
		return refuse(refusedLevel, refusedLevel5, bad("protocol level %d", k.level))
	case k.id == "" && !k.clean && k.level != level5 || len(k.id) > maxID:
		return refuse(refusedID, refusedID5, bad("a client id of %d bytes", len(k.id)))
	case !c.run.s.admits(k):
		c.run.refused(c.conn, k)
		return refuse(refusedUser, refusedUser5, fmt.Errorf("user %q is not admitted", k.user))
	}
	c.will = k.will
	// No session outlives its connection, whatever the client asks: what was not
	// acknowledged it sends again.
	c.idle = min(time.Duration(k.keepAlive)*time.Second*3/2, MaxIdle)
	if k.keepAlive == 0 {
		c.idle = MaxIdle
	}
	body := []byte{0, 0}
	if c.level == level5 {
		properties := []byte{0x21, 0, MaxPending} // receive maximum (3.2.2.3.3)
		if k.id == "" {
			k.id = c.conn.RemoteAddr().String()
			properties = append(append(properties, 0x12, 0, byte(len(k.id))), k.id...) // assigned client identifier (3.2.2.3.7)
		}
		body = append([]byte{0, 0, byte(len(properties))}, properties...)
	}
	leave = c.run.enter(k, c.conn)
	return leave, c.write(answer(typeConnack, 0, body...))
}

func (c *client) handle(ctx context.Context, p packet) error {
	switch p.kind {
	case typePublish:
		m, err := parsePublish(p.flags, p.body, c.level)
		if err != nil {
			return err
		}
		return c.publish(ctx, m)
	case typePubrel:
		id, err := parseID(p.body)
		if err != nil || p.flags != 2 {
			return bad("a PUBREL with flags %d", p.flags)
		}
		c.answers.release(id)
		return c.write(acknowledge(typePubcomp, 0, id))
	case typeSubscribe, typeUnsubscribe:
		return c.subscribe(p)
	case typePingreq:
		return c.write(answer(typePingresp, 0))
	case typeDisconnect:
		if c.level == level5 && len(p.body) > 0 && p.body[0] == 0x04 {
			return errors.New("the client disconnected and wants its will sent")
		}
		return errLeft
	}
	return bad("packet type %d", p.kind)
}

// publish takes a message; it is answered when it is durable.
func (c *client) publish(ctx context.Context, m publish) error {
	p := link.Publication{Topic: m.topic, Payload: m.payload, Duplicate: m.again}
	if m.qos == 0 {
		c.run.hand(ctx, p, nil)
		return nil
	}
	if m.qos == 2 {
		again, answered, err := c.answers.take(m.id)
		switch {
		case err != nil:
			return err
		case answered:
			return c.write(acknowledge(typePubrec, 0, m.id))
		case again:
			return nil // its answer is on its way
		}
	}
	kept := make(chan struct{})
	select {
	case c.answers.owed <- owed{m.id, m.qos, kept, time.Now().Add(c.run.s.cfg.Within)}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c.run.hand(ctx, p, sync.OnceFunc(func() { close(kept) }))
	return nil
}

// subscribe refuses: nothing is passed on.
func (c *client) subscribe(p packet) error {
	kind, options, code := byte(typeSuback), 1, byte(0x80)
	if p.kind == typeUnsubscribe {
		kind, options, code = typeUnsuback, 0, 0x11 // no subscription existed
	} else if c.level == level5 {
		code = 0x87 // not authorised
	}
	id, filters, err := parseFilters(p.body, c.level, options)
	if err != nil || p.flags != 2 {
		return bad("a subscription with flags %d: %w", p.flags, err)
	}
	body := []byte{byte(id >> 8), byte(id)}
	if c.level == level5 {
		body = append(body, 0)
	}
	if kind == typeSuback || c.level == level5 {
		body = append(body, bytes.Repeat([]byte{code}, filters)...)
	}
	return c.write(answer(kind, 0, body...))
}
