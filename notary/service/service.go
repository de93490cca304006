package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
	"fieldseal/notary/accounts"
	"fieldseal/notary/alarm"
	"fieldseal/notary/anchorer"
	"fieldseal/notary/api"
	"fieldseal/notary/authority"
	"fieldseal/notary/broker"
	"fieldseal/notary/centre"
	"fieldseal/notary/chain"
	"fieldseal/notary/cosign"
	"fieldseal/notary/enrol"
	"fieldseal/notary/feed"
	"fieldseal/notary/intake"
	"fieldseal/notary/live"
	"fieldseal/notary/log"
	"fieldseal/notary/sites"
	"fieldseal/notary/store"
	"fieldseal/notary/store/badgerstore"
	"fieldseal/notary/webhook"
)

// stopGrace is how long messages in hand may take at a stop.
const stopGrace = 5 * time.Second

// Service is a notary with all its rooms open. Fields are set by Open and not
// changed; the rooms are safe for concurrent use.
type Service struct {
	Folder   Folder
	Config   Config
	Identity *Identity
	Keys     Keys
	Store    store.Store
	Log      *log.Log
	Chain    *chain.Chain
	Contract *chain.Anchors
	Register *chain.Register // nil: the settings name none
	grants   *grants         // of it; nil, too
	Cosign   *cosign.Desk
	Anchors  *Anchors
	Registry *enrol.Registry
	Desk     *authority.Desk
	Accounts *accounts.Directory
	Sites    *sites.Register
	Intake   *intake.Intake
	Broker   *broker.Broker // from Run on
	opened   chan struct{}  // closed once Broker is set, or could not be started
	TLS      *access.Server
	Metrics  *prometheus.Registry
	Logger   *slog.Logger
	HTTPAddr net.Addr
	MQTTAddr net.Addr
	Started  time.Time
	anchorer *anchorer.Anchorer
	enrolled *enrolled
	mqtt     net.Listener
	https    net.Listener
	socket   net.Listener
	metrics  net.Listener // nil where not asked for
	api      *api.API
	given    *access.Given // nil: the page shows a certificate of the own CA
	board    *api.Board
	live     *live.Live
	Alarms   *alarm.Keeper
	centre   *centre.Centre
	hooks    *webhook.Hooks
	feed     *feed.Feed
	close    []func() error // in the order of opening
}

// Open opens every room of the notary in a folder, from the store outwards, and
// its listeners; nothing is served before Run. On an error everything is closed.
func Open(ctx context.Context, d Folder, c Config, out *slog.Logger) (*Service, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	id, err := d.Identity()
	if err != nil {
		return nil, err
	}
	s := &Service{Folder: d, Config: c, Identity: id, Logger: out, Metrics: prometheus.NewRegistry(), Started: time.Now(), opened: make(chan struct{})}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.observe()
	return s, nil
}

// open opens the rooms, from the store outwards.
func (s *Service) open(ctx context.Context) (err error) {
	if s.Keys, err = s.Folder.readKeys(s.Identity); err != nil {
		return err
	}
	for _, open := range []func(context.Context) error{s.openLog, s.openChain, s.openDesk, s.openIntake, s.openCentre, s.openListeners, s.openWeb} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) openLog(context.Context) error {
	st, err := badgerstore.Open(s.Folder.StoreDir(), s.Logger)
	if err != nil {
		return err
	}
	s.Store = st
	s.close = append(s.close, st.Close)
	s.Log, err = log.Open(log.Options{Store: st, Signer: s.Keys.Log, Key: s.Keys.LogKey, HeadFile: s.Folder.HeadFile(s.Config), Room: s.room,
		CheckpointEvery: s.Config.Log.CheckpointEvery, Log: s.Logger})
	if err != nil {
		return err
	}
	closed, err := s.Folder.Closed()
	if err != nil {
		return err
	}
	if closed != nil {
		s.Log.SetReadOnly(fmt.Sprintf("the log was closed at %d entries: %s; gateways go to its successor", s.Log.Size(), closed.Reason))
	}
	if s.Anchors, err = OpenAnchors(st, s.Log, s.Logger.With("part", "anchors")); err != nil {
		return err
	}
	s.Anchors.interval = s.Config.Chain.AnchorEvery
	return nil
}

// room reports whether the disk has room for something new.
func (s *Service) room() error { return badgerstore.Room(s.Folder.StoreDir(), badgerstore.Reserve) }

// chainPatience is how long the first look at the chain may take. A chain that
// others run may be away for a while: the anchorer then looks again and again.
const chainPatience = 10 * time.Second

