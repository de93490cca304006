package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
	"fieldseal/notary/access"
	"fieldseal/notary/log"
)

// ClosingFile says in the data folder that the log has ended, and how.
const ClosingFile = "closed.json"

const closingForm = "fieldseal-closing/1"

// Closing is the end of a log: its last checkpoint, signed with its own key. The
// genesis of the successor binds it.
type Closing struct {
	Format string     `json:"format"`
	Origin string     `json:"origin"`
	Key    string     `json:"key"`  // verifier key of the log
	Note   []byte     `json:"note"` // the last checkpoint, a signed note
	At     trust.Time `json:"at"`
	Reason string     `json:"reason"`
}

// head opens the note.
func (c *Closing) head() (*statement.Predecessor, error) {
	v, err := note.NewVerifier(c.Key)
	if err != nil {
		return nil, fmt.Errorf("closing of %s: key: %w", c.Origin, err)
	}
	cp, _, err := checkpoint.Open(c.Note, v)
	if err != nil {
		return nil, fmt.Errorf("closing of %s: %w", c.Origin, err)
	}
	if cp.Origin != c.Origin {
		return nil, fmt.Errorf("closing of %s: the checkpoint is of %s", c.Origin, cp.Origin)
	}
	return &statement.Predecessor{Origin: cp.Origin, Size: cp.Size, Root: cp.Root}, nil
}

// Head is the closed log's size and root.
func (c *Closing) Head() (size uint64, root [32]byte, err error) {
	p, err := c.head()
	if err != nil {
		return 0, root, err
	}
	return p.Size, p.Root, nil
}

// ReadClosing reads the file of a closed log.
func ReadClosing(path string) (*Closing, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("closing: %w", err)
	}
	c := &Closing{}
	dec := json.NewDecoder(bytes.NewReader(b[:min(len(b), maxIdentity)]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Format != closingForm {
		return nil, fmt.Errorf("%s: format %q; this release knows %q", path, c.Format, closingForm)
	}
	if _, err := c.head(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Closed is how the folder's log ended; nil: it goes on.
func (d Folder) Closed() (*Closing, error) {
	c, err := ReadClosing(d.path(ClosingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}

// CloseLog ends the log of a stopped notary for ever: what it holds is under its
// last checkpoint, and from then on it serves and takes nothing.
func (d Folder) CloseLog(reason string, now time.Time) (*Closing, error) {
	if reason == "" || len(reason) > 256 {
		return nil, errors.New("close log: give a reason of 1 to 256 bytes")
	}
	if c, err := d.Closed(); err != nil || c != nil {
		if err == nil {
			err = fmt.Errorf("close log: %s was closed already, on %s: %s", c.Origin, c.At, c.Reason)
		}
		return nil, err
	}
	config, err := ReadConfig(d.path(ConfigFile), false)
	if err != nil {
		return nil, err
	}
	l, vkey, done, err := d.OpenLog(log.Options{HeadFile: d.HeadFile(config), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	c, err := closeLog(l, vkey, reason, now)
	if err = errors.Join(err, done()); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("close log: %w", err)
	}
	return c, access.WriteNew(d.path(ClosingFile), append(b, '\n'), 0o644)
}

func closeLog(l *log.Log, vkey, reason string, now time.Time) (*Closing, error) {
	if r := l.ReadOnly(); r != "" {
		return nil, fmt.Errorf("close log: it is read-only, and another copy has more: %s", r)
	}
	if err := l.SignNow(); err != nil { // entries that a crash left without a checkpoint
		return nil, err
	}
	h := l.Head()
	return &Closing{Format: closingForm, Origin: h.Origin, Key: vkey, Note: h.Note, At: trust.At(now), Reason: reason}, nil
}
