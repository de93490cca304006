package verify

import (
	"encoding/hex"
	"slices"
	"strings"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
)

// slack is how far, in µs, a gateway's clock may leave the bounds without a
// remark, besides the bound that its header declares: block times are whole
// seconds of another machine's clock.
const slack = 60_000_000

// checkBounds proves the named blocks, spreads the lower bound to the batches
// that follow, and holds the gateway's clock against both bounds.
func (v *verifier) checkBounds() {
	v.checkBlocks()
	v.checkGossip()
	for _, b := range v.batches {
		if b.prev >= 0 && v.batches[b.prev].lower != nil {
			if p := v.batches[b.prev].lower; b.lower == nil || p.micros > b.lower.micros {
				b.lower = p
			}
		}
	}
	v.checkClock()
	v.checkAnchored()
}

// checkBlocks checks each block of the file that headers name.
func (v *verifier) checkBlocks() {
	type key = batch.Block
	naming := map[key][]*sealed{}
	for _, b := range v.batches {
		if b.h != nil && b.signed && b.h.Block != nil {
			naming[*b.h.Block] = append(naming[*b.h.Block], b)
		}
	}
	shown := map[int]bool{}          // blocks that anchors are shown in
	done := map[int]*anchor.Header{} // those whose seals the anchor's check has found good
	for i := range v.f.Heads {
		if a := v.f.Heads[i].Anchor; a != nil {
			shown[a.Block] = true
			if r := v.heads[i].anchor; r != nil {
				done[a.Block] = &r.ShownIn
			}
		}
	}
	if r := v.f.Register; r != nil {
		shown[r.Block] = true
	}
	n := 0
	seen := map[[32]byte]bool{}
	for i := range v.f.Blocks {
		if v.log == nil {
			return
		}
		h, err := v.sealedBlock(i, done[i])
		if err != nil {
			if !shown[i] { // else the check of anchor or register says so
				v.fail("block", grade(err), say("block %d of the file: %v", "证据包第 %d 个区块：%v", i+1, err),
					say("export again, or use the trust file that names this chain", "请重新导出，或使用包含该链的信任根文件"))
			}
			continue
		}
		if seen[h.Hash] {
			v.unused("block", i) // the same with its seals in another order
			continue
		}
		seen[h.Hash] = true
		v.proved = append(v.proved, h.Number)
		v.blocks[i] = &h
		users := naming[key{Number: h.Number, Hash: h.Hash}]
		if len(users) == 0 && !shown[i] {
			if v.state.enrolment == nil {
				continue // no header could be believed
			}
			if slices.ContainsFunc(v.batches, func(b *sealed) bool {
				return b.h != nil && b.signed && b.h.Block != nil && b.h.Block.Number == h.Number
			}) {
				v.fail("block", Altered, say("block %d is not the one of this number that a header names", "区块 %d 并非批次头所引的同号区块", h.Number))
			} else {
				v.unused("block", i)
			}
			continue
		}
		for _, b := range users {
			n++
			b.lower = &bound{int64(h.Time) * 1_000_000, h.Number}
			if b.upper != nil && b.upper.block <= h.Number {
				v.fail("block", Altered, say("batch %s names block %d but was anchored in block %d", "批次 %s 引用区块 %d，却在区块 %d 中锚定", b.h.Name(), h.Number, b.upper.block))
			}
		}
	}
	v.checkChanges()
	if n > 0 {
		v.pass("block", say("%d headers name a proven block", "%d 个批次头引用了已证实的区块", n))
	}
}

// sealedBlock checks a block's seals, unless that is done.
func (v *verifier) sealedBlock(i int, done *anchor.Header) (anchor.Header, error) {
	if done != nil {
		return *done, nil
	}
	return tryKeys(v, v.f.Blocks[i].Sealed().Verify)
}

// checkGossip holds the checkpoints that headers name against those of the file.
func (v *verifier) checkGossip() {
	for _, b := range v.batches {
		if b.h == nil || !b.signed || b.h.Checkpoint == nil {
			continue
		}
		for _, h := range v.heads {
			if h.ok && h.cp.Size == b.h.Checkpoint.Size && h.cp.Root != b.h.Checkpoint.Root {
				v.fail("consistency", Altered, say("at %d entries the gateway saw another tree than this checkpoint: the log showed two histories", "在 %d 条处，网关所见与此检查点不同：日志曾出示两种历史", h.cp.Size))
			}
		}
	}
}

