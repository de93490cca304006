package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/store"
)

// IdempotencyKey is the header by which a request is asked once, however often it
// is sent.
const IdempotencyKey = "Idempotency-Key"

// Limits of answers that are remembered.
const (
	rememberFor   = 24 * time.Hour
	maxRemembered = 50_000   // answers
	maxOnce       = 64 << 10 // bytes of a body, and of an answer
	forgetEvery   = 10 * time.Minute
)

// webhooksPath answers with a secret; the room that serves it is not ours to import.
const webhooksPath = "/api/v1/webhooks"

var keyForm = regexp.MustCompile(`^[!-~]{1,128}$`)

// given is an answer that was given once.
type given struct {
	Version int    `json:"v"` // 1
	Time    int64  `json:"t"` // Unix µs
	Asked   []byte `json:"q"` // SHA-256 of the body
	Status  int    `json:"s"`
	Type    string `json:"c,omitempty"`
	Body    []byte `json:"b,omitempty"`
	Secret  bool   `json:"x,omitempty"` // the answer held a secret and is not kept
}

// once remembers answers to requests with a key. The answer is stored after the
// deed: between the two a crash may let a repeat do it again, as without a key.
type once struct {
	rows accounts.Rows
	now  func() time.Time

	mu     sync.Mutex
	asked  map[[32]byte]bool // being answered now
	count  int
	forgot time.Time
}

// newOnce remembers in rows; nil: nothing is remembered.
func newOnce(rows accounts.Rows, now func() time.Time) *once {
	if rows == nil {
		return nil
	}
	if now == nil {
		now = time.Now
	}
	return &once{rows: rows, now: now, asked: map[[32]byte]bool{}}
}

// forget removes what is too old, and counts the rest; mu is held.
func (o *once) forget() error {
	g, n := &store.Group{}, 0
	before := o.now().Add(-rememberFor).UnixMicro()
	for kv, err := range o.rows.Rows(store.TableAnswer, store.Range{}) {
		var x given
		if err == nil {
			err = json.Unmarshal(kv.Value, &x)
		}
		if err != nil {
			return fmt.Errorf("remembered answers: %w", err)
		}
		if x.Time >= before {
			n++
		} else if len(g.Rows) < 1000 {
			g.Rows = append(g.Rows, store.Put{Table: store.TableAnswer, Key: kv.Key})
		}
	}
	o.count, o.forgot = n, o.now()
	if len(g.Rows) == 0 {
		return nil
	}
	return o.rows.Commit(g)
}

// begin takes a key for one request: what was answered before, or nil to go on.
func (o *once) begin(id [32]byte) (*given, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked[id] {
		return nil, errBusy
	}
	if o.now().Sub(o.forgot) > forgetEvery {
		if err := o.forget(); err != nil {
			return nil, err
		}
	}
	b, err := o.rows.Row(store.TableAnswer, id[:])
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return nil, fmt.Errorf("remembered answer: %w", err)
	default:
		x := &given{}
		if err := json.Unmarshal(b, x); err != nil {
			return nil, fmt.Errorf("remembered answer: %w", err)
		}
		if o.now().UnixMicro()-x.Time < rememberFor.Microseconds() {
			return x, nil
		}
	}
	if o.count >= maxRemembered {
		return nil, errFullMemory
	}
	o.asked[id] = true
	return nil, nil
}

// end gives the key free, with what was answered (nil: nothing worth it).
func (o *once) end(id [32]byte, x *given) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.asked, id)
	if x == nil {
		return nil
	}
	b, err := json.Marshal(x)
	if err == nil {
		err = o.rows.Commit(&store.Group{Rows: []store.Put{{Table: store.TableAnswer, Key: bytes.Clone(id[:]), Value: b}}})
	}
	if err == nil {
		o.count++
	}
	return err
}

var (
	errBusy       = errors.New("a request with this " + IdempotencyKey + " is being answered")
	errFullMemory = errors.New("too many answers are remembered")
)

