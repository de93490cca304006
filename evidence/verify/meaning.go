package verify

import (
	"fmt"
	"slices"
	"strings"

	"fieldseal/evidence/file"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/profile"
	"fieldseal/evidence/record"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// setup is the device and profile that one configuration gives the point.
type setup struct {
	device  *profile.Device
	profile *profile.Profile // nil: not in the file
	digest  [32]byte
}

// checkMeaning opens configurations and profiles and, where the claim discloses
// raw exchanges, decodes each again.
func (v *verifier) checkMeaning() {
	if len(v.claimed) == 0 {
		return
	}
	setups := v.openConfigs()
	if !v.f.Claim.Frames && len(v.f.Configs) == 0 {
		return
	}
	tried := 0
	for _, x := range v.read {
		b := v.batches[x.batch]
		s := setups[b.h.Config]
		if s == nil {
			v.fail("configuration", Uncheckable, say("the configuration of batch %s is not in the file", "批次 %s 的配置不在证据包中", b.h.Name()), remedyExport)
			continue
		}
		v.checkPlanned(x, s)
		if v.f.Claim.Frames {
			v.decode(x, s)
			tried++
		}
	}
	v.pass("configuration", say("%d configurations, %d profiles", "%d 份配置，%d 份设备档案", len(v.f.Configs), len(v.f.Profiles)))
	// Where a configuration is missing nothing was decoded, and nothing is said.
	if tried > 0 && tried == len(v.read) {
		v.pass("decoding", say("%d readings decoded again from their raw frames", "%d 个读数已由原始帧重新解码", len(v.read)))
	}
}

// openConfigs proves each configuration leaf under a root that a header of the
// claim names, and finds its profile.
func (v *verifier) openConfigs() map[merkle.Hash]*setup {
	profiles := map[[32]byte][]byte{} // by digest: bytes are hashed before they are read
	for _, raw := range v.f.Profiles {
		profiles[profile.Digest(raw)] = raw
	}
	named := map[merkle.Hash]bool{}
	for _, i := range v.claimed {
		named[v.batches[i].h.Config] = true
	}
	out := map[merkle.Hash]*setup{}
	device, _, _ := strings.Cut(v.f.Claim.Point, "/")
	for i := range v.f.Configs {
		c := &v.f.Configs[i]
		root, err := configRoot(c, v.f.Hashes(c.Path))
		if err != nil || !named[root] {
			if v.good("signature") {
				v.fail("configuration", Altered, say("configuration leaf %d does not lead to the configuration that the batches name", "第 %d 个配置项与批次所引配置不符", i+1))
			}
			continue
		}
		d, err := profile.ParseDevice(c.Leaf)
		if err != nil || d.ID != device || out[root] != nil {
			v.fail("configuration", Uncheckable, say("configuration leaf %d is not that of device %s, or is there twice", "第 %d 个配置项并非设备 %s 的配置，或重复出现", i+1, device), remedyExport)
			continue
		}
		x := &setup{device: d, digest: d.Profile}
		out[root] = x
		if raw, ok := profiles[d.Profile]; ok {
			if x.profile, err = profile.Parse(raw); err != nil {
				v.fail("configuration", Uncheckable, say("profile %x…: %v", "设备档案 %x…：%v", d.Profile[:4], err), remedyExport)
			}
		}
	}
	v.checkProfiles(named, out)
	return out
}

// checkProfiles judges a profile that no configuration names: it stands in the place
// of one that is named and not there, or is of a configuration that is not in the
// file, or is there for nothing.
func (v *verifier) checkProfiles(named map[merkle.Hash]bool, setups map[merkle.Hash]*setup) {
	used, absent := map[[32]byte]bool{}, false
	for _, s := range setups {
		used[s.digest] = true
		absent = absent || !slices.ContainsFunc(v.f.Profiles, func(raw []byte) bool { return profile.Digest(raw) == s.digest })
	}
	for i, raw := range v.f.Profiles {
		d := profile.Digest(raw)
		twice := slices.ContainsFunc(v.f.Profiles[:i], func(x []byte) bool { return profile.Digest(x) == d })
		switch {
		case used[d] && twice:
			v.unused("profile", i)
		case used[d] || !v.good("configuration"):
		case absent:
			v.fail("configuration", Altered, say("no configuration of the file names profile %d as it stands here (%x…), and the one that is named is not there", "没有配置引用此处的第 %d 份设备档案（%x…），而被引用的设备档案不在证据包中", i+1, d[:4]))
		case len(setups) < len(named) && len(v.f.Configs) < len(named):
			v.fail("configuration", Uncheckable, say("the configuration that would name profile %d (%x…) is not in the file", "引用第 %d 份设备档案（%x…）的配置不在证据包中", i+1, d[:4]), remedyExport)
		default:
			v.unused("profile", i)
		}
	}
}

func configRoot(c *file.Config, path []merkle.Hash) (root merkle.Hash, err error) {
	hashes := make([][]byte, len(path))
	for i := range path {
		hashes[i] = path[i][:]
	}
	leaf := merkle.Leaf(c.Leaf)
	b, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, uint64(c.Index), uint64(c.Size), leaf[:], hashes)
	if err != nil {
		return root, fmt.Errorf("configuration: %w", err)
	}
	copy(root[:], b)
	return root, nil
}

