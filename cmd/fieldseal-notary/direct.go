package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"fieldseal/notary/api"
	"fieldseal/notary/api/client"
	"fieldseal/notary/enrol"
	"fieldseal/notary/service"
	"fieldseal/notary/store/badgerstore"
)

// direct answers requests by a handler in this process.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &written{header: http.Header{}, status: http.StatusOK}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.h.ServeHTTP(w, r)
	return &http.Response{Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r}, nil
}

// written is an answer in memory.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }

// dial speaks to the notary of a target: over HTTPS, through the socket of its
// folder, or, while it does not run, to the accounts in the folder themselves.
func (t *target) dial(ctx context.Context) (*client.Client, func() error, error) {
	none := func() error { return nil }
	if t.notary != "" {
		c, err := client.Dial(t.notary, t.ca, t.token)
		return c, none, err
	}
	d := service.Folder(t.data)
	if _, err := d.Identity(); err != nil {
		return nil, nil, err
	}
	c := client.ClientFor(d.Client())
	var me client.Me
	err := c.JSON(ctx, http.MethodGet, client.MePath, nil, &me)
	if err == nil {
		return c, none, nil
	}
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	return openFolder(d)
}

// openFolder works on the folder of a notary that does not run.
func openFolder(d service.Folder) (*client.Client, func() error, error) {
	conf, err := service.ReadConfig(filepath.Join(string(d), service.ConfigFile), false)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(d.StoreDir()); err != nil {
		return nil, nil, fmt.Errorf("store: %w", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	st, err := badgerstore.Open(d.StoreDir(), quiet)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (a notary that is starting or stopping answers in a moment)", err)
	}
	registry, err := enrol.Open(st, rand.Reader, time.Now)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	places, dir, err := service.OpenAccounts(st, registry, conf, nil, quiet)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	a := api.New(api.Config{Registry: registry, Accounts: dir, Sites: places, Logger: quiet})
	return client.ClientFor(&http.Client{Transport: direct{a.Accounting()}}), st.Close, nil
}
