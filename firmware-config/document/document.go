package document

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxSize bounds a file, in bytes.
const MaxSize = 256 << 10

// maxProblems bounds what one reading reports; the rest would only scroll the
// first away.
const maxProblems = 20

// maxDepth bounds nesting.
const maxDepth = 12

// Problem is one thing wrong in a file.
type Problem struct {
	File string
	Line int // 0: the file as a whole
	Text string
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Doc is one file being read. Reading goes on after a problem, so that an
// engineer sees all of them at once; Err has them in the order of lines.
type Doc struct {
	Name     string
	problems []Problem
	root     ast.Node
}

// Open parses a file's bytes. name is what errors call it, a path as a rule.
func Open(name string, data []byte) (*Doc, error) {
	d := &Doc{Name: name}
	if len(data) > MaxSize {
		return nil, Problem{name, 0, fmt.Sprintf("%d bytes are above the limit of %d", len(data), MaxSize)}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors begin a file so
	if p := tooDeep(name, data); p != nil {
		return nil, *p
	}
	file, err := parse(data)
	if err != nil {
		var located yaml.Error
		if errors.As(err, &located) && located.GetToken() != nil && located.GetToken().Position != nil {
			return nil, Problem{name, located.GetToken().Position.Line, "not valid YAML: " + located.GetMessage()}
		}
		return nil, Problem{name, 0, "not valid YAML: " + err.Error()}
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if d.root != nil {
			return nil, Problem{name, line(doc.Body), "a second document begins here; write one file each"}
		}
		d.root = doc.Body
	}
	if d.root == nil {
		return nil, Problem{name, 0, "the file is empty"}
	}
	d.refuse(d.root, 0)
	return d, d.Err()
}

// Limits of a line, so that no file can keep the YAML library, whose time grows
// with the square of the nesting, busy for minutes.
const (
	maxLine   = 4096
	maxIndent = 64
)

// tooDeep finds the first line that no configuration needs. It counts brackets
// wherever they stand, in quotes too, and so only roughly.
func tooDeep(name string, data []byte) *Problem {
	open, at := 0, 0
	for l := range bytes.Lines(data) {
		at++
		indent := len(l) - len(bytes.TrimLeft(l, " \t-?"))
		switch {
		case len(l) > maxLine:
			return &Problem{name, at, fmt.Sprintf("the line has %d bytes; at most %d are possible", len(l), maxLine)}
		case indent > maxIndent:
			return &Problem{name, at, fmt.Sprintf("the line is indented by %d; at most %d are possible", indent, maxIndent)}
		case bytes.HasPrefix(bytes.TrimLeft(l, " "), []byte("\t")):
			return &Problem{name, at, "the line is indented by a tab; YAML wants blanks"}
		}
		for _, c := range l {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
		}
		if open > 4*maxDepth {
			return &Problem{name, at, fmt.Sprintf("%d brackets are open here; close them, or write one key a line", open)}
		}
	}
	return nil
}

// parse keeps a fault of the YAML library from ending the program: its input
// comes from outside.
func parse(data []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	return parser.ParseBytes(data, 0)
}

// Err is every problem so far, joined; nil if there is none.
func (d *Doc) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	shown := d.problems
	if len(shown) > maxProblems {
		shown = shown[:maxProblems]
	}
	errs := make([]error, 0, len(shown)+1)
	for _, p := range shown {
		errs = append(errs, p)
	}
	if n := len(d.problems) - len(shown); n > 0 {
		errs = append(errs, Problem{d.Name, 0, fmt.Sprintf("and %d more", n)})
	}
	return errors.Join(errs...)
}

// Failf records a problem at a line; 0 for the file as a whole.
func (d *Doc) Failf(line int, format string, args ...any) {
	p := Problem{d.Name, line, fmt.Sprintf(format, args...)}
	if !slices.Contains(d.problems, p) {
		d.problems = append(d.problems, p)
	}
}

// Root is the document's only item.
func (d *Doc) Root() *Node { return &Node{doc: d, node: d.root, where: "the file"} }

// refuse reports what this package does not have, wherever it stands.
func (d *Doc) refuse(n ast.Node, depth int) {
	if depth > maxDepth {
		d.Failf(line(n), "nested deeper than %d", maxDepth)
		return
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		for _, pair := range v.Values {
			d.refuse(pair, depth)
		}
	case *ast.MappingValueNode:
		if v.Key == nil || v.Key.IsMergeKey() {
			d.Failf(line(n), "merge keys are not read; write the keys out")
			return
		}
		d.refuse(v.Key, depth+1)
		d.refuse(v.Value, depth+1)
	case *ast.SequenceNode:
		for _, item := range v.Values {
			d.refuse(item, depth+1)
		}
	case *ast.AnchorNode, *ast.AliasNode:
		d.Failf(line(n), "anchors and aliases are not read; write the value out")
	case *ast.TagNode:
		d.Failf(line(n), "tags are not read; leave it out")
	case *ast.MappingKeyNode:
		d.Failf(line(n), "a key must be a plain word")
	}
}

func line(n ast.Node) int {
	if n == nil {
		return 0
	}
	// A mapping's own token is the colon of its first pair, which may stand on
	// another line than its key.
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return line(v.Values[0])
		}
	case *ast.MappingValueNode:
		if v.Key != nil {
			return line(v.Key)
		}
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// nearest is the known key that an unknown one was probably meant to be.
func nearest(key string, known []string) string {
	best, at := "", 3
	for _, k := range known {
		if n := distance(key, k); n < at {
			best, at = k, n
		}
	}
	return best
}

// distance is Levenshtein's, for short words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// list writes choices for a person.
func list(words []string) string { return strings.Join(words, ", ") }