// checkClock compares the gateway's clock with the bounds of each claimed batch.
func (v *verifier) checkClock() {
	lowers, unnamed := 0, 0
	for _, i := range v.claimed {
		b := v.batches[i]
		if !b.signed {
			return
		}
		off := int64(slack) + int64(min(b.h.Clock.Bound, 1<<50))
		if b.lower != nil {
			lowers++
			if b.h.Last+off < b.lower.micros {
				v.fail("clock", Uncheckable, say("the gateway's clock said %s when it closed batch %s, but the block that it names is of %s: the clock was set back by %s or more",
					"网关封闭批次 %[2]s 时其时钟为 %[1]s，但所引区块的时间是 %[3]s：时钟至少被拨回 %[4]s", v.moment(b.h.Last), b.h.Name(), v.moment(b.lower.micros), span(b.lower.micros-b.h.Last)),
					say("do not rely on the gateway's own time; rely on the bounds", "请勿依据网关自身时间，应以时间上下限为准"))
			}
		} else if b.h.Block != nil || v.ancestorNames(i) {
			v.fail("block", Uncheckable, say("the block that batch %s names is not in the file, so nothing shows that it was not sealed earlier", "批次 %s 所引区块不在证据包中，无法证明其封签不早于此", b.h.Name()), remedyExport)
		} else {
			unnamed++
		}
		if b.upper != nil && b.h.First-off > b.upper.micros {
			v.fail("clock", Uncheckable, say("the gateway's clock said %s when it opened batch %s, but the batch was anchored at %s: the clock was ahead by %s or more",
				"网关开启批次 %[2]s 时其时钟为 %[1]s，但该批次在 %[3]s 已锚定：时钟至少快了 %[4]s", v.moment(b.h.First), b.h.Name(), v.moment(b.upper.micros), span(b.h.First-b.upper.micros)),
				say("do not rely on the gateway's own time; rely on the bounds", "请勿依据网关自身时间，应以时间上下限为准"))
		}
	}
	if len(v.claimed) == 0 {
		return
	}
	first := v.batches[v.claimed[0]]
	if unnamed > 0 {
		v.find(say("%d of %d batches name no block (the gateway had no final one yet): before the upper bound only the gateway's key vouches for the time.", "%[2]d 个批次中有 %[1]d 个未引用区块（当时尚无）：上限之前的时间仅由网关密钥担保。", unnamed, len(v.claimed)))
	}
	if first.h.Clock.Source == batch.ClockUnset {
		v.find(say("The gateway's clock had not been set.", "网关时钟当时未校准。"))
	}
	v.pass("clock", say("set by: %v; within the bounds", "校时方式：%v；在时间界限之内", clockText(first.h.Clock.Source)))
	if w := v.width(); v.Trust != nil && w > int64(v.Trust.Bound)*1_000_000 {
		v.find(say("Between the lower and the upper bound lie %s: within these only the gateway's key vouches.", "时间上下限之间相隔%s：这段时间内仅由网关密钥担保。", span(w)))
	}
}

func clockText(s batch.ClockSource) Text {
	zh := map[batch.ClockSource]string{batch.ClockUnset: "未校准", batch.ClockRTC: "电池时钟", batch.ClockManual: "人工"}[s]
	return Text{s.String(), zh}
}

func (v *verifier) ancestorNames(i int) bool {
	for ; i >= 0; i = v.batches[i].prev {
		if h := v.batches[i].h; h != nil && h.Block != nil {
			return true
		}
	}
	return false
}

// width is the greatest distance between the bounds of a claimed batch; 0 where
// one is not known.
func (v *verifier) width() (w int64) {
	for _, i := range v.claimed {
		if b := v.batches[i]; b.lower != nil && b.upper != nil {
			w = max(w, b.upper.micros-b.lower.micros)
		}
	}
	return w
}

