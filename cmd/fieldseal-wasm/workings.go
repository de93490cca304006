package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"
	"fieldseal/evidence/statement"
	"fieldseal/evidence/trust"
)

// step is one line under an opened rung: what went in, or what comes out when it
// is computed again. Match is there only where two values are compared.
type step struct {
	Label words  `json:"label"`
	Value string `json:"value"`
	Kind  string `json:"kind"` // "input" or "computed"
	Match *bool  `json:"match,omitempty"`
}

// worker computes the values of one file again, for a reader's eyes. It decides
// nothing: a verdict comes from evidence/verify alone.
type worker struct {
	f     *file.File
	t     *trust.File
	log   *trust.Log
	focus int // the batch whose bytes are shown: the claimed one, or the first that discloses records
	head  *batch.Signed
	out   map[string][]step
}

// workings opens every rung that it can. What cannot be read stays closed: the
// rung's own words say why.
func workings(text []byte, t *trust.File) map[string][]step {
	w := &worker{t: t, focus: -1, out: map[string][]step{}}
	sum := sha256.Sum256(text)
	w.computed("file", "SHA-256 of the file", "文件的 SHA-256", hex.EncodeToString(sum[:]))
	w.trust()
	f, err := file.Parse(text)
	if err != nil {
		return w.out
	}
	w.f = f
	w.input("file", "format", "格式", f.Format)
	w.find()
	w.checkpoints()
	w.statements()
	w.register()
	if w.head == nil {
		return w.out
	}
	w.included()
	w.signed()
	w.linked()
	w.records()
	w.times()
	w.meaning()
	return w.out
}

func (w *worker) add(rung string, s step) { w.out[rung] = append(w.out[rung], s) }

func (w *worker) input(rung, en, zh, value string) {
	w.add(rung, step{words{en, zh}, value, "input", nil})
}

func (w *worker) computed(rung, en, zh, value string) {
	w.add(rung, step{words{en, zh}, value, "computed", nil})
}

// compare shows a value computed again and whether it is the one that was signed.
func (w *worker) compare(rung, en, zh, value string, match bool) {
	w.add(rung, step{words{en, zh}, value, "computed", &match})
}

func (w *worker) trust() {
	if w.t == nil {
		return
	}
	w.input("trust", "valid", "有效期", fmt.Sprintf("%v … %v", w.t.From, w.t.Until))
	w.input("trust", "issuers that must sign", "须签署的签发方数", fmt.Sprintf("%d / %d", w.t.Threshold, len(w.t.Issuers)))
	if c, err := w.t.Canonical(); err == nil {
		sum := sha256.Sum256(c)
		w.compare("trust", "SHA-256 of its canonical form (RFC 8785)", "规范形式（RFC 8785）的 SHA-256", hex.EncodeToString(sum[:]), hex.EncodeToString(sum[:]) == w.t.Fingerprint())
	}
}

// find chooses the batch whose bytes are shown.
func (w *worker) find() {
	for i := range w.f.Batches {
		h, err := batch.ParseHeader(w.f.Batches[i].Header)
		if err != nil {
			continue
		}
		r := w.f.Claim.Reading
		if r != nil && h.Boot == record.BootID(r.Boot) && h.Seq == r.Seq || r == nil && discloses(&w.f.Batches[i]) {
			w.focus, w.head = i, h
			return
		}
	}
}

func (w *worker) checkpoints() {
	origin, _, _ := strings.Cut(string(w.f.Heads[0].Note), "\n")
	if w.t != nil {
		w.log, _ = w.t.Log(origin)
	}
	var before *checkpoint.Checkpoint
	for i := range w.f.Heads {
		note := w.f.Heads[i].Note
		text, _, _ := bytes.Cut(note, []byte("\n\n"))
		cp, err := checkpoint.ParseText(string(text) + "\n")
		if err != nil {
			continue
		}
		if i == len(w.f.Heads)-1 {
			w.input("checkpoint", "signed note", "签名文本", string(note))
			if w.log != nil {
				w.input("checkpoint", "key of the log, by the trust file", "日志公钥（取自信任根文件）", w.log.Key.String())
				_, names, err := checkpoint.Open(note, w.log.Key.Verifier, w.log.Verifiers()...)
				w.compare("checkpoint", "Ed25519 under that key", "以该公钥验签（Ed25519）", outcome(err), err == nil)
				if len(names) > 1 {
					w.input("witness", "cosigned by", "联署方", strings.Join(names[1:], ", "))
				}
			}
		}
		if before != nil {
			err := merkle.VerifyConsistency(before.Size, cp.Size, w.f.Hashes(w.f.Heads[i].Consistency), before.Root, cp.Root)
			w.input("consistency", "earlier tree", "较早的树", fmt.Sprintf("%d  %x", before.Size, before.Root))
			w.input("consistency", "later tree", "较晚的树", fmt.Sprintf("%d  %x", cp.Size, cp.Root))
			w.compare("consistency", "RFC 6962 §2.1.2", "按 RFC 6962 §2.1.2 重算", outcome(err), err == nil)
		}
		before = &cp
		w.anchored(i, cp)
	}
}

