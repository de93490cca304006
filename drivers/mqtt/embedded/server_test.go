package embedded

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"fieldseal/drivers/mqtt/link"
	"fieldseal/internal/peers"
)

// tolerance bounds waits that a sound server ends at once.
const tolerance = 10 * time.Second

type heard struct {
	link.Publication
	kept func()
}

// serve runs a server and gives what it takes and where it listens.
func serve(t *testing.T, cfg Config) (<-chan heard, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = func() (net.Listener, error) { return ln, nil }
	cfg.Log = slog.New(slog.DiscardHandler)
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan heard, 64)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(ctx, func(p link.Publication, kept func()) { out <- heard{p, kept} })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return out, ln.Addr().String()
}

func next(t *testing.T, c <-chan heard) heard {
	t.Helper()
	select {
	case h := <-c:
		return h
	case <-time.After(tolerance):
		t.Fatal("nothing came")
	}
	return heard{}
}

// client speaks MQTT by hand, for what a library hides is what is tested.
type speaker struct {
	net.Conn
	t *testing.T
}

func speak(t *testing.T, address string, change func(*packets.ConnectPacket)) (*speaker, byte) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(tolerance)); err != nil {
		t.Fatal(err)
	}
	c := &speaker{conn, t}
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.ClientIdentifier, p.Keepalive = "MQTT", 4, true, "sensor", 60
	if change != nil {
		change(p)
	}
	c.send(p)
	ack, ok := c.read().(*packets.ConnackPacket)
	if !ok {
		return c, 255
	}
	return c, ack.ReturnCode
}

func (c *speaker) send(p packets.ControlPacket) {
	c.t.Helper()
	if err := p.Write(c.Conn); err != nil {
		c.t.Fatal(err)
	}
}

// read is the next packet; nil when the connection ended.
func (c *speaker) read() packets.ControlPacket {
	p, err := packets.ReadPacket(c.Conn)
	if err != nil {
		return nil
	}
	return p
}

func (c *speaker) publish(id uint16, topic, payload string, retain bool) {
	c.t.Helper()
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.MessageID, p.Retain = topic, []byte(payload), 1, id, retain
	if id == 0 {
		p.Qos = 0
	}
	c.send(p)
}

