package verify

import (
	"errors"
	"time"

	"fieldseal/evidence/anchor"
	"fieldseal/evidence/batch"
	"fieldseal/evidence/checkpoint"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/trust"
)

// Options are what verification needs besides the file.
type Options struct {
	Trust      *trust.File // as trust.Parse returned it
	TrustError error       // why there is none
	// Decoders finds the decoder of a protocol that a profile names.
	Decoders func(protocol string) (profile.Decoder, bool)
	Now      int64          // the reader's clock, Unix µs, for remarks only; 0: unknown
	Zone     *time.Location // in which sentences tell the time; nil: UTC
}

// File judges the bytes of one evidence file.
func File(text []byte, o Options) *Report {
	v := &verifier{Options: o, r: &Report{}}
	if o.Trust != nil {
		v.r.Trust = TrustName{o.Trust.Name, o.Trust.Version, o.Trust.Fingerprint()}
	}
	f, err := file.Parse(text)
	if err != nil {
		why, remedy := notEvidence(text, err)
		v.fail("file", Uncheckable, why, remedy)
		v.checkTrust()
	} else {
		v.f, v.blocks = f, map[int]*anchor.Header{}
		v.run()
	}
	return v.report()
}

// Unreadable is the report on a file that could not be read at all.
func Unreadable(err error, o Options) *Report {
	v := &verifier{Options: o, r: &Report{}}
	if o.Trust != nil {
		v.r.Trust = TrustName{o.Trust.Name, o.Trust.Version, o.Trust.Fingerprint()}
	}
	v.fail("file", Uncheckable, say("it could not be read: %v", "无法读取：%v", err), say("give the path of an evidence file", "请给出证据包的路径"))
	return v.report()
}

var remedyExport = Text{"export the evidence again from the notary", "请从公证端重新导出证据包"}

// verifier is the state of one verification. Each step leaves behind what later
// steps may believe; a step whose ground is missing says nothing.
type verifier struct {
	Options
	rungs
	r *Report
	f *file.File

	log     *trust.Log
	chain   *trust.Chain
	sealing anchor.Chain // the chain with the changes of validators that the file shows
	changes []change
	proved  []uint64               // numbers of the blocks whose seals were found good
	blocks  map[int]*anchor.Header // those blocks, by position in the file
	heads   []head
	batches []*sealed // by position in the file
	stated  []bool    // whether a statement's place in the log was shown, by position in the file
	state   states
	claimed []int // positions of the batches that the claim speaks of
	read    []claimedReading
	gaps    []signedGap
	events  int
	local   bool
	// ownerOnly: the range is complete, but no plan says what it should hold.
	ownerOnly bool
}

func (v *verifier) run() {
	v.parseBatches()
	v.openHeads()
	v.checkInclusion()
	v.openStatements()
	v.checkSignatures()
	v.link()
	v.openRecords()
	v.findClaim()
	v.checkConnected()
	v.checkEnrolled()
	v.checkStatus()
	v.checkSpeakers()
	v.checkMeaning()
	v.checkRecorded()
	v.checkBounds()
	v.checkRegister()
	v.checkCompleteness()
	v.checkTrust()
	v.pass("file", say("%d batches, %d records, %d statements, %d checkpoints", "%d 个批次，%d 条记录，%d 份声明，%d 个检查点",
		len(v.f.Batches), v.countRecords(), len(v.f.Statements), len(v.f.Heads)))
}

func (v *verifier) countRecords() (n int) {
	for i := range v.f.Batches {
		n += len(v.f.Batches[i].Records)
	}
	return n
}

// grade tells what an error of the evidence packages means for a verdict: what
// contradicts is altered, what cannot be read or reached is uncheckable.
func grade(err error) Status {
	for _, target := range [...]error{batch.ErrAltered, merkle.ErrProof, cose.ErrSignature, checkpoint.ErrSignature, anchor.ErrAltered} {
		if errors.Is(err, target) {
			return Altered
		}
	}
	return Uncheckable
}

// unused refuses a part that no check needs.
func (v *verifier) unused(what string, i int) {
	v.fail("file", Uncheckable, say("%s %d is needed by nothing", "%s %d 没有用处", what, i), remedyExport)
}

func (v *verifier) checkTrust() {
	if v.Trust == nil {
		why := say("no trust file was given", "未提供信任根文件")
		if v.TrustError != nil {
			why = say("there is no trust file to judge by: %v", "没有可用的信任根文件：%v", v.TrustError)
		}
		v.fail("trust", Uncheckable, why,
			say("choose the trust file of your authority, with the command by --trust", "请选择主管机关发放的信任根文件（命令行用 --trust 指定）"))
		return
	}
	for _, i := range v.claimed {
		b := v.batches[i]
		at := b.h.Last
		if b.upper != nil {
			at = b.upper.micros
		}
		if !v.Trust.Covers(at) {
			v.r.Outdated = true
			v.fail("trust", Uncheckable, say("version %d is valid from %s until %s, the evidence is of %s", "版本 %d 的有效期为 %s 至 %s，而证据的时间是 %s",
				v.Trust.Version, v.moment(int64(v.Trust.From)*1_000_000), v.moment(int64(v.Trust.Until)*1_000_000), v.moment(at)),
				say("use the version of the trust file that was valid then", "请使用当时有效的信任根文件版本"))
			return
		}
	}
	v.pass("trust", say("%s, version %d, fingerprint %s", "%s，版本 %d，指纹 %s", v.Trust.Name, v.Trust.Version, trust.Grouped(v.Trust.Fingerprint())))
}
