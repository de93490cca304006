package verify

// rung describes a check of the ladder; docs/verdict.md lists them in this order.
type rung struct {
	name     string
	question Question
	title    Text
}

var ladder = [...]rung{
	{"file", Integrity, Text{"evidence file is well-formed", "证据包格式正确"}},
	{"trust", Origin, Text{"trust file is valid for this time", "信任根文件在有效期内"}},
	{"checkpoint", Anchoring, Text{"checkpoint is signed by the log", "检查点由存证日志签名"}},
	{"witness", Anchoring, Text{"witnesses cosigned", "见证方已联署"}},
	{"consistency", Anchoring, Text{"log only grew between checkpoints", "存证日志只增不改"}},
	{"inclusion", Integrity, Text{"entries stand in the log", "条目在存证日志中"}},
	{"enrolment", Origin, Text{"gateway was enrolled by the authority", "网关由登记机构登记"}},
	{"status", Origin, Text{"gateway's key is not revoked", "网关密钥未被吊销"}},
	{"register", Origin, Text{"the chain's register knows the gateway", "链上登记簿载有该网关"}},
	{"signature", Integrity, Text{"headers are sealed by the gateway's key", "批次头由网关密钥封签"}},
	{"speakers", Origin, Text{"one gateway speaks with this key", "该密钥只有一台网关使用"}},
	{"record", Integrity, Text{"records stand in their sealed batches", "记录在已封签的批次中"}},
	{"recorded", Integrity, Text{"steps of alarms are as the notary recorded them", "报警处置记录与公证端所记一致"}},
	{"contents", Completeness, Text{"every record of the point is disclosed", "该测点的记录全部出示"}},
	{"links", Completeness, Text{"batches follow each other without a hole", "批次首尾相连无缺"}},
	{"opening", Completeness, Text{"the range is open to nothing before it", "范围起点之前已衔接"}},
	{"closing", Completeness, Text{"a later header closes the range", "范围终点已由后续批次封闭"}},
	{"plan", Completeness, Text{"coverage plan is kept", "符合应采清单"}},
	{"block", Time, Text{"named block is sealed (lower bound)", "所引区块真实（时间下限）"}},
	{"clock", Time, Text{"gateway's clock agrees with the bounds", "网关时钟与时间界限相符"}},
	{"anchor", Anchoring, Text{"checkpoint is anchored (upper bound)", "检查点已锚定（时间上限）"}},
	{"configuration", Meaning, Text{"configuration and profile are the sealed ones", "配置与设备档案即封签所指"}},
	{"decoding", Meaning, Text{"raw frames decode to the same values", "原始帧重新解码得到同一数值"}},
}

// Title is the name of a check for people.
func Title(name string) Text {
	for _, r := range ladder {
		if r.name == name {
			return r.title
		}
	}
	return Text{name, name}
}

// Names lists every check in the order of the ladder.
func Names() []string {
	out := make([]string, len(ladder))
	for i, r := range ladder {
		out[i] = r.name
	}
	return out
}

// rungs holds the checks while they run.
type rungs [len(ladder)]Check

func (k *rungs) at(name string) *Check {
	for i := range ladder {
		if ladder[i].name == name {
			k[i].Name, k[i].Question = name, ladder[i].question
			return &k[i]
		}
	}
	panic("no check is named " + name)
}

// fail records a failure; of several, the worst and among those the first stays.
func (k *rungs) fail(name string, s Status, detail Text, remedy ...Text) {
	c := k.at(name)
	if c.ran && c.Status >= s {
		return
	}
	c.ran, c.Status, c.Detail, c.Remedy = true, s, detail, Text{}
	if len(remedy) > 0 {
		c.Remedy = remedy[0]
	}
}

// pass records success unless the check has failed already.
func (k *rungs) pass(name string, detail Text) {
	if c := k.at(name); !c.ran {
		c.ran, c.Status, c.Detail = true, Genuine, detail
	}
}

// good reports whether a check has not failed.
func (k *rungs) good(name string) bool {
	c := k.at(name)
	return !c.ran || c.Status == Genuine
}

func (k *rungs) list() (out []Check) {
	for _, c := range k {
		if c.ran {
			out = append(out, c)
		}
	}
	return out
}
