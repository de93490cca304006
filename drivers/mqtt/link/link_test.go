package link

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fieldseal/drivers/mqtt"
	"fieldseal/drivers/source"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/internal/peers"
)

// tolerance bounds waits that a sound link ends at once.
const tolerance = 10 * time.Second

// ear keeps what it hears.
type ear struct {
	heard chan source.Message
	down  chan string
}

func (e *ear) Hear(m source.Message)                         { e.heard <- m }
func (e *ear) Down(device string, _ record.Cause, why error) { e.down <- fmt.Sprint(device, ": ", why) }

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(tolerance):
		t.Fatal("nothing came")
	}
	return v
}

func device(t *testing.T, id, address string, m mqtt.Message, points ...profile.Point) source.Device {
	t.Helper()
	p := &profile.Profile{ID: "mqtt/" + id, Protocol: mqtt.Protocol, Exchanges: []profile.Exchange{{Request: m.Append(nil)}}, Points: points}
	if _, _, err := p.Compile(); err != nil {
		t.Fatal(err)
	}
	return source.Device{Device: profile.Device{ID: id, Bus: "air", Address: address}, Bound: p}
}

func point(name string, s mqtt.Source) profile.Point {
	return profile.Point{Name: name, Source: s.Append(nil), Scale: decimal.New(1, 0), Decimals: 1}
}

func at(key string) mqtt.Source { return mqtt.Source{Path: mqtt.Path{{Key: key, Index: -1}}} }

func room(t *testing.T) source.Device {
	return device(t, "room-1", "cold/room-1", mqtt.Message{Encoding: mqtt.JSON}, point("t", at("t")))
}

func fridge(t *testing.T, stable bool) source.Device {
	return device(t, "fridge-1", "north/kitchen/fridge-1", mqtt.Message{Encoding: mqtt.Sparkplug, Stable: stable}, point("temperature", mqtt.Source{Metric: "temperature"}))
}

func edge(t *testing.T) source.Device {
	return device(t, "kitchen", "north/kitchen", mqtt.Message{Encoding: mqtt.Sparkplug}, point("supply", mqtt.Source{Metric: "supply"}))
}

// hand is a server to which the test hands publications itself.
type hand struct{ take chan Take }

func (h hand) Run(ctx context.Context, take Take) error {
	h.take <- take
	<-ctx.Done()
	return ctx.Err()
}

// open runs a link and gives what publications go into.
func open(t *testing.T, devices ...source.Device) (*ear, Take) {
	t.Helper()
	s := hand{make(chan Take, 1)}
	e := start(t, Config{Devices: devices, Server: s})
	return e, next(t, s.take)
}

func start(t *testing.T, cfg Config) *ear {
	t.Helper()
	var boot uint64
	var mu sync.Mutex
	cfg.Boot = func() uint64 { mu.Lock(); defer mu.Unlock(); boot++; return boot }
	cfg.Log = slog.New(slog.DiscardHandler)
	l, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{make(chan source.Message, 4096), make(chan string, 256)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = l.Run(ctx, e) }()
	t.Cleanup(func() { cancel(); <-done })
	return e
}

