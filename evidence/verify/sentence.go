package verify

import (
	"encoding/hex"
	"slices"
	"strings"

	"fieldseal/evidence/batch"
)

// report closes the verification: verdict, subject, sentence, what is not proved.
func (v *verifier) report() *Report {
	r := v.r
	r.Checks = v.list()
	for _, c := range r.Checks {
		r.Verdict = max(r.Verdict, c.Status)
	}
	if v.f != nil {
		r.Subject = v.subject()
	}
	if v.ownerOnly && r.Verdict <= Pending {
		v.find(say("No coverage plan signed by supervision is in the file: the range is complete as configured by the owner.", "证据包中没有监管方签署的应采清单：仅按业主自行配置为完整。"))
	}
	r.Sentence = v.sentence()
	r.NotProved = v.notProved()
	return r
}

func (v *verifier) subject() *Subject {
	c := &v.f.Claim
	s := &Subject{Kind: c.Kind, Site: c.Site.String(), Gateway: c.Gateway.String(), Point: c.Point, Readings: len(v.read), Anchor: "pending"}
	if e := v.state.enrolment; e != nil {
		s.SiteName, s.GatewayName = e.SiteName, e.GatewayName
	}
	if c.Range != nil {
		s.From, s.To = c.Range.From, c.Range.To
		// Batches reach over the ends of a range, and disclose their readings whole.
		s.Readings = 0
		for _, x := range v.read {
			if x.Time >= c.Range.From && x.Time < c.Range.To {
				s.Readings++
			}
		}
		s.Gaps, _, _ = v.gapsIn()
	} else if len(v.read) == 1 {
		x := v.read[0]
		s.Value, s.Unit, s.Measured = x.Value.String(), x.Unit, x.Time
	}
	if len(v.claimed) == 0 {
		return s
	}
	s.Sealed = v.batches[v.claimed[len(v.claimed)-1]].h.Last
	anchored := true
	for _, i := range v.claimed {
		b := v.batches[i]
		// The first batch's lower and the last batch's upper bound hold the claim.
		if b.lower != nil && (s.Lower == 0 || b.lower.micros < s.Lower) {
			s.Lower = b.lower.micros
		}
		if b.upper != nil {
			s.Upper = max(s.Upper, b.upper.micros)
		}
		anchored = anchored && b.upper != nil
	}
	switch {
	case !anchored:
		s.Upper = 0
	case v.local:
		s.Anchor = "local"
	default:
		s.Anchor = "final"
	}
	if v.batches[v.claimed[0]].lower == nil {
		s.Lower = 0
	}
	if h := v.shownIn(); anchored && h != nil && h.Seal.Needed > 0 {
		s.Seals = &Seals{Chain: v.log.Chain, Block: h.Number, Needed: h.Seal.Needed, Of: h.Seal.Of}
		for _, a := range h.Seal.By {
			s.Seals.By = append(s.Seals.By, Sealer{hex.EncodeToString(a[:]), v.chain.NameOf(a)})
		}
	}
	return s
}

// sentence tells the verdict to a layman.
func (v *verifier) sentence() Text {
	switch c := v.worst(); v.r.Verdict {
	case Altered:
		return say("This file has been altered: %s.", "此证据包已被改动：%s。", c.Detail)
	case Uncheckable:
		t := say("This cannot be checked, because %s.", "无法核验：%s。", c.Detail)
		if c.Remedy != (Text{}) {
			t = say("%s What would help: %s.", "%s可行的办法：%s。", t, c.Remedy)
		}
		return v.withFindings(t)
	case Pending:
		return v.withFindings(say("%s So far it is genuine, but not yet anchored: %s; %s.", "%s目前属实，但尚未锚定：%s；%s。", v.body(), c.Detail, c.Remedy))
	}
	return v.withFindings(v.body())
}

// worst is the check that the sentence speaks of: the first of the worst, and the
// form of the file only if nothing else says why.
func (v *verifier) worst() (c Check) {
	for _, x := range v.r.Checks {
		if x.Status > c.Status || x.Status == c.Status && c.Name == "file" {
			c = x
		}
	}
	return c
}

// withFindings adds what a reader must know besides.
func (v *verifier) withFindings(t Text) Text {
	for _, f := range v.r.Findings {
		t = say("%s %s", "%s%s", t, f)
	}
	if v.local && (v.r.Verdict == Genuine || v.r.Verdict == Pending) {
		t = say("%s The chain is local: time and order rest on the log's operator alone.", "%s该链为本地链：时间与顺序仅由日志运营方担保。", t)
	}
	return t
}

// body is the sentence of a genuine claim, without remarks.
func (v *verifier) body() Text {
	s := v.r.Subject
	what := say("This reading", "此读数")
	if s.Kind == "range" && s.Readings == 0 {
		e := v.state.enrolment
		return say("No reading of %s was sealed by gateway %s of site “%s” in this range; its batches existed %s%s.", "现场“%[3]s”的网关 %[2]s 在该时段没有封签 %[1]s 的读数；各批次%[4]s%[5]s。",
			s.Point, short(batch.ID(e.Gateway)), e.SiteName, v.between(s), v.complete(s))
	}
	switch {
	case s.Kind == "range" && s.Readings == 1:
		what = say("The one reading of %s", "%s 的唯一读数", s.Point)
	case s.Kind == "range":
		what = say("These %d readings of %s", "%[2]s 的这 %[1]d 个读数", s.Readings, s.Point)
	case s.Value != "":
		what = say("This reading (%s: %s)", "此读数（%s：%s）", s.Point, strings.TrimSpace(s.Value+" "+s.Unit))
	}
	e := v.state.enrolment
	was := "was"
	if s.Kind == "range" && s.Readings != 1 {
		was = "were"
	}
	by := say(was+" sealed by gateway %s of site “%s”", "由现场“%[2]s”的网关 %[1]s 封签", short(batch.ID(e.Gateway)), e.SiteName)
	return say("%s existed %s, %s%s.", "%s%s，%s%s。", what, v.between(s), by, v.complete(s))
}

