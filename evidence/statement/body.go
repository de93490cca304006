package statement

import (
	"fieldseal/evidence/batch"
	"fieldseal/evidence/cborx"
	"fieldseal/evidence/cose"
	"fieldseal/evidence/decimal"
	"fieldseal/evidence/merkle"
	"fieldseal/evidence/record"
)

// Limits of bodies.
const (
	MaxName    = 128  // bytes of a name for people
	MaxReason  = 256  // bytes of a reason
	MaxRevoked = 1000 // rows of one status list
	MaxPlanned = record.MaxPoints
)

// Genesis is entry 0 of a log, signed with the log key: it binds what the log
// is anchored in and who may enrol its gateways.
type Genesis struct {
	LogKey    cose.Key // Ed25519; the same key as in the checkpoint's verifier key
	Authority cose.Key // signs enrolments and status lists
	ChainKey  *cose.Key
	ChainID   uint64
	Contract  [20]byte
	CodeHash  [32]byte // keccak256 of the contract's runtime code
	// Predecessor is the head of the log that this one succeeds; nil for none.
	Predecessor *Predecessor
}

// Predecessor is the closed head of an earlier log.
type Predecessor struct {
	Origin string
	Size   uint64
	Root   merkle.Hash
}

// Type is TypeGenesis.
func (*Genesis) Type() Type { return TypeGenesis }

func (g *Genesis) append(b []byte) []byte {
	n := 5
	if g.ChainKey != nil {
		n++
	}
	if g.Predecessor != nil {
		n++
	}
	b = g.LogKey.Append(cborx.AppendUint(cborx.AppendMap(b, n), 1))
	b = g.Authority.Append(cborx.AppendUint(b, 2))
	b = cborx.AppendUint(cborx.AppendUint(b, 3), g.ChainID)
	b = cborx.AppendBytes(cborx.AppendUint(b, 4), g.Contract[:])
	b = cborx.AppendBytes(cborx.AppendUint(b, 5), g.CodeHash[:])
	if g.ChainKey != nil {
		b = g.ChainKey.Append(cborx.AppendUint(b, 6))
	}
	if p := g.Predecessor; p != nil {
		b = cborx.AppendText(cborx.AppendArray(cborx.AppendUint(b, 7), 3), p.Origin)
		b = cborx.AppendBytes(cborx.AppendUint(b, p.Size), p.Root[:])
	}
	return b
}

func readGenesis(r *cborx.Reader) *Genesis {
	g := &Genesis{}
	for m := r.Fields(cborx.LabelRange(1, 7), cborx.LabelRange(1, 5)); m.Next(); {
		switch m.Label {
		case 1:
			g.LogKey = cose.ReadKey(r)
		case 2:
			g.Authority = cose.ReadKey(r)
		case 3:
			g.ChainID = r.Uint()
		case 4:
			copy(g.Contract[:], r.Fixed(20))
		case 5:
			copy(g.CodeHash[:], r.Fixed(32))
		case 6:
			k := cose.ReadKey(r)
			g.ChainKey = &k
		case 7:
			r.ArrayOf(3)
			p := &Predecessor{Origin: r.Text(batch.MaxOrigin), Size: r.Uint()}
			copy(p.Root[:], r.Fixed(32))
			g.Predecessor = p
		}
	}
	return g
}

// Enrolment binds a gateway's id, key and site; the enrolment authority signs it.
type Enrolment struct {
	Gateway     batch.ID
	Site        batch.ID
	Key         cose.Key
	SiteSlug    string // configuration id of the site
	SiteName    string // for people
	GatewayName string // configuration id of the gateway
}

// Type is TypeEnrolment.
func (*Enrolment) Type() Type { return TypeEnrolment }

func (e *Enrolment) append(b []byte) []byte {
	b = cborx.AppendBytes(cborx.AppendUint(cborx.AppendMap(b, 6), 1), e.Gateway[:])
	b = cborx.AppendBytes(cborx.AppendUint(b, 2), e.Site[:])
	b = e.Key.Append(cborx.AppendUint(b, 3))
	b = cborx.AppendText(cborx.AppendUint(b, 4), e.SiteSlug)
	b = cborx.AppendText(cborx.AppendUint(b, 5), e.SiteName)
	return cborx.AppendText(cborx.AppendUint(b, 6), e.GatewayName)
}

func readEnrolment(r *cborx.Reader) *Enrolment {
	e := &Enrolment{}
	for m := r.Fields(cborx.LabelRange(1, 6), cborx.LabelRange(1, 6)); m.Next(); {
		switch m.Label {
		case 1:
			copy(e.Gateway[:], r.Fixed(16))
		case 2:
			copy(e.Site[:], r.Fixed(16))
		case 3:
			e.Key = cose.ReadKey(r)
		case 4:
			e.SiteSlug = r.Text(MaxName)
		case 5:
			e.SiteName = r.Text(MaxName)
		case 6:
			e.GatewayName = r.Text(MaxName)
		}
	}
	return e
}

// StatusList says which gateways are revoked. The newest one under the
// checkpoint counts: origin is "not revoked as of its time".
type StatusList struct {
	Serial  uint64 // ascends by one
	Next    int64  // Unix µs by which the next list is due
	Revoked []Revocation
}

