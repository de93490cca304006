package access

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// OwnCA is offered in ALPN by a client that believes the notary's own CA alone.
// It is never chosen.
const OwnCA = "fieldseal-ca"

// givenEvery is how often a given certificate is looked at for a newer one.
const givenEvery = 10 * time.Second

// Given is a certificate that the operator has from elsewhere, so that browsers
// know the page by a name. It is read again when its files change.
type Given struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu      sync.Mutex
	cert    *tls.Certificate
	stamp   [2]time.Time // of the files that cert was read from
	looked  time.Time
	refused [2]time.Time // of files that could not be used, so that this is said once
}

// OpenGiven reads certificate (with its chain) and key, both PEM.
func OpenGiven(certFile, keyFile string, now func() time.Time, out *slog.Logger) (*Given, error) {
	g := &Given{certFile: certFile, keyFile: keyFile, now: now, log: out}
	stamp, err := g.stamps()
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	if g.cert, err = g.read(); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	g.stamp, g.looked = stamp, now()
	return g, nil
}

func (g *Given) stamps() (out [2]time.Time, err error) {
	for i, f := range []string{g.certFile, g.keyFile} {
		info, err := os.Stat(f)
		if err != nil {
			return out, err
		}
		out[i] = info.ModTime()
	}
	return out, nil
}

func (g *Given) read() (*tls.Certificate, error) {
	chain, err := os.ReadFile(g.certFile)
	if err != nil {
		return nil, err
	}
	key, err := ReadSecret(g.keyFile)
	if err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", g.certFile, g.keyFile, err)
	}
	if c.Leaf == nil {
		if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return nil, fmt.Errorf("%s: %w", g.certFile, err)
		}
	}
	if g.now().After(c.Leaf.NotAfter) {
		return nil, fmt.Errorf("%s has expired on %s; renew it", g.certFile, c.Leaf.NotAfter.Format(time.DateOnly))
	}
	return &c, nil
}

// certificate is the one in force. A newer one that cannot be used leaves the old
// one in force and is said in the log.
func (g *Given) certificate() *tls.Certificate {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if now.Sub(g.looked) < givenEvery {
		return g.cert
	}
	g.looked = now
	stamp, err := g.stamps()
	if err != nil || stamp == g.stamp || stamp == g.refused {
		return g.cert
	}
	c, err := g.read()
	if err != nil {
		g.refused = stamp
		g.log.Error("the new certificate of the page cannot be used; the one before stays in force", "error", err)
		return g.cert
	}
	g.cert, g.stamp = c, stamp
	g.log.Info("the page has a new certificate", "until", c.Leaf.NotAfter)
	return c
}

// Names says whether the certificate is for a name.
func (g *Given) Names(name string) bool {
	return name != "" && g.certificate().Leaf.VerifyHostname(name) == nil
}

// Until is when the certificate ends.
func (g *Given) Until() time.Time { return g.certificate().Leaf.NotAfter }

// PageTLS is the configuration of the HTTPS listener. With a given certificate
// (nil: none) browsers that ask for its name get that one; gateways that enrol, which
// know this notary by its own CA, and all others get one of that CA.
func (s *Server) PageTLS(g *Given) *tls.Config {
	c := s.TLS()
	c.NextProtos = []string{"h2", "http/1.1"}
	if g == nil {
		return c
	}
	own := c.GetCertificate
	c.GetCertificate = func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		// A gateway offers no ALPN; every browser does.
		if len(h.SupportedProtos) > 0 && !slices.Contains(h.SupportedProtos, OwnCA) && g.Names(h.ServerName) {
			return g.certificate(), nil
		}
		return own(h)
	}
	return c
}