// between tells the bounds, the date once if it is the same.
func (v *verifier) between(s *Subject) Text {
	zone := v.zoneName(max(s.Upper, s.Sealed))
	switch {
	case s.Upper != 0 && s.Lower != 0:
		lo, hi := v.moment(s.Lower), v.moment(s.Upper)
		if lo[:10] == hi[:10] {
			hi = hi[11:]
		}
		return say("between %s and %s (%s)", "存在于 %s 至 %s 之间（%s）", lo, hi, zone)
	case s.Upper != 0:
		return say("before %s (%s)", "在 %s（%s）之前已存在", v.moment(s.Upper), zone)
	case s.Lower != 0:
		return say("not before %s (%s)", "不早于 %s（%s）", v.moment(s.Lower), zone)
	}
	return say("by the gateway's clock at %s (%s)", "按网关时钟在 %s（%s）", v.moment(s.Sealed), zone)
}

// complete tells what is missing in a range: nothing, or signed gaps.
func (v *verifier) complete(s *Subject) Text {
	if s.Kind != "range" {
		return Text{}
	}
	from, to := v.moment(s.From), v.moment(s.To)
	if from[:10] == to[:10] {
		to = to[11:]
	}
	n, total, causes := v.gapsIn()
	if n == 0 {
		return say(", and nothing is missing between %s and %s", "，且 %s 至 %s 之间无一缺失", from, to)
	}
	var en, zh []string
	for _, c := range causes {
		t := causeText(c.String())
		en, zh = append(en, t.EN), append(zh, t.ZH)
	}
	why := Text{strings.Join(en, ", "), strings.Join(zh, "、")}
	return say(", and nothing is missing between %s and %s but %d signed gap(s) of %s in all (%s)", "，且 %s 至 %s 之间除 %d 处已签署的缺口（共%s：%s）外无一缺失", from, to, n, span(total), why)
}

func causeText(en string) Text {
	zh := map[string]string{"unknown": "原因不明", "no answer": "仪器无应答", "bus fault": "总线故障", "journal bound": "本地日志容量所限",
		"agent stopped cleanly": "采集程序正常停止", "agent restarted": "采集程序重启", "machine restarted": "设备重启",
		"clock not set": "时钟未校准", "no value from the instrument": "仪器未给出数值"}
	return Text{en, zh[en]}
}

// notProved is printed beside every verdict.
func (v *verifier) notProved() []Text {
	out := []Text{
		say("where the instrument's probe hung, and whether the world was as it measured", "仪器探头装在何处，以及实际情况是否如其所测"),
		say("what records say that this file does not disclose", "证据包未出示的记录的内容"),
	}
	if v.f == nil {
		return out
	}
	if slices.ContainsFunc(v.read, func(x claimedReading) bool { return x.Path == 4 }) {
		out = append(out, say("what happened to the bytes on the public network before the gateway sealed them", "字节在公共网络上、由网关封签之前的经过"))
	} else {
		out = append(out, say("what happened to the bytes between the instrument and the gateway", "字节在仪器与网关之间的经过"))
	}
	if v.f.Claim.Range == nil {
		out = append(out, say("whether other readings of the same time exist: this file claims one reading", "同一时间是否另有读数：本证据包只声称这一个"))
	} else {
		out = append(out, say("whether the log holds a run of this gateway that neither links to the one shown nor is in this file, or batches sealed after the closing header with the clock set back into the range",
			"存证日志中是否另有未与所示批次相连的批次，或在封闭批次之后将时钟拨回本时段而封签的批次"))
	}
	if !v.f.Claim.Frames {
		out = append(out, say("that the values follow from the instrument's raw bytes: these are not disclosed", "数值确由仪器原始字节得出：原始帧未出示"))
	}
	if len(v.state.plans) == 0 {
		out = append(out, say("that the owner's configuration is what supervision asked for: no coverage plan is in force here", "业主的配置符合监管要求：此处没有生效的应采清单"))
	}
	if h := v.shownIn(); !v.local && h != nil && h.Seal.Needed > 0 {
		out = append(out, say("time and order against %d of the chain's %d validators, should they act together", "相对于链上 %[2]d 个验证者中 %[1]d 个合谋时的时间与顺序", h.Seal.Needed, h.Seal.Of))
	}
	if v.chain != nil && v.chain.Registry != nil && v.f.Register == nil {
		out = append(out, say("what the chain's register says of the gateway, its site and who may read it: the file does not show it", "链上登记簿对该网关、现场及读取许可的记载：证据包未示出"))
	}
	if v.byReceipt() {
		out = append(out, say("that the contract's code is the one that the trust file names: a receipt does not show it, and it rests on who issued that file", "合约代码即信任根文件所列：回执不能示出代码，此点依赖该文件的签发方"))
	}
	if v.local {
		out = append(out, say("time and order against the log's operator, who runs this chain alone", "相对于日志运营方的时间与顺序：该链由其独自运行"))
	}
	return out
}