func outcome(err error) string {
	if err != nil {
		return err.Error()
	}
	return "✓"
}

// anchored shows how a checkpoint's slot in the contract is computed.
func (w *worker) anchored(i int, cp checkpoint.Checkpoint) {
	a := w.f.Heads[i].Anchor
	if a == nil {
		return
	}
	if a.Receipt != nil {
		w.receipt(a, cp)
		return
	}
	key, slot := anchor.SlotKey(anchor.LogID(cp.Origin), cp.Size), anchor.Slot(cp.Root, cp.Size, a.Number, a.Time)
	w.input("anchor", "checkpoint: size, root", "检查点：条数、根哈希", fmt.Sprintf("%d  %x", cp.Size, cp.Root))
	w.input("anchor", "anchored in block, at", "锚定区块与时间", fmt.Sprintf("%d  %s", a.Number, at(int64(a.Time)*1_000_000)))
	w.input("anchor", "contract", "合约", hex.EncodeToString(a.Contract[:]))
	w.computed("anchor", "slot of the contract", "合约存储位置", hex.EncodeToString(key[:]))
	w.computed("anchor", "keccak256(root ‖ size ‖ number ‖ time)", "keccak256（根‖条数‖区块号‖时间）", hex.EncodeToString(slot[:]))
	h, err := anchor.ParseHeader(w.f.Blocks[a.Block].Header)
	if err != nil {
		return
	}
	w.sealers(a)
	p := w.f.Proof(a)
	w.input("anchor", "state root of the block shown", "所示区块的状态根", hex.EncodeToString(h.StateRoot[:]))
	account, found, err := anchor.FindAccount(h.StateRoot, a.Contract, p.Account)
	if err != nil || !found {
		w.compare("anchor", "account proof (EIP-1186)", "账户证明（EIP-1186）", outcome(err), false)
		return
	}
	value, _, err := anchor.FindStorage(account.StorageRoot, key, p.Storage)
	if err != nil {
		w.compare("anchor", "storage proof", "存储证明", outcome(err), false)
		return
	}
	w.compare("anchor", "what the chain holds there", "链上该处所存", hex.EncodeToString(value[:]), value == slot)
}

// sealers shows whose seals a block carries, under the sets that the trust file pins.
func (w *worker) sealers(a *file.Anchor) {
	if w.t == nil || w.log == nil {
		return
	}
	c, ok := w.t.Chain(w.log.Chain)
	if !ok || !anchor.Profile(c.Profile).Sealed() {
		return
	}
	h, err := w.f.Blocks[a.Block].Sealed().Verify(c.Sealing())
	if err != nil {
		return // votes within the file may have changed the set; the rung's own words say so
	}
	w.input("anchor", "block shown, validators needed", "所示区块与所需验证者数", fmt.Sprintf("%d  %d / %d", h.Number, h.Seal.Needed, h.Seal.Of))
	for _, by := range h.Seal.By {
		w.computed("anchor", "account recovered from a seal, and whose it is by the trust file", "由封签恢复的账户及其所属机构（取自信任根文件）", strings.TrimSpace(hex.EncodeToString(by[:])+"  "+c.NameOf(by)))
	}
}

