package verify

import (
	"cmp"
	"slices"

	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
)

// states are the statements of the file that were believed.
type states struct {
	enrolment *statement.Enrolment
	enrolled  uint64 // its place in the log
	list      *statement.StatusList
	listAt    int64 // Unix µs
	plans     []plan
	steps     []step
}

// step is what the notary recorded about an alarm.
type step struct {
	*statement.AlarmStep
	at    int64 // Unix µs
	index uint64
}

type plan struct {
	*statement.Coverage
	at     int64 // when it was stated, Unix µs
	signer string
	key    [32]byte // id of the signer's key
	held   bool     // the claim was held against it
}

// openStatements checks who signed each statement, its body, and that the file
// holds one enrolment, one status list and otherwise plans.
func (v *verifier) openStatements() {
	enrolments, lists := 0, 0
	for i := range v.f.Statements {
		s := &v.f.Statements[i]
		sig, err := statement.Parse(s.Header)
		if err != nil {
			v.fail("file", grade(err), say("statement %d: %v", "声明 %d：%v", i+1, err), remedyExport)
			continue
		}
		name := map[statement.Type]string{statement.TypeEnrolment: "enrolment", statement.TypeStatusList: "status", statement.TypeCoverage: "plan", statement.TypeAlarm: "recorded"}[sig.Type]
		if name == "" {
			v.unused("statement", i)
			continue
		}
		switch sig.Type {
		case statement.TypeEnrolment:
			enrolments++
		case statement.TypeStatusList:
			lists++
		}
		body, err := sig.Open(s.Body)
		if err != nil {
			v.fail(name, grade(err), say("%v", "%v", err), remedyExport)
			continue
		}
		signer, ok := v.signed(name, sig)
		if sig.Origin != v.origin() && (ok || v.good(name)) {
			v.fail(name, Uncheckable, say("the %v is for the log %q", "%v属于日志 %q", typeText(sig.Type), sig.Origin), remedyExport)
			continue
		}
		// Where its place in the log is not shown a statement proves nothing, but
		// that place's own check, or its head's, says so already.
		if !ok || !v.stated[i] {
			continue
		}
		switch b := body.(type) {
		case *statement.Enrolment:
			v.takeEnrolment(b, s.Log.Index, signer)
		case *statement.StatusList:
			v.state.list, v.state.listAt = b, sig.Time
		case *statement.Coverage:
			if b.Site != v.f.Claim.Site {
				v.unused("statement", i)
				continue
			}
			v.state.plans = append(v.state.plans, plan{Coverage: b, at: sig.Time, signer: signer, key: sig.Issuer})
		case *statement.AlarmStep:
			if b.Site != v.f.Claim.Site || !b.Concerns(v.f.Claim.Gateway, v.f.Claim.Point) {
				v.unused("statement", i)
				continue
			}
			v.state.steps = append(v.state.steps, step{b, sig.Time, s.Log.Index})
		}
	}
	if enrolments > 1 || lists > 1 {
		v.fail("file", Uncheckable, say("%d enrolments and %d status lists, where one of each is needed", "登记声明 %d 份、状态清单 %d 份，各需一份", enrolments, lists), remedyExport)
	}
	if enrolments == 0 {
		v.fail("enrolment", Uncheckable, say("the gateway's enrolment is not in the file", "证据包中没有该网关的登记声明"), remedyExport)
	}
	if lists == 0 {
		v.fail("status", Uncheckable, say("there is no status list in the file, so nobody says that the key was not revoked", "证据包中没有状态清单，无从得知密钥是否被吊销"), remedyExport)
	}
}

// signed checks a statement's signature under a key of the trust file.
func (v *verifier) signed(name string, sig *statement.Signed) (signer string, ok bool) {
	if v.Trust == nil {
		return "", false
	}
	if sig.Type == statement.TypeAlarm {
		return v.signedByLog(name, sig)
	}
	list, who := v.Trust.Authorities, say("enrolment authority", "登记机构")
	if sig.Type == statement.TypeCoverage {
		list, who = v.Trust.Supervisors, say("supervision", "监管方")
	}
	s, found, valid := trust.Find(list, sig.Issuer, sig.Time)
	if !found {
		v.fail(name, Uncheckable, say("the trust file knows no %s with the key that signed the %v", "信任根文件中没有以该密钥签署%[2]v的%[1]s", who, typeText(sig.Type)),
			say("use a trust file that names this key, if your authority issues one", "若主管机关已签发包含该密钥的信任根文件，请改用之"))
		return "", false
	}
	if err := sig.Verify(s.Key.Key); err != nil {
		v.fail(name, grade(err), say("%v", "%v", err))
		return "", false
	}
	if !valid {
		v.fail(name, Uncheckable, say("the key of %s was not valid when it signed the %v at %s", "%s 的密钥在签署%v时（%s）不在有效期内", s.Name, typeText(sig.Type), v.moment(sig.Time)))
		return "", false
	}
	return s.Name, true
}

