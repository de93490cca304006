package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/profile"
	"fieldseal/notary/access"
	"fieldseal/notary/api"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/export"
	"fieldseal/notary/openid"
	"fieldseal/notary/web"
)

// socketFile answers whoever may read the data folder, without a token.
const socketFile = "notary.sock"

// openWeb makes the API and takes its two ports.
func (s *Service) openWeb(context.Context) error {
	facts, err := s.Facts()
	if err != nil {
		return err
	}
	if err := s.Folder.writeFacts(facts); err != nil {
		return err
	}
	own, err := export.OwnTrust(facts)
	if err != nil {
		return err
	}
	token, err := access.OpenToken(string(s.Folder))
	if err != nil {
		return err
	}
	if s.https, err = s.listen("listen.http", s.Config.Listen.HTTP); err != nil {
		return err
	}
	s.HTTPAddr = s.https.Addr()
	if s.socket, err = s.listenSocket(); err != nil {
		return err
	}
	tiles, err := web.OpenTiles(s.Config.Page.Tiles)
	if err != nil {
		return err
	}
	page, err := web.Handler(web.Page(), tiles)
	if err != nil {
		return err
	}
	if t := s.Config.TLS; t.Certificate != "" {
		if s.given, err = access.OpenGiven(t.Certificate, t.Key, time.Now, s.Logger.With("part", "tls")); err != nil {
			return err
		}
	}
	var provider *openid.Provider
	if s.Config.OpenID.On() {
		if provider, err = openid.New(s.Config.OpenID, time.Now); err != nil {
			return err
		}
	}
	mqtt := s.Config.Listen.Broker
	if mqtt == "" {
		mqtt = s.MQTTAddr.String()
	}
	prover := &export.Prover{Chain: s.Chain, Contract: s.Contract, Origin: s.Identity.Origin, Key: s.Keys.Note, Trusted: s.Keys.NoteKey}
	var register export.Register
	if s.Register != nil {
		prover.Register, register = s.Register, prover
	}
	s.api = api.New(api.Config{
		TrustFile: s.Folder.trustFile,
		Log:       s.Log, Registry: s.Registry, Desk: s.Desk, CA: s.Keys.CA, LogKey: s.Keys.LogText, Broker: mqtt, Board: s.board, Live: s.live, Cosign: s.Cosign,
		Exporter: export.New(export.Config{Log: s.Log, Store: s.Store, Registry: s.Registry, Anchors: ledger{s.Anchors, prover}, Register: register, Trust: own,
			Decoders: decoderFor, Now: time.Now, Logger: s.Logger.With("part", "export")}),
		// The broker is opened by Run, before anyone can ask.
		Facts: facts, Token: token, Accounts: s.Accounts, OpenID: provider, Given: s.given, Sites: s.Sites, Answers: s.Store, District: func(site batch.ID) string { return s.Sites.Place(site).District }, TokenAlways: !s.Config.Accounts.LocalReader, Connected: func() map[batch.ID]time.Time { return s.Broker.Connected() },
		Observe: s.Observe(), Page: page, Rooms: []func(*rest.Router){s.desk().Operations, s.hookDesk().Operations, s.alarmDesk().Operations, s.feedDesk().Operations}, Logger: s.Logger.With("part", "api"),
	})
	return nil
}

// runWeb serves HTTPS, the socket and the metrics until ctx ends.
func (s *Service) runWeb(ctx context.Context, g *errgroup.Group) {
	out := s.Logger.With("part", "api")
	g.Go(func() error {
		if err := s.board.Load(ctx); err != nil {
			// The newest values are a convenience; evidence does not come from here.
			s.Logger.Error("newest readings are shown from now on only", "part", "board", "error", err)
		}
		return nil
	})
	g.Go(func() error { return s.Accounts.Run(ctx) })
	g.Go(func() error {
		if err := s.live.Run(ctx); err != nil {
			// The log and its evidence go on without anyone watching.
			s.Logger.Error("the stream has ended until the next start", "part", "live", "error", err)
		}
		return nil
	})
	g.Go(func() error {
		if err := s.Alarms.Run(ctx); err != nil {
			s.Logger.Error("alarms are not kept until the next start", "part", "alarm", "error", err)
		}
		return nil
	})
	g.Go(func() error { return s.hooks.Run(ctx) })
	g.Go(func() error {
		if err := s.feed.Run(ctx, s.Broker); err != nil {
			s.Logger.Error("live values are not published until the next start", "part", "feed", "error", err)
		}
		return nil
	})
	g.Go(func() error {
		if err := s.centre.Run(ctx); err != nil {
			s.Logger.Error("history stands still until the next start", "part", "centre", "error", err)
		}
		return nil
	})
	g.Go(func() error {
		return api.Serve(ctx, tls.NewListener(api.Bound(s.https), s.TLS.PageTLS(s.given)), s.api.Handler(), stopGrace, out)
	})
	g.Go(func() error { return api.Serve(ctx, s.socket, s.api.Local(), stopGrace, out) })
	if s.metrics != nil {
		g.Go(func() error { return api.Serve(ctx, s.metrics, s.Observe(), stopGrace, out) })
	}
}

func decoderFor(protocol string) (profile.Decoder, bool) {
	d, err := decoders.For(protocol)
	return d, err == nil
}

// listenSocket takes the socket in the data folder. What an earlier process left
// there is removed: the store's lock says that no other one is running.
func (s *Service) listenSocket() (net.Listener, error) {
	path := s.Folder.path(socketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	// A path above the system's 108 bytes cannot be a socket's; through the
	// folder's own descriptor it is always short.
	dir, err := os.Open(string(s.Folder))
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	defer dir.Close()
	l, err := net.Listen("unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), socketFile))
	if err != nil {
		l, err = net.Listen("unix", path) // where there is no /proc
	}
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // its name means nothing later
	}
	s.close = append(s.close, func() error {
		err := os.Remove(path)
		if e := l.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
		return err
	})
	// The folder is 0700, so that nobody gets between these lines.
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	return l, nil
}
