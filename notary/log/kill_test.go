package log_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
	"fieldseal/notary/log"
	"fieldseal/notary/store/badgerstore"
)

// appenderDir makes the test binary an appender on the store in this folder.
const appenderDir = "FIELDSEAL_TEST_APPENDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(appenderDir); dir != "" {
		if err := appender(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func openDir(dir string) (*log.Log, func() error, error) {
	s, err := badgerstore.Open(dir+"/store", slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	h := newHouse(nopTB{})
	h.opt.Store, h.opt.HeadFile = s, dir+"/head"
	l, err := log.Open(h.opt)
	return l, s.Close, err
}

// nopTB stands in where there is no test to fail.
type nopTB struct{ testing.TB }

func (nopTB) Helper() {}

// appender appends from four gateways until it is killed, and prints each answer
// and each checkpoint as it gets it. Its gateways go on where the log says.
func appender(dir string) error {
	l, _, err := openDir(dir)
	if err != nil {
		return err
	}
	if r := l.ReadOnly(); r != "" {
		return fmt.Errorf("read-only: %s", r)
	}
	var out sync.Mutex
	say := func(format string, args ...any) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	ctx := context.Background()
	for n := byte(1); n <= 4; n++ {
		g := newGateway(n)
		if st, ok := l.Gateway(g.id); ok {
			g.seq = st.LastSeq + 1
			raw, err := l.Entry(st.LastIndex)
			if err != nil {
				return err
			}
			if g.prev, err = batch.ParseHeader(raw); err != nil {
				return err
			}
		}
		go func() {
			for {
				s, err := batch.Sign(g.signer, g.header())
				if err != nil {
					say("error %v", err)
					return
				}
				g.prev, g.seq = s, g.seq+1
				a, err := l.Append(ctx, s, make([]byte, 200))
				if err != nil {
					say("error %v", err)
					return
				}
				say("ack %d %d %d", n, s.Seq, a.Index)
			}
		}()
	}
	go func() {
		for {
			changed := l.Changed()
			h := l.Head()
			say("signed %d %x", h.Size, h.Root)
			<-changed
		}
	}()
	return l.Run(ctx)
}

func TestNothingAcknowledgedIsLostWhenTheLogIsKilled(t *testing.T) {
	const kills = 20
	dir := t.TempDir()
	h := newHouse(t)
	s, err := badgerstore.Open(dir+"/store", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h.opt.Store, h.opt.HeadFile = s, dir+"/head"
	h.create(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	type identity struct {
		gateway byte
		seq     uint64
	}
	acked := map[identity]uint64{}
	roots := map[uint64]string{}
	for range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), appenderDir+"="+dir)
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(pipe)
		var kill *time.Timer
		for lines.Scan() {
			if kill == nil {
				kill = time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { cmd.Process.Kill() })
			}
			var id identity
			var index, size uint64
			var root string
			switch line := lines.Text(); {
			case scan(line, "ack %d %d %d", &id.gateway, &id.seq, &index):
				acked[id] = index
			case scan(line, "signed %d %s", &size, &root):
				if was, ok := roots[size]; ok && was != root {
					t.Fatalf("two checkpoints of size %d: %s and %s", size, was, root)
				}
				roots[size] = root
			default:
				cmd.Process.Kill()
				cmd.Wait()
				t.Fatalf("the appender says %q", line)
			}
		}
		cmd.Wait()
	}
	l, done, err := openDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if r := l.ReadOnly(); r != "" {
		t.Fatal(r)
	}
	for id, index := range acked {
		got, _, err := l.Place(batch.ID{id.gateway}, record.BootID{id.gateway, 1}, id.seq)
		if err != nil || got != index {
			t.Fatalf("batch %d of gateway %d was acknowledged at %d and is at %d (%v)", id.seq, id.gateway, index, got, err)
		}
		if _, err := l.Payload(index); err != nil {
			t.Fatal(err)
		}
	}
	for size, root := range roots {
		got, err := l.RootAt(size)
		if err != nil || fmt.Sprintf("%x", got) != root {
			t.Fatalf("root at %d was signed as %s and is %x (%v)", size, root, got, err)
		}
	}
	for n := byte(1); n <= 4; n++ {
		if got := kinds(t, l, batch.ID{n}); got != "" {
			t.Errorf("gateway %d: findings %s", n, got)
		}
	}
	if len(acked) < kills || len(roots) < kills/2 {
		t.Fatalf("only %d acknowledged and %d signed in %d runs", len(acked), len(roots), kills)
	}
	t.Logf("%d acknowledged, %d checkpoints, %d entries", len(acked), len(roots), l.Size())
}

// scan reads a line in a format.
func scan(line, format string, args ...any) bool {
	n, err := fmt.Sscanf(line, format, args...)
	return err == nil && n == len(args)
}
