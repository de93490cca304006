package rig

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Newest is what the notary answers about its newest readings (/api/v1/latest).
type Newest struct {
	Size     uint64   `json:"size"`
	Signed   uint64   `json:"signed"`
	Anchored uint64   `json:"anchored"`
	Readings []Latest `json:"readings"`
}

// Latest is the newest reading of a point.
type Latest struct {
	Point string   `json:"point"`
	Value string   `json:"value"`
	Unit  string   `json:"unit"`
	Time  int64    `json:"time"` // Unix µs
	Marks []string `json:"marks"`
	Index uint64   `json:"index"`
	State string   `json:"state"`
}

// Client trusts the notary's own certificate authority, as one who stands beside
// its folder may.
func (r *Rig) Client() (*http.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.https != nil {
		return r.https, nil
	}
	pem, err := os.ReadFile(filepath.Join(r.NotaryDir(), "ca.pem"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the notary's ca.pem holds no certificate")
	}
	r.https = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}}
	return r.https, nil
}

// get asks the notary, on loopback, where content is shown without a token.
func (r *Rig) get(ctx context.Context, path string, query url.Values, limit int64) ([]byte, error) {
	c, err := r.Client()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+r.HTTP+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	res, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, limit))
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%w: %s", ErrNothing, strings.TrimSpace(string(body)))
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", path, res.Status, strings.TrimSpace(string(body)))
	}
	return body, nil
}

// Register enters a site in the notary's register as the keeper of its folder, where
// it is not entered yet.
func (r *Rig) Register(ctx context.Context, site string, entry any) error {
	token, err := os.ReadFile(filepath.Join(r.NotaryDir(), "admin.token"))
	if err != nil {
		return err
	}
	body, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	c, err := r.Client()
	if err != nil {
		return err
	}
	path := "/api/v1/centre/sites/" + url.PathEscape(site) + "/register"
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+r.HTTP+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return err
	}
	// 428: there is an entry, which only who has read it may write over.
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusPreconditionRequired {
		return fmt.Errorf("%s: %s: %s", path, res.Status, strings.TrimSpace(string(answer)))
	}
	return nil
}

// Latest asks for the newest reading of every point of a site, each with its
// state at this moment.
func (r *Rig) Latest(ctx context.Context, site string) (n Newest, err error) {
	raw, err := r.get(ctx, "/api/v1/latest", url.Values{"site": {site}}, 4<<20)
	if err != nil {
		return n, err
	}
	return n, json.Unmarshal(raw, &n)
}

// Fetch asks for the evidence of a range of one point.
func (r *Rig) Fetch(ctx context.Context, site, point string, from, to time.Time) ([]byte, error) {
	return r.get(ctx, "/api/v1/evidence", url.Values{
		"site": {site}, "point": {point}, "from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)},
	}, 16<<20)
}