// checkAnchored asks that a believed anchor stands over every claimed batch.
func (v *verifier) checkAnchored() {
	if v.log == nil || len(v.claimed) == 0 {
		return
	}
	for _, i := range v.claimed {
		b := v.batches[i]
		if !b.signed {
			return
		}
		if !b.placed {
			v.fail("inclusion", Uncheckable, say("no logged header chains to batch %s", "没有已入日志的批次头链接到批次 %s", b.h.Name()), remedyExport)
			return
		}
	}
	for _, i := range v.claimed {
		if b := v.batches[i]; b.upper == nil {
			size := v.heads[len(v.heads)-1].cp.Size
			v.fail("anchor", Pending, say("sealed at %s and logged under the checkpoint of %d entries, which is not anchored yet", "已于 %s 封签，并在含 %d 条的检查点下入日志，尚未锚定", v.moment(b.h.Last), size),
				say("export again after the next anchor, expected by %s", "预计最迟 %s 锚定，届时请重新导出", v.moment(max(v.Now, b.h.Last)+int64(v.log.Interval+30)*1_000_000)))
			return
		}
	}
	last := v.batches[v.claimed[len(v.claimed)-1]]
	word := say("final", "终局")
	if v.local {
		word = say("local: the log's operator runs this chain alone", "本地：该链由日志运营方独自运行")
	}
	if h := v.shownIn(); h != nil && h.Seal.Needed > 0 {
		sealed := say("%s: sealed by %s; %d of %d validators, %d needed", "%s：由 %s 封签；%[4]d 个验证者中的 %[3]d 个，至少需 %[5]d 个",
			independenceText(v.r.Independence), v.sealers(h.Seal.By), len(h.Seal.By), h.Seal.Of, h.Seal.Needed)
		if v.chain.Profile == string(anchor.Clique) {
			sealed = say("%s: built on by %s; %d of %d validators, %d needed", "%s：其后由 %s 继续出块；%[4]d 个验证者中的 %[3]d 个，至少需 %[5]d 个",
				independenceText(v.r.Independence), v.sealers(h.Seal.By), len(h.Seal.By), h.Seal.Of, h.Seal.Needed)
		}
		word = say("%s, %s", "%s，%s", word, sealed)
	}
	if v.byReceipt() {
		word = say("%s; shown by the receipt of the transaction that anchored it", "%s；以锚定交易的回执示出", word)
	}
	v.pass("anchor", say("block %d of chain %d, %s %s (%s)", "链 %[2]d 的区块 %[1]d，%[3]s %[4]s（%[5]s）", last.upper.block, v.log.Chain, v.moment(last.upper.micros), v.zoneName(last.upper.micros), word))
}

// byReceipt reports whether a claimed batch's anchor is shown by a receipt, which
// leaves the contract's code to the trust file.
func (v *verifier) byReceipt() bool {
	for i := range v.heads {
		if a := v.heads[i].anchor; a != nil && a.Receipt && slices.ContainsFunc(v.claimed, func(c int) bool {
			b := v.batches[c]
			return b.upper != nil && b.upper.block == a.Number
		}) {
			return true
		}
	}
	return false
}

// shownIn is the block in which the last claimed batch's anchor is shown.
func (v *verifier) shownIn() *anchor.Header {
	if len(v.claimed) == 0 {
		return nil
	}
	if b := v.batches[v.claimed[len(v.claimed)-1]]; b.upper != nil {
		for i := range v.heads {
			if a := v.heads[i].anchor; a != nil && a.Number == b.upper.block {
				return &a.ShownIn
			}
		}
	}
	return nil
}

// sealers names who sealed a block: the organisations of the trust file, with the
// account of each.
func (v *verifier) sealers(by [][20]byte) Text {
	var en, zh []string
	for _, a := range by {
		short := "0x" + hex.EncodeToString(a[:4]) + "…"
		name := v.chain.NameOf(a)
		if name == "" {
			en, zh = append(en, short), append(zh, short)
			continue
		}
		en, zh = append(en, name+" ("+short+")"), append(zh, name+"（"+short+"）")
	}
	return Text{strings.Join(en, ", "), strings.Join(zh, "、")}
}

// independenceText says who runs a chain, by the trust file.
func independenceText(s string) Text {
	switch s {
	case "consortium":
		return Text{"a consortium's chain, independent of the log's operator", "联盟链，独立于日志运营方"}
	case "public":
		return Text{"a public chain, independent of the log's operator", "公有链，独立于日志运营方"}
	}
	return Text{"not independent of the log's operator", "不独立于日志运营方"}
}