func (s *Service) openChain(ctx context.Context) error {
	url := s.Identity.Chain
	if u := s.Config.Chain.URL; u != "" && url != embeddedChain {
		url = u
	}
	account, err := s.Folder.openAccount(ctx, url, s.Config.Chain.key(), s.Logger)
	if err != nil {
		return err
	}
	asked, cancel := context.WithTimeout(ctx, chainPatience)
	c, err := s.Folder.openChain(asked, url, s.Config.Chain.Depth, account, s.Logger)
	cancel()
	if err != nil && url != embeddedChain {
		// Gateways need not wait for a chain that is away.
		c, err = chain.DialKnown(ctx, url, s.Config.Chain.Depth, s.Identity.ChainID)
	} else if err == nil && c.ID() != s.Identity.ChainID {
		// Another chain: the anchorer says so, and sealing and logging go on.
		c.Close()
		c, err = chain.DialKnown(ctx, url, s.Config.Chain.Depth, s.Identity.ChainID)
	}
	if err != nil {
		return err
	}
	s.Chain = c
	s.close = append(s.close, c.Close)
	if x, err := s.Config.Chain.describe(); err == nil && !c.Local() && x.Profile != "" {
		x.ID = s.Identity.ChainID
		if err := c.Believe(x.Sealing()); err != nil {
			return fmt.Errorf("chain.profile: %w", err)
		}
	}
	if x, err := s.Config.Chain.describe(); err == nil && x.Registry != nil {
		s.Register = c.Register(x.Registry.Contract)
	}
	s.Contract = c.Bind(s.Identity.Contract, anchor.LogID(s.Identity.Origin), account).Of(s.Identity.CodeHash)
	s.Cosign = cosign.New(cosign.Config{Contract: s.Contract, Log: s.Log, Interval: s.Config.Chain.AnchorEvery, Logger: s.Logger.With("part", "cosign")})
	s.anchorer = anchorer.New(anchorer.Config{
		Chain: c, Contract: s.Contract, Checkpoints: checkpoints{s.Log}, Outbox: outbox{s.Store}, Report: s.Anchors.report,
		Identity: anchorer.Identity{ChainID: s.Identity.ChainID, Genesis: s.Identity.Genesis, CodeHash: s.Identity.CodeHash},
		Last:     s.Anchors.Last, Collect: s.Cosign.Collect, State: s.Anchors.state,
		Interval: s.Config.Chain.AnchorEvery, Log: s.Logger.With("part", "anchorer"),
	})
	asked, cancel = context.WithTimeout(ctx, chainPatience)
	defer cancel()
	if err := s.compareAnchor(asked); err != nil {
		if c.Local() {
			return err
		}
		if anchorer.IsIdentity(err) {
			s.Anchors.state(err)
			s.Logger.Error("anchoring does not start", "err", err)
			return nil
		}
		s.Logger.Warn("chain not reached at start; whether the log is behind its anchor is not known yet", "err", err)
	}
	return nil
}

// compareAnchor turns the log read-only if the contract holds more of it.
func (s *Service) compareAnchor(ctx context.Context) error {
	if err := s.anchorer.Check(ctx); err != nil {
		return err
	}
	b, err := s.Chain.Final(ctx)
	if err != nil {
		return err
	}
	seat, err := s.Contract.Newest(ctx, b.Number)
	if err != nil {
		return err
	}
	if err := s.Log.Witness(fmt.Sprintf("the anchor in block %d", seat.Number), seat.Size, nil); !errors.Is(err, log.ErrReadOnly) {
		return err
	}
	return nil
}

func (s *Service) openDesk(context.Context) (err error) {
	if s.Keys.CA, err = access.Open(string(s.Folder), time.Now); err != nil {
		return err
	}
	if s.TLS, err = access.NewServer(s.Keys.CA, s.Config.Listen.Hosts...); err != nil {
		return err
	}
	if s.Registry, err = enrol.Open(s.Store, rand.Reader, time.Now); err != nil {
		return err
	}
	var g accounts.Grants // without a register no permission stands
	if s.Register != nil {
		s.grants = &grants{register: s.Register, said: map[accounts.Permitted]said{}, out: s.Logger.With("part", "grants")}
		g = s.grants
	}
	if s.Sites, s.Accounts, err = OpenAccounts(s.Store, s.Registry, s.Config, g, s.Logger.With("part", "accounts")); err != nil {
		return err
	}
	supervision, err := s.Config.supervision()
	if err != nil {
		return err
	}
	s.Desk, err = authority.Open(authority.Config{Log: s.Log, Registry: s.Registry, Authority: s.Identity.Authority.Key, Supervision: supervision, Now: time.Now})
	return err
}

