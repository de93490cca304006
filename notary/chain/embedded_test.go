package chain

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fieldseal/evidence/anchor"
)

const origin = "log.example/north-yard"

// TestMain also is the process that TestKill9LosesNoShownBlock kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FIELDSEAL_CHAIN_CHILD"); dir != "" {
		if err := anchorForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open opens the embedded chain in dir with its account.
func open(dir string) (*Chain, *Account, error) {
	account, err := OpenAccount(filepath.Join(dir, "chain-account.key"))
	if err != nil {
		return nil, nil, err
	}
	c, err := OpenEmbedded(filepath.Join(dir, "chain"), account, quietLog())
	return c, account, err
}

// deployed opens a new embedded chain with the contract on it.
func deployed(t testing.TB) (*Chain, *Anchors, *Account) {
	t.Helper()
	c, account, err := open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	address, err := c.Deploy(context.Background(), anchor.LogID(origin), account)
	if err != nil {
		t.Fatal(err)
	}
	return c, c.Bind(address, anchor.LogID(origin), account), account
}

func root(size uint64) [32]byte { return anchor.Keccak(fmt.Appendf(nil, "root of %d", size)) }

// put anchors the checkpoint of a size and returns its receipt.
func put(ctx context.Context, c *Chain, a *Anchors, size uint64) (Receipt, error) {
	nonce, err := c.Nonce(ctx, a.account.Address())
	if err != nil {
		return Receipt{}, err
	}
	raw, hash, err := a.Sign(ctx, nonce, size, root(size), nil)
	if err != nil {
		return Receipt{}, err
	}
	if err := c.Send(ctx, raw); err != nil {
		return Receipt{}, err
	}
	r, found, err := c.Receipt(ctx, hash)
	if err != nil || !found {
		return Receipt{}, fmt.Errorf("receipt of size %d: found %v: %w", size, found, err)
	}
	return r, nil
}

func TestEmbeddedChainAnchorsAndRemembers(t *testing.T) {
	ctx := t.Context()
	c, a, account := deployed(t)
	if again, err := c.Deploy(ctx, anchor.LogID(origin), account); err != nil || again != a.Address() {
		t.Fatalf("a second set-up made %x, %v", again, err)
	}
	for size := uint64(1); size <= 3; size++ {
		r, err := put(ctx, c, a, size)
		if err != nil || !r.OK {
			t.Fatalf("size %d: %+v, %v", size, r, err)
		}
		final, err := c.Final(ctx)
		if err != nil || final.Number != r.Number || final.Hash != r.BlockHash {
			t.Fatalf("size %d is in block %d, final is %d, %v", size, r.Number, final.Number, err)
		}
		if got := anchor.Keccak(final.Header); got != final.Hash {
			t.Fatalf("header RLP hashes to %x, the node says %x", got, final.Hash)
		}
		seat, err := a.Newest(ctx, final.Number)
		if err != nil || seat != (Seat{Size: size, Number: final.Number, Time: final.Time}) {
			t.Fatalf("seat %+v, %v", seat, err)
		}
		slot, err := a.Slot(ctx, size, final.Number)
		if err != nil || slot != anchor.Slot(root(size), size, final.Number, final.Time) {
			t.Fatalf("slot %x, %v", slot, err)
		}
		n, found, err := a.Find(ctx, size, final.Number)
		if err != nil || !found || n != final.Number {
			t.Fatalf("event of size %d: %d %v %v", size, n, found, err)
		}
	}
	if _, found, err := a.Find(ctx, 9, 5); err != nil || found {
		t.Fatalf("found what was never anchored: %v", err)
	}
	if seat, err := a.Newest(ctx, 3); err != nil || seat.Size != 1 {
		t.Fatalf("the state of an old block is gone: %+v, %v", seat, err)
	}
}

