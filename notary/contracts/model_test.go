package contracts

// What must hold after every call, by whomever, in whatever order:
//
//   - nothing that the governor may do happens without approvals of distinct
//     organisations, as they stand at that moment, whose weight reaches the threshold;
//   - the threshold is above half of all weight and above each single weight;
//   - who deployed, a stranger, and a key that was replaced can do nothing;
//   - a proposal is carried out at most once, and never after it has expired or an
//     approval that it needs was taken back;
//   - a log grows only by its writer, only while it is open, by no more than its rate
//     allows, with as many cosignatures of distinct organisations as it asks for, and
//     what is anchored never changes;
//   - a closed log is never opened again;
//   - in the register only a registrar of the role writes, only a site's keeper gives
//     and takes permissions, a revocation only moves back, and rule sets follow one
//     another without a hole.

import (
	"bytes"
	"crypto/ecdsa"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"fieldseal/evidence/anchor"
)

// machine runs the contracts in the bare EVM under London's rules: no blocks, no
// transactions, so that a call costs microseconds.
type machine struct {
	t       testing.TB
	conf    runtime.Config
	keys    map[string]*ecdsa.PrivateKey
	gov     common.Address
	anchors common.Address
	reg     common.Address
	g       *Governance
	a       *Anchors
	r       *Registry
}

func newMachine(t testing.TB, people, organisations []string, threshold uint32, period uint64) *machine {
	db, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	if err != nil {
		t.Fatal(err)
	}
	london := *params.TestChainConfig
	london.ChainID = big.NewInt(5)
	london.TerminalTotalDifficulty = nil
	m := &machine{t: t, keys: map[string]*ecdsa.PrivateKey{}, g: NewGovernance(), a: NewAnchors(), r: NewRegistry(),
		conf: runtime.Config{ChainConfig: &london, State: db, BlockNumber: big.NewInt(1), Time: 1_000_000, GasLimit: 30_000_000, GasPrice: new(big.Int), BaseFee: new(big.Int), Value: new(big.Int), Difficulty: new(big.Int)}}
	for i, who := range people {
		if m.keys[who], err = crypto.ToECDSA(bytes.Repeat([]byte{byte(i + 1)}, 32)); err != nil {
			t.Fatal(err)
		}
	}
	var first []GovernanceOrganisation
	for _, who := range organisations {
		first = append(first, m.organisation(who, who, who, 1))
	}
	m.gov = m.create(GovernanceCreation(first, threshold, period))
	m.reg = m.create(RegistryCreation(m.gov))
	if m.anchors, err = m.g.UnpackAnchors(m.read(m.gov, m.g.PackAnchors())); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *machine) organisation(name, key, cosigner string, weight uint32) GovernanceOrganisation {
	return GovernanceOrganisation{Id: orgID(name), Name: name, Key: m.addr(key), Cosigner: m.addr(cosigner), Weight: weight}
}

func (m *machine) addr(who string) common.Address {
	return crypto.PubkeyToAddress(m.keys[who].PublicKey)
}

func (m *machine) create(code []byte) common.Address {
	m.t.Helper()
	m.conf.Origin = m.addr("deployer")
	_, at, _, err := runtime.Create(code, &m.conf)
	if err != nil {
		m.t.Fatal(err)
	}
	return at
}

// try calls, and gives the name of the custom error, "" for success.
func (m *machine) try(who string, to common.Address, data []byte) string {
	m.t.Helper()
	m.conf.Origin = m.addr(who)
	out, _, err := runtime.Call(to, data, &m.conf)
	m.conf.State.Finalise(m.conf.ChainConfig.Rules(m.conf.BlockNumber, false, m.conf.Time))
	if err == nil {
		return ""
	}
	return (&round{bench: &bench{abi: m.a}, g: m.g, r: m.r}).reason(out)
}

