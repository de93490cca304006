package alarm

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/notary/store"
)

// Query chooses alarms; what is empty chooses all.
type Query struct {
	State string // "open", "unanswered" or "cleared"
	Kind  string
	Site  *batch.ID
	// Sees says whether alarms of a site are to be given; the zero site is the
	// notary's own. nil: all.
	Sees   func(site batch.ID) bool
	Since  int64 // Unix µs: those that stood then or later; 0: all
	Cursor string
	Limit  int // 1 to MaxPage
	// Excursion completes a stretch outside and says whether it is wanted; nil: each is.
	Excursion func(x *Excursion, site batch.ID) bool
}

// MaxPage bounds a page; scanned bounds what is looked at for one.
const (
	MaxPage = 1000
	scanned = 20_000
)

// ErrQuery: the query cannot be understood.
var ErrQuery = errors.New("query")

// Get finds one alarm.
func (k *Keeper) Get(id batch.ID, sees func(batch.ID) bool) (Alarm, error) {
	e, err := k.load(id)
	if err == nil && (e == nil || sees != nil && !sees(e.Site)) {
		err = fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	if err != nil {
		return Alarm{}, err
	}
	return e.tell(), nil
}

// List gives alarms, unanswered ones first, then the newest, and the cursor of the
// next page; empty: there is none. It reads what is durable.
func (k *Keeper) List(q Query) (out []Alarm, next string, err error) {
	out = []Alarm{}
	next, err = k.scan(q, func(e *entry) bool { out = append(out, e.tell()); return true })
	return out, next, err
}

// Excursions gives the alarms of limits as stretches outside.
func (k *Keeper) Excursions(q Query) (out []Excursion, next string, err error) {
	out = []Excursion{}
	now := k.cfg.Now().UnixMicro()
	next, err = k.scan(q, func(e *entry) bool {
		x, ok := e.excursion(now)
		if ok = ok && (q.Excursion == nil || q.Excursion(&x, e.Site)); ok {
			out = append(out, x)
		}
		return ok
	})
	return out, next, err
}

// scan gives alarms to take, which says whether one counts.
func (k *Keeper) scan(q Query, take func(*entry) bool) (next string, err error) {
	r := store.Prefix(orderPrefix)
	switch q.State {
	case "", "open", "cleared":
	case "unanswered":
		r = store.Prefix(append(slices.Clone(orderPrefix), 0))
	default:
		return "", fmt.Errorf("%w: state %q is none of open, unanswered, cleared", ErrQuery, q.State)
	}
	if q.Limit < 1 || q.Limit > MaxPage {
		return "", fmt.Errorf("%w: limit %d; from 1 to %d", ErrQuery, q.Limit, MaxPage)
	}
	if q.Cursor != "" {
		at, err := hex.DecodeString(q.Cursor)
		if err != nil || len(at) != 26 || !bytes.HasPrefix(at, orderPrefix) {
			return "", fmt.Errorf("%w: cursor %q is not one that was given", ErrQuery, q.Cursor)
		}
		r.From = append(at, 0)
		if r.To != nil && bytes.Compare(r.From, r.To) >= 0 {
			return "", nil
		}
	}
	r.Limit = scanned
	var keys [][]byte
	if q.State == "open" {
		if keys, err = k.openKeys(r); err != nil {
			return "", err
		}
	} else {
		for kv, err := range k.cfg.Store.Rows(store.TableAlarm, r) {
			if err != nil {
				return "", fmt.Errorf("alarms: %w", err)
			}
			keys = append(keys, slices.Clone(kv.Key))
		}
	}
	n := 0
	for i, key := range keys {
		e, err := k.load(batch.ID(key[len(key)-16:]))
		if err != nil {
			return "", err
		}
		// One that moved in the order meanwhile is where it stood when the page began.
		if e == nil || !q.takes(e) || !take(e) {
			continue
		}
		if n++; n == q.Limit && i+1 < len(keys) {
			return hex.EncodeToString(key), nil
		}
	}
	if len(keys) == scanned {
		return hex.EncodeToString(keys[len(keys)-1]), nil
	}
	return "", nil
}

// openKeys are the places in the order of alarms that stand, within a range.
func (k *Keeper) openKeys(r store.Range) (keys [][]byte, err error) {
	for kv, err := range k.cfg.Store.Rows(store.TableAlarm, store.Prefix(openPrefix)) {
		if err != nil {
			return nil, fmt.Errorf("alarms: %w", err)
		}
		keys = append(keys, alarmKey(batch.ID(kv.Key[1:])))
	}
	out := keys[:0]
	for _, key := range keys {
		e, err := k.load(batch.ID(key[1:]))
		if err != nil {
			return nil, err
		}
		if e != nil && bytes.Compare(e.order, r.From) >= 0 {
			out = append(out, e.order)
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return out, nil
}

func (q *Query) takes(e *entry) bool {
	switch {
	case q.State == "open" && !e.open(), q.State == "cleared" && e.open(), q.State == "unanswered" && e.Answered:
		return false
	case q.Kind != "" && e.Kind.String() != q.Kind:
		return false
	case q.Site != nil && e.Site != *q.Site:
		return false
	case q.Since > 0 && e.until() < q.Since:
		return false
	}
	return q.Sees == nil || q.Sees(e.Site)
}
