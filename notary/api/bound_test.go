package api

import (
	"io"
	"net"
	"testing"
	"time"
)

func TestConnectionsAboveTheBoundAreClosedAtOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := bound(l, 2, 1)
	defer b.Close()
	accepted := make(chan net.Conn, 8)
	go func() {
		for {
			c, err := b.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	dial()
	first := <-accepted
	dial()
	<-accepted
	third := dial()
	third.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := third.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("above the bound: %v", err)
	}
	first.Close()
	first.Close() // gives one place back, not two
	dial()
	<-accepted
	if b.total != 2 || b.by[""] != 2 {
		t.Fatalf("%d connections, %v", b.total, b.by)
	}
}

func TestOneAddressCannotTakeEveryConnection(t *testing.T) {
	b := bound(nil, 10, 2)
	for i, want := range []bool{true, true, false} {
		if b.take("192.0.2.1") != want {
			t.Errorf("connection %d of one address", i)
		}
	}
	if !b.take("192.0.2.2") {
		t.Error("another address was refused")
	}
	b.release("192.0.2.1")
	if !b.take("192.0.2.1") {
		t.Error("a place that was given back is not there")
	}
}