func payloads(t *testing.T) map[string]Publication {
	t.Helper()
	data, err := os.ReadFile("../testdata/sparkplug.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]Publication{}
	for line := range strings.Lines(string(data)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 3 {
			b, err := hex.DecodeString(f[2])
			if err != nil {
				t.Fatal(err)
			}
			m[f[0]] = Publication{Topic: f[1], Payload: b}
		}
	}
	return m
}

func notes(m source.Message) string {
	var out []string
	for _, e := range m.Events {
		out = append(out, e.Type.String()+": "+e.Note)
	}
	return strings.Join(out, "\n")
}

func TestAMessageIsHandedOnByteForByte(t *testing.T) {
	e, take := open(t, room(t))
	kept := false
	body := []byte(` {"t": 4.50 }` + "\n")
	take(Publication{Topic: "cold/room-1", Payload: body}, func() { kept = true })
	m := next(t, e.heard)
	if !bytes.Equal(m.Frame.Received, body) || m.Frame.Topic != "cold/room-1" || len(m.Values) != 1 || m.Values[0].Value.String() != "4.50" || m.Frame.Outcome != record.OutcomeOK || m.Failed {
		t.Fatalf("%+v", m)
	}
	if kept {
		t.Error("kept before it was")
	}
	if m.Kept(); !kept {
		t.Error("kept, and nobody was told")
	}
}

func TestEqualMessagesAreTwoReadingsUnlessSentAgain(t *testing.T) {
	e, take := open(t, room(t))
	p := Publication{Topic: "cold/room-1", Payload: []byte(`{"t":4}`)}
	take(p, nil)
	take(p, nil)
	p.Duplicate = true
	take(p, nil)
	for i, want := range []int{1, 1, 0} {
		if m := next(t, e.heard); len(m.Values) != want || m.Failed {
			t.Errorf("message %d: %+v", i, m)
		}
	}
}

func TestWhatIsNoReadingIsSealedAsWhatItIs(t *testing.T) {
	e, take := open(t, room(t))
	for _, c := range []struct {
		payload string
		outcome record.Outcome
		failed  bool
	}{
		{`{"t":4`, record.OutcomeForeign, true},
		{strings.Repeat("x", record.MaxExchange+1), record.OutcomeTruncated, true},
		{`{"other":1}`, record.OutcomeOK, false},
		{"", record.OutcomeForeign, true},
	} {
		take(Publication{Topic: "cold/room-1", Payload: []byte(c.payload)}, nil)
		m := next(t, e.heard)
		if m.Frame.Outcome != c.outcome || m.Failed != c.failed || len(m.Values) > 0 || len(m.Frame.Received) > record.MaxExchange {
			t.Errorf("%.20q: %v failed %v, %d bytes", c.payload, m.Frame.Outcome, m.Failed, len(m.Frame.Received))
		}
	}
}

func TestStrangersAndRetainedCopiesAreNotTaken(t *testing.T) {
	e, take := open(t, room(t))
	released := 0
	for _, p := range []Publication{{Topic: "cold/room-2", Payload: []byte(`{"t":1}`)}, {Topic: "cold/room-1", Payload: []byte(`{"t":2}`), Retained: true},
		{Topic: strings.Repeat("x", 257)}, {Topic: "spBv1.0/north/NDATA/other"}, {Topic: "application/1/device/0000000000000000/event/up"}} {
		take(p, func() { released++ })
	}
	take(Publication{Topic: "cold/room-1", Payload: []byte(`{"t":3}`)}, nil)
	if m := next(t, e.heard); len(m.Values) != 1 || m.Values[0].Value.String() != "3.0" || released != 5 {
		t.Errorf("%+v, %d released", m, released)
	}
}

func TestOneMessageOfTwoDevicesIsKeptWhenBothHaveIt(t *testing.T) {
	second := room(t)
	second.ID = "room-2"
	e, take := open(t, room(t), second)
	kept := 0
	take(Publication{Topic: "cold/room-1", Payload: []byte(`{"t":1}`)}, func() { kept++ })
	a, b := next(t, e.heard), next(t, e.heard)
	if a.Kept(); kept != 0 {
		t.Error("kept by one")
	}
	if b.Kept(); kept != 1 || a.Device == b.Device || a.Frame == b.Frame {
		t.Errorf("kept %d, %s %s", kept, a.Device, b.Device)
	}
}

func TestANodeFromBirthToDeath(t *testing.T) {
	e, take := open(t, fridge(t, false), edge(t))
	all := payloads(t)
	for _, name := range []string{"nbirth", "dbirth", "ddata", "ddata-null", "ddata-historical", "ddata-dataset", "ddeath", "ndeath"} {
		take(all[name], nil)
	}
	if m := next(t, e.heard); m.Device != "kitchen" || len(m.Values) != 1 || m.Values[0].Value.String() != "229.8" || len(m.Events) != 0 {
		t.Errorf("nbirth: %+v %s", m, notes(m))
	}
	birth := next(t, e.heard)
	if birth.Device != "fridge-1" || len(birth.Values) != 1 || birth.Values[0].Value.String() != "4.2" || len(birth.Earlier) != 0 {
		t.Errorf("dbirth: %+v", birth)
	}
	data := next(t, e.heard)
	if len(data.Values) != 1 || data.Values[0].Value.String() != "4.5" || len(data.Earlier) != 1 || data.Earlier[0] != birth.Frame {
		t.Errorf("ddata: %+v", data)
	}
	// What a verifier does, years later.
	d := fridge(t, false)
	again, err := mqtt.Decoder{}.Decode(d.Bound, &d.Device, data.Frame, data.Earlier)
	if err != nil || !slices.Equal(again, data.Values) {
		t.Errorf("decoded again: %v %v", again, err)
	}
	if m := next(t, e.heard); len(m.Values) != 1 || !m.Values[0].Missing {
		t.Errorf("null: %+v", m)
	}
	if m := next(t, e.heard); len(m.Values) != 3 || !m.Values[0].Backfilled || !m.Values[1].Backfilled || m.Values[2].Backfilled {
		t.Errorf("historical: %+v", m)
	}
	if m := next(t, e.heard); len(m.Values) != 0 || m.Failed || len(m.Events) != 0 {
		t.Errorf("other metrics: %+v %s", m, notes(m))
	}
	if m := next(t, e.heard); m.Device != "fridge-1" || len(m.Values) != 0 {
		t.Errorf("ddeath: %+v", m)
	}
	if why := next(t, e.down); !strings.Contains(why, "fridge-1: ") || !strings.Contains(why, "DDEATH") {
		t.Error(why)
	}
	for range 2 {
		if m := next(t, e.heard); !m.Failed || m.Cause != record.CauseBus {
			t.Errorf("ndeath: %+v", m)
		}
		if why := next(t, e.down); !strings.Contains(why, "NDEATH") {
			t.Error(why)
		}
	}
}

func TestAliasesAreNotTrustedAfterMissedMessages(t *testing.T) {
	for _, stable := range []bool{false, true} {
		e, take := open(t, fridge(t, stable))
		all := payloads(t)
		for _, name := range []string{"nbirth", "dbirth", "ddata", "ddata-historical", "ddata-null"} { // seq 0 1 2 4 3
			take(all[name], nil)
		}
		next(t, e.heard)
		next(t, e.heard)
		gap := next(t, e.heard)
		if !strings.Contains(notes(gap), "seq 4 came where 3 was due") {
			t.Errorf("events %q", notes(gap))
		}
		switch {
		case stable && (len(gap.Values) != 3 || gap.Failed):
			t.Errorf("aliases that never change: %+v", gap)
		case !stable && (len(gap.Values) != 0 || !gap.Failed || gap.Cause != record.CauseNoValue || len(gap.Earlier) != 0 || !strings.Contains(notes(gap), "no birth certificate")):
			t.Errorf("after a gap: %+v %s", gap, notes(gap))
		}
		take(all["dbirth"], nil)
		take(all["ddata"], nil)
		next(t, e.heard)
		next(t, e.heard)
		if m := next(t, e.heard); len(m.Values) != 1 || m.Failed {
			t.Errorf("born again: %+v", m)
		}
	}
}

func TestADeathOfAnotherSessionKillsNobody(t *testing.T) {
	e, take := open(t, fridge(t, false))
	all := payloads(t)
	take(all["nbirth"], nil)
	old := all["ndeath"]
	old.Payload = bytes.Replace(old.Payload, []byte{0x58, 0x07}, []byte{0x58, 0x06}, 1)
	take(old, nil)
	if m := next(t, e.heard); m.Failed || !strings.Contains(notes(m), "another session") || len(e.down) != 0 {
		t.Errorf("%+v %s", m, notes(m))
	}
}

func TestCommandsOfAHostApplicationAreSealedAsItsOwn(t *testing.T) {
	e, take := open(t, fridge(t, false))
	body := payloads(t)["dbirth"].Payload
	take(Publication{Topic: "spBv1.0/north/DCMD/kitchen/fridge-1", Payload: body}, nil)
	m := next(t, e.heard)
	if m.Frame.Speaker != record.SpeakerPlatform || !bytes.Equal(m.Frame.Sent, body) || len(m.Frame.Received) != 0 || len(m.Values) != 0 || notes(m) != "command to instrument: DCMD of a host application: temperature" {
		t.Errorf("%+v %s", m, notes(m))
	}
}

func TestAnUplinkHeardTwiceGivesOneReading(t *testing.T) {
	d := device(t, "probe", "a840419edb62011c", mqtt.Message{Encoding: mqtt.ChirpStack, Port: 2}, point("external", at("TempC_DS")))
	e, take := open(t, d)
	body, err := os.ReadFile("../testdata/uplink-lht65n.json")
	if err != nil {
		t.Fatal(err)
	}
	send := func(from, to string) {
		take(Publication{Topic: "application/9/device/a840419edb62011c/event/up", Payload: bytes.Replace(body, []byte(from), []byte(to), 1)}, nil)
	}
	send("", "")
	send("80166477", "80166478") // the same uplink, deduplicated anew
	send(`"fCnt": 0`, `"fCnt": 7`)
	send(`"fCnt": 0`, `"fCnt": 3`)
	send("01087309", "0108730a")
	for i, want := range []int{1, 0, 1, 1, 1} {
		m := next(t, e.heard)
		if len(m.Values) != want || m.Failed || (i == 3) != strings.Contains(notes(m), "fCnt 3 came after 7") {
			t.Errorf("uplink %d: %+v %s", i, m, notes(m))
		}
	}
}

func TestDevicesThatCannotBeHeardAreRefused(t *testing.T) {
	wrong := room(t)
	wrong.Address = "cold/+"
	plain := room(t)
	plain.Bound = &profile.Profile{ID: "x", Protocol: "hj212"}
	for name, c := range map[string]Config{
		"no broker":        {Devices: []source.Device{room(t)}},
		"two":              {Devices: []source.Device{room(t)}, Broker: &Broker{}, Server: hand{}},
		"a wildcard":       {Devices: []source.Device{wrong}, Server: hand{}},
		"another protocol": {Devices: []source.Device{plain}, Server: hand{}},
		"one address":      {Devices: []source.Device{fridge(t, false), fridge(t, false)}, Server: hand{}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// mosquitto runs the broker and gives its address and how to stop it.
func mosquitto(t *testing.T, address string) (string, func()) {
	t.Helper()
	binary := peers.Need(t, peers.Mosquitto)[0]
	if address == "" {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = ln.Addr().String()
		ln.Close()
	}
	host, port, _ := net.SplitHostPort(address)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	if err := os.WriteFile(conf, []byte("listener "+port+" "+host+"\nallow_anonymous true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-c", conf)
	if os.Getuid() == 0 {
		// Started by root it becomes another user, who may not read the folder.
		os.Chmod(filepath.Dir(conf), 0o755)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(log)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("mosquitto did not start: %v", err)
		}
		if strings.Contains(line, "running") {
			break
		}
	}
	go io.Copy(io.Discard, r)
	stop := sync.OnceFunc(func() { cmd.Process.Kill(); cmd.Wait() })
	t.Cleanup(stop)
	return address, stop
}

func publish(t *testing.T, address string, args ...string) {
	t.Helper()
	binary := peers.Need(t, peers.MosquittoPub)[0]
	host, port, _ := net.SplitHostPort(address)
	if out, err := exec.Command(binary, append([]string{"-h", host, "-p", port, "-q", "1"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("mosquitto_pub: %v\n%s", err, out)
	}
}

// listening publishes to a probe topic until the link has heard it: only then is
// it known to be subscribed.
func listening(t *testing.T, e *ear, address string) {
	t.Helper()
	for range 100 {
		publish(t, address, "-t", "probe", "-m", `{"t":0}`)
		select {
		case m := <-e.heard:
			if m.Device == "probe" {
				return
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("the link never subscribed")
}

// heard is the next message that is not the probe's.
func heard(t *testing.T, e *ear) source.Message {
	for {
		if m := next(t, e.heard); m.Device != "probe" {
			return m
		}
	}
}

func TestThroughMosquitto(t *testing.T) {
	address, stop := mosquitto(t, "")
	publish(t, address, "-t", "cold/room-1", "-m", `{"t":99}`, "-r") // retained before the link is there
	probe := device(t, "probe", "probe", mqtt.Message{Encoding: mqtt.JSON}, point("t", at("t")))
	e := start(t, Config{Devices: []source.Device{room(t), fridge(t, false), probe}, Broker: &Broker{Address: address, ClientID: "gateway"}})
	listening(t, e, address)
	for i := range 20 {
		publish(t, address, "-t", "cold/room-1", "-m", fmt.Sprintf(`{"t":%d.25}`, i))
	}
	for i := range 20 {
		if m := heard(t, e); len(m.Values) != 1 || m.Values[0].Value.String() != fmt.Sprintf("%d.25", i) {
			t.Fatalf("message %d: %+v", i, m)
		}
	}
	all := payloads(t)
	file := filepath.Join(t.TempDir(), "payload")
	for _, name := range []string{"nbirth", "dbirth", "ddata"} {
		if err := os.WriteFile(file, all[name].Payload, 0o600); err != nil {
			t.Fatal(err)
		}
		publish(t, address, "-t", all[name].Topic, "-f", file)
	}
	heard(t, e)
	if m := heard(t, e); len(m.Values) != 1 || m.Values[0].Value.String() != "4.5" || len(m.Earlier) != 1 {
		t.Errorf("ddata: %+v", m)
	}
	stop()
	for range 3 {
		next(t, e.down)
	}
	mosquitto(t, address)
	listening(t, e, address)
	// Of the node nothing is known any more.
	publish(t, address, "-t", all["ddata"].Topic, "-f", file)
	if m := heard(t, e); len(m.Values) != 0 || !m.Failed {
		t.Errorf("ddata without its birth: %+v", m)
	}
}

func TestAPacketTooLongEndsTheConnectionBeforeItTakesMemory(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	c := &bounded{Conn: ours}
	go func() {
		theirs.Write([]byte{0x30, 0x03, 0, 1, 'a', 0xD0, 0x00, 0x30})
		theirs.Write([]byte{0x81, 0x80, 0x10}) // one byte above the limit
	}()
	buf := make([]byte, 16)
	var err error
	read := 0
	for err == nil && read < 64 {
		var n int
		n, err = c.Read(buf)
		read += n
	}
	if err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "limit") {
		t.Errorf("%v after %d bytes", err, read)
	}
}

// FuzzNode: whatever comes, nothing panics, and what is handed on decodes again to
// the same values.
func FuzzNode(f *testing.F) {
	for _, name := range []string{"dbirth", "ddata", "ddata-historical"} {
		f.Add(payloads(&testing.T{})[name].Payload, byte(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, kinds byte) {
		d := fridge(t, kinds&8 != 0)
		l, err := New(Config{Devices: []source.Device{d}, Server: hand{}, Log: slog.New(slog.DiscardHandler), Boot: func() uint64 { return 1 }})
		if err != nil {
			t.Fatal(err)
		}
		all := payloads(t)
		out := check{t, d}
		for _, name := range []string{"nbirth", "dbirth", "", "ddata"} {
			p := all[name]
			if name == "" {
				p = Publication{Topic: "spBv1.0/north/" + []string{"DBIRTH", "DDATA", "DDEATH", "DCMD"}[kinds&3] + "/kitchen/fridge-1", Payload: b}
			}
			l.take(out, p, nil)
		}
	})
}

type check struct {
	t *testing.T
	d source.Device
}

func (c check) Hear(m source.Message) {
	if len(m.Values) == 0 {
		return
	}
	again, err := mqtt.Decoder{}.Decode(c.d.Bound, &c.d.Device, m.Frame, m.Earlier)
	if err != nil || !slices.Equal(again, m.Values) {
		c.t.Fatalf("%v, decoded again %v %v", m.Values, again, err)
	}
}
func (c check) Down(string, record.Cause, error) {}
