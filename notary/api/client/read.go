package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Points gives every point with its newest reading, page by page. The filter's
// keys are those of GET /api/v1/points.
func (c *Client) Points(ctx context.Context, filter url.Values, each func(Point) error) error {
	return pages(ctx, c, PointsPath, filter, each)
}

// PointsAt is Points as the centre knew them at a moment.
func (c *Client) PointsAt(ctx context.Context, at time.Time, filter url.Values, each func(Point) error) error {
	q := clone(filter)
	q.Set("at", strconv.FormatInt(at.UnixMicro(), 10))
	return pages(ctx, c, PointsPath, q, each)
}

// CentreSites gives every site and how it stands.
func (c *Client) CentreSites(ctx context.Context, filter url.Values, each func(CentreSite) error) error {
	return pages(ctx, c, CentreSitesPath, filter, each)
}

// History is a point of a site over from ≤ t < to, in at most so many buckets (0: 500).
func (c *Client) History(ctx context.Context, site, point string, from, to time.Time, buckets int) (*History, error) {
	q := url.Values{"site": {site}, "point": {point}, "from": {strconv.FormatInt(from.UnixMicro(), 10)}, "to": {strconv.FormatInt(to.UnixMicro(), 10)}}
	if buckets > 0 {
		q.Set("buckets", strconv.Itoa(buckets))
	}
	h := &History{}
	return h, c.JSON(ctx, http.MethodGet, HistoryPath+"?"+q.Encode(), nil, h)
}

// Record is one leaf of a log entry, with the frame it was decoded from.
func (c *Client) Record(ctx context.Context, index uint64, leaf uint32) (*Record, error) {
	r := &Record{}
	return r, c.JSON(ctx, http.MethodGet, RecordsPath+"/"+strconv.FormatUint(index, 10)+"/"+strconv.FormatUint(uint64(leaf), 10), nil, r)
}

// EvidenceOf fetches the evidence file of one record, and the name that the notary gives it.
func (c *Client) EvidenceOf(ctx context.Context, index uint64, leaf uint32) (text []byte, name string, err error) {
	return c.Evidence(ctx, url.Values{"index": {strconv.FormatUint(index, 10)}, "leaf": {strconv.FormatUint(uint64(leaf), 10)}})
}

// Health is how the evidence stands.
func (c *Client) Health(ctx context.Context) (*EvidenceHealth, error) {
	h := &EvidenceHealth{}
	return h, c.JSON(ctx, http.MethodGet, HealthPath, nil, h)
}

// Search finds sites, devices, points, batches, log entries and blocks.
func (c *Client) Search(ctx context.Context, q string) ([]Found, error) {
	var l List[Found]
	return l.Items, c.JSON(ctx, http.MethodGet, SearchPath+"?"+url.Values{"q": {q}}.Encode(), nil, &l)
}

func clone(v url.Values) url.Values {
	out := url.Values{}
	for k, all := range v {
		out[k] = append([]string(nil), all...)
	}
	return out
}

func pages[T any](ctx context.Context, c *Client, path string, filter url.Values, each func(T) error) error {
	q := clone(filter)
	for {
		text, _, err := c.Ask(ctx, http.MethodGet, path+"?"+q.Encode(), nil, 16<<20)
		if err != nil {
			return err
		}
		var l List[T]
		if err := json.Unmarshal(text, &l); err != nil {
			return err
		}
		for _, x := range l.Items {
			if err := each(x); err != nil {
				return err
			}
		}
		if l.Next == "" {
			return nil
		}
		q.Set("cursor", l.Next)
	}
}
