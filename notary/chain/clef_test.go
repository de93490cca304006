package chain

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"

	"fieldseal/internal/peers"
	"fieldseal/notary/contracts"
)

// approve answers what Clef asks of the person before it: yes, with the passphrase.
func approve(t *testing.T, in io.Reader, out io.Writer, passphrase string) {
	from, to := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q struct {
			ID     json.RawMessage
			Method string
			Params []json.RawMessage
		}
		if err := from.Decode(&q); err != nil {
			return // it has ended
		}
		var result any
		switch q.Method {
		case "ui_approveTx":
			var asked struct {
				Transaction json.RawMessage `json:"transaction"`
			}
			if err := json.Unmarshal(q.Params[0], &asked); err != nil {
				t.Error(err)
				return
			}
			result = map[string]any{"approved": true, "transaction": asked.Transaction}
		case "ui_approveSignData", "ui_approveListing":
			result = map[string]any{"approved": true}
		case "ui_onInputRequired":
			result = map[string]any{"text": passphrase}
		default:
			if q.ID == nil {
				continue // told, not asked
			}
		}
		if err := to.Encode(map[string]any{"jsonrpc": "2.0", "id": q.ID, "result": result}); err != nil {
			return
		}
	}
}

// TestClefSignsTransactionsAndCosignatures has Clef of geth 1.13.15 sign what a notary
// and an organisation ask for, over HTTP on loopback and over its socket.
func TestClefSignsTransactionsAndCosignatures(t *testing.T) {
	clef := peers.Need(t, peers.Clef)[0]
	dir, err := os.MkdirTemp("", "clef-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	keys := filepath.Join(dir, "keys")
	if err := os.Mkdir(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	pass := write(t, filepath.Join(dir, "pass"), "for a test\n")
	a, err := NewKeystore(filepath.Join(keys, "UTC--2026-01-01T00-00-00.000000000Z--account"), pass, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	calls, err := contracts.Selectors()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(clef, "--4bytedb-custom", write(t, filepath.Join(dir, "calls.json"), string(text)), "--keystore", keys, "--configdir", dir, "--chainid", "5", "--lightkdf", "--nousb", "--suppress-bootwarn", "--stdio-ui",
		"--ipcpath", dir, "--http", "--http.addr", "127.0.0.1", "--http.port", fmt.Sprint(port), "--auditlog", filepath.Join(dir, "audit.log"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.Create(filepath.Join(dir, "clef.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answered := make(chan struct{})
	go func() { approve(t, out, in, "for a test"); close(answered) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-answered
		_ = cmd.Wait() // says that it was killed
		if t.Failed() {
			text, _ := os.ReadFile(said.Name())
			t.Logf("clef said:\n%s", text)
		}
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		c, err := rpc.Dial(url)
		if err == nil {
			var version string
			err = c.CallContext(t.Context(), &version, "account_version")
			c.Close()
		}
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
	for _, at := range []string{url, filepath.Join(dir, "clef.ipc")} {
		there, err := KeySource{Signer: at, Account: fmt.Sprintf("0x%x", a.Address())}.Open(t.Context())
		if err != nil {
			t.Fatal(at, err)
		}
		tx, err := there.sign(t.Context(), big.NewInt(5), big.NewInt(3), 7, 100_000, &common.Address{9}, RegisterLog([32]byte{1}, a.Address(), 2, 1000))
		if err != nil {
			t.Fatal(at, err)
		}
		if tx.Nonce() != 7 || tx.ChainId().Int64() != 5 {
			t.Fatalf("%s: %+v", at, tx)
		}
		c := Cosigned{ChainID: 5, Contract: [20]byte{5}, LogID: [32]byte{6}, Size: 1 << 40, Root: root(7)}
		s, err := there.Cosign(t.Context(), c)
		if err != nil {
			t.Fatal(at, err)
		}
		if by, err := c.By(s); err != nil || by != a.Address() {
			t.Fatalf("%s: cosigned by %x, %v", at, by, err)
		}
	}
}
