package verify

import (
	"encoding/hex"
	"slices"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/file"
)

// checkRegister holds origin and permission against the contract Registry on the
// chain, as far as the file shows it: the gateway's key, its site, the signers of
// coverage plans. Rule sets and permissions are told, known or not.
func (v *verifier) checkRegister() {
	if v.f.Register == nil || v.chain == nil {
		return
	}
	k := v.chain.Registry
	if k == nil {
		v.fail("register", Uncheckable, say("the trust file names no register on chain %d", "信任根文件未列出链 %d 上的登记簿", v.chain.ID),
			say("use a trust file that names this register, if your authority issues one", "若主管机关已签发包含该登记簿的信任根文件，请改用之"))
		return
	}
	r, facts := v.f.Shown()
	shown := v.blocks[v.f.Register.Block]
	reg, err := tryKeys(v, func(c anchor.Chain) (anchor.Registered, error) {
		return r.Verify(c, anchor.Contract{Address: k.Contract, CodeHash: k.CodeHash}, shown)
	})
	if err != nil {
		v.fail("register", grade(err), say("%v", "%v", err), remedyExport)
		return
	}
	// An earlier block would hide what was revoked up to the anchor.
	for i := range v.heads {
		if a := v.heads[i].anchor; a != nil && a.Number > reg.ShownIn.Number {
			v.fail("register", Uncheckable, say("the register is shown as of block %d, before the anchor in block %d", "登记簿所示为区块 %d，早于锚定所在区块 %d", reg.ShownIn.Number, a.Number), remedyExport)
			return
		}
	}
	v.readRegister(reg, facts)
}

func (v *verifier) readRegister(reg anchor.Registered, facts []file.ShownFact) {
	e, site := v.state.enrolment, [16]byte(v.f.Claim.Site)
	if e == nil {
		return // no gateway could be believed
	}
	asOf := say("as of block %d (%s %s)", "截至区块 %d（%s %s）", reg.ShownIn.Number, v.moment(int64(reg.ShownIn.Time)*1_000_000), v.zoneName(int64(reg.ShownIn.Time)*1_000_000))
	told := Text{}
	add := func(t Text) {
		if told == (Text{}) {
			told = t
		} else {
			told = say("%s; %s", "%s；%s", told, t)
		}
	}
	gateway := false
	for i, x := range facts {
		entry, err := reg.Find(x.Kind, x.Key, x.First, x.Second)
		if err != nil {
			v.fail("register", grade(err), say("fact %d: %v", "第 %d 项登记：%v", i+1, err))
			continue
		}
		switch x.Kind {
		case anchor.FactGateway:
			if x.Key != e.Key.ID() {
				v.unused("fact", i)
				continue
			}
			gateway = true
			v.registeredGateway(entry, asOf, add)
		case anchor.FactSite:
			if x.Key != anchor.SiteKey(site) {
				v.unused("fact", i)
				continue
			}
			v.registeredSite(entry, asOf, add)
		case anchor.FactSigner:
			p := slices.IndexFunc(v.state.plans, func(p plan) bool { return x.Key == anchor.SignerKey(site, anchor.PurposePlan, p.key) })
			if p < 0 {
				v.unused("fact", i)
				continue
			}
			v.registeredSigner(entry, x.Key, asOf, add)
		case anchor.FactRules:
			v.registeredRules(entry, x.Key, asOf)
		case anchor.FactGrant:
			v.registeredGrant(entry, x.Key, asOf)
		}
	}
	if !gateway {
		v.fail("register", Uncheckable, say("the file shows the register, but not what it says of the gateway's key", "证据包出示了登记簿，却未示出其中有关该网关密钥的内容"), remedyExport)
		return
	}
	v.pass("register", say("%s, %s", "%s，%s", asOf, told))
}

var remedyRegister = say("ask the organisations that keep the register", "请向登记簿的维护机构查询")

// registeredGateway asks that the key was good when each claimed batch was sealed.
func (v *verifier) registeredGateway(e anchor.Entry, asOf Text, add func(Text)) {
	if !e.Known() {
		v.fail("register", Uncheckable, say("%s the register does not know the gateway's key", "%s，登记簿中没有该网关的密钥", asOf), remedyRegister)
		return
	}
	k := e.Key()
	if k.Site != [16]byte(v.f.Claim.Site) {
		v.fail("register", Uncheckable, say("%s the register gives the gateway's key to another site, %s", "%s，登记簿将该网关的密钥归于另一现场 %s", asOf, hex.EncodeToString(k.Site[:])), remedyRegister)
		return
	}
	for _, i := range v.claimed {
		b := v.batches[i]
		if b.h.Last < seconds(k.From) {
			v.fail("register", Uncheckable, say("batch %s closed at %s, before the register's validity of the key began at %s", "批次 %s 于 %s 封闭，早于登记簿所载密钥生效时间 %s", b.h.Name(), v.moment(b.h.Last), v.moment(seconds(k.From))))
		}
		if end := k.Ends(); end != 0 && v.existed(b) >= seconds(end) {
			why := say("the key's validity ended at %s", "密钥有效期于 %s 届满", v.moment(seconds(end)))
			if end == k.Revoked {
				why = say("the key is revoked since %s", "密钥自 %s 起被吊销", v.moment(seconds(end)))
			}
			v.fail("register", Uncheckable, say("by the register %s, and batch %s is not shown to be older", "登记簿载明%s，未能证明批次 %s 早于此", why, b.h.Name()), remedyRegister)
		}
	}
	if k.Revoked != 0 {
		add(say("the gateway's key belongs to this site since %s, and was revoked for what was sealed from %s on", "该网关密钥自 %s 起属于此现场，其后自 %s 起被吊销", v.moment(seconds(k.From)), v.moment(seconds(k.Revoked))))
		v.find(say("The chain's register revoked the gateway's key later, for what was sealed from %s on.", "链上登记簿此后吊销了该网关密钥，自 %s 起封签者不再可信。", v.moment(seconds(k.Revoked))))
		return
	}
	add(say("the gateway's key belongs to this site since %s and is not revoked", "该网关密钥自 %s 起属于此现场，未被吊销", v.moment(seconds(k.From))))
}