func (s *Service) openIntake(context.Context) (err error) {
	s.enrolled = newEnrolled(s.Registry)
	s.board = &api.Board{Log: s.Log, Local: s.Chain.Local(), Covered: func() uint64 { _, n := s.Anchors.Newest(); return n }}
	s.live, err = live.Open(live.Config{Log: s.Log, Store: s.Store, Local: s.Chain.Local(), Moved: s.Anchors.Changed,
		Covered: func() uint64 { _, n := s.Anchors.Newest(); return n }, Now: time.Now, Logger: s.Logger.With("part", "live")})
	if err != nil {
		return err
	}
	if err := s.openAlarms(); err != nil {
		return err
	}
	s.Intake, err = intake.New(intake.Config{
		Log: s.Log, Store: s.Store, Registry: s.enrolled, Anchors: s.Anchors, Room: s.room,
		// The broker is opened after the intake that it serves, and a gateway may say
		// hello before Start has come back.
		Down: func(g batch.ID, m []byte) error {
			<-s.opened
			if s.Broker == nil {
				return errors.New("the broker did not start")
			}
			return s.Broker.Send(g, m)
		},
		Admitted: func(index uint64, h *batch.Signed, p *batch.Payload) {
			s.board.Take(index, h, p)
			s.live.Take(index, h, p)
		},
		Rate: rate.Limit(s.Config.Gateways.BatchesPerSecond), Burst: s.Config.Gateways.Burst,
		Metrics: intake.NewMetrics(s.Metrics), Logger: s.Logger,
	})
	return err
}

// openListeners takes the ports, so that a port in use is an error of the start.
func (s *Service) openListeners(context.Context) (err error) {
	if s.mqtt, err = s.listen("listen.mqtt", s.Config.Listen.MQTT); err != nil {
		return err
	}
	s.MQTTAddr = s.mqtt.Addr()
	if s.Config.Listen.Metrics != "" {
		s.metrics, err = s.listen("listen.metrics", s.Config.Listen.Metrics)
	}
	return err
}

func (s *Service) listen(key, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	s.close = append(s.close, func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil // its server has closed it
	})
	return l, nil
}

// startBroker opens the notary to gateways.
func (s *Service) startBroker() (err error) {
	defer close(s.opened)
	s.Broker, err = broker.Start(broker.Config{Listener: s.mqtt, TLS: s.TLS.MutualTLS(), Intake: s.Intake, Admit: s.Registry.Admit,
		Connections: s.Config.Gateways.Connections, Readers: s.feed, Log: s.Logger.With("part", "broker"), Metrics: broker.NewMetrics(s.Metrics)})
	if err != nil {
		return err
	}
	s.Registry.Watch(func(e enrol.Entry) {
		if e.State == enrol.Revoked {
			s.Broker.Disconnect(e.Gateway, access.ErrRevoked)
		}
	})
	return nil
}

// Run serves until ctx ends or a room fails, then stops everything and closes
// the folder. The error is nil after a clean stop.
func (s *Service) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.startBroker(); err != nil {
		return err
	}
	// The log outlives what feeds it.
	logCtx, stopLog := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLog()
	logDone := make(chan error, 1)
	go func() { logDone <- s.Log.Run(logCtx) }()

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		select {
		case err := <-logDone:
			logDone <- err
			return err
		case <-ctx.Done():
			return nil
		}
	})
	g.Go(func() error { return s.Intake.Run(ctx) })
	g.Go(func() error { return s.Anchors.run(ctx, s.anchorer) })
	g.Go(func() error { return s.Anchors.follow(ctx, s.Chain) })
	g.Go(func() error { return s.Anchors.time(ctx) })
	if s.grants != nil {
		g.Go(func() error { return s.grants.run(ctx, s.Accounts.Permitted) })
	}
	if s.Keys.Authority != nil {
		u := &authority.Unattended{Desk: s.Desk, Key: s.Keys.Authority, Random: rand.Reader, Log: s.Logger.With("part", "authority")}
		g.Go(func() error { return u.Run(ctx) })
	}
	s.runWeb(ctx, g)
	g.Go(func() error {
		<-ctx.Done()
		return s.Broker.Close(stopGrace)
	})
	err = g.Wait()
	stopLog()
	if e := <-logDone; err == nil {
		err = e
	}
	return err
}

// Close closes what Open opened and Run has not, the last opened first.
func (s *Service) Close() error {
	var errs []error
	for i := len(s.close) - 1; i >= 0; i-- {
		errs = append(errs, s.close[i]())
	}
	s.close = nil
	return errors.Join(errs...)
}
