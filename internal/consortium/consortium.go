package consortium

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
)

// ID is the chain's id.
const ID = 471199

// Network is a chain of sealers that this process started.
type Network struct {
	Sealers []*Sealer
	Period  int // seconds between blocks

	geth     string
	dir      string
	accounts [][20]byte
	apart    *apart // nil: all on loopback
}

// Sealer is one organisation's node.
type Sealer struct {
	Address [20]byte // seals
	URL     string   // JSON-RPC

	net  *Network
	dir  string
	args []string
	cmd  *exec.Cmd
	ns   string // network namespace; empty: the machine's own
	host string // address
}

// New lays out a network of n sealers in a folder and starts it. Accounts are
// funded in the genesis block. Geth is the path of geth 1.13.15.
func New(geth, dir string, n, period int, accounts ...[20]byte) (*Network, error) {
	return lay(&Network{Period: period, geth: geth, dir: dir, accounts: accounts}, n)
}

// lay lays out the sealers and starts them.
func lay(w *Network, n int) (*Network, error) {
	ports, err := free(3 * n)
	if err != nil {
		return nil, err
	}
	var enodes []string
	keys := make([]*ecdsa.PrivateKey, n)
	for i := range n {
		if keys[i], err = crypto.GenerateKey(); err != nil {
			return nil, err
		}
		s := &Sealer{net: w, Address: crypto.PubkeyToAddress(keys[i].PublicKey), dir: filepath.Join(w.dir, fmt.Sprint("sealer-", i+1)), host: "127.0.0.1"}
		if w.apart != nil {
			s.ns, s.host = w.apart.ns(i), w.apart.host(i)
		}
		s.URL = fmt.Sprintf("http://%s:%d", s.host, ports[3*i])
		w.Sealers = append(w.Sealers, s)
		// One key both seals and names the peer: it is a test's network.
		enodes = append(enodes, fmt.Sprintf("%q", fmt.Sprintf("enode://%x@%s:%d?discport=0", crypto.FromECDSAPub(&keys[i].PublicKey)[1:], s.host, ports[3*i+1])))
	}
	genesis, err := w.genesis()
	if err != nil {
		return nil, err
	}
	net := "127.0.0.0/8"
	if w.apart != nil {
		net = w.apart.net()
	}
	for i, s := range w.Sealers {
		toml := fmt.Sprintf("[Node.P2P]\nListenAddr = \"%s:%d\"\nNoDiscovery = true\nStaticNodes = [%s]\n", s.host, ports[3*i+1], strings.Join(slices.Delete(slices.Clone(enodes), i, i+1), ", "))
		key := hex.EncodeToString(crypto.FromECDSA(keys[i]))
		for name, text := range map[string]string{"config.toml": toml, "genesis.json": string(genesis), "key": key, "password": "test"} {
			if err := os.MkdirAll(s.dir, 0o700); err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
				return nil, err
			}
		}
		at := func(name string) string { return filepath.Join(s.dir, name) }
		for _, args := range [][]string{
			{"init", "--datadir", s.dir, "--state.scheme=hash", at("genesis.json")},
			{"account", "import", "--lightkdf", "--datadir", s.dir, "--password", at("password"), at("key")},
		} {
			if err := w.run(args...); err != nil {
				return nil, err
			}
		}
		account := fmt.Sprintf("0x%x", s.Address)
		s.args = []string{"--config", at("config.toml"), "--datadir", s.dir, "--networkid", fmt.Sprint(ID), "--nodekey", at("key"),
			"--http", "--http.addr", s.host, "--http.vhosts", "*", "--http.port", fmt.Sprint(ports[3*i]), "--http.api", "eth,net,web3,clique,debug",
			"--authrpc.addr", "127.0.0.1", "--authrpc.port", fmt.Sprint(ports[3*i+2]), "--ipcdisable",
			"--unlock", account, "--password", at("password"), "--allow-insecure-unlock", "--mine", "--miner.etherbase", account,
			"--syncmode", "full", "--gcmode", "archive", "--state.scheme=hash", "--miner.gasprice", "0", "--cache", "64",
			"--nodiscover", "--netrestrict", net, "--verbosity", "3"}
	}
	for _, s := range w.Sealers {
		if err := s.Start(); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

// run runs geth to its end.
func (w *Network) run(args ...string) error {
	if out, err := exec.Command(w.geth, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("geth %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// Reset begins the chain anew, from another genesis block with the same sealers and
// accounts: what was in it is gone.
func (w *Network) Reset() error {
	genesis, err := w.genesis()
	if err != nil {
		return err
	}
	for _, s := range w.Sealers {
		if err := s.Kill(); err != nil {
			return err
		}
		at := filepath.Join(s.dir, "genesis.json")
		if err := errors.Join(os.RemoveAll(filepath.Join(s.dir, "geth")), os.WriteFile(at, genesis, 0o600)); err != nil {
			return err
		}
		if err := w.run("init", "--datadir", s.dir, "--state.scheme=hash", at); err != nil {
			return err
		}
	}
	for _, s := range w.Sealers {
		if err := s.Start(); err != nil {
			return err
		}
	}
	return nil
}

func (w *Network) genesis() ([]byte, error) {
	sealers := make([][]byte, len(w.Sealers))
	for i, s := range w.Sealers {
		sealers[i] = s.Address[:]
	}
	slices.SortFunc(sealers, bytes.Compare)
	alloc := map[string]any{}
	for _, a := range w.accounts {
		alloc[hex.EncodeToString(a[:])] = map[string]string{"balance": "0x100000000000000000000"}
	}
	config := map[string]any{"chainId": ID, "clique": map[string]int{"period": w.Period, "epoch": 30000}}
	for _, fork := range []string{"homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul", "berlin", "london"} {
		config[fork+"Block"] = 0
	}
	return json.Marshal(map[string]any{
		"config": config, "difficulty": "0x1", "gasLimit": "0x1c9c380", "alloc": alloc,
		// Sealers that start on a genesis of the past can deadlock at block 1 or 2.
		"timestamp": fmt.Sprintf("0x%x", time.Now().Unix()+6),
		"extraData": fmt.Sprintf("0x%x%x%x", make([]byte, 32), bytes.Join(sealers, nil), make([]byte, 65)),
	})
}

// Start starts a sealer that does not run.
func (s *Sealer) Start() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "geth.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	argv := append([]string{s.net.geth}, s.args...)
	if s.ns != "" {
		argv = append([]string{"ip", "netns", "exec", s.ns}, argv...) // which becomes geth
	}
	s.cmd = exec.Command(argv[0], argv[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("geth: %w", err)
	}
	return nil
}

// Kill ends a sealer at once, as a power cut does.
func (s *Sealer) Kill() error {
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Kill()
	_ = s.cmd.Wait() // says that it was killed
	s.cmd = nil
	return err
}

// Close ends all sealers.
func (w *Network) Close() (err error) {
	for _, s := range w.Sealers {
		err = errors.Join(err, s.Kill())
	}
	if w.apart != nil {
		err = errors.Join(err, w.apart.close())
	}
	return err
}

// free finds ports that nobody listens at for now.
func free(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