// signedByLog checks a statement of the notary itself, under the log's key.
func (v *verifier) signedByLog(name string, sig *statement.Signed) (string, bool) {
	if v.log == nil {
		return "", false // the checkpoint's check has said so
	}
	k, ok := checkpoint.PublicKey(v.log.Key.Verifier)
	if !ok || k.ID() != sig.Issuer {
		v.fail(name, Uncheckable, say("the %v is not signed with the key of the log", "%v并非由存证日志的密钥签署", typeText(sig.Type)), remedyExport)
		return "", false
	}
	if err := sig.Verify(k); err != nil {
		v.fail(name, grade(err), say("%v", "%v", err))
		return "", false
	}
	return v.origin(), true
}

// checkRecorded tells what the notary recorded about alarms of the point. It
// decides nothing about the reading: a person's word is not the instrument's.
func (v *verifier) checkRecorded() {
	slices.SortFunc(v.state.steps, func(a, b step) int { return cmp.Compare(a.index, b.index) })
	for _, s := range v.state.steps {
		v.pass("recorded", say("%d steps, signed with the key of the log", "%d 条记录，由存证日志的密钥签署", len(v.state.steps)))
		kind := kindText(s.Kind)
		at, since := v.moment(s.at), v.moment(s.Since)
		switch s.Step {
		case statement.StepRaised:
			v.find(say("The notary recorded at %s that %s stands since %s%s.", "公证端于 %s 记录：%s，始于 %s%s。", at, kind, since, becauseText(s.Cause)))
		case statement.StepCleared:
			v.find(say("The notary recorded at %s that %s of %s is over.", "公证端于 %s 记录：%s（始于 %s）已解除。", at, kind, since))
		case statement.StepAcknowledged:
			v.find(say("The notary recorded at %s that %s (%s) acknowledged %s of %s%s.", "公证端于 %s 记录：%s（%s）已确认%s（始于 %s）%s。", at, s.By, s.Role, kind, since, noteText(s.Note)))
		case statement.StepStatement:
			v.find(say("The notary recorded at %s that %s (%s) says about %s of %s%s.", "公证端于 %s 记录：%s（%s）就%s（始于 %s）作出说明%s。", at, s.By, s.Role, kind, since, noteText(s.Note)))
		}
	}
}

func kindText(k statement.AlarmKind) Text {
	return map[statement.AlarmKind]Text{
		statement.AlarmEdge:  {"the alarm", "超限报警"},
		statement.AlarmGap:   {"the gap", "数据缺口"},
		statement.AlarmBlind: {"the blind spot", "监测盲区"},
		statement.AlarmLog:   {"the alarm of the log", "存证日志告警"},
		statement.AlarmChain: {"the alarm of the chain", "区块链告警"},
	}[k]
}

func becauseText(cause string) Text {
	if cause == "" {
		return Text{}
	}
	if t := causeText(cause); t.ZH != "" {
		return say(" (%s)", "（%s）", t)
	}
	return say(" (%s)", "（%s）", cause)
}

func noteText(note string) Text {
	if note == "" {
		return Text{}
	}
	return say(": “%s”", "：“%s”", note)
}

func typeText(t statement.Type) Text {
	zh := map[statement.Type]string{statement.TypeGenesis: "创世声明", statement.TypeEnrolment: "登记声明", statement.TypeStatusList: "状态清单", statement.TypeCoverage: "应采清单", statement.TypeAlarm: "报警处置记录", statement.TypeCalibration: "检定声明"}[t]
	return Text{t.String(), zh}
}

func (v *verifier) takeEnrolment(e *statement.Enrolment, index uint64, signer string) {
	c := &v.f.Claim
	if e.Gateway != c.Gateway || e.Site != c.Site {
		v.fail("enrolment", Uncheckable, say("the enrolment is of gateway %.8s at site %.8s", "登记声明属于现场 %[2].8s 的网关 %[1].8s", e.Gateway, e.Site), remedyExport)
		return
	}
	v.state.enrolment, v.state.enrolled = e, index
	v.pass("enrolment", say("%s (%s) at %s, signed by %s", "%[3]s的网关 %[1]s（%[2]s），由%[4]s签署", e.GatewayName, e.Key, e.SiteName, signer))
}