// read asks, as nobody.
func (m *machine) read(to common.Address, data []byte) []byte {
	m.t.Helper()
	m.conf.Origin = common.Address{}
	out, _, err := runtime.Call(to, data, &m.conf)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// pass lets time go by.
func (m *machine) pass(seconds uint64) {
	m.conf.Time += seconds
	m.conf.BlockNumber = new(big.Int).Add(m.conf.BlockNumber, common.Big1)
}

func (m *machine) cosign(log [32]byte, size uint64, root [32]byte, who []string) (out []byte) {
	digest := m.read(m.anchors, m.a.PackDigest(log, size, root))
	slices.SortFunc(who, func(a, b string) int { x, y := m.addr(a), m.addr(b); return bytes.Compare(x[:], y[:]) })
	for _, w := range who {
		out = append(out, sign(m.t, digest, m.keys[w])...)
	}
	return out
}

// proposed is a proposal as the model knows it.
type proposed struct {
	to       common.Address
	data     []byte
	nonce    *big.Int
	approved map[string]bool // by keys
	expires  uint64
	done     bool
	apply    func() string // the change, or the name of the error
}

// modelLog is a log as the model knows it.
type modelLog struct {
	id        [32]byte
	writer    string
	cosigners uint8
	rate      uint64
	stopped   bool
	closed    bool
	newest    uint64
	time      uint64
	slots     map[uint64][32]byte
	world     map[uint64]byte // which of two histories is anchored, by size
}

// member is an organisation.
type member struct {
	name, key, cosigner string
	weight              uint32
}

// model is what the contracts must be like.
type model struct {
	*machine
	rng       *rand.Rand
	members   map[string]member
	spent     map[string]bool
	threshold uint32
	period    uint64
	logs      []*modelLog
	open      []*proposed
	nonce     int64
	seen      map[string]int

	registrars map[string]bool // "who/role"
	sites      map[byte]modelSite
	keys       map[string]*modelKey // gateways and signers
	rules      map[byte]uint64      // newest version by name
	digests    uint64
	grants     map[uint64]*modelGrant
}

type modelSite struct {
	keeper string
	open   bool
	since  uint64
}

type modelKey struct{ revoked uint64 }

type modelGrant struct {
	site        byte
	from, until uint64
}

var spare = []string{"spare-1", "spare-2", "spare-3", "spare-4", "spare-5", "spare-6"}

func newModel(t testing.TB, seed uint64) *model {
	people := append(append([]string{"deployer", "writer", "other", "stranger", "keeper"}, four...), spare...)
	w := &model{machine: newMachine(t, people, four, 3, 3600), rng: rand.New(rand.NewPCG(seed, 0)), members: map[string]member{}, spent: map[string]bool{},
		threshold: 3, period: 3600, seen: map[string]int{}, registrars: map[string]bool{}, sites: map[byte]modelSite{}, keys: map[string]*modelKey{}, rules: map[byte]uint64{}, grants: map[uint64]*modelGrant{}}
	for _, o := range four {
		w.members[o], w.spent[o] = member{o, o, o, 1}, true
	}
	w.another()
	return w
}

// another adds a log that is not registered yet.
func (w *model) another() {
	w.logs = append(w.logs, &modelLog{id: anchor.LogID(fmt.Sprint("log.example/", len(w.logs))), slots: map[uint64][32]byte{}, world: map[uint64]byte{}})
}

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

func (w *model) people() []string { return slices.Sorted(maps.Keys(w.machine.keys)) }

// decides is the organisation of a key.
func (w *model) decides(who string) (member, bool) {
	for _, o := range w.members {
		if o.key == who {
			return o, true
		}
	}
	return member{}, false
}

func (w *model) weight(p *proposed) (sum uint32) {
	for _, o := range w.members {
		if p.approved[o.key] {
			sum += o.weight
		}
	}
	return sum
}

func fits(members map[string]member, threshold uint32) bool {
	var sum, greatest uint32
	for _, o := range members {
		sum, greatest = sum+o.weight, max(greatest, o.weight)
	}
	return threshold <= sum && 2*threshold > sum && threshold > greatest
}

// change is a random thing that only the organisations together may do.
func (w *model) change() (common.Address, []byte, func() string) {
	l := pick(w.rng, w.logs)
	known := func(f func() string) func() string {
		return func() string {
			if l.writer == "" {
				return "Unknown"
			}
			return f()
		}
	}
	ended := func(f func() string) func() string {
		return known(func() string {
			if l.closed {
				return "IsClosed"
			}
			return f()
		})
	}
	switch w.rng.IntN(11) {
	case 0:
		k, rate := uint8(w.rng.IntN(34)), uint64(w.rng.IntN(3))*1000
		return w.anchors, w.a.PackRegister(l.id, w.addr("writer"), k, new(big.Int).SetUint64(rate)), func() string {
			switch {
			case l.writer != "":
				return "Known"
			case rate == 0 || k > 32:
				return "BadBound"
			}
			l.writer, l.cosigners, l.rate, l.time = "writer", k, rate, w.conf.Time
			w.another()
			return ""
		}
	case 1:
		to := pick(w.rng, []string{"writer", "other"})
		return w.anchors, w.a.PackReplace(l.id, w.addr(to)), known(func() string {
			if l.writer == to {
				return "Known"
			}
			l.writer = to
			return ""
		})
	case 2:
		k, rate := uint8(w.rng.IntN(4)), uint64(w.rng.IntN(4))*1000
		return w.anchors, w.a.PackBound(l.id, k, new(big.Int).SetUint64(rate)), known(func() string {
			if rate == 0 {
				return "BadBound"
			}
			l.cosigners, l.rate = k, rate
			return ""
		})
	case 3:
		stop := w.rng.IntN(2) == 0
		return w.anchors, w.a.PackStop(l.id, stop), ended(func() string { l.stopped = stop; return "" })
	case 4:
		size := uint64(0)
		if n := slices.Sorted(maps.Keys(l.slots)); len(n) > 0 && w.rng.IntN(3) > 0 {
			size = pick(w.rng, n)
		} else if w.rng.IntN(2) == 0 {
			size = 1 << 40
		}
		if w.rng.IntN(4) > 0 {
			l = &modelLog{id: anchor.LogID("nobody's")} // else none would live for long
		}
		return w.anchors, w.a.PackClose(l.id, size, [32]byte{1}), ended(func() string {
			if size != 0 && l.slots[size] == [32]byte{} {
				return "NotAnchored"
			}
			l.closed = true
			return ""
		})
	case 5:
		return w.anchors, w.a.PackCosigner(w.addr("stranger"), false), func() string { return "" }
	case 6:
		th, period := uint32(w.rng.IntN(7)), pick(w.rng, []uint64{1, 3600, 7200})
		return w.gov, w.g.PackSetRules(th, period), func() string {
			switch {
			case !fits(w.members, th):
				return "BadThreshold"
			case period == 1:
				return "BadPeriod"
			}
			w.threshold, w.period = th, period
			return ""
		}
	case 7, 8:
		return w.reorganise()
	default:
		who, role, may := pick(w.rng, w.people()), uint8(w.rng.IntN(4)), w.rng.IntN(4) > 0
		return w.reg, w.r.PackSetRegistrar(w.addr(who), role, may), func() string {
			w.registrars[fmt.Sprint(who, "/", role)] = may
			return ""
		}
	}
}

// reorganise puts an organisation in, changes it or takes it out.
func (w *model) reorganise() (common.Address, []byte, func() string) {
	name := pick(w.rng, append([]string{"fire"}, four...))
	was, in := w.members[name]
	next := member{name, was.key, was.cosigner, uint32(w.rng.IntN(3))}
	if !in || w.rng.IntN(8) == 0 {
		next.key = pick(w.rng, append(spare, four...))
		next.cosigner = pick(w.rng, append(spare, next.key, next.key))
	} else if w.rng.IntN(8) == 0 {
		next.cosigner = pick(w.rng, append(spare, next.key))
	}
	th := uint32(1 + w.rng.IntN(6))
	return w.gov, w.g.PackSetOrganisation(w.organisation(name, next.key, next.cosigner, next.weight), th), func() string {
		was, in := w.members[name]
		members := maps.Clone(w.members)
		if next.weight == 0 {
			if !in {
				return "BadOrganisation"
			}
			delete(members, name)
			if !fits(members, th) {
				return "BadThreshold"
			}
			w.members, w.threshold = members, th
			return ""
		}
		spent := maps.Clone(w.spent)
		if was.key != next.key {
			if spent[next.key] {
				return "KeyUsed"
			}
			spent[next.key] = true
		}
		if was.cosigner != next.cosigner && next.cosigner != next.key {
			if spent[next.cosigner] {
				return "KeyUsed"
			}
			spent[next.cosigner] = true
		}
		members[name] = next
		if !fits(members, th) {
			return "BadThreshold"
		}
		w.members, w.spent, w.threshold = members, spent, th
		return ""
	}
}

func (w *model) propose(who string) (kind, got, want string) {
	w.nonce++
	to, data, apply := w.change()
	p := &proposed{to, data, big.NewInt(w.nonce), map[string]bool{who: true}, w.conf.Time + w.period, false, apply}
	if _, ok := w.decides(who); ok {
		w.open = append(w.open, p)
	} else {
		want = "NotOrganisation"
	}
	return "propose", w.try(who, w.gov, w.g.PackPropose(to, data, p.nonce)), want
}

// lately is one of the newest proposals.
func (w *model) lately() *proposed { return w.open[len(w.open)-1-w.rng.IntN(min(len(w.open), 4))] }

func (w *model) openError(p *proposed) string {
	switch {
	case p.done:
		return "AlreadyDone"
	case w.conf.Time >= p.expires:
		return "Expired"
	}
	return ""
}

func (w *model) approve(who string) (kind, got, want string) {
	p := w.lately()
	kind = "approve"
	if _, ok := w.decides(who); !ok {
		want = "NotOrganisation"
	} else if want = w.openError(p); want == "" && p.approved[who] {
		want = "AlreadyApproved"
	} else if want == "" {
		p.approved[who] = true
		if w.weight(p) >= w.threshold {
			kind = "decide"
			if fault := p.apply(); fault == "" {
				p.done = true
			} else {
				delete(p.approved, who)
				want = "CallFailed: " + fault
			}
		}
	}
	return kind, w.try(who, w.gov, w.g.PackApprove(p.to, p.data, p.nonce)), want
}

func (w *model) withdraw(who string) (kind, got, want string) {
	p := w.lately()
	id := [32]byte(w.read(w.gov, w.g.PackIdOf(p.to, p.data, p.nonce)))
	if _, ok := w.decides(who); !ok {
		want = "NotOrganisation"
	} else if want = w.openError(p); want == "" {
		if p.approved[who] {
			delete(p.approved, who)
		} else {
			want = "NotApproved"
		}
	}
	return "withdraw", w.try(who, w.gov, w.g.PackWithdraw(id)), want
}

func (w *model) backDoor(who string) (kind, got, want string) {
	to, data, _ := w.change()
	want = "NotGovernor"
	if to == w.gov {
		want = "NotDecided"
	}
	return "back door", w.try(who, to, data), want
}

func (w *model) anchor(who string) (kind, got, want string) {
	l := w.logs[len(w.logs)-1-w.rng.IntN(min(len(w.logs), 3))]
	if w.rng.IntN(4) > 0 && l.writer != "" {
		who = l.writer
	}
	size := l.newest + w.rng.Uint64N(3)
	world := byte(0)
	switch w.rng.IntN(12) {
	case 0:
		size += 1 << 30
	case 1:
		world = 1
	case 2:
		size = w.rng.Uint64N(l.newest + 1)
	}
	by := w.people()
	w.rng.Shuffle(len(by), func(i, j int) { by[i], by[j] = by[j], by[i] })
	signers, good := []string{}, true
	for _, name := range slices.Sorted(maps.Keys(w.members)) { // in an order, so that a seed tells the run
		if len(signers) < 4 && w.rng.IntN(5) > 0 {
			signers = append(signers, w.members[name].cosigner)
		}
	}
	if w.rng.IntN(10) == 0 {
		signers = append(signers, by[0]) // anybody, perhaps one who signs already
	}
	distinct := map[string]bool{}
	for _, s := range signers {
		serves := false
		for _, o := range w.members {
			serves = serves || o.cosigner == s
		}
		good = good && serves && !distinct[s]
		distinct[s] = true
	}
	kind = "anchor"
	most := l.newest + l.rate*(w.conf.Time-l.time+1)
	switch {
	case l.writer == "" || who != l.writer:
		want = "NotWriter"
	case size == 0:
		want = "Empty"
	case size < l.newest:
		want = "Stale"
	case size == l.newest:
		kind = "again"
		if world != l.world[size] {
			want = "Fork"
		}
	case l.closed:
		want = "IsClosed"
	case l.stopped:
		want = "IsStopped"
	case size > most:
		want = "TooLarge"
	case len(signers) < int(l.cosigners) || !good:
		want = "NotCosigned"
	}
	r := root(size, uint64(world))
	data := w.a.PackAnchor(l.id, size, r)
	if plain := l.cosigners == 0 && w.rng.IntN(2) == 0; !plain {
		data = w.a.PackAnchorCosigned(l.id, size, r, w.cosign(l.id, size, r, signers))
	} else if want == "NotCosigned" {
		want = ""
	}
	got = w.try(who, w.anchors, data)
	if want == "" && got == "" && size > l.newest {
		l.newest, l.time = size, w.conf.Time
		l.slots[size] = anchor.Slot(r, size, w.conf.BlockNumber.Uint64(), w.conf.Time)
		l.world[size] = world
	}
	return kind, got, want
}

// register is a call of Registry.
func (w *model) register(who string) (kind, got, want string) {
	may := func(role uint8) string {
		if w.registrars[fmt.Sprint(who, "/", role)] {
			return ""
		}
		return "NotRegistrar"
	}
	first := func(checks ...func() string) string {
		for _, c := range checks {
			if s := c(); s != "" {
				return s
			}
		}
		return ""
	}
	when := func(bad bool, name string) func() string {
		return func() string {
			if bad {
				return name
			}
			return ""
		}
	}
	if allowed := slices.Sorted(maps.Keys(w.registrars)); len(allowed) > 0 && w.rng.IntN(4) > 0 {
		who = pick(w.rng, allowed)
		who = who[:len(who)-2]
	}
	n := byte(1 + w.rng.IntN(5))
	site := [16]byte{n}
	s, known := w.sites[n]
	now := w.conf.Time
	digest := [32]byte{byte(w.rng.IntN(12)), 1}
	var data []byte
	switch op := w.rng.IntN(8); op {
	case 0:
		open := w.rng.IntN(4) > 0
		want = first(func() string { return may(0) }, when(!known && !open, "Unknown"))
		if want == "" {
			w.sites[n] = modelSite{"keeper", open, now}
		}
		kind, data = "set site", w.r.PackSetSite(site, [16]byte{9}, w.addr("keeper"), open)
	case 1, 2:
		from, until := uint64(w.rng.IntN(3)), uint64(w.rng.IntN(4))
		name, role := fmt.Sprintf("gateway %x", digest), uint8(1)
		kind, data = "set gateway", w.r.PackSetGateway(digest, site, from, until)
		if op == 2 {
			name, role = fmt.Sprintf("signer %x %x", site, digest), 2
			kind, data = "set signer", w.r.PackSetSigner(site, 1, digest, from, until)
		}
		want = first(func() string { return may(role) }, when(!s.open, "Unknown"), when(from == 0 || until != 0 && until <= from, "Bad"), when(w.keys[name] != nil, "Known"))
		if want == "" {
			w.keys[name] = &modelKey{}
		}
	case 3, 4:
		since := pick(w.rng, []uint64{0, 1, now - 5, now, now + 1000})
		name, role := fmt.Sprintf("gateway %x", digest), uint8(1)
		kind, data = "revoke gateway", w.r.PackRevokeGateway(digest, since)
		if op == 4 {
			name, role = fmt.Sprintf("signer %x %x", site, digest), 2
			kind, data = "revoke signer", w.r.PackRevokeSigner(site, 1, digest, since)
		}
		k := w.keys[name]
		want = first(func() string { return may(role) }, when(k == nil, "Unknown"), when(since == 0 || since > now, "Bad"), when(k != nil && k.revoked != 0 && since >= k.revoked, "Known"))
		if want == "" {
			k.revoked = since
		}
	case 5:
		version := w.rules[n] + uint64(w.rng.IntN(3))
		d := [32]byte{2}
		again := w.rng.IntN(8) == 0 && w.digests > 0
		if !again {
			d[31], d[30], d[29] = byte(w.digests+1), byte((w.digests+1)>>8), byte((w.digests+1)>>16)
		} else {
			d[31] = 1
		}
		want = first(func() string { return may(3) }, when(again, "Known"), when(version != w.rules[n]+1, "NotNext"))
		if want == "" {
			w.rules[n]++
			w.digests++
		}
		kind, data = "publish rules", w.r.PackPublishRules([32]byte{n}, version, d, 1)
	case 6:
		if w.rng.IntN(3) > 0 {
			who = "keeper"
		}
		id, until := w.rng.Uint64N(2000)+1, pick(w.rng, []uint64{now, now + 100, now + 100_000})
		want = first(when(s.keeper != who || !s.open, "NotKeeper"), when(until <= now, "Bad"), when(w.grants[id] != nil, "Known"))
		if want == "" {
			w.grants[id] = &modelGrant{n, now, until}
		}
		kind, data = "grant", w.r.PackGrant(grantID(id), site, [32]byte{7}, until)
	default:
		if w.rng.IntN(3) > 0 {
			who = "keeper"
		}
		id := w.rng.Uint64N(2000) + 1
		g := w.grants[id]
		want = first(when(g == nil, "Unknown"), when(g != nil && w.sites[g.site].keeper != who, "NotKeeper"))
		if want == "" {
			g.until = min(g.until, now)
		}
		kind, data = "revoke grant", w.r.PackRevoke(grantID(id))
	}
	return kind, w.try(who, w.reg, data), want
}

func grantID(n uint64) (id [32]byte) {
	new(big.Int).SetUint64(n).FillBytes(id[:])
	return id
}

// compare holds one thing that the contracts answer against the model; over many calls
// it comes to all of them.
func (w *model) compare() {
	w.t.Helper()
	if !fits(w.members, w.threshold) {
		w.t.Fatalf("the rules broke: %v, %d", w.members, w.threshold)
	}
	l, who := pick(w.rng, w.logs), pick(w.rng, w.people())
	switch w.rng.IntN(5) {
	case 0:
		if th, err := w.g.UnpackThreshold(w.read(w.gov, w.g.PackThreshold())); err != nil || th != w.threshold {
			w.t.Fatalf("threshold %d, want %d, %v", th, w.threshold, err)
		}
	case 1:
		writer := common.Address{}
		if l.writer != "" {
			writer = w.addr(l.writer)
		}
		if got, err := w.a.UnpackWriters(w.read(w.anchors, w.a.PackWriters(l.id))); err != nil || got != writer {
			w.t.Fatalf("writer is %x, want %x, %v", got, writer, err)
		}
	case 2:
		seat, err := w.a.UnpackNewest(w.read(w.anchors, w.a.PackNewest(l.id)))
		if err != nil || seat.Size != l.newest || seat.Closed != l.closed {
			w.t.Fatalf("%+v, want size %d, closed %v, %v", seat, l.newest, l.closed, err)
		}
	case 3:
		serves := false
		for _, o := range w.members {
			serves = serves || o.cosigner == who
		}
		if got, err := w.a.UnpackCosigns(w.read(w.anchors, w.a.PackCosigns(w.addr(who)))); err != nil || got != serves {
			w.t.Fatalf("%s cosigns: %v, want %v, %v", who, got, serves, err)
		}
	default:
		id := w.rng.Uint64N(2000) + 1
		g := w.grants[id]
		want := g != nil && w.conf.Time < g.until && w.sites[g.site].open && w.sites[g.site].since <= g.from
		site := byte(1)
		if g != nil {
			site = g.site
		}
		if got, err := w.r.UnpackMayRead(w.read(w.reg, w.r.PackMayRead(grantID(id), [16]byte{site}, [32]byte{7}))); err != nil || got != want {
			w.t.Fatalf("grant %d lets read: %v, want %v, %v", id, got, want, err)
		}
	}
}

// TestRandomCallsKeepTheInvariants plays every call by everybody beside a model.
// FIELDSEAL_CALLS says how many, FIELDSEAL_SEED which.
func TestRandomCallsKeepTheInvariants(t *testing.T) {
	calls, seed := 10_000, uint64(5)
	if os.Getenv("CI") == "true" {
		calls = 100_000
	}
	if n, err := strconv.Atoi(os.Getenv("FIELDSEAL_CALLS")); err == nil {
		calls = n
	}
	if n, err := strconv.ParseUint(os.Getenv("FIELDSEAL_SEED"), 10, 64); err == nil {
		seed = n
	}
	w := newModel(t, seed)
	for i := range calls {
		who := pick(w.rng, w.people())
		if w.rng.IntN(2) == 0 {
			who = pick(w.rng, slices.Sorted(maps.Keys(w.members)))
			who = w.members[who].key
		}
		var kind, got, want string
		switch op := w.rng.IntN(20); {
		case op < 3 || len(w.open) == 0:
			kind, got, want = w.propose(who)
		case op < 10:
			kind, got, want = w.approve(who)
		case op == 10:
			kind, got, want = w.withdraw(who)
		case op == 11:
			kind, got, want = w.backDoor(who)
		case op < 16:
			kind, got, want = w.anchor(who)
		default:
			kind, got, want = w.register(who)
		}
		if got != want {
			t.Fatalf("call %d of seed %d: %s by %s: got %q, want %q", i, seed, kind, who, got, want)
		}
		if want != "" {
			kind += " " + want
		}
		w.seen[kind]++
		w.compare()
		w.pass(1 + w.rng.Uint64N(300))
	}
	for _, l := range w.logs {
		for size, want := range l.slots {
			if got := w.conf.State.GetState(w.anchors, anchor.SlotKey(l.id, size)); [32]byte(got) != want {
				t.Errorf("in the end, slot of %d is %x, want %x", size, got, want)
			}
		}
	}
	for _, k := range []string{"propose", "propose NotOrganisation", "approve", "approve Expired", "approve AlreadyDone", "approve AlreadyApproved", "approve NotOrganisation", "decide", "decide CallFailed: Known",
		"decide CallFailed: BadThreshold", "decide CallFailed: KeyUsed", "decide CallFailed: IsClosed", "withdraw", "withdraw NotApproved", "back door NotGovernor", "back door NotDecided", "anchor", "again", "again Fork",
		"anchor NotWriter", "anchor IsStopped", "anchor NotCosigned", "anchor Stale", "anchor TooLarge", "anchor IsClosed", "set site", "set gateway", "set gateway Known", "revoke gateway", "revoke gateway Known", "set signer",
		"revoke signer", "publish rules", "publish rules NotNext", "publish rules Known", "grant", "grant NotKeeper", "revoke grant", "revoke grant NotKeeper", "set site NotRegistrar"} {
		if w.seen[k] == 0 && calls >= 100_000 { // fewer need not come to all
			t.Errorf("never seen: %s", k)
		}
	}
	if t.Failed() || testing.Verbose() {
		for _, k := range slices.Sorted(maps.Keys(w.seen)) {
			t.Logf("%7d %s", w.seen[k], k)
		}
	}
}