// Revocation revokes a gateway's key from a log index on.
type Revocation struct {
	Gateway   batch.ID
	FromIndex uint64 // entries at and after this index are not believed
	Suspected int64  // Unix µs since when the key may have been in other hands; 0: not known
	Reason    string
}

// Type is TypeStatusList.
func (*StatusList) Type() Type { return TypeStatusList }

// Of finds the revocation of a gateway.
func (s *StatusList) Of(g batch.ID) (Revocation, bool) {
	for _, v := range s.Revoked {
		if v.Gateway == g {
			return v, true
		}
	}
	return Revocation{}, false
}

func (s *StatusList) append(b []byte) []byte {
	b = cborx.AppendUint(cborx.AppendUint(cborx.AppendMap(b, 3), 1), s.Serial)
	b = cborx.AppendInt(cborx.AppendUint(b, 2), s.Next)
	b = cborx.AppendArray(cborx.AppendUint(b, 3), len(s.Revoked))
	for _, v := range s.Revoked {
		b = cborx.AppendBytes(cborx.AppendArray(b, 4), v.Gateway[:])
		b = cborx.AppendInt(cborx.AppendUint(b, v.FromIndex), v.Suspected)
		b = cborx.AppendText(b, v.Reason)
	}
	return b
}

func readStatusList(r *cborx.Reader) *StatusList {
	s := &StatusList{}
	for m := r.Fields(cborx.LabelRange(1, 3), cborx.LabelRange(1, 3)); m.Next(); {
		switch m.Label {
		case 1:
			s.Serial = r.Uint()
		case 2:
			s.Next = r.Int()
		case 3:
			for n := r.Array(MaxRevoked); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(4)
				var v Revocation
				copy(v.Gateway[:], r.Fixed(16))
				v.FromIndex, v.Suspected, v.Reason = r.Uint(), r.Int(), r.Text(MaxReason)
				s.Revoked = append(s.Revoked, v)
			}
		}
	}
	return s
}

// Coverage says what a site must send; the supervision side signs it.
type Coverage struct {
	Site   batch.ID
	From   int64 // Unix µs from which it is in force
	Until  int64 // Unix µs at which it ends; 0: until replaced
	Points []Planned
}

// Planned is one point that a site must send.
type Planned struct {
	Point       string
	MaxInterval uint64     // µs between two readings at the most
	Profile     [32]byte   // digest of the compiled profile that gives it meaning
	Gateway     batch.ID   // the gateway that sends it
	Low, High   *decimal.D // the limits that supervision holds it to; nil: none
}

// Type is TypeCoverage.
func (*Coverage) Type() Type { return TypeCoverage }

// Of finds a point of the plan.
func (c *Coverage) Of(point string) (Planned, bool) {
	for _, p := range c.Points {
		if p.Point == point {
			return p, true
		}
	}
	return Planned{}, false
}

// InForce reports whether the plan holds at a time.
func (c *Coverage) InForce(t int64) bool { return t >= c.From && (c.Until == 0 || t < c.Until) }

func (c *Coverage) append(b []byte) []byte {
	b = cborx.AppendBytes(cborx.AppendUint(cborx.AppendMap(b, 4), 1), c.Site[:])
	b = cborx.AppendInt(cborx.AppendUint(b, 2), c.From)
	b = cborx.AppendInt(cborx.AppendUint(b, 3), c.Until)
	b = cborx.AppendArray(cborx.AppendUint(b, 4), len(c.Points))
	for _, p := range c.Points {
		b = cborx.AppendText(cborx.AppendArray(b, 6), p.Point)
		b = cborx.AppendBytes(cborx.AppendUint(b, p.MaxInterval), p.Profile[:])
		b = cborx.AppendBytes(b, p.Gateway[:])
		b = appendBound(appendBound(b, p.Low), p.High)
	}
	return b
}

func appendBound(b []byte, d *decimal.D) []byte {
	if d == nil {
		return cborx.AppendNull(b)
	}
	return d.Append(b)
}

func readBound(r *cborx.Reader) *decimal.D {
	if r.Peek() == cborx.TypeNull {
		r.Null()
		return nil
	}
	d := decimal.Read(r)
	return &d
}

func readCoverage(r *cborx.Reader) *Coverage {
	c := &Coverage{}
	for m := r.Fields(cborx.LabelRange(1, 4), cborx.LabelRange(1, 4)); m.Next(); {
		switch m.Label {
		case 1:
			copy(c.Site[:], r.Fixed(16))
		case 2:
			c.From = r.Int()
		case 3:
			c.Until = r.Int()
		case 4:
			for n := r.Array(MaxPlanned); n > 0 && r.Err() == nil; n-- {
				r.ArrayOf(6)
				p := Planned{Point: r.Text(record.MaxName), MaxInterval: r.Uint()}
				copy(p.Profile[:], r.Fixed(32))
				copy(p.Gateway[:], r.Fixed(16))
				p.Low, p.High = readBound(r), readBound(r)
				if l := len(c.Points); r.Err() == nil && l > 0 && c.Points[l-1].Point >= p.Point {
					r.Failf("points are repeated or out of order at %q", p.Point)
				}
				c.Points = append(c.Points, p)
			}
		}
	}
	return c
}