// receipt shows where the event stands that anchored a checkpoint.
func (w *worker) receipt(a *file.Anchor, cp checkpoint.Checkpoint) {
	id := anchor.LogID(cp.Origin)
	w.input("anchor", "anchored in block, at", "锚定区块与时间", fmt.Sprintf("%d  %s", a.Number, at(int64(a.Time)*1_000_000)))
	w.input("anchor", "contract", "合约", hex.EncodeToString(a.Contract[:]))
	w.computed("anchor", "topics of the event: Anchored, keccak256(origin)", "事件主题：Anchored、keccak256（日志名）", fmt.Sprintf("%x  %x", anchor.AnchoredTopic, id))
	w.computed("anchor", "data of the event: size, root", "事件数据：条数、根哈希", fmt.Sprintf("%d  %x", cp.Size, cp.Root))
	h, err := anchor.ParseHeader(w.f.Blocks[a.Block].Header)
	if err != nil {
		return
	}
	w.sealers(a)
	w.input("anchor", "receipts root of the block", "区块的回执根", hex.EncodeToString(h.ReceiptRoot[:]))
	err = w.f.Proof(a).Receipt.Verify(h.ReceiptRoot, a.Contract, anchor.Checkpoint{LogID: id, Size: cp.Size, Root: cp.Root})
	w.compare("anchor", fmt.Sprintf("receipt of transaction %d under that root", a.Receipt.Index), fmt.Sprintf("该根之下第 %d 笔交易的回执", a.Receipt.Index), outcome(err), err == nil)
}

// register shows where the chain's register keeps what the file shows of it.
func (w *worker) register() {
	if w.f.Register == nil {
		return
	}
	r, facts := w.f.Shown()
	w.input("register", "contract", "合约", hex.EncodeToString(r.Contract))
	h, err := anchor.ParseHeader(r.Block.Header)
	if err != nil {
		return
	}
	w.input("register", "as of block, at", "截至区块与时间", fmt.Sprintf("%d  %s", h.Number, at(int64(h.Time)*1_000_000)))
	account, found, err := anchor.FindAccount(h.StateRoot, [20]byte(r.Contract), r.Account)
	if err != nil || !found {
		w.compare("register", "account proof (EIP-1186)", "账户证明（EIP-1186）", outcome(err), false)
		return
	}
	for _, x := range facts {
		first, second := x.Kind.Slots(x.Key)
		w.computed("register", x.Kind.String()+": slots", x.Kind.String()+"：存储位置", fmt.Sprintf("%x  %x", first, second))
		a, _, err := anchor.FindStorage(account.StorageRoot, first, x.First)
		b, _, err2 := anchor.FindStorage(account.StorageRoot, second, x.Second)
		if err != nil || err2 != nil {
			w.compare("register", "storage proof", "存储证明", outcome(errors.Join(err, err2)), false)
			continue
		}
		w.compare("register", "what the chain holds there", "链上该处所存", fmt.Sprintf("%x  %x", a, b), true)
	}
}

func (w *worker) statements() {
	for i := range w.f.Statements {
		s := &w.f.Statements[i]
		sig, err := statement.Parse(s.Header)
		if err != nil {
			continue
		}
		name := map[statement.Type]string{statement.TypeEnrolment: "enrolment", statement.TypeStatusList: "status", statement.TypeCoverage: "plan", statement.TypeAlarm: "recorded"}[sig.Type]
		if name == "" {
			continue
		}
		w.input(name, "signed at", "签署时间", at(sig.Time))
		w.input(name, "issuer's key", "签发方密钥", hex.EncodeToString(sig.Issuer[:]))
		w.input(name, "digest that was signed", "已签署的摘要", hex.EncodeToString(sig.Digest[:]))
		got := merkle.Leaf(s.Body)
		w.compare(name, "SHA-256(00 ‖ body)", "SHA-256（00‖正文）", hex.EncodeToString(got[:]), got == sig.Digest)
	}
}

// path walks an audit path (RFC 6962 §2.1.1) and shows every node on the way.
func (w *worker) path(rung string, leaf merkle.Hash, index, size uint64, path []merkle.Hash) merkle.Hash {
	h, fn, sn := leaf, index, size-1
	for i, p := range path {
		left := fn&1 == 1 || fn == sn
		if left {
			h = merkle.Node(p, h)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			h = merkle.Node(h, p)
		}
		fn, sn = fn>>1, sn>>1
		side := words{"right", "右"}
		if left {
			side = words{"left", "左"}
		}
		w.input(rung, fmt.Sprintf("step %d, neighbour on the %s", i+1, side.EN), fmt.Sprintf("第 %d 步，%s侧相邻哈希", i+1, side.ZH), hex.EncodeToString(p[:]))
		w.computed(rung, "SHA-256(01 ‖ left ‖ right)", "SHA-256（01‖左‖右）", hex.EncodeToString(h[:]))
	}
	return h
}

