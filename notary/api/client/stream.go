package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// StreamPath is the path of the server-sent events.
const StreamPath = "/api/v1/stream"

// maxEvent bounds one line of the stream, in bytes: a batch of 4,096 records is far below it.
const maxEvent = 8 << 20

// Event is one server-sent event.
type Event struct {
	ID   uint64
	Name string // admission, state, thinned
	Data json.RawMessage
}

// Stream follows the notary's events after an id (0 with resume false: from now
// on) and calls f for each until ctx ends, the stream does, or f gives an error. It
// returns the last id, from which the next call resumes.
func (c *Client) Stream(ctx context.Context, filter url.Values, after uint64, resume bool, f func(Event) error) (uint64, error) {
	path := StreamPath
	if len(filter) > 0 {
		path += "?" + filter.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return after, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if resume {
		req.Header.Set("Last-Event-ID", strconv.FormatUint(after, 10))
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	endless := *c.http
	endless.Timeout = 0 // ctx ends it
	res, err := endless.Do(req)
	if err != nil {
		return after, fmt.Errorf("notary: %w", err)
	}
	defer res.Body.Close()
	if t, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode != http.StatusOK || t != "text/event-stream" {
		p := &Problem{Status: res.StatusCode, Detail: res.Status}
		if text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10)); err == nil {
			_ = json.Unmarshal(text, p) // else the status says it
		}
		return after, fmt.Errorf("notary: %w", p)
	}
	return readEvents(res.Body, after, f)
}

// readEvents reads the fields id, event and data of what this notary writes.
func readEvents(r io.Reader, after uint64, f func(Event) error) (uint64, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxEvent)
	e := Event{ID: after}
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			if e.Data != nil {
				if err := f(e); err != nil {
					return after, err
				}
			}
			after = e.ID
			e = Event{ID: after}
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				return after, fmt.Errorf("notary: event id %q is not a number", value)
			}
			e.ID = id
		case "event":
			e.Name = value
		case "data":
			e.Data = append(e.Data, value...)
		}
	}
	return after, lines.Err()
}