func TestSendingAgainMakesNoSecondBlock(t *testing.T) {
	ctx := t.Context()
	c, a, account := deployed(t)
	nonce, err := c.Nonce(ctx, account.Address())
	if err != nil {
		t.Fatal(err)
	}
	raw, _, err := a.Sign(ctx, nonce, 5, root(5), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(ctx, raw); err != nil {
		t.Fatal(err)
	}
	first, err := c.Final(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(ctx, raw); err != nil {
		t.Fatalf("the same bytes again: %v", err)
	}
	if again, err := c.Final(ctx); err != nil || again.Number != first.Number {
		t.Fatalf("block %d after %d, %v", again.Number, first.Number, err)
	}
	other, _, err := a.Sign(ctx, nonce, 6, root(6), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(ctx, other); err == nil {
		t.Fatal("another transaction of a used nonce was taken")
	}
	early, _, err := a.Sign(ctx, nonce+5, 7, root(7), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Send(ctx, early); err == nil {
		t.Fatal("a transaction was taken that must wait for others")
	}
	if again, err := c.Final(ctx); err != nil || again.Number != first.Number {
		t.Fatalf("a refused transaction made block %d, %v", again.Number, err)
	}
}

func TestEmbeddedChainOpensNoSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc/self/net of Linux")
	}
	before := sockets(t)
	deployed(t)
	if after := sockets(t); after != before {
		t.Fatalf("%d sockets before, %d with the chain open", before, after)
	}
}

// sockets counts this process's open sockets.
func sockets(t *testing.T) (n int) {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		to, _ := os.Readlink("/proc/self/fd/" + fd.Name())
		if strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	// The counter itself must see one, or it proves nothing.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if to, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd())); !strings.HasPrefix(to, "socket:") {
		t.Fatalf("a listener is not seen as a socket: %q", to)
	}
	return n
}

func TestAnotherAccountsChainIsRefused(t *testing.T) {
	dir := t.TempDir()
	c, _, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "chain-account.key")); err != nil {
		t.Fatal(err)
	}
	if c, _, err := open(dir); err == nil {
		c.Close()
		t.Fatal("the folder opened for an account that its genesis does not fund")
	}
}

// anchorForEver anchors one size after the other and says so on standard
// output, a line each, until it is killed.
func anchorForEver(dir string) error {
	ctx := context.Background()
	c, account, err := open(dir)
	if err != nil {
		return err
	}
	address, err := c.Deploy(ctx, anchor.LogID(origin), account)
	if err != nil {
		return err
	}
	a := c.Bind(address, anchor.LogID(origin), account)
	final, err := c.Final(ctx)
	if err != nil {
		return err
	}
	seat, err := a.Newest(ctx, final.Number)
	if err != nil {
		return err
	}
	for size := seat.Size + 1; ; size++ {
		r, err := put(ctx, c, a, size)
		if err != nil {
			return err
		}
		fmt.Printf("%d %d %x\n", size, r.Number, r.BlockHash)
	}
}

func TestKill9LosesNoShownBlock(t *testing.T) {
	const rounds = 5
	dir := t.TempDir()
	type shown struct{ size, number uint64 }
	blocks := map[shown]string{}
	rng := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FIELDSEAL_CHAIN_CHILD="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for stop := 1 + rng.IntN(12); stop > 0 && lines.Scan(); stop-- {
			var s shown
			var hash string
			if _, err := fmt.Sscan(lines.Text(), &s.size, &s.number, &hash); err != nil {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
			blocks[s] = hash
		}
		// Somewhere inside the next block, or between two.
		time.Sleep(time.Duration(rng.IntN(8)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			var s shown
			var hash string
			if n, _ := fmt.Sscan(lines.Text(), &s.size, &s.number, &hash); n == 3 && len(hash) == 64 {
				blocks[s] = hash
			}
		}
		cmd.Wait()
	}
	if len(blocks) < rounds {
		t.Fatalf("only %d blocks in %d rounds", len(blocks), rounds)
	}
	c, account, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	address, err := c.Deploy(t.Context(), anchor.LogID(origin), account)
	if err != nil {
		t.Fatal(err)
	}
	a := c.Bind(address, anchor.LogID(origin), account)
	final, err := c.Final(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for s, hash := range blocks {
		b, err := c.Block(t.Context(), s.number)
		if err != nil || hex.EncodeToString(b.Hash[:]) != hash {
			t.Errorf("block %d was shown as %s and is %x, %v", s.number, hash, b.Hash, err)
		}
		slot, err := a.Slot(t.Context(), s.size, final.Number)
		if err != nil || slot != anchor.Slot(root(s.size), s.size, b.Number, b.Time) {
			t.Errorf("size %d was shown in block %d and its slot is %x, %v", s.size, s.number, slot, err)
		}
	}
	t.Logf("%d blocks shown over %d kills", len(blocks), rounds)
}

func TestAccountKeyIsOursAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chain-account.key")
	a, err := OpenAccount(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	b, err := OpenAccount(path)
	if err != nil || a.Address() != b.Address() {
		t.Fatalf("%x and then %x, %v", a.Address(), b.Address(), err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAccount(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("a key that others may read: %v", err)
	}
	if err := os.WriteFile(path, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAccount(path); err == nil {
		t.Fatal("took what is no key")
	}
}