func (w *worker) included() {
	b := &w.f.Batches[w.focus]
	if b.Log == nil {
		return
	}
	leaf := merkle.Leaf(b.Header)
	text, _, _ := bytes.Cut(w.f.Heads[b.Log.Head].Note, []byte("\n\n"))
	cp, err := checkpoint.ParseText(string(text) + "\n")
	if err != nil || b.Log.Index >= cp.Size {
		return
	}
	w.input("inclusion", "signed header of the batch", "已签名的批次头", hex.EncodeToString(b.Header))
	w.input("inclusion", "place in the log", "在日志中的位置", fmt.Sprintf("%d / %d", b.Log.Index, cp.Size))
	w.computed("inclusion", "SHA-256(00 ‖ header)", "SHA-256（00‖批次头）", hex.EncodeToString(leaf[:]))
	root := w.path("inclusion", leaf, b.Log.Index, cp.Size, w.f.Hashes(b.Log.Path))
	w.compare("inclusion", "this must be the checkpoint's root", "应等于检查点的根哈希", hex.EncodeToString(cp.Root[:]), root == cp.Root)
}

func (w *worker) signed() {
	m, err := cose.Parse(w.head.Raw())
	if err != nil {
		return
	}
	w.input("signature", "bytes that were signed (Sig_structure)", "被签名的字节（Sig_structure）", hex.EncodeToString(m.SigStructure(cose.BatchContext)))
	w.input("signature", "signature", "签名", hex.EncodeToString(m.Signature))
	for i := range w.f.Statements {
		sig, err := statement.Parse(w.f.Statements[i].Header)
		if err != nil || sig.Type != statement.TypeEnrolment {
			continue
		}
		if body, err := sig.Open(w.f.Statements[i].Body); err == nil {
			e := body.(*statement.Enrolment)
			w.input("signature", "enrolled key", "登记的公钥", e.Key.String())
			err := w.head.VerifySignature(e.Key)
			w.compare("signature", "verified again", "重新验签", outcome(err), err == nil)
			w.input("enrolment", "gateway, key", "网关与公钥", e.GatewayName+"  "+e.Key.String())
		}
	}
}

// linked shows how neighbouring headers name each other.
func (w *worker) linked() {
	const most = 6
	digests := map[[32]byte]bool{}
	for i := range w.f.Batches {
		h, err := batch.ParseHeader(w.f.Batches[i].Header)
		if err != nil {
			continue
		}
		d := h.Digest()
		digests[d] = true
		if i < most {
			w.input("speakers", "boot and sequence", "启动号与序号", h.Name()+"  "+hex.EncodeToString(d[:]))
			if h.NoPrev == batch.PreviousKnown && digests[h.Prev] {
				w.compare("links", h.Name()+" names the digest of the one before", h.Name()+" 所引前一批次摘要", hex.EncodeToString(h.Prev[:]), true)
			}
		}
		if i == 0 {
			w.input("opening", "first header, open from … to", "首个批次头的起止", at(h.First)+" … "+at(h.Last))
		}
		if i == len(w.f.Batches)-1 {
			w.input("closing", "last header, open from … to", "末个批次头的起止", at(h.First)+" … "+at(h.Last))
		}
	}
}

func (w *worker) records() {
	for _, r := range w.f.Batches[w.focus].Records {
		l, err := batch.ParseLeaf(r.Raw)
		if err == nil && l.Kind == record.KindContents {
			c := l.Body.(*record.Contents)
			for _, p := range c.Points {
				w.input("contents", "sealed list: point, first leaf, count", "封签目录：测点、起始、条数", fmt.Sprintf("%s  %d  %d", p.Point, p.First, p.Count))
			}
		}
		if c := w.f.Claim.Reading; c != nil && r.Leaf != c.Leaf || c == nil && (err != nil || l.Kind != record.KindReading) || r.Leaf >= w.head.Count {
			continue
		}
		if len(w.out["record"]) > 0 {
			continue // one is shown; all were checked
		}
		leaf := merkle.Leaf(r.Raw)
		w.input("record", "record with its salt", "记录及其盐值", hex.EncodeToString(r.Raw))
		if err == nil {
			if x, ok := l.Body.(*record.Reading); ok {
				w.input("record", "it says", "其内容", fmt.Sprintf("%s = %s %s, %s", x.Point, x.Value, x.Unit, at(x.Time)))
			}
		}
		w.computed("record", "SHA-256(00 ‖ record)", "SHA-256（00‖记录）", hex.EncodeToString(leaf[:]))
		root := w.path("record", leaf, uint64(r.Leaf), uint64(w.head.Count), w.f.Hashes(r.Path))
		w.compare("record", "this must be the root in the sealed header", "应等于封签批次头中的根哈希", hex.EncodeToString(w.head.Root[:]), root == w.head.Root)
	}
}

