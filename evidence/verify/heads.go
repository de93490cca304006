package verify

import (
	"errors"
	"slices"
	"strings"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
)

// head is a checkpoint of the file and what was found of it.
type head struct {
	cp     checkpoint.Checkpoint
	ok     bool           // signed by the log and consistent with those before
	anchor *anchor.Result // nil: none, or not believed
}

// openHeads checks signatures, cosignatures, consistency and anchors.
func (v *verifier) openHeads() {
	v.heads = make([]head, len(v.f.Heads))
	if v.Trust == nil {
		return
	}
	origin := v.origin()
	l, ok := v.Trust.Log(origin)
	if !ok {
		v.fail("checkpoint", Uncheckable, say("the trust file does not know the log %q", "信任根文件中没有存证日志 %q", origin),
			say("use a trust file that names this log, if your authority issues one", "若主管机关已签发包含该日志的信任根文件，请改用之"))
		return
	}
	v.log = l
	v.chain, _ = v.Trust.Chain(l.Chain)
	v.local = v.chain.Independence == "local"
	v.r.Independence = v.chain.Independence
	v.sealing = v.chain.Sealing()
	v.followChanges()
	for i := range v.heads {
		v.openHead(i)
	}
	extend := 0
	for i := 1; i < len(v.heads); i++ {
		a, b := &v.heads[i-1], &v.heads[i]
		if !a.ok || !b.ok {
			continue
		}
		if a.cp.Size >= b.cp.Size {
			v.fail("file", Uncheckable, say("checkpoints are not in ascending size", "检查点未按大小递增排列"), remedyExport)
			b.ok = false
		} else if err := merkle.VerifyConsistency(a.cp.Size, b.cp.Size, v.f.Hashes(v.f.Heads[i].Consistency), a.cp.Root, b.cp.Root); err != nil {
			v.fail("consistency", Altered, say("%v", "%v", err))
			b.ok = false
		} else {
			extend++
		}
	}
	if last := v.heads[len(v.heads)-1]; last.ok {
		v.pass("checkpoint", say("log %s, %d entries", "日志 %s，共 %d 条", last.cp.Origin, last.cp.Size))
		if len(v.heads) > 1 && extend == len(v.heads)-1 {
			v.pass("consistency", say("each of %d checkpoints extends the one before", "%d 个检查点依次延伸", len(v.heads)))
		}
	}
	for i := range v.heads {
		if v.f.Heads[i].Anchor != nil && v.heads[i].ok {
			v.openAnchor(i)
		}
	}
}

// origin is the log that the file speaks of: the first line of its first note.
// Nothing is believed of it until that note is opened under the log's key.
func (v *verifier) origin() string {
	line, _, _ := strings.Cut(string(v.f.Heads[0].Note), "\n")
	return line
}

func (v *verifier) openHead(i int) {
	h := &v.heads[i]
	cp, names, err := checkpoint.Open(v.f.Heads[i].Note, v.log.Key.Verifier, v.log.Verifiers()...)
	if err != nil {
		v.fail("checkpoint", grade(err), say("checkpoint %d: %v", "检查点 %d：%v", i+1, err), remedyExport)
		return
	}
	h.cp, h.ok = cp, true
	if n := len(names) - 1; n < v.log.Quorum {
		v.fail("witness", Uncheckable, say("%d of the %d witnesses that the trust file asks for cosigned", "信任根文件要求的 %[2]d 个见证方中，仅 %[1]d 个联署", n, v.log.Quorum),
			say("export again once the witnesses have cosigned", "待见证方联署后重新导出"))
	} else if v.log.Quorum > 0 {
		v.pass("witness", say("cosigned by %s", "由 %s 联署", strings.Join(names[1:], ", ")))
	}
}

// change is a set of validators that its predecessor voted for.
type change struct{ from, to uint64 } // blocks that it seals

// followChanges believes each change of validators that the set before sealed.
func (v *verifier) followChanges() {
	for i := range v.f.Changes {
		run := v.f.Changes[i].Headers
		next, err := v.sealing.Follow(run)
		if err != nil {
			v.fail("anchor", grade(err), say("change %d of the chain's validators: %v", "链的第 %d 次验证者变更：%v", i+1, err),
				say("use a newer version of the trust file, which names the validators", "请使用列有该链验证者的新版信任根文件"))
			return
		}
		decided, _ := anchor.ParseHeader(run[len(run)-1]) // Follow has read it
		for _, s := range next.Sets {
			if s.From == decided.Number+1 {
				v.changes = append(v.changes, change{s.From, s.To})
			}
		}
		v.sealing = next
	}
}

