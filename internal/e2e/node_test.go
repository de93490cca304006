//go:build peers

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// rpcNode stands between the notary and a real node's JSON-RPC, and behaves as told.
type rpcNode struct {
	URL string

	mu     sync.Mutex
	target string
	mood   string
	head   json.RawMessage // of a stale node
	asked  int             // since the mood was set
}

// Moods of a node.
const (
	honest       = ""
	lyingRoot    = "another root"
	lyingNonce   = "another nonce"
	anotherChain = "another chain"
	staleHead    = "a stale head"
	hanging      = "hangs"
	overrun      = "rate-limits"
)

func newNode(t *testing.T, target string) *rpcNode {
	n := &rpcNode{target: target}
	server := httptest.NewServer(n)
	t.Cleanup(func() {
		n.turn(t, honest) // lets go of who hangs
		server.CloseClientConnections()
		server.Close()
	})
	n.URL = server.URL
	return n
}

// turn changes the node's mood.
func (n *rpcNode) turn(t *testing.T, mood string) {
	t.Helper()
	var head json.RawMessage
	if mood == staleHead {
		raw, err := n.forward([]byte(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		var a struct{ Result json.RawMessage }
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatal(err)
		}
		head = a.Result
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mood, n.head, n.asked = mood, head, 0
}

// requests is how often it was asked in this mood.
func (n *rpcNode) requests() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func (n *rpcNode) forward(body []byte) ([]byte, error) {
	n.mu.Lock()
	target := n.target
	n.mu.Unlock()
	res, err := http.Post(target, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

func (n *rpcNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n.mu.Lock()
	mood, head := n.mood, n.head
	n.asked++
	n.mu.Unlock()
	switch mood {
	case hanging:
		<-r.Context().Done()
		return
	case overrun:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	answer, err := n.forward(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	var q struct {
		Method string
		Params []json.RawMessage
	}
	if err := json.Unmarshal(body, &q); err == nil {
		answer = lie(mood, q.Method, q.Params, answer, head)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer)
}

// lie changes an answer as the mood asks.
func lie(mood, method string, params []json.RawMessage, answer []byte, head json.RawMessage) []byte {
	var a map[string]json.RawMessage
	if json.Unmarshal(answer, &a) != nil || a["result"] == nil {
		return answer
	}
	with := func(result string) []byte {
		a["result"] = json.RawMessage(result)
		b, err := json.Marshal(a)
		if err != nil {
			return answer
		}
		return b
	}
	switch {
	case mood == anotherChain && method == "eth_chainId":
		return with(`"0x1"`)
	case mood == lyingNonce && method == "eth_getTransactionCount":
		var n hexutil.Uint64
		if json.Unmarshal(a["result"], &n) == nil {
			return with(fmt.Sprintf(`"0x%x"`, n+7))
		}
	case mood == staleHead && method == "eth_blockNumber":
		return with(string(head))
	case mood == lyingRoot && method == "eth_getProof", mood == lyingRoot && method == "eth_call":
		// Another digit within the storage's values: in a proof's last node, or in what
		// a call returns.
		text := string(a["result"])
		if i := strings.LastIndexAny(text, "0123456789abcdef"); i > 0 && len(text) > 66 {
			digit := "1"
			if text[i] == '1' {
				digit = "2"
			}
			return with(text[:i] + digit + text[i+1:])
		}
	}
	return answer
}

func (n *rpcNode) String() string { return fmt.Sprintf("node at %s, %s", n.URL, n.mood) }
