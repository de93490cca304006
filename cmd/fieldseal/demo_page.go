package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// entry is what the register of sites holds of one of the demo's.
type entry struct {
	District    string `json:"district"`
	Business    string `json:"business"`
	Owner       string `json:"owner"`
	Coordinates place  `json:"coordinates"`
}

type place struct {
	Lat   json.Number `json:"lat"`
	Lon   json.Number `json:"lon"`
	Datum string      `json:"datum"`
}

// entries are made up, as the sites are.
var entries = map[string]entry{
	"north-yard": {"north-bank", "construction", "示例建设 Example Builders", place{"31.2672", "121.5223", "WGS-84"}},
	"cold-store": {"east-quay", "food", "示例冷链 Example Cold Chain", place{"31.2235", "121.5721", "CGCS2000"}},
}

// showPage enters the sites in the register, so that the centre's map has them,
// lays the trust file where the inspector's desk offers it, and says where to look.
func (d *demo) showPage(ctx context.Context) error {
	for _, s := range d.sites {
		if e, ok := entries[s.ID]; ok {
			if err := d.Register(ctx, s.ID, e); err != nil {
				return fmt.Errorf("register of sites: %w", err)
			}
		}
	}
	raw, err := os.ReadFile(d.TrustFile())
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.NotaryDir(), "trust.json"), raw, 0o644); err != nil {
		return err
	}
	d.screen.step("the supervision centre's page: https://%s, the inspector's desk: https://%s/desk", d.HTTP, d.HTTP)
	d.screen.line("    a browser asks about the certificate, which is of the notary's own authority: %s", short(filepath.Join(d.NotaryDir(), "ca.pem")))
	return nil
}