// checkPlanned holds a reading's profile against the plan in force.
func (v *verifier) checkPlanned(x claimedReading, s *setup) {
	p := v.planAt(x.Time)
	if p == nil {
		return
	}
	if want, ok := p.Of(x.Point); ok && want.Profile != s.digest {
		v.fail("configuration", Uncheckable, say("at %s the gateway read %s by profile %x…, the coverage plan signed by %s says %x…", "%s 网关按设备档案 %[3]x… 读取 %[2]s，而%[4]s签署的应采清单为 %[5]x…",
			v.moment(x.Time), x.Point, s.digest[:4], p.signer, want.Profile[:4]),
			say("ask supervision whether the instrument was replaced with its knowledge", "请向监管方核实仪器是否经其同意更换"))
	}
}

// decode decodes the exchange of a reading again and compares.
func (v *verifier) decode(x claimedReading, s *setup) {
	at := v.batches[x.batch].h.Name()
	missing := func(en, zh string, args ...any) {
		v.fail("decoding", Uncheckable, say(en, zh, args...), remedyExport)
	}
	if s.profile == nil {
		missing("profile %x… is not in the file, or cannot be read", "设备档案 %x… 不在证据包中，或无法读取", s.digest[:4])
		return
	}
	name := x.Point[strings.IndexByte(x.Point, '/')+1:]
	pt, ok := s.profile.Point(name)
	if !ok {
		v.fail("decoding", Altered, say("profile %s has no point %s", "设备档案 %s 没有测点 %s", s.profile.ID, name))
		return
	}
	if x.Unit != pt.Unit {
		v.fail("decoding", Altered, say("leaf %d of %s is in %q, its profile says %q", "批次 %[2]s 第 %[1]d 条的单位为 %[3]q，设备档案为 %[4]q", x.leaf, at, x.Unit, pt.Unit))
		return
	}
	if x.Frame == nil {
		v.find(say("Some readings come from no exchange of bytes; they cannot be decoded again.", "部分读数并非来自字节交互，无法重新解码。"))
		return
	}
	fb, f := v.frame(x.batch, *x.Frame)
	if f == nil {
		missing("the raw frame of leaf %d of %s is not disclosed", "批次 %[2]s 第 %[1]d 条的原始帧未出示", x.leaf, at)
		return
	}
	var earlier []*record.Frame
	for _, ref := range f.Earlier {
		_, e := v.frame(fb, ref)
		if e == nil {
			missing("a frame that the raw frame of leaf %d of %s needs is not disclosed", "批次 %[2]s 第 %[1]d 条所需的前序帧未出示", x.leaf, at)
			return
		}
		earlier = append(earlier, e)
	}
	if f.Device != s.device.ID {
		v.fail("decoding", Altered, say("the raw frame of leaf %d of %s is of device %s", "批次 %[2]s 第 %[1]d 条的原始帧属于设备 %[3]s", x.leaf, at, f.Device))
		return
	}
	var d profile.Decoder
	if v.Decoders != nil {
		d, ok = v.Decoders(s.profile.Protocol)
	}
	if d == nil || !ok {
		v.fail("decoding", Uncheckable, say("this verifier has no decoder for %s", "本验证程序没有 %s 的解码器", s.profile.Protocol),
			say("use a verifier that knows this protocol, such as a newer release", "请使用支持该协议的验证程序，例如更新的版本"))
		return
	}
	values, err := d.Decode(s.profile, s.device, f, earlier)
	if err != nil {
		v.fail("decoding", Altered, say("the raw frame of leaf %d of %s is no valid exchange: %v", "批次 %[2]s 第 %[1]d 条的原始帧不是有效交互：%[3]v", x.leaf, at, err))
		return
	}
	// A frame may hold a point at several times; the instrument's own time tells
	// them apart.
	atTime := func(y profile.Decoded) bool { return y.Point == name && y.Time == x.Instrument }
	same := func(y profile.Decoded) bool {
		return atTime(y) && !y.Missing && y.Value == x.Value && y.Flag == x.Flag && y.Backfilled == slices.Contains(x.Marks, record.MarkBackfilled)
	}
	if !slices.ContainsFunc(values, same) {
		got := "no value"
		if i := slices.IndexFunc(values, atTime); i >= 0 && !values[i].Missing {
			got = values[i].Value.String() + " " + values[i].Flag
		}
		v.fail("decoding", Altered, say("leaf %d of %s says %s %s, its raw frame says %s", "批次 %[2]s 第 %[1]d 条为 %[3]s %[4]s，其原始帧为 %[5]s", x.leaf, at, x.Value, x.Flag, strings.TrimSpace(got)))
	}
}
