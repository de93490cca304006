package document

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Mapping is a value with keys. Each key is taken once; Done reports the others.
type Mapping struct {
	node   *Node
	values map[string]ast.Node
	keys   map[string]ast.Node
	order  []string
	taken  []string
}

// Mapping opens a value with keys; an absent or wrong value has none.
func (n *Node) Mapping() *Mapping {
	m := &Mapping{node: n, values: map[string]ast.Node{}, keys: map[string]ast.Node{}}
	var pairs []*ast.MappingValueNode
	switch v := n.node.(type) {
	case nil:
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		n.Failf("%s: keys with values expected", n.where)
	}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		if _, twice := m.values[key]; twice {
			n.doc.Failf(line(p.Key), "%s: key %q is written twice; keep one", n.where, key)
			continue
		}
		m.values[key], m.keys[key] = p.Value, p.Key
		m.order = append(m.order, key)
	}
	return m
}

// Take gives the value of a key and counts the key as known.
func (m *Mapping) Take(key string) *Node {
	m.taken = append(m.taken, key)
	return m.get(key)
}

func (m *Mapping) get(key string) *Node {
	where := key
	if m.node.where != "" && m.node.where != "the file" {
		where = m.node.where + "." + key
	}
	n := &Node{doc: m.node.doc, where: where, at: m.node.Line()}
	if v, ok := m.values[key]; ok {
		n.node, n.at = v, line(m.keys[key])
	}
	return n
}

// Rest gives every key not yet taken, in the file's order, for mappings whose
// keys are names that the engineer chose.
func (m *Mapping) Rest() (keys []string, nodes []*Node) {
	for _, k := range m.order {
		if !m.known(k) {
			keys, nodes = append(keys, k), append(nodes, m.Take(k))
		}
	}
	return keys, nodes
}

func (m *Mapping) known(key string) bool {
	for _, t := range m.taken {
		if t == key {
			return true
		}
	}
	return false
}

// KeyLine is where a key stands; the mapping's line when it does not.
func (m *Mapping) KeyLine(key string) int {
	if k, ok := m.keys[key]; ok {
		return line(k)
	}
	return m.node.Line()
}

// Line is where the mapping begins.
func (m *Mapping) Line() int { return m.node.Line() }

// Done reports every key that nobody asked for.
func (m *Mapping) Done() {
	for _, k := range m.order {
		if m.known(k) {
			continue
		}
		remedy := "known are " + list(m.taken)
		if near := nearest(strings.ToLower(k), m.taken); near != "" {
			remedy = "did you mean " + near + "?"
		}
		m.node.doc.Failf(line(m.keys[k]), "%s: unknown key %q; %s", m.node.where, k, remedy)
	}
}

// Version takes the key "version", which every file begins with.
func (m *Mapping) Version(known int64) {
	v := m.Take("version").Required("write version: 1 as the first line")
	if s, ok := v.scalar("a version"); ok && s != strconv.FormatInt(known, 10) {
		v.Failf("version %q; this release reads version %d", s, known)
	}
}