// existed is when a batch is shown to have existed: its upper bound, or the
// gateway's word while it has none.
func (v *verifier) existed(b *sealed) int64 {
	if b.upper != nil {
		return b.upper.micros
	}
	return b.h.Last
}

func seconds(s uint64) int64 { return int64(min(s, 1<<43)) * 1_000_000 }

func (v *verifier) registeredSite(e anchor.Entry, asOf Text, add func(Text)) {
	if !e.Known() {
		v.fail("register", Uncheckable, say("%s the register does not know the site", "%s，登记簿中没有该现场", asOf), remedyRegister)
		return
	}
	s := e.Site()
	add(say("the site is owned by department %s since %s", "该现场自 %[2]s 起归部门 %[1]s 所有", hex.EncodeToString(s.Department[:]), v.moment(seconds(s.Since))))
	if !s.Open {
		v.find(say("By the chain's register the site was ended at %s.", "链上登记簿载明该现场已于 %s 终止。", v.moment(seconds(s.Since))))
	}
}

// registeredSigner asks that a plan's signer was named when the plan was stated.
func (v *verifier) registeredSigner(e anchor.Entry, key [32]byte, asOf Text, add func(Text)) {
	if !e.Known() {
		v.fail("register", Uncheckable, say("%s the register does not know the signer of the coverage plan", "%s，登记簿中没有应采清单的签署方", asOf), remedyRegister)
		return
	}
	k := e.Key()
	for _, p := range v.state.plans {
		if key != anchor.SignerKey([16]byte(v.f.Claim.Site), anchor.PurposePlan, p.key) {
			continue
		}
		if end := k.Ends(); p.at < seconds(k.From) || end != 0 && p.at >= seconds(end) {
			v.fail("register", Uncheckable, say("by the register %s could not sign coverage plans of this site at %s", "登记簿载明 %s 在 %s 无权签署该现场的应采清单", p.signer, v.moment(p.at)), remedyRegister)
			continue
		}
		add(say("%s may sign its coverage plans since %s", "%s 自 %s 起可签署其应采清单", p.signer, v.moment(seconds(k.From))))
	}
}

func (v *verifier) registeredRules(e anchor.Entry, key [32]byte, asOf Text) {
	if !e.Known() {
		v.find(say("By the chain's register, %s, no rule set %s was published.", "链上登记簿载明，%s，规则集 %s 未曾发布。", asOf, hex.EncodeToString(key[:8])))
		return
	}
	r := e.Rules()
	v.find(say("By the chain's register, %s, rule set %s is version %d under the name %s, in force from %s.", "链上登记簿载明，%s，规则集 %s 为名称 %[4]s 下的第 %[3]d 版，自 %[5]s 起施行。",
		asOf, hex.EncodeToString(key[:8]), r.Version, hex.EncodeToString(r.Name[:8]), v.moment(seconds(r.From))))
}

// registeredGrant tells what is known of a permission; it decides no status, for
// what was sealed is as genuine without one.
func (v *verifier) registeredGrant(e anchor.Entry, key [32]byte, asOf Text) {
	id := hex.EncodeToString(key[:8])
	if !e.Known() {
		v.find(say("By the chain's register, %s, there is no permission %s.", "链上登记簿载明，%s，不存在许可 %s。", asOf, id))
		return
	}
	g := e.Grant()
	site := batch.ID(g.Site)
	if site != v.f.Claim.Site {
		v.find(say("By the chain's register, %s, permission %s is for another site, %s.", "链上登记簿载明，%s，许可 %s 属于另一现场 %s。", asOf, id, site))
		return
	}
	v.find(say("By the chain's register, %s, permission %s let %s read this site from %s until %s.", "链上登记簿载明，%s，许可 %s 允许 %s 于 %s 至 %s 期间读取此现场。",
		asOf, id, hex.EncodeToString(g.Grantee[:8]), v.moment(seconds(g.From)), v.moment(seconds(g.Until))))
}