func (w *worker) times() {
	w.input("clock", "batch opened, by the gateway", "网关时钟：批次开启", at(w.head.First))
	w.input("clock", "batch closed, by the gateway", "网关时钟：批次封闭", at(w.head.Last))
	w.input("clock", "declared bound of the clock", "时钟声明误差", (time.Duration(min(w.head.Clock.Bound, 1<<50)) * time.Microsecond).String())
	for i := range w.f.Blocks {
		h, err := anchor.ParseHeader(w.f.Blocks[i].Header)
		if err != nil {
			continue
		}
		if b := w.head.Block; b == nil || b.Number != h.Number {
			continue
		}
		w.input("block", "named in the sealed header: block, hash", "封签批次头所引区块与哈希", fmt.Sprintf("%d  %x", w.head.Block.Number, w.head.Block.Hash))
		w.input("block", "that block's time", "该区块时间", at(int64(h.Time)*1_000_000))
		hash := h.Hash
		if w.log != nil && w.t != nil {
			if c, ok := w.t.Chain(w.log.Chain); ok {
				if x, err := anchor.HeaderHash(anchor.Profile(c.Profile), w.f.Blocks[i].Header); err == nil {
					hash = x
				}
			}
		}
		w.compare("block", "hash of the block header", "区块头哈希", hex.EncodeToString(hash[:]), hash == w.head.Block.Hash)
	}
}

func (w *worker) meaning() {
	profiles := map[[32]byte]*profile.Profile{}
	for _, raw := range w.f.Profiles {
		if p, err := profile.Parse(raw); err == nil {
			profiles[profile.Digest(raw)] = p
		}
	}
	for i := range w.f.Configs {
		c := &w.f.Configs[i]
		d, err := profile.ParseDevice(c.Leaf)
		if err != nil || c.Index >= c.Size {
			continue
		}
		before := len(w.out["configuration"])
		leaf := merkle.Leaf(c.Leaf)
		w.input("configuration", "device and its settings", "设备及其配置", d.ID+"  "+hex.EncodeToString(c.Leaf))
		root := w.path("configuration", leaf, uint64(c.Index), uint64(c.Size), w.f.Hashes(c.Path))
		if root != w.head.Config {
			w.out["configuration"] = w.out["configuration"][:before]
			continue
		}
		w.compare("configuration", "configuration named in the sealed header", "封签批次头所引配置", hex.EncodeToString(w.head.Config[:]), true)
		p := profiles[d.Profile]
		w.compare("configuration", "digest of the profile", "设备档案摘要", hex.EncodeToString(d.Profile[:]), p != nil)
		if p != nil {
			w.decoded(p, d)
		}
	}
}

// decoded decodes the frame of the reading that is shown once more.
func (w *worker) decoded(p *profile.Profile, d *profile.Device) {
	leaves := map[uint32]*batch.Leaf{}
	var x *record.Reading
	for _, r := range w.f.Batches[w.focus].Records {
		l, err := batch.ParseLeaf(r.Raw)
		if err != nil {
			continue
		}
		leaves[r.Leaf] = l
		if y, ok := l.Body.(*record.Reading); ok && x == nil && (w.f.Claim.Reading == nil || w.f.Claim.Reading.Leaf == r.Leaf) {
			x = y
		}
	}
	if x == nil || x.Frame == nil || x.Frame.Batch != nil || leaves[x.Frame.Leaf] == nil {
		return
	}
	f, ok := leaves[x.Frame.Leaf].Body.(*record.Frame)
	if !ok {
		return
	}
	w.input("decoding", "protocol, profile", "协议与设备档案", p.Protocol+"  "+p.ID)
	if len(f.Sent) > 0 {
		w.input("decoding", "bytes sent", "发送的字节", hex.EncodeToString(f.Sent))
	}
	w.input("decoding", "bytes received", "接收的字节", hex.EncodeToString(f.Received))
	dec, ok := decoderFor(p.Protocol)
	if !ok || len(f.Earlier) > 0 {
		return
	}
	values, err := dec.Decode(p, d, f, nil)
	if err != nil {
		w.compare("decoding", "decoded again", "重新解码", err.Error(), false)
		return
	}
	for _, v := range values {
		if _, name, _ := strings.Cut(x.Point, "/"); v.Point == name && v.Time == x.Instrument && !v.Missing {
			w.compare("decoding", "decoded again", "重新解码", v.Value.String()+" "+x.Unit, v.Value == x.Value)
			return
		}
	}
}

// at writes an instant in UTC: workings are the same on every reader's machine.
func at(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05.000 UTC")
}
