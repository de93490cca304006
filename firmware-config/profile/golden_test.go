package profile

import (
	"strings"
	"testing"

	"fieldseal/drivers/decoders"
	"fieldseal/drivers/gpio"
	"fieldseal/evidence/profile"
)

func TestShippedProfilesDecodeTheirGoldenFrames(t *testing.T) {
	lib, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range lib.IDs() {
		f, _ := lib.Get(id)
		t.Run(id, func(t *testing.T) {
			if want := "firmware-config/profiles/" + id + ".yaml"; f.Name != want {
				t.Errorf("stands in %s; its id asks for %s", f.Name, want)
			}
			compiled, digest, err := f.Compile(Serial)
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Parse(compiled)
			if err != nil {
				t.Fatal(err)
			}
			if profile.Digest(p.Append(nil)) != digest {
				t.Error("the compiled form has two forms")
			}
			dec, err := decoders.For(p.Protocol)
			if err != nil {
				t.Fatal(err)
			}
			covered := map[string]bool{}
			for _, g := range f.Golden {
				d, frame := g.Exchange(f)
				got, err := dec.Decode(p, d, frame, nil)
				if err != nil {
					t.Errorf("%s:%d: golden frame %q: %v", f.Name, g.Line, g.Name, err)
					continue
				}
				if len(got) != len(g.Values) {
					t.Fatalf("%s: %d values, want %d", g.Name, len(got), len(g.Values))
				}
				for i, want := range g.Values {
					covered[want.Point] = true
					if got[i].Point != want.Point || got[i].Missing != (want.Value == nil) || want.Value != nil && got[i].Value != *want.Value {
						t.Errorf("%s:%d: golden frame %q: %s reads %v (missing %v), want %v", f.Name, g.Line, g.Name, got[i].Point, got[i].Value, got[i].Missing, want.Value)
					}
				}
			}
			for _, x := range p.Points {
				if !covered[x.Name] && p.Protocol != gpio.Protocol { // a digital line has no bytes
					t.Errorf("no golden frame shows point %s", x.Name)
				}
				if strings.TrimSpace(x.Title.ZH) == x.Title.EN && x.Name != "pm10" {
					t.Errorf("point %s has no Chinese title of its own", x.Name)
				}
			}
		})
	}
}

// The same instrument on a network is another protocol, and so another profile
// to those who must decode it.
func TestSerialAndNetworkFormsHaveDifferentDigests(t *testing.T) {
	lib, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]string{}
	for _, id := range lib.IDs() {
		f, _ := lib.Get(id)
		if f.Speaks() {
			continue
		}
		for _, k := range []Kind{Serial, TCP} {
			_, digest, err := f.Compile(k)
			if err != nil {
				t.Fatal(err)
			}
			if other, twice := seen[digest]; twice {
				t.Errorf("%s on %s has the digest of %s", id, k, other)
			}
			seen[digest] = id + " on " + string(k)
		}
	}
}
