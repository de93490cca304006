package pipeline_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"fieldseal/agent/clock"
	"fieldseal/agent/journal"
	"fieldseal/agent/pipeline"
	"fieldseal/drivers/hj212"
	hj212link "fieldseal/drivers/hj212/link"
	"fieldseal/drivers/source"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
)

// stationPacket is the packet of HJ 212 that a station of MN A110000_0001 sends.
const stationPacket = "##0128QN=20261124080000001;ST=39;CN=2011;PW=123456;MN=A110000_0001;Flag=5;CP=&&DataTime=20261124080000;a34002-Rtd=75.6,a34002-Flag=N&&"

func TestAStationIsAnsweredWhenItsPacketIsInTheJournal(t *testing.T) {
	p := &profile.Profile{ID: "dust/s", Protocol: hj212.Protocol,
		Exchanges: []profile.Exchange{{Request: hj212.Message{Command: 2011}.Append(nil)}},
		Points:    []profile.Point{{Name: "pm10", Unit: "ug/m3", Source: hj212.Source{Factor: "a34002", Suffix: "Rtd"}.Append(nil), Scale: decimal.New(1, 0)}}}
	compiled, digest, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dev := profile.Device{ID: "dust-1", Bus: "gate", Address: "A110000_0001", Profile: digest, Path: record.PathPublic}
	cfg := newSite(t).config()
	dir := cfg.Journal.Dir
	cfg.Configuration = profile.Config{Settings: profile.Settings{Site: "s", Gateway: "g", Software: "x", Interval: 60_000_000}, Devices: []profile.Device{dev}}
	cfg.Profiles, cfg.Buses, cfg.Interval, cfg.StopPatience, cfg.Clock = [][]byte{compiled}, nil, time.Minute, time.Millisecond, clock.System()
	cfg.Listens = []pipeline.Listen{{Devices: []string{"dust-1"}, Open: func(boot func() uint64) (source.Source, error) {
		return hj212link.New(hj212link.Config{Devices: []source.Device{{Device: dev, Bound: p}}, Boot: boot, Log: slog.New(slog.DiscardHandler),
			Listen: func() (net.Listener, error) { return ln, nil }})
	}}}
	a, err := pipeline.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	segment := stationPacket[6:]
	io.WriteString(c, stationPacket+fmt.Sprintf("%04X", hj212.CRC([]byte(segment)))+"\r\n")
	answer, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(answer, "QN=20261124080000001;ST=91;CN=9014;") {
		t.Fatalf("answered %q, %v", answer, err)
	}
	if s := a.Stats().Journal; s.Pending == 0 {
		t.Errorf("it was answered and nothing is in the journal: %+v", s)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Options{Dir: dir, MaxBytes: cfg.Journal.MaxBytes, MaxAge: cfg.Journal.MaxAge, KeepReleased: cfg.Journal.KeepReleased, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	readings := 0
	if err := j.Newest(func(it *journal.Item) bool {
		b, err := batch.ParsePayload(it.Payload)
		if err != nil {
			t.Error(err)
			return false
		}
		for _, r := range b.Records {
			x, ok := r.(*record.Reading)
			if !ok {
				continue
			}
			readings++
			f := b.Records[x.Frame.Leaf].(*record.Frame)
			again, err := hj212.Decoder{}.Decode(p, &dev, f, nil)
			if err != nil || len(again) != 1 || again[0].Value != x.Value || again[0].Time != x.Instrument || x.Flag != "N" || x.Path != record.PathPublic {
				t.Errorf("reading %+v, decoded again %+v, %v", x, again, err)
			}
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if readings != 1 {
		t.Errorf("%d readings", readings)
	}
}