func TestAcknowledgedMeansKept(t *testing.T) {
	in, address := serve(t, Config{Anonymous: true})
	c, code := speak(t, address, nil)
	if code != 0 {
		t.Fatalf("refused with %d", code)
	}
	c.publish(1, "cold/room-1", "1", true)
	first := next(t, in)
	c.publish(2, "cold/room-1", "2", false)
	if first.Topic != "cold/room-1" || string(first.Payload) != "1" || first.Retained {
		t.Errorf("%+v", first)
	}
	// The second is taken meanwhile; kept first, it still waits for its turn.
	second := next(t, in)
	second.kept()
	if err := c.SetReadDeadline(time.Now().Add(30 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if p := c.read(); p != nil {
		t.Fatalf("before the first is kept came %v", p)
	}
	if err := c.SetReadDeadline(time.Now().Add(tolerance)); err != nil {
		t.Fatal(err)
	}
	first.kept()
	for id := uint16(1); id <= 2; id++ {
		if ack, ok := c.read().(*packets.PubackPacket); !ok || ack.MessageID != id {
			t.Fatalf("%+v", ack)
		}
	}
}

func TestAClientThatOwesTooMuchIsReadNoFurther(t *testing.T) {
	in, address := serve(t, Config{Anonymous: true})
	c, _ := speak(t, address, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for id := uint16(1); id <= 3*MaxPending; id++ {
			c.publish(id, "cold/room-1", "1", false)
		}
	}()
	var taken []heard
	for len(taken) < MaxPending {
		taken = append(taken, next(t, in))
	}
	for i := range 3 * MaxPending {
		if i == len(taken) {
			taken = append(taken, next(t, in))
		}
		if ahead := len(taken) + len(in) - i; ahead > MaxPending+2 { // one in the answerer's hand, one in the reader's
			t.Fatalf("%d messages wait to be kept", ahead)
		}
		taken[i].kept()
		if ack, ok := c.read().(*packets.PubackPacket); !ok || ack.MessageID != uint16(i+1) {
			t.Fatalf("answer %d: %+v", i, ack)
		}
	}
	<-done
}

func TestWhatIsNotKeptInTimeIsNotAcknowledged(t *testing.T) {
	in, address := serve(t, Config{Anonymous: true, Within: 50 * time.Millisecond})
	c, _ := speak(t, address, nil)
	c.publish(1, "cold/room-1", "1", false)
	h := next(t, in)
	if p := c.read(); p != nil {
		t.Fatalf("answered with %v", p)
	}
	h.kept() // too late; harmless
	c, _ = speak(t, address, nil)
	c.publish(1, "cold/room-1", "1", false)
	next(t, in).kept()
	if _, ok := c.read().(*packets.PubackPacket); !ok {
		t.Error("sent again, kept, and not acknowledged")
	}
}

func TestOnlyUsersConnect(t *testing.T) {
	user := func(name, password string) func(*packets.ConnectPacket) {
		return func(p *packets.ConnectPacket) {
			p.UsernameFlag, p.Username, p.PasswordFlag, p.Password = name != "", name, password != "", []byte(password)
		}
	}
	for _, anonymous := range []bool{false, true} {
		_, address := serve(t, Config{Anonymous: anonymous, Users: []User{{"probe", "right"}}})
		for _, c := range []struct {
			name, password string
			ok             bool
		}{{"probe", "right", true}, {"probe", "wrong", false}, {"probe", "", false}, {"other", "right", false}, {"", "", anonymous}} {
			if _, code := speak(t, address, user(c.name, c.password)); (code == 0) != c.ok {
				t.Errorf("%q %q, anonymous %v: code %d", c.name, c.password, anonymous, code)
			}
		}
	}
	for _, cfg := range []Config{{}, {Users: []User{{"a", ""}}}, {Users: []User{{"a", "b"}, {"a", "c"}}}} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%+v: taken", cfg)
		}
	}
}

func TestNothingIsPassedOn(t *testing.T) {
	in, address := serve(t, Config{Anonymous: true})
	other, _ := speak(t, address, func(p *packets.ConnectPacket) { p.ClientIdentifier = "other" })
	s := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	s.MessageID, s.Topics, s.Qoss = 1, []string{"#"}, []byte{1}
	other.send(s)
	if ack, ok := other.read().(*packets.SubackPacket); !ok || len(ack.ReturnCodes) != 1 || ack.ReturnCodes[0] < 0x80 {
		t.Errorf("subscribed: %+v", ack)
	}
	c, _ := speak(t, address, nil)
	c.publish(0, "cold/room-1", "1", true)
	if h := next(t, in); h.kept != nil {
		t.Error("a message that nobody wants acknowledged is waited for")
	}
	other.send(packets.NewControlPacket(packets.Pingreq))
	if p, ok := other.read().(*packets.PingrespPacket); !ok {
		t.Errorf("it was passed on: %v", p)
	}
}

func TestTheWillOfABrokenConnectionIsHeard(t *testing.T) {
	in, address := serve(t, Config{Anonymous: true})
	c, code := speak(t, address, func(p *packets.ConnectPacket) {
		p.WillFlag, p.WillRetain, p.WillQos, p.WillTopic, p.WillMessage = true, true, 1, "spBv1.0/g/NDEATH/n", []byte("gone")
	})
	if code != 0 {
		t.Fatalf("refused with %d", code)
	}
	c.Close()
	if h := next(t, in); h.Topic != "spBv1.0/g/NDEATH/n" || string(h.Payload) != "gone" || h.Retained {
		t.Errorf("%+v", h)
	}
}

