package verify

import (
	"cmp"
	"slices"

	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// checkCompleteness asks, for a range, whether every reading of the point that
// was sealed is in the file, and whether what the plan asks for was sealed.
func (v *verifier) checkCompleteness() {
	rng := v.f.Claim.Range
	if rng == nil {
		if len(v.state.plans) > 0 {
			v.checkReadingPlan()
		}
		return
	}
	if len(v.claimed) == 0 || !v.good("signature") {
		return
	}
	v.checkContents()
	v.checkLinks()
	v.checkEnds()
	v.checkPlan()
}

// checkContents asks for the contents record of every batch of the range, and
// for every reading of the point and every gap that it lists.
func (v *verifier) checkContents() {
	for _, i := range v.claimed {
		b := v.batches[i]
		if b.contents == nil {
			if !v.lost(b) {
				v.fail("contents", Uncheckable, say("batch %s lies in the range and its contents record is withheld", "批次 %s 在时段内，但其目录记录未出示", b.h.Name()), remedyExport)
			}
			continue
		}
		if run, ok := b.contents.Of(record.KindGap); ok {
			for leaf := run.First; leaf < run.First+run.Count; leaf++ {
				if b.leaves[leaf] == nil {
					v.fail("contents", Uncheckable, say("leaf %d of %s is a gap record and is withheld; it may speak of the point", "批次 %[2]s 第 %[1]d 条是缺口记录，但未出示，可能涉及该测点", leaf, b.h.Name()), remedyExport)
				}
			}
		}
		run, ok := b.contents.Point(v.f.Claim.Point)
		if !ok {
			continue
		}
		for leaf := run.First; leaf < run.First+run.Count; leaf++ {
			if b.leaves[leaf] == nil {
				v.fail("contents", Uncheckable, say("leaf %d of %s is a reading of the point and is withheld", "批次 %[2]s 第 %[1]d 条是该测点的读数，但未出示", leaf, b.h.Name()), remedyExport)
			}
		}
	}
	v.pass("contents", say("%d readings in %d batches, none withheld", "%[2]d 个批次中共 %[1]d 个读数，无一隐去", len(v.read), len(v.claimed)))
}

// lost reports whether a signed gap says that the journal's bound took the batch.
func (v *verifier) lost(b *sealed) bool {
	return slices.ContainsFunc(v.gaps, func(g signedGap) bool {
		l := g.Lost
		return l != nil && l.Boot == b.h.Boot && b.h.Seq >= l.First && b.h.Seq <= l.Last
	})
}

// checkLinks asks that the batches of the range are one linked run: each names
// the digest of the one before, and sequences do not jump.
func (v *verifier) checkLinks() {
	roots := 0
	for _, b := range v.batches {
		if b.h == nil {
			continue
		}
		if b.prev < 0 {
			roots++
			if roots > 1 {
				// Another beginning is a break, unless it only proves a rival.
				v.fail("links", Uncheckable, say("batch %s does not link to the run before it%s: what was sealed between them is not known", "批次 %s 未与前段相连%s：其间封签了什么不得而知", b.h.Name(), whyUnlinked(b.h.NoPrev)), remedyExport)
			}
			continue
		}
		p := v.batches[b.prev].h
		if p.Boot == b.h.Boot && b.h.Seq != p.Seq+1 || p.Boot != b.h.Boot && b.h.Seq != 0 {
			v.fail("links", Uncheckable, say("batch %s follows %s: the sequence jumps", "批次 %s 接在 %s 之后：序号跳跃", b.h.Name(), p.Name()))
		}
	}
	v.pass("links", say("%d headers, each naming the one before", "%d 个批次头逐一相连", len(v.batches)))
}

func whyUnlinked(why batch.NoPrevious) Text {
	switch why {
	case batch.PreviousLost:
		return say(" (the gateway says that its journal was lost)", "（网关称其本地日志已丢失）")
	case batch.PreviousFirst:
		return say(" (the gateway says that it is the first of its key)", "（网关称其为该密钥的首个批次）")
	}
	return Text{}
}

// checkEnds asks for a header before the range and one after it.
func (v *verifier) checkEnds() {
	rng := v.f.Claim.Range
	root := v.batches[slices.IndexFunc(v.batches, func(b *sealed) bool { return b.h != nil && b.prev < 0 })]
	switch {
	case root.h.Last < rng.From:
		v.pass("opening", say("batch %s closed before the range began", "批次 %s 在时段开始前已封闭", root.h.Name()))
	case root.h.NoPrev == batch.PreviousFirst:
		v.pass("opening", say("batch %s is the first of the gateway's key", "批次 %s 是该网关密钥的首个批次", root.h.Name()))
		if root.h.First > rng.From {
			v.find(say("The gateway began to seal at %s, within the range.", "该网关自 %s 起才开始封签。", v.moment(root.h.First)))
		}
	default:
		v.fail("opening", Uncheckable, say("no header before the range is in the file%s", "证据包中没有该时段之前的批次头%s", whyUnlinked(root.h.NoPrev)), remedyExport)
	}
	open := 0
	for _, b := range v.batches {
		if b.h == nil || len(b.next) > 0 {
			continue
		}
		if b.h.First >= rng.To {
			v.pass("closing", say("batch %s opened after the range had ended", "批次 %s 在时段结束后开启", b.h.Name()))
		} else {
			open++
		}
	}
	if c := v.at("closing"); !c.ran {
		v.fail("closing", Uncheckable, say("no header after the range is in the file, so the newest batches may be missing", "证据包中没有该时段之后的批次头，最新的批次可能缺失"),
			say("export again after the gateway has sealed a batch later than %s", "待网关在 %s 之后封签批次，再重新导出", v.moment(rng.To)))
	} else if open > 0 && c.Status == Genuine {
		v.find(say("%d abandoned run(s) end within the range; what else they sealed is not known.", "有 %d 段批次在时段内中止，其后是否还有封签不得而知。", open))
	}
}

// checkReadingPlan tells which plan a single reading falls under.
func (v *verifier) checkReadingPlan() {
	for _, x := range v.read {
		if p := v.planAt(x.Time); p != nil {
			p.held = true
		}
	}
	v.unusedPlans()
	// A single reading raises no question of completeness; its plan was held
	// against the profile.
	if c := v.at("plan"); c.ran && c.Status == Genuine {
		c.ran = false
	}
}

func (v *verifier) unusedPlans() {
	for i := range v.state.plans {
		p := &v.state.plans[i]
		if p.held {
			continue
		}
		v.fail("file", Uncheckable, say("a coverage plan of the file is not in force for the claim", "证据包中有一份应采清单与声称的时间无关"), remedyExport)
	}
}

// silence is a stretch without a reading.
type silence struct{ from, to, limit int64 }

// checkPlan holds the readings and signed gaps against the greatest interval of
// the plans in force, from moment to moment; without a plan it says so.
func (v *verifier) checkPlan() {
	if len(v.state.plans) == 0 {
		v.ownerOnly = v.good("plan")
		return
	}
	reigns, ok := v.reigns()
	if !ok {
		v.fail("plan", Uncheckable, say("no coverage plan in force covers the whole range", "没有应采清单覆盖整个时段"), remedyExport)
		return
	}
	longest := uint64(0)
	for i := range reigns {
		r := &reigns[i]
		want, ok := r.plan.Of(v.f.Claim.Point)
		if !ok || want.Gateway != v.f.Claim.Gateway {
			v.fail("plan", Uncheckable, say("the coverage plan in force from %s does not ask this gateway for %s", "自 %s 起生效的应采清单未要求该网关采集 %s", v.moment(r.from), v.f.Claim.Point))
			return
		}
		r.limit = int64(min(want.MaxInterval, 1<<60))
		longest = max(longest, want.MaxInterval)
	}
	for _, s := range v.silences(reigns) {
		v.fail("plan", Uncheckable, say("from %s to %s there is neither a reading nor a signed gap; the plan asks for one every %s", "%s 至 %s 既无读数也无已签署的缺口；应采清单要求至少每%s一次",
			v.moment(s.from), v.moment(s.to), span(s.limit)),
			say("ask the site what happened, and whether another gateway was at work", "请向现场了解情况，并确认是否另有网关工作"))
	}
	for _, i := range v.claimed {
		if m := v.planAt(v.batches[i].h.First); m != nil {
			m.held = true
		}
	}
	v.unusedPlans()
	v.pass("plan", say("signed by %s: at least every %s", "%s签署：至少每%s一次", reigns[0].plan.signer, span(int64(longest))))
}

// reign is a stretch of the range in which one plan is in force.
type reign struct {
	from, to int64 // Unix µs, to excluded
	plan     *plan
	limit    int64 // µs between two readings at the most
}

// reigns are the plans in force over the range, one after another; ok is false where
// a moment of it has none. Which plan is in force changes only where one begins or ends.
func (v *verifier) reigns() (out []reign, ok bool) {
	rng := v.f.Claim.Range
	turns := []int64{rng.From}
	for i := range v.state.plans {
		p := &v.state.plans[i]
		for _, t := range [...]int64{p.From, p.Until} {
			if t > rng.From && t < rng.To {
				turns = append(turns, t)
			}
		}
	}
	slices.Sort(turns)
	for i, t := range slices.Compact(turns) {
		p := v.planAt(t)
		if p == nil {
			return nil, false
		}
		p.held = true
		if i > 0 {
			if last := &out[len(out)-1]; last.plan != p {
				last.to = t
			} else {
				continue
			}
		}
		out = append(out, reign{from: t, to: rng.To, plan: p})
	}
	return out, true
}

// limitIn is the longest of the limits that hold somewhere between two moments: a
// stretch that reaches over a change of plans may be as long as either allows.
func limitIn(reigns []reign, from, to int64) (limit int64) {
	for _, r := range reigns {
		if r.from < to && r.to > from {
			limit = max(limit, r.limit)
		}
	}
	return limit
}

// silences are the stretches of the range longer than their limit that neither a
// reading ends nor a signed gap explains.
func (v *verifier) silences(reigns []reign) (out []silence) {
	rng := v.f.Claim.Range
	var times []int64
	for _, x := range v.read {
		if x.Time >= rng.From && x.Time < rng.To {
			times = append(times, x.Time)
		}
	}
	slices.SortFunc(times, func(a, b int64) int { return cmp.Compare(a, b) })
	last := rng.From
	for _, t := range append(times, rng.To) {
		if limit := limitIn(reigns, last, t); t-last > limit && !v.explained(last, t, limit) {
			out = append(out, silence{last, t, limit})
		}
		last = t
	}
	return out
}

// explained reports whether signed gaps leave no stretch above limit in between.
func (v *verifier) explained(from, to, limit int64) bool {
	at := from
	for _, g := range v.gaps {
		if g.To <= at || g.From >= to || !g.Covers(v.f.Claim.Point) {
			continue
		}
		if g.From-at > limit {
			return false
		}
		at = max(at, g.To)
	}
	return to-at <= limit
}

// gapsIn counts the signed gaps of the point in the range and their length, and
// lists the causes that were observed.
func (v *verifier) gapsIn() (n int, total int64, causes []record.Cause) {
	rng := v.f.Claim.Range
	for _, g := range v.gaps {
		if rng == nil || !g.Covers(v.f.Claim.Point) || g.From >= rng.To || g.To <= rng.From {
			continue
		}
		n++
		total += min(g.To, rng.To) - max(g.From, rng.From)
		if !slices.Contains(causes, g.Cause) {
			causes = append(causes, g.Cause)
		}
	}
	return n, total, causes
}
