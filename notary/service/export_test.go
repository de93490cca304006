package service

import "time"

// OverdueAt is what Health would call overdue at a time.
func (s *Service) OverdueAt(now time.Time) []string { return s.overdue(now) }

// Look looks at the anchor as at a time.
func (a *Anchors) Look(now time.Time) { a.look(now) }
