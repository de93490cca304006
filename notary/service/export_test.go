package service

import (
	"time"

	"fieldseal/notary/accounts"
	"fieldseal/notary/webhook"
)

// HookDesk is the webhooks as the API asks for them.
func (s *Service) HookDesk() *webhook.Desk { return s.hookDesk() }

// OverdueAt is what Health would call overdue at a time.
func (s *Service) OverdueAt(now time.Time) []string { return s.overdue(now) }

// Look looks at the anchor as at a time.
func (a *Anchors) Look(now time.Time) { a.look(now) }

// LabelOf tells a viewer's sight apart.
func LabelOf(v *accounts.Viewer) string { return sight{v}.Label() }
