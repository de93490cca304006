package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"fieldseal/firmware-config/document"
	"fieldseal/firmware-config/profiles"
)

// Library holds profiles by id.
type Library struct {
	files map[string]*File
}

// shipped is parsed once: the files are part of the binary.
var shipped = sync.OnceValues(func() (map[string]*File, error) {
	l := &Library{files: map[string]*File{}}
	err := l.Add("firmware-config/profiles", profiles.FS)
	return l.files, err
})

// Shipped is a library of the profiles that this release carries.
func Shipped() (*Library, error) {
	files, err := shipped()
	if err != nil {
		return nil, err
	}
	l := &Library{files: make(map[string]*File, len(files))}
	for id, f := range files {
		l.files[id] = f
	}
	return l, nil
}

// Add reads every .yaml file below fsys. name is what errors call its root. An id
// that is there already is refused: a site may add instruments and not redefine
// one silently.
func (l *Library) Add(name string, fsys fs.FS) error {
	var errs []error
	err := fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(p) != ".yaml" {
			return err
		}
		if info, err := e.Info(); err == nil && info.Size() > document.MaxSize {
			errs = append(errs, document.Problem{File: path.Join(name, p), Text: fmt.Sprintf("%d bytes are above the limit of %d", info.Size(), document.MaxSize)})
			return nil
		}
		data, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		f, err := Parse(path.Join(name, p), data)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		if have, ok := l.files[f.Profile.ID]; ok {
			errs = append(errs, document.Problem{File: f.Name, Text: fmt.Sprintf("profile %s is described in %s already; give this one another id", f.Profile.ID, have.Name)})
			return nil
		}
		l.files[f.Profile.ID] = f
		return nil
	})
	if err != nil {
		errs = append(errs, fmt.Errorf("read profiles of %s: %w", name, err))
	}
	return errors.Join(errs...)
}

// Get finds a profile by id.
func (l *Library) Get(id string) (*File, bool) {
	f, ok := l.files[id]
	return f, ok
}

// IDs are all ids, ascending.
func (l *Library) IDs() []string {
	ids := make([]string, 0, len(l.files))
	for id := range l.files {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Known writes the ids for an error.
func (l *Library) Known() string { return strings.Join(l.IDs(), ", ") }
