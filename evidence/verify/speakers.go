package verify

import (
	"fieldseal/evidence/batch"
	"fieldseal/evidence/record"
)

// rivalry groups headers that cannot all stand in one honest chain: those of one
// identity, and those that grow from one header or begin one key.
type rivalry struct {
	identity map[identity][]int
	grown    map[[32]byte][]int
}

type identity struct {
	boot record.BootID
	seq  uint64
}

func (v *verifier) rivals() rivalry {
	r := rivalry{map[identity][]int{}, map[[32]byte][]int{}}
	for i, b := range v.batches {
		if b.h == nil || !b.signed {
			continue
		}
		id := identity{b.h.Boot, b.h.Seq}
		r.identity[id] = append(r.identity[id], i)
		if from, ok := growsFrom(b); ok {
			r.grown[from] = append(r.grown[from], i)
		}
	}
	return r
}

// growsFrom is the digest that a header names; all zero for the first of a key.
// A header whose predecessor was lost grows from nothing that is known.
func growsFrom(b *sealed) (from [32]byte, ok bool) {
	if b.h.NoPrev == batch.PreviousKnown {
		return b.h.Prev, true
	}
	return from, b.h.NoPrev == batch.PreviousFirst
}

// of lists the rivals of a header, itself among them.
func (r rivalry) of(b *sealed) []int {
	if b.h == nil || !b.signed {
		return nil
	}
	out := r.identity[identity{b.h.Boot, b.h.Seq}]
	if from, ok := growsFrom(b); ok {
		out = append(out[:len(out):len(out)], r.grown[from]...)
	}
	return out
}

// checkSpeakers looks for what one honest gateway cannot leave behind: two
// contents of one identity, or two runs that grow from one header.
func (v *verifier) checkSpeakers() {
	if len(v.claimed) == 0 {
		return
	}
	groups := v.rivals()
	for i, b := range v.batches {
		for _, j := range groups.of(b) {
			if j < i && v.batches[j].digest != b.digest {
				v.judgeRivals(v.batches[j], b)
			}
		}
	}
	v.checkOverlap()
	v.pass("speakers", say("no header of the file contradicts another", "证据包中的批次头互不矛盾"))
}

func (v *verifier) judgeRivals(a, b *sealed) {
	if a.h.Boot == b.h.Boot && a.h.Seq == b.h.Seq {
		v.fail("speakers", Uncheckable, say("equivocation: the gateway's key signed two contents for batch %s, which an honest gateway never does", "自相矛盾：该网关密钥为批次 %s 签署了两种内容，诚实的网关绝不会如此", a.h.Name()),
			say("ask the site for the gateway itself; its key may be in other hands", "请向现场调取网关本身；其密钥可能已落入他人之手"))
		return
	}
	aFrom, aTo := v.branch(a)
	bFrom, bTo := v.branch(b)
	if aFrom <= bTo && bFrom <= aTo {
		v.fail("speakers", Uncheckable, say("two speakers: two runs of batches grow from one header and ran at the same time (%s to %s, and %s to %s), so the gateway was copied and nobody can say which of the two was on the site",
			"两个发言者：两段批次源自同一批次头且同时运行（%s 至 %s，与 %s 至 %s），网关已被复制，无法分辨哪一台在现场", v.moment(aFrom), v.moment(aTo), v.moment(bFrom), v.moment(bTo)),
			say("ask the site which gateway is its own, revoke the key and enrol anew", "请向现场确认真正的网关，吊销密钥并重新登记"))
		return
	}
	v.find(say("Rollback: two runs of batches grow from one header (%s to %s, and %s to %s): the gateway's card was restored from a copy. Both runs are kept and shown.",
		"回滚：两段批次源自同一批次头（%s 至 %s，与 %s 至 %s）：网关存储卡曾由副本恢复。两段均已保留并出示。", v.moment(aFrom), v.moment(aTo), v.moment(bFrom), v.moment(bTo)))
}

// branch is the stretch of the wall clock from a header to the latest end of the
// runs that grow from it, as far as the file shows them: a fork within a run must
// not hide when its other arm ran.
func (v *verifier) branch(b *sealed) (from, to int64) {
	from, to = b.h.First, b.h.Last
	for queue := []*sealed{b}; len(queue) > 0; queue = queue[1:] {
		for _, i := range queue[0].next {
			if n := v.batches[i]; n.h != nil && n.signed {
				to = max(to, n.h.Last)
				queue = append(queue, n)
			}
		}
	}
	return from, to
}

// checkOverlap finds wall-clock time that was sealed twice along one chain.
func (v *verifier) checkOverlap() {
	for _, b := range v.batches {
		if b.prev < 0 || b.h == nil || !b.signed {
			continue
		}
		p := v.batches[b.prev]
		if p.signed && b.h.First < p.h.Last {
			v.find(say("The gateway's clock was set back by %s between batch %s and the next: the time from %s to %s was sealed twice, and the file holds both runs.",
				"网关时钟在批次 %[2]s 之后被拨回%[1]s：%[3]s 至 %[4]s 这段时间被封签两次，证据包含两段。", span(p.h.Last-b.h.First), p.h.Name(), v.moment(b.h.First), v.moment(p.h.Last)))
		}
	}
}
