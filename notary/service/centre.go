package service

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/trust"
	"fieldseal/notary/accounts"
	"fieldseal/notary/api/client"
	"fieldseal/notary/centre"
	"fieldseal/notary/feed"
	"fieldseal/notary/store"
	"fieldseal/notary/webhook"
)

// openCentre opens the read side on what is followed.
func (s *Service) openCentre(context.Context) (err error) {
	s.centre, err = centre.Open(centre.Config{
		Log: s.Log, Store: s.Store, Events: s.live, Registry: s.Registry, Local: s.Chain.Local(),
		Covered: func() uint64 { _, n := s.Anchors.Newest(); return n },
		Anchor:  s.anchorOf,
		// The broker is opened by Run, before anyone can ask.
		Connected: func() map[batch.ID]time.Time { return s.Broker.Connected() },
		Places:    places{s.Sites},
		Watch:     supervision{s.Alarms},
		Status:    status{s}, Now: time.Now, Logger: s.Logger.With("part", "centre"),
	})
	if err != nil {
		return err
	}
	s.hooks, err = webhook.Open(webhook.Config{Store: s.Store, Deed: s.Accounts.Deed, Events: s.live, Metrics: webhook.NewMetrics(s.Metrics), Now: time.Now, Logger: s.Logger.With("part", "webhook"),
		Maker: func(name string) (webhook.Viewer, bool) { return s.Accounts.Now(name, accounts.Read, accounts.Reading) }})
	if err != nil {
		return err
	}
	return s.openFeed()
}

// anchorOf is the first final anchor over a log entry; nil: there is none yet.
func (s *Service) anchorOf(index uint64) (*client.RecordAnchor, error) {
	a, err := s.Anchors.Covering(index)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := &client.RecordAnchor{Size: a.Size, Block: a.Number, BlockHash: hex.EncodeToString(a.BlockHash[:]), Time: int64(a.Time) * 1e6}
	if a.TxHash != [32]byte{} {
		out.Transaction = hex.EncodeToString(a.TxHash[:])
	}
	return out, nil
}

// openFeed opens what publishes live values on the broker.
func (s *Service) openFeed() (err error) {
	s.feed, err = feed.Open(feed.Config{Store: s.Store, Deed: s.Accounts.Deed, Events: s.live, CA: s.Keys.CA, Now: time.Now, Logger: s.Logger.With("part", "feed"),
		Slug: s.Registry.SlugOf, Site: s.Registry.SiteOf, District: func(site batch.ID) string { return s.Sites.Place(site).District },
		Account: func(name string) (feed.Viewer, bool) { return s.Accounts.Now(name, accounts.Read, accounts.Reading) }})
	if err != nil {
		return err
	}
	return s.Accounts.AtReset(func(name string) error { return errors.Join(s.hooks.RemoveAll(name), s.feed.RevokeAll(name)) })
}

// maker is the account that asks for a webhook or a certificate; empty for who
// holds the folder.
func maker(ctx context.Context) string {
	if v := accounts.From(ctx); v.Role != accounts.Keeper {
		return v.Name
	}
	return ""
}

func (s *Service) feedDesk() *feed.Desk {
	return &feed.Desk{Feed: s.feed, Who: maker}
}

// hookDesk is the webhooks as the API asks for them.
func (s *Service) hookDesk() *webhook.Desk {
	return &webhook.Desk{Hooks: s.hooks, Who: maker, Site: func(ctx context.Context, text string) (batch.ID, bool) {
		id, ok := s.Registry.SiteOf(text)
		if !ok {
			var err error
			if id, err = batch.ParseID(text); err != nil {
				return id, false
			}
		}
		return id, accounts.From(ctx).Sees(id)
	}}
}

// desk is the centre as the API asks it.
func (s *Service) desk() *centre.Desk {
	return &centre.Desk{Centre: s.centre, View: func(ctx context.Context) centre.Viewer { return sight{accounts.From(ctx)} }}
}

// sight is a viewer with what tells its sight from another's: an entity tag of one
// is no tag of the other.
type sight struct{ *accounts.Viewer }

// Reads implements centre.Viewer.
func (s sight) Reads(resource string) bool {
	return s.May(accounts.Read, accounts.Resource(resource))
}

// Label tells sights apart.
func (s sight) Label() string { return fmt.Sprintf("%s %s %v %s", s.Role, s.Name, s.Scope, s.Bounds()) }

// status tells the centre of the notary itself.
type status struct{ s *Service }

// Problems implements centre.Status.
func (x status) Problems() []string {
	h := x.s.Health()
	out := append([]string{}, h.Overdue...)
	if h.ReadOnly != "" {
		out = append(out, "the log takes nothing: "+h.ReadOnly)
	}
	if h.Alarm != "" {
		out = append(out, "anchoring has stopped: "+h.Alarm)
	}
	return out
}

// Expiring implements centre.Status.
func (x status) Expiring() (out []client.Expiring) {
	if l, _ := x.s.Desk.Status(); l != nil {
		out = append(out, client.Expiring{What: "status list", Name: fmt.Sprint(l.Serial), Until: l.Next})
	}
	if until := x.s.Keys.CA.Expires(); !until.IsZero() {
		out = append(out, client.Expiring{What: "certificate authority", Name: x.s.Identity.Origin, Until: until.UnixMicro()})
	}
	if x.s.given != nil {
		out = append(out, client.Expiring{What: "certificate", Name: x.s.Config.TLS.Certificate, Until: x.s.given.Until().UnixMicro()})
	}
	return out
}

// independence says in words what a chain's independence is worth.
var independence = map[string]client.Title{
	trust.Local:  {EN: "The log's operator runs this chain alone: it proves nothing against the operator.", ZH: "本链由存证日志的运营方单独运行：对运营方本身不构成证明。"},
	"consortium": {EN: "Several organisations seal this chain: no one of them, the log's operator included, can change it alone.", ZH: "本链由多家机构共同出块：包括存证日志运营方在内，任何一家都不能单独改动。"},
	"public":     {EN: "This chain is public and independent of the log's operator.", ZH: "本链为公共链，独立于存证日志的运营方。"},
}

// Chain implements centre.Status.
func (x status) Chain() client.HealthChain {
	kind := trust.Local
	if !x.s.Chain.Local() {
		kind = "consortium"
		if c, err := x.s.Config.Chain.describe(); err == nil {
			kind = c.Independence
		}
	}
	return client.HealthChain{ID: x.s.Identity.ChainID, Local: x.s.Chain.Local(), Independence: kind, Words: independence[kind]}
}

// Block implements centre.Status.
func (x status) Block(number uint64) (size uint64, found bool, err error) {
	a, err := x.s.Anchors.InBlock(number)
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	return a.Size, err == nil, err
}