// checkSignatures checks every header under the enrolled key.
func (v *verifier) checkSignatures() {
	e := v.state.enrolment
	if e == nil {
		return
	}
	n := 0
	for i, b := range v.batches {
		if b.h == nil {
			continue
		}
		if err := b.h.VerifySignature(e.Key); err != nil {
			v.fail("signature", grade(err), say("%v", "%v", err))
			continue
		}
		if b.h.Gateway != e.Gateway || b.h.Site != e.Site || b.h.Origin != v.origin() {
			v.fail("signature", Uncheckable, say("header %d is of another gateway, site or log", "批次头 %d 属于其他网关、现场或日志", i+1), remedyExport)
			continue
		}
		b.signed = true
		n++
	}
	if n > 0 {
		v.pass("signature", say("%d headers, %v", "%d 个批次头，%v", n, e.Key.Alg))
	}
}

// checkEnrolled refuses claimed batches that stand in the log before the gateway's
// enrolment: a notary takes none of a key that nobody has enrolled yet.
func (v *verifier) checkEnrolled() {
	if v.state.enrolment == nil || !v.good("inclusion") {
		return
	}
	for _, i := range v.claimed {
		if b := v.batches[i]; b.signed && b.before(v.state.enrolled) {
			v.fail("enrolment", Uncheckable, say("batch %s stands in the log before the gateway's enrolment at entry %d", "批次 %s 在日志中早于第 %d 条处的网关登记", b.h.Name(), v.state.enrolled),
				say("ask the enrolment authority why it enrolled the key afterwards", "请向登记机构了解事后登记该密钥的缘由"))
		}
	}
}

// checkStatus holds the claimed batches against the status list.
func (v *verifier) checkStatus() {
	l := v.state.list
	if l == nil {
		return
	}
	// The list must be the one in force when the newest checkpoint was made; a
	// list that was already overdue then hides its successor.
	at, what := int64(0), say("newest batch", "最新批次")
	for _, i := range v.claimed {
		at = max(at, v.batches[i].h.Last)
	}
	if a := v.heads[len(v.heads)-1].anchor; a != nil {
		at, what = int64(a.Time)*1_000_000, say("newest anchor", "最新锚定")
	}
	if at > l.Next {
		v.fail("status", Uncheckable, say("a newer status list was due at %s, before the %s at %s", "在%[2]s（%[3]s）之前，应于 %[1]s 有新的状态清单", v.moment(l.Next), what, v.moment(at)), remedyExport)
		return
	}
	rev, revoked := l.Of(v.f.Claim.Gateway)
	if !revoked {
		v.pass("status", say("not revoked as of %s %s (list %d)", "截至 %s %s 未被吊销（清单 %d）", v.moment(v.state.listAt), v.zoneName(v.state.listAt), l.Serial))
		return
	}
	for _, i := range v.claimed {
		if b := v.batches[i]; b.before(rev.FromIndex) {
			continue
		}
		v.fail("status", Uncheckable, say("the gateway's key is revoked from log entry %d on (%s), and batch %s is not shown to be older", "网关密钥自日志第 %d 条起被吊销（%s），未能证明批次 %s 早于此",
			rev.FromIndex, rev.Reason, v.batches[i].h.Name()))
		return
	}
	v.pass("status", say("sealed before the key was revoked at log entry %d", "封签早于密钥在日志第 %d 条处被吊销", rev.FromIndex))
	if rev.Suspected > 0 {
		v.find(say("The gateway's key was revoked later (%s) and is suspected since %s.", "该网关密钥此后被吊销（%s），自 %s 起存疑。", rev.Reason, v.moment(rev.Suspected)))
	}
}

func (v *verifier) find(t Text) {
	if !slices.Contains(v.r.Findings, t) {
		v.r.Findings = append(v.r.Findings, t)
	}
}

// planAt is the plan in force at a moment: of those that hold, the one that
// began last, and of these the one stated last.
func (v *verifier) planAt(t int64) *plan {
	var best *plan
	for i := range v.state.plans {
		p := &v.state.plans[i]
		if p.InForce(t) && (best == nil || p.From > best.From || p.From == best.From && p.at > best.at) {
			best = p
		}
	}
	return best
}

func short(id interface{ String() string }) string { return id.String()[:4] + "…" }
