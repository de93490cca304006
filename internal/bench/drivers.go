package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fieldseal/drivers/decoders"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	library "fieldseal/firmware-config/profile"
)

// decoding is what turning bytes into points costs, for each protocol: the golden
// frames of all shipped profiles, over and over, as a verifier decodes them, which
// binds the profile each time.
func decoding(_ context.Context, b *Bench) error {
	lib, err := library.Shipped()
	if err != nil {
		return err
	}
	type one struct {
		profile *profile.Profile
		device  *profile.Device
		frame   *record.Frame
		points  int
	}
	frames := map[string][]one{}
	for _, id := range lib.IDs() {
		f, _ := lib.Get(id)
		p := &f.Profile
		if !f.Speaks() {
			p = f.For(library.Serial)
		}
		for i := range f.Golden {
			d, frame := f.Golden[i].Exchange(f)
			if n := len(f.Golden[i].Values); n > 0 {
				frames[p.Protocol] = append(frames[p.Protocol], one{p, d, frame, n})
			}
		}
	}
	for _, protocol := range slices.Sorted(maps.Keys(frames)) {
		dec, err := decoders.For(protocol)
		if err != nil {
			return err
		}
		points, decoded := 0, 0
		limit := time.Duration(b.scale(1000)) * time.Millisecond
		began := time.Now()
		for time.Since(began) < limit {
			for _, x := range frames[protocol] {
				if _, err := dec.Decode(x.profile, x.device, x.frame, nil); err != nil {
					return fmt.Errorf("%s: %w", x.profile.ID, err)
				}
				points += x.points
				decoded++
			}
		}
		took := time.Since(began)
		b.Row(Row{"h", "1,000 points decoded, " + protocol, fmt.Sprintf("%.2f ms", took.Seconds()*1e6/float64(points)), "",
			fmt.Sprintf("%.1f points a frame, %.1f µs a frame; %d golden frames", float64(points)/float64(decoded), took.Seconds()*1e6/float64(decoded), len(frames[protocol]))})
	}
	return nil
}
