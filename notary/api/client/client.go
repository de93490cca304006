package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"fieldseal/evidence/file"
	"fieldseal/notary/access"
)

// DefaultPort is the port of a notary's HTTPS.
const DefaultPort = "7411"

// Client asks a notary. It is for the commands that people type.
type Client struct {
	base   string
	token  string
	header http.Header // what each request carries besides
	http   *http.Client
}

// Base is the address that is asked.
func (c *Client) Base() string { return c.base }

// WithJar is the client with a place for cookies.
func (c *Client) WithJar(jar http.CookieJar) *Client {
	own, h := *c, *c.http
	h.Jar = jar
	own.http = &h
	return &own
}

// WithHeader is the client whose requests carry one more header.
func (c *Client) WithHeader(name, value string) *Client {
	own := *c
	own.header = c.header.Clone()
	if own.header == nil {
		own.header = http.Header{}
	}
	own.header.Set(name, value)
	return &own
}

// ClientFor asks over a connection that is there already, such as a socket.
func ClientFor(c *http.Client) *Client { return &Client{base: "http://notary", http: c} }

// New asks a notary at https://HOST:PORT with a token, over a client that knows
// how to trust it.
func New(base, token string, c *http.Client) *Client {
	return &Client{base: base, token: token, http: c}
}

// Dial prepares a client for a notary's address (a URL, host:port or host). ca is
// the file of the notary's CA certificate (empty: the machine's roots), token the
// file of the operator's token (empty: none, as on the notary's own machine).
func Dial(address, ca, token string) (*Client, error) {
	u, err := BaseURL(address)
	if err != nil {
		return nil, err
	}
	conf, http2 := &tls.Config{MinVersion: tls.VersionTLS13}, true
	if ca != "" {
		raw, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("the notary's CA: %w", err)
		}
		cert, err := access.ParseCertificate(raw)
		if err != nil {
			return nil, fmt.Errorf("the notary's CA %s: %w", ca, err)
		}
		conf.RootCAs = x509.NewCertPool()
		conf.RootCAs.AddCert(cert)
		if cert.Subject.CommonName == access.CAName {
			// The page may have a certificate from elsewhere; this asks for the CA's own.
			conf.NextProtos = []string{"http/1.1", access.OwnCA}
			http2 = false
		}
	}
	c := &Client{base: u, http: &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: http2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if token != "" {
		if c.token, err = access.ReadToken(token); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// BaseURL is a notary's address in full: https://HOST:PORT.
func BaseURL(address string) (string, error) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return "", fmt.Errorf("notary %q: give its address as https://HOST:%s", address, DefaultPort)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), DefaultPort)
	}
	return "https://" + u.Host, nil
}

// Ask sends a request with a JSON body (in nil: none) and reads the answer.
func (c *Client) Ask(ctx context.Context, method, path string, in any, limit int64) ([]byte, http.Header, error) {
	var body io.Reader
	if in != nil {
		b, raw := in.([]byte)
		if !raw {
			var err error
			if b, err = json.Marshal(in); err != nil {
				return nil, nil, err
			}
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, v := range c.header {
		req.Header[name] = v
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			err = fmt.Errorf("%w; give the notary's certificate authority with --ca FILE (ca.pem of its data folder)", err)
		}
		return nil, nil, fmt.Errorf("notary: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("notary: %w", err)
	}
	if int64(len(text)) > limit {
		return nil, nil, fmt.Errorf("notary: the answer is above %d bytes", limit)
	}
	if res.StatusCode/100 != 2 {
		p := &Problem{Status: res.StatusCode}
		if t, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); t != "application/problem+json" || json.Unmarshal(text, p) != nil || p.Detail == "" {
			p.Detail = res.Status
		}
		return nil, nil, fmt.Errorf("notary: %w", p)
	}
	return text, res.Header, nil
}

// JSON is Ask with an answer in JSON.
func (c *Client) JSON(ctx context.Context, method, path string, in, out any) error {
	text, _, err := c.Ask(ctx, method, path, in, 16<<20)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return nil // accepted, and nothing to tell yet
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("notary: answer: %w", err)
	}
	return nil
}

// Evidence fetches an evidence file and the name that the notary gives it.
func (c *Client) Evidence(ctx context.Context, q url.Values) (text []byte, name string, err error) {
	text, h, err := c.Ask(ctx, http.MethodGet, EvidencePath+"?"+q.Encode(), nil, file.MaxFile)
	if err != nil {
		return nil, "", err
	}
	_, params, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	return text, params["filename"], nil
}
