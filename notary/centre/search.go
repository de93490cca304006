package centre

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/statement"
	"fieldseal/notary/api/client"
)

// Limits of a search.
const (
	MaxSearch  = 128 // bytes
	maxFound   = 50
	minHash    = 8   // hex digits of the beginning of a hash
	maxAtATime = 200 // batches of one moment
)

// ErrSearch: the text cannot be searched for.
var ErrSearch = errors.New("search")

// wanted is what a text may mean; several at once.
type wanted struct {
	name   string // lower case
	number *uint64
	hash   []byte // beginning of a hash, in whole bytes
	id     *batch.ID
	from   int64 // a moment or a span of time; 0: none
	to     int64
}

// timeForms are how people write times; without a zone it is that of the notary.
var timeForms = []struct {
	form string
	span time.Duration
}{
	{time.RFC3339, time.Second}, {"2006-01-02T15:04:05", time.Second}, {"2006-01-02 15:04:05", time.Second},
	{"2006-01-02T15:04", time.Minute}, {"2006-01-02 15:04", time.Minute},
}

// parseSearch recognises what a text may mean.
func parseSearch(q string, zone *time.Location) (w wanted, err error) {
	q = strings.TrimSpace(q)
	if q == "" || len(q) > MaxSearch || !utf8.ValidString(q) {
		return w, fmt.Errorf("%w: give 1 to %d bytes of text", ErrSearch, MaxSearch)
	}
	w.name = strings.ToLower(q)
	if n, err := strconv.ParseUint(strings.TrimPrefix(q, "#"), 10, 63); err == nil {
		w.number = &n
	}
	digits := strings.TrimPrefix(w.name, "0x")
	if len(digits) >= minHash && len(digits) <= 64 {
		if b, err := hex.DecodeString(digits[:len(digits)&^1]); err == nil {
			w.hash = b
			if len(digits) == 32 {
				id := batch.ID(b)
				w.id = &id
			}
		}
	}
	for _, f := range timeForms {
		if t, err := time.ParseInLocation(f.form, q, zone); err == nil && t.Unix() > 0 && t.Year() < 9999 {
			w.from, w.to = t.UnixMicro(), t.Add(f.span).UnixMicro()
			break
		}
	}
	return w, nil
}

// Search finds sites, devices, points, batches, log entries and blocks.
func (c *Centre) Search(v Viewer, q string) ([]client.Found, error) {
	w, err := parseSearch(q, c.Now().Location())
	if err != nil {
		return nil, err
	}
	out := []client.Found{}
	var gateways []batch.ID
	sites := map[batch.ID]string{}
	for _, e := range c.Registry.List() {
		if !v.Sees(e.Site) {
			continue
		}
		if _, ok := c.Log.Gateway(e.Gateway); ok {
			gateways = append(gateways, e.Gateway)
		}
		if _, ok := sites[e.Site]; ok {
			continue
		}
		sites[e.Site] = e.SiteSlug
		if w.id != nil && (*w.id == e.Site || *w.id == e.Gateway) || strings.Contains(strings.ToLower(e.SiteSlug), w.name) || strings.Contains(strings.ToLower(e.SiteName), w.name) {
			out = append(out, client.Found{Kind: "site", Title: e.SiteName + " (" + e.SiteSlug + ")", Site: &e.Site})
		}
	}
	out = append(out, c.named(sites, w.name)...)
	for _, find := range []func(Viewer, wanted, []batch.ID) ([]client.Found, error){c.byNumber, c.byHash, c.byTime} {
		more, err := find(v, w, gateways)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out[:min(len(out), maxFound)], nil
}

// named finds devices and points by a part of their names.
func (c *Centre) named(sites map[batch.ID]string, name string) (out []client.Found) {
	type key struct {
		site batch.ID
		name string
	}
	devices, points := map[key]bool{}, map[key]bool{}
	c.mu.RLock()
	for _, all := range c.series {
		for point, units := range all {
			for _, s := range units {
				if _, ok := sites[s.site]; !ok {
					break
				}
				device, _, _ := strings.Cut(point, "/")
				if strings.Contains(strings.ToLower(device), name) {
					devices[key{s.site, device}] = true
				}
				if strings.Contains(strings.ToLower(point), name) {
					points[key{s.site, point}] = true
				}
				break
			}
		}
	}
	c.mu.RUnlock()
	for k := range devices {
		out = append(out, client.Found{Kind: "device", Title: k.name + " · " + sites[k.site], Site: &k.site, Point: k.name})
	}
	for k := range points {
		out = append(out, client.Found{Kind: "point", Title: k.name + " · " + sites[k.site], Site: &k.site, Point: k.name})
	}
	slices.SortFunc(out, func(a, b client.Found) int { return strings.Compare(a.Kind+a.Title, b.Kind+b.Title) })
	return out[:min(len(out), maxFound)]
}

func found(kind, title string, site *batch.ID, index uint64) client.Found {
	return client.Found{Kind: kind, Title: title, Site: site, Index: &index}
}

// standing tells what stands in a log entry. A statement may say whom it is about: it is for those
// who see everything.
func (c *Centre) standing(v Viewer, index uint64) (client.Found, bool, error) {
	h, err := c.entry(v, index)
	switch {
	case err == nil:
		return found("batch", h.Name(), &h.Site, index), true, nil
	case !errors.Is(err, ErrNothing) || index >= c.Log.Size():
		return client.Found{}, false, noneIs(err)
	}
	raw, err := c.Log.Entry(index)
	if err != nil {
		return client.Found{}, false, err
	}
	if kind, err := statement.EntryKind(raw); err != nil || kind != statement.KindStatement || !v.SeesAll() {
		return client.Found{}, false, nil
	}
	return found("entry", fmt.Sprintf("statement in log entry %d", index), nil, index), true, nil
}

func noneIs(err error) error {
	if errors.Is(err, ErrNothing) {
		return nil
	}
	return err
}

func (c *Centre) byNumber(v Viewer, w wanted, _ []batch.ID) (out []client.Found, err error) {
	if w.number == nil {
		return nil, nil
	}
	if x, ok, err := c.standing(v, *w.number); err != nil {
		return nil, err
	} else if ok {
		out = append(out, x)
	}
	if c.Status == nil {
		return out, nil
	}
	size, ok, err := c.Status.Block(*w.number)
	if ok {
		out = append(out, client.Found{Kind: "block", Title: fmt.Sprintf("block %d anchors the log's first %d entries", *w.number, size), Block: w.number})
	}
	return out, err
}

func (c *Centre) byHash(v Viewer, w wanted, gateways []batch.ID) (out []client.Found, err error) {
	if w.hash == nil {
		return nil, nil
	}
	for _, g := range gateways {
		indices, err := c.Log.DigestsFrom(g, w.hash, maxFound)
		if err != nil {
			return nil, err
		}
		for _, index := range indices {
			if x, ok, err := c.standing(v, index); err != nil {
				return nil, err
			} else if ok {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

func (c *Centre) byTime(v Viewer, w wanted, gateways []batch.ID) (out []client.Found, err error) {
	if w.to == 0 {
		return nil, nil
	}
	for _, g := range gateways {
		n := 0
		for span, err := range c.Log.Batches(g, w.from, w.to) {
			if err != nil {
				return nil, err
			}
			if x, ok, err := c.standing(v, span.Index); err != nil {
				return nil, err
			} else if ok {
				out = append(out, x)
			}
			if n++; n >= 3 || len(out) >= maxAtATime { // the first of a gateway lead to the others
				break
			}
		}
	}
	return out, nil
}
