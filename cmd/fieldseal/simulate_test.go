package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	config "fieldseal/firmware-config/site"
	"fieldseal/simulators/site"
)

func TestAScenarioOfOnesOwnBringsItsOwnInstruments(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"site.yaml": "version: 1\nsite: {id: shop}\ngateway: {id: gw, data: /var/lib/fieldseal-demo}\nprofiles: own\nbuses:\n  - {id: counter, kind: serial, path: /dev/fieldseal-demo/counter, baud: 9600}\n" +
			"devices:\n  - {id: scale-1, bus: counter, address: any, profile: shop/scale}\n",
		"play.yaml": "version: 1\nid: shop\ntitle: {en: Shop, zh: 店}\ncurves:\n  scale-1/weight: {base: 12}\nsteps:\n  - {at: 0s, do: torn, to: scale-1}\n",
		"own/shop/scale.yaml": "version: 1\nid: shop/scale\ntitle: {en: Scale, zh: 秤}\nprotocol: text\nmessages:\n  - {id: w, every: 1s, pattern: 'ST,(?P<weight>[0-9.]+)kg'}\n" +
			"points:\n  - {name: weight, title: {en: Weight, zh: 重量}, group: weight, unit: kg}\n",
	} {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := site.Load(from)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	var out bytes.Buffer
	// A second time, as whoever changes a scenario does.
	for range 2 {
		if err := simulate(ctx, s, from, dir, site.Places{}, strings.NewReader("garbage scale-1\n\ndead nobody 5s\n"), &screen{out: &out}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(out.String(), "what scale-1 says next breaks off in its middle") {
		t.Errorf("it says:\n%s", out.String())
	}
	for _, want := range []string{"what scale-1 says next comes with rubbish", `there is no "nobody"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	if f, err := config.Load(filepath.Join(dir, "shop.yaml")); err != nil || len(f.Devices) != 1 {
		t.Errorf("an agent cannot read the site file that was written: %v", err)
	}
}
