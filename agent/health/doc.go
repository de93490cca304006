// Package health says how the agent is: /healthz for people and probes, /metrics
// for Prometheus, and notifications for systemd.
//
// It measures nothing itself. Its invariant: it never waits for a disk, a line or
// the network, so that it answers when those do not.
package health