// remember answers a repeated request as the first time.
func (a *API) remember(who func(*http.Request) *accounts.Viewer, next http.Handler) http.Handler {
	if a.once == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(IdempotencyKey)
		// A step of an alarm keeps its key itself, for good.
		if key == "" || r.Method != http.MethodPost || strings.HasPrefix(r.URL.Path, client.AlarmsPath+"/") {
			next.ServeHTTP(w, r)
			return
		}
		v := who(r)
		if !v.SignedIn() {
			next.ServeHTTP(w, r)
			return
		}
		if !keyForm.MatchString(key) {
			problem(w, http.StatusBadRequest, IdempotencyKey+" is 1 to 128 printable characters", "send a random one for each thing that you want done")
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxOnce+1))
		if err != nil || len(body) > maxOnce {
			problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("with %s a body has at most %d bytes", IdempotencyKey, maxOnce), "send it without; repeating it is on you")
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		// By token or session: one that is narrower is not told what another was answered.
		a.answerOnce(w, r, next, sha256.Sum256([]byte(string(v.Role)+"\x00"+v.Name+"\x00"+v.Key()+"\x00"+r.URL.Path+"\x00"+key)), sha256.Sum256(body))
	})
}

func (a *API) answerOnce(w http.ResponseWriter, r *http.Request, next http.Handler, id, asked [32]byte) {
	x, err := a.once.begin(id)
	switch {
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusConflict, err.Error(), "wait for its answer")
		return
	case errors.Is(err, errFullMemory):
		w.Header().Set("Retry-After", "600")
		problem(w, http.StatusServiceUnavailable, err.Error(), "send it without "+IdempotencyKey+", or later")
		return
	case err != nil:
		refuse(w, err)
		return
	case x != nil && !bytes.Equal(x.Asked, asked[:]):
		problem(w, http.StatusUnprocessableEntity, "this "+IdempotencyKey+" was used for another request", "take a new key for another request")
		return
	case x != nil && x.Secret:
		problem(w, http.StatusConflict, "it was done, and what was answered is told once only", "list what there is; revoke or reset it if the answer was lost")
		return
	case x != nil:
		if x.Type != "" {
			w.Header().Set("Content-Type", x.Type)
		}
		w.Header().Set("Idempotency-Replayed", "true")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(x.Status)
		w.Write(x.Body)
		return
	}
	seen := &overheard{ResponseWriter: w}
	var keep *given
	defer func() {
		if err := a.once.end(id, keep); err != nil {
			a.Logger.Warn("an answer is not remembered: a repeat of the request will be done again", "path", r.URL.Path, "error", err)
		}
	}()
	next.ServeHTTP(seen, r)
	if seen.status/100 != 2 || seen.over {
		return // what was refused may be asked again
	}
	keep = &given{Version: 1, Time: a.once.now().UnixMicro(), Asked: asked[:], Status: seen.status, Type: w.Header().Get("Content-Type"), Body: seen.body.Bytes()}
	if tellsSecret(r.URL.Path) {
		keep.Secret, keep.Body = true, nil
	}
}

// tellsSecret says whether an answer holds what is told once or only to a session:
// passwords, tokens, codes, a webhook's secret, what a page sends beside its cookie.
func tellsSecret(path string) bool {
	return slices.Contains([]string{client.AccountsPath, client.TokensPath, client.SessionPath, client.PasswordPath, client.LogInPath, client.DevicePath, client.DevicePath + "/token", GatewaysPath, webhooksPath}, path) ||
		strings.HasPrefix(path, client.AccountsPath+"/") && strings.HasSuffix(path, "/reset")
}

// overheard keeps what is answered beside sending it.
type overheard struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	over   bool // the answer is too long to keep
}

func (o *overheard) WriteHeader(status int) {
	if o.status == 0 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *overheard) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	if o.body.Len()+len(b) > maxOnce {
		o.over = true
	} else {
		o.body.Write(b)
	}
	return o.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (o *overheard) Unwrap() http.ResponseWriter { return o.ResponseWriter }
