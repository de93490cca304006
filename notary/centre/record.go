package centre

import (
	"encoding/hex"
	"errors"
	"fmt"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/notary/api/client"
	"fieldseal/notary/store"
)

// ErrWithheld: the record's payload never came, or was erased.
var ErrWithheld = errors.New("the record is not here")

// entry reads a batch that the viewer may see. What is not there and what is not
// for this viewer is the same answer.
func (c *Centre) entry(v Viewer, index uint64) (*batch.Signed, error) {
	nothing := fmt.Errorf("%w: log entry %d holds no batch", ErrNothing, index)
	if index >= c.Log.Size() {
		return nil, nothing
	}
	raw, err := c.Log.Entry(index)
	if err != nil {
		return nil, err
	}
	if kind, err := statement.EntryKind(raw); err != nil || kind == statement.KindStatement {
		return nil, nothing
	}
	h, err := batch.ParseHeader(raw)
	if err != nil {
		return nil, fmt.Errorf("log entry %d: %w", index, err)
	}
	if !v.Sees(h.Site) {
		return nil, nothing
	}
	return h, nil
}

// Batch says which batch stands at a log index.
func (c *Centre) Batch(v Viewer, index uint64) (*batch.Header, error) {
	h, err := c.entry(v, index)
	if err != nil {
		return nil, err
	}
	return &h.Header, nil
}

// Record is one leaf of a log entry, with the frame that it was decoded from.
func (c *Centre) Record(v Viewer, index uint64, leaf uint32) (*client.Record, error) {
	h, err := c.entry(v, index)
	if err != nil {
		return nil, err
	}
	raw, err := c.Log.Payload(index)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w: the payload of log entry %d never came, or was erased; its header is logged", ErrWithheld, index)
	}
	var p *batch.Payload
	if err == nil {
		p, err = batch.ParsePayload(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("payload of log entry %d: %w", index, err)
	}
	if int(leaf) >= len(p.Records) {
		return nil, fmt.Errorf("%w: log entry %d has %d leaves", ErrNothing, index, len(p.Records))
	}
	digest := h.Digest()
	out := &client.Record{Index: index, Leaf: leaf, Gateway: h.Gateway, Site: h.Site, Boot: file.Boot(h.Boot), Seq: h.Seq, State: c.State(index),
		Header: client.RecordHeader{First: h.First, Last: h.Last, Count: h.Count, Root: hex.EncodeToString(h.Root[:]),
			Digest: hex.EncodeToString(digest[:]), Config: hex.EncodeToString(h.Config[:])}}
	if c.Anchor != nil {
		if out.Anchor, err = c.Anchor(index); err != nil {
			return nil, err
		}
	}
	switch r := p.Records[leaf].(type) {
	case *record.Reading:
		out.Kind = "reading"
		marks := []string{}
		for _, m := range r.Marks {
			marks = append(marks, m.String())
		}
		out.Reading = &client.RecordReading{Point: r.Point, Value: r.Value.String(), Unit: r.Unit, Time: r.Time, Mono: r.Mono, Path: r.Path.String(),
			Flag: r.Flag, Marks: marks, Instrument: r.Instrument}
		if r.Frame != nil {
			if out.Frame, err = c.frame(h, p, index, r.Frame); err != nil {
				return nil, err
			}
		}
	case *record.Frame:
		out.Kind, out.Frame = "frame", exchange(r, index, leaf)
	case *record.Gap:
		out.Kind = "gap"
		out.Gap = &client.RecordGap{Points: append([]string{}, r.Points...), From: r.From, To: r.To, Cause: r.Cause.String(), Missed: r.Missed}
	case *record.Event:
		out.Kind = "event"
		out.Event = &client.RecordEvent{Type: r.Type.String(), Subject: r.Subject, Time: r.Time}
		if r.Value != nil {
			out.Event.Value = r.Value.String()
		}
		if r.Limit != nil {
			out.Event.Limit = r.Limit.String()
		}
	case *record.Contents:
		out.Kind = "contents"
	default:
		out.Kind = fmt.Sprintf("kind %d", r.Kind())
	}
	return out, nil
}

// frame finds the frame of a reading, in its own batch or an earlier one; nil
// where that one's payload is not here.
func (c *Centre) frame(h *batch.Signed, p *batch.Payload, index uint64, ref *record.FrameRef) (*client.RecordFrame, error) {
	if ref.Batch != nil {
		at, _, err := c.Log.Place(h.Gateway, ref.Batch.Boot, ref.Batch.Seq)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if _, p, err = c.batch(at); err != nil || p == nil {
			return nil, err
		}
		index = at
	}
	if int(ref.Leaf) >= len(p.Records) {
		return nil, nil
	}
	f, ok := p.Records[ref.Leaf].(*record.Frame)
	if !ok {
		return nil, nil
	}
	return exchange(f, index, ref.Leaf), nil
}

func exchange(f *record.Frame, index uint64, leaf uint32) *client.RecordFrame {
	return &client.RecordFrame{Index: index, Leaf: leaf, Bus: f.Bus, Device: f.Device, Sent: hex.EncodeToString(f.Sent), Received: hex.EncodeToString(f.Received),
		Outcome: f.Outcome.String(), Opened: hex.EncodeToString(f.Opened), Topic: f.Topic}
}