func TestLimitsEndAClientAndNoOther(t *testing.T) {
	in, address := serve(t, Config{Anonymous: true, Clients: 1})
	c, _ := speak(t, address, nil)
	if _, code := speak(t, address, func(p *packets.ConnectPacket) { p.ClientIdentifier = "second" }); code == 0 {
		t.Error("a client too many was let in")
	}
	c.publish(0, "a", "1", false)
	next(t, in)
	c.publish(1, "a", strings.Repeat("x", MaxPacket), false)
	if p := c.read(); p != nil {
		if d, ok := p.(*packets.DisconnectPacket); !ok {
			t.Errorf("a packet too long was answered with %v", d)
		}
	}
}

func TestMosquittoPubIsServed(t *testing.T) {
	binary := peers.Need(t, peers.MosquittoPub)[0]
	in, address := serve(t, Config{Users: []User{{"probe", "right"}}})
	host, port, _ := net.SplitHostPort(address)
	for _, version := range []string{"mqttv31", "mqttv311", "mqttv5"} {
		for _, qos := range []string{"0", "1", "2"} {
			done := make(chan error, 1)
			go func() {
				done <- exec.Command(binary, "-h", host, "-p", port, "-V", version, "-q", qos, "-u", "probe", "-P", "right", "-t", "cold/room-1", "-m", `{"t":4.5}`).Run()
			}()
			h := next(t, in)
			if h.kept != nil {
				h.kept()
			}
			if err := <-done; err != nil || string(h.Payload) != `{"t":4.5}` || (h.kept == nil) != (qos == "0") {
				t.Errorf("%s at QoS %s: %v, %+v", version, qos, err, h)
			}
		}
	}
}

func FuzzPacket(f *testing.F) {
	f.Add([]byte{0x10, 0x0f, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 3, 'a', 'b', 'c'}, byte(level311))
	f.Add([]byte{0x32, 0x08, 0, 1, 't', 0, 7, 'x', 'y', 'z'}, byte(level311))
	f.Add([]byte{0x30, 0x06, 0, 1, 't', 0, 'x', 'y'}, byte(level5))
	f.Add([]byte{0x82, 0x06, 0, 1, 0, 1, '#', 0}, byte(level311))
	f.Add([]byte{0x62, 0x02, 0, 1}, byte(level5))
	f.Fuzz(func(t *testing.T, b []byte, level byte) {
		r := bytes.NewReader(b)
		p, err := readPacket(r, r, MaxPacket)
		if err != nil {
			return
		}
		if len(p.body) > len(b) || len(p.body) > MaxPacket {
			t.Fatalf("a body of %d bytes out of %d", len(p.body), len(b))
		}
		_, _ = parseConnect(p.body)
		if m, err := parsePublish(p.flags, p.body, level); err == nil && (!topicOK(m.topic) || len(m.payload) > len(p.body)) {
			t.Fatalf("%+v", m)
		}
		_, _, _ = parseFilters(p.body, level, 1)
		_, _ = parseID(p.body)
	})
}

// BenchmarkPublish is what a client's publications at QoS 1 cost, with a journal that
// takes no time.
func BenchmarkPublish(b *testing.B) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{Anonymous: true, Listen: func() (net.Listener, error) { return ln, nil }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(ctx, func(_ link.Publication, kept func()) { kept() })
	}()
	defer func() { stop(); <-done }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte{0x10, 0x0f, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 3, 'a', 'b', 'c'})
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		b.Fatal(err)
	}
	go func() {
		for i := range b.N {
			id := uint16(i%1000 + 1)
			if _, err := c.Write([]byte{0x32, 0x0a, 0, 1, 't', byte(id >> 8), byte(id), '2', '1', '.', '5', '0'}); err != nil {
				return
			}
		}
	}()
	b.ResetTimer()
	if _, err := io.CopyN(io.Discard, c, 4*int64(b.N)); err != nil {
		b.Fatal(err)
	}
}