// checkChanges refuses a change after which no block of the file stands.
func (v *verifier) checkChanges() {
	for i, c := range v.changes {
		if !slices.ContainsFunc(v.proved, func(n uint64) bool { return n >= c.from && n <= c.to }) {
			v.unused("change", i)
		}
	}
}

func (v *verifier) openAnchor(i int) {
	h := &v.heads[i]
	p := v.f.Proof(v.f.Heads[i].Anchor)
	cp := anchor.Checkpoint{LogID: anchor.LogID(h.cp.Origin), Size: h.cp.Size, Root: h.cp.Root}
	res, err := tryKeys(v, func(c anchor.Chain) (anchor.Result, error) {
		return p.Verify(c, anchor.Contract{Address: v.log.Contract, CodeHash: v.log.CodeHash}, cp)
	})
	if err != nil {
		v.fail("anchor", grade(err), say("checkpoint of %d entries: %v", "%d 条的检查点：%v", h.cp.Size, err),
			say("export again, or use the trust file that names this chain", "请重新导出，或使用包含该链的信任根文件"))
		return
	}
	h.anchor = &res
	v.proved = append(v.proved, res.ShownIn.Number)
	v.local = v.local || res.Local
	if v.local {
		v.r.Independence = "local"
	}
}

// tryKeys runs a check with each note key of the chain (they change over the
// years); the first success counts, else the gravest error.
func tryKeys[T any](v *verifier, check func(anchor.Chain) (T, error)) (out T, err error) {
	c := v.sealing
	if len(v.chain.Notes) == 0 {
		return check(c)
	}
	err = errors.New("no key")
	for i, k := range v.chain.Notes {
		c.Note = k.Verifier
		res, e := check(c)
		if e == nil {
			return res, nil
		}
		if i == 0 || grade(e) > grade(err) {
			err = e
		}
	}
	return out, err
}

// included checks an entry's place in the log.
func (v *verifier) included(raw []byte, p *file.Place) error {
	h := &v.heads[p.Head]
	return merkle.VerifyPath(merkle.Leaf(raw), p.Index, h.cp.Size, v.f.Hashes(p.Path), h.cp.Root)
}

// checkInclusion holds every logged entry against its checkpoint, by its bytes
// as they are: a changed byte is an alteration before it is a riddle.
func (v *verifier) checkInclusion() {
	n := 0
	used := make([]bool, len(v.heads))
	v.stated = make([]bool, len(v.f.Statements))
	one := func(what Text, raw []byte, p *file.Place) bool {
		used[p.Head] = true
		if !v.heads[p.Head].ok {
			return false
		}
		if err := v.included(raw, p); err != nil {
			v.fail("inclusion", grade(err), say("%s: %v", "%s：%v", what, err))
			return false
		}
		n++
		return true
	}
	for i := range v.f.Batches {
		if b := &v.f.Batches[i]; b.Log != nil && one(say("batch %d", "批次 %d", i+1), b.Header, b.Log) {
			v.batches[i].logged = true
		}
	}
	for i := range v.f.Statements {
		s := &v.f.Statements[i]
		v.stated[i] = one(say("statement %d", "声明 %d", i+1), s.Header, &s.Log)
	}
	for i := range v.heads {
		// A head serves what is proved under it, or as an earlier anchored one.
		if !used[i] && v.f.Heads[i].Anchor == nil && i < len(v.heads)-1 {
			v.unused("head", i)
		}
	}
	if n > 0 {
		v.pass("inclusion", say("%d entries", "%d 条", n))
	}
}

// anchoredAt is the earliest anchor over an entry: trees that only grew hold it
// from the first checkpoint above its index on.
func (v *verifier) anchoredAt(index uint64) *anchor.Result {
	for i := range v.heads {
		h := &v.heads[i]
		if h.ok && h.anchor != nil && h.cp.Size > index {
			return h.anchor
		}
	}
	return nil
}
