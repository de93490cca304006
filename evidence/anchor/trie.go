package anchor

// emptyTrie is the root of a trie that holds nothing: keccak256(0x80).
var emptyTrie = Keccak([]byte{0x80})

// walk looks a key up in a Merkle-Patricia trie (yellow paper, appendix D)
// of which only the nodes on the key's path are given, root first. It returns
// the value, or found false when the nodes prove that the key is not there.
// Every given node must lie on the path.
//
// A node under 32 bytes stands inside its parent and not among the nodes;
// only the root is hashed whatever its size.
func walk(root [32]byte, key []byte, nodes [][]byte) (value []byte, found bool, err error) {
	if root == emptyTrie {
		if len(nodes) != 0 {
			return nil, false, malformed("%d nodes of an empty trie", len(nodes))
		}
		return nil, false, nil
	}
	path := nibbles(key)
	want := root
	for i, node := range nodes {
		if Keccak(node) != want {
			return nil, false, altered("node %d of %d does not hash to what its parent says", i+1, len(nodes))
		}
		n, err := readWhole(node)
		if err != nil {
			return nil, false, wrap(nodeName(i), err)
		}
		s, err := descend(n, path)
		if err != nil {
			return nil, false, wrap(nodeName(i), err)
		}
		if s.next == nil {
			if i != len(nodes)-1 {
				return nil, false, malformed("the path ends at node %d of %d", i+1, len(nodes))
			}
			return s.value, s.found, nil
		}
		copy(want[:], s.next)
		path = s.path
	}
	return nil, false, malformed("the path goes on after the last of %d nodes", len(nodes))
}

// step is where a node, with all that stands inside it, leads.
type step struct {
	next  []byte // hash of the next node; nil when the path ends here
	path  []byte // nibbles left under next
	value []byte
	found bool
}

// descend follows path through a node and the nodes embedded in it. Each
// round takes at least one nibble or ends, so that it ends.
func descend(n []item, path []byte) (step, error) {
	for {
		var child item
		switch len(n) {
		case 17:
			if len(path) == 0 {
				v := n[16]
				if v.list {
					return step{}, malformed("branch value is a list")
				}
				return step{value: v.body, found: len(v.body) > 0}, nil
			}
			child, path = n[path[0]], path[1:]
			if !child.list && len(child.body) == 0 {
				return step{}, nil
			}
		case 2:
			own, leaf, err := compact(n[0])
			if err != nil {
				return step{}, err
			}
			if leaf {
				if n[1].list || len(n[1].body) == 0 {
					return step{}, malformed("leaf without a value")
				}
				if string(own) != string(path) {
					return step{}, nil
				}
				return step{value: n[1].body, found: true}, nil
			}
			if len(own) == 0 {
				return step{}, malformed("extension over no nibble")
			}
			if len(own) > len(path) || string(own) != string(path[:len(own)]) {
				return step{}, nil
			}
			child, path = n[1], path[len(own):]
		default:
			return step{}, malformed("%d items are no node", len(n))
		}
		if !child.list {
			if _, err := child.fixed("child", 32); err != nil {
				return step{}, err
			}
			return step{next: child.body, path: path}, nil
		}
		if len(child.raw) >= 32 {
			return step{}, malformed("a node of %d bytes inside another", len(child.raw))
		}
		var err error
		if n, err = child.items(); err != nil {
			return step{}, err
		}
	}
}

// compact decodes a hex-prefix path (yellow paper, appendix C).
func compact(it item) (path []byte, leaf bool, err error) {
	if it.list || len(it.body) == 0 {
		return nil, false, malformed("node without a path")
	}
	all := nibbles(it.body)
	switch all[0] {
	case 0, 2:
		if all[1] != 0 {
			return nil, false, malformed("path padded with %d", all[1])
		}
		path = all[2:]
	case 1, 3:
		path = all[1:]
	default:
		return nil, false, malformed("path with prefix %d", all[0])
	}
	return path, all[0] >= 2, nil
}

func nibbles(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, c>>4, c&15)
	}
	return out
}
