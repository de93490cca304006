package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"fieldseal/evidence/batch"
	"fieldseal/notary/access"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/store"
)

// Path of the certificates.
const Path = "/api/v1/certificates"

// maxCerts of one account, and of all.
const (
	maxCerts    = 16
	maxAllCerts = 4096
	maxRequest  = 8 << 10 // bytes of a certificate request
)

// Authority certifies the keys of accounts; [access.CA] is one.
type Authority interface {
	IssueReader(account string, request []byte) (certificate []byte, serial string, until time.Time, err error)
	PEM() []byte
}

// Certificate lets an account read live values over MQTT until it ends or is revoked.
type Certificate struct {
	Serial  string `json:"serial"`
	Account string `json:"account"`
	Issued  int64  `json:"issued" csv:"time"`
	Until   int64  `json:"until" csv:"time"`
}

// Errors of certificates.
var (
	ErrMany    = errors.New("too many certificates")
	ErrUnknown = errors.New("no such certificate")
)

// Open reads which certificates are out.
func Open(c Config) (*Feed, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	f := &Feed{Config: c, sites: map[string]batch.ID{}, certs: map[string]Certificate{}}
	for kv, err := range c.Store.Rows(store.TableReader, store.Range{}) {
		var x Certificate
		if err == nil {
			err = json.Unmarshal(kv.Value, &x)
		}
		if err == nil && x.Serial != string(kv.Key) {
			err = fmt.Errorf("it is of %q", x.Serial)
		}
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", kv.Key, err)
		}
		f.certs[x.Serial] = x
	}
	return f, nil
}

// Certify makes a certificate for an account, over a key that stays with it.
func (f *Feed) Certify(ctx context.Context, account string, request []byte) (c Certificate, certificate []byte, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Now().UnixMicro()
	g := &store.Group{}
	n := 0
	for serial, x := range f.certs {
		switch {
		case x.Until <= now:
			g.Rows = append(g.Rows, store.Put{Table: store.TableReader, Key: []byte(serial)})
		case x.Account == account:
			n++
		}
	}
	if n >= maxCerts || len(f.certs)-len(g.Rows) >= maxAllCerts {
		return c, nil, fmt.Errorf("%w: an account has at most %d, all together %d", ErrMany, maxCerts, maxAllCerts)
	}
	pem, serial, until, err := f.CA.IssueReader(account, request)
	if err != nil {
		return c, nil, err
	}
	c = Certificate{serial, account, now, until.UnixMicro()}
	v, err := json.Marshal(c)
	if err != nil {
		return c, nil, err
	}
	gone := g.Rows
	g.Rows = append(g.Rows, store.Put{Table: store.TableReader, Key: []byte(serial), Value: v})
	if err := f.write(ctx, g, "certificate.add", serial); err != nil {
		return c, nil, err
	}
	for _, p := range gone {
		delete(f.certs, string(p.Key))
	}
	f.certs[serial] = c
	return c, pem, nil
}

// List gives the certificates that are out. account nil: of all.
func (f *Feed) List(account *string) []Certificate {
	f.mu.RLock()
	defer f.mu.RUnlock()
	out := []Certificate{}
	for _, c := range f.certs {
		if account == nil || c.Account == *account {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Certificate) int {
		return cmp.Or(cmp.Compare(a.Issued, b.Issued), cmp.Compare(a.Serial, b.Serial))
	})
	return out
}

// Revoke ends a certificate. account nil: whosever it is.
func (f *Feed) Revoke(ctx context.Context, serial string, account *string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.certs[serial]
	if !ok || account != nil && c.Account != *account {
		return fmt.Errorf("%w: %q", ErrUnknown, serial)
	}
	if err := f.write(ctx, &store.Group{Rows: []store.Put{{Table: store.TableReader, Key: []byte(serial)}}}, "certificate.revoke", serial+" of "+c.Account); err != nil {
		return err
	}
	delete(f.certs, serial)
	return nil
}

// write writes rows, with a row of the audit trail where there is one.
func (f *Feed) write(ctx context.Context, g *store.Group, what, subject string) error {
	if f.Deed == nil {
		return f.Store.Commit(g)
	}
	return f.Deed(ctx, g, what, subject)
}

// RevokeAll ends an account's certificates.
func (f *Feed) RevokeAll(account string) error {
	for _, c := range f.List(&account) {
		if err := f.Revoke(context.Background(), c.Serial, &account); err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
	}
	return nil
}

// Desk puts certificates on the API.
type Desk struct {
	*Feed
	// Who is the account that asks; empty: the notary's operator, who has none of
	// its own and sees all.
	Who func(context.Context) string
}

// Operations puts the requests on a router.
func (d *Desk) Operations(r *rest.Router) {
	need := func(action string) rest.Need { return rest.Need{Resource: "certificate", Action: action} }
	rest.Handle(r, rest.Operation{ID: "add-certificate", Method: http.MethodPost, Path: Path, Tag: "certificates", Summary: "Certify a key of yours to read live values over MQTT", Needs: need("add"), Status: http.StatusCreated,
		MaxBody: 2 * maxRequest, Detail: "The key stays with you: send a PKCS #10 request (Ed25519 or P-256). At most 16 of an account, 90 days each."}, d.add)
	rest.Handle(r, rest.Operation{ID: "list-certificates", Method: http.MethodGet, Path: Path, Tag: "certificates", Summary: "Certificates of yours that are out", Needs: need("read")}, d.list)
	rest.Handle(r, rest.Operation{ID: "revoke-certificate", Method: http.MethodDelete, Path: Path + "/{serial}", Tag: "certificates", Summary: "Revoke a certificate at once", Needs: need("remove"), Errors: []int{http.StatusNotFound}}, d.revoke)
}

// Certified is a new certificate.
type Certified struct {
	Certificate
	PEM string `json:"certificate" doc:"in PEM"`
	CA  string `json:"ca" doc:"of the notary, in PEM: what its broker's certificate is checked with"`
}

func (d *Desk) add(ctx context.Context, in *struct {
	Body struct {
		Request string `json:"request" maxLength:"8192" doc:"PKCS #10 in PEM"`
	}
}) (*struct{ Body Certified }, error) {
	who := d.Who(ctx)
	if who == "" {
		return nil, rest.Fail(http.StatusForbidden, "a certificate belongs to an account, and the operator's token is none", "sign in, or send an access token of an account")
	}
	c, pem, err := d.Certify(ctx, who, []byte(in.Body.Request))
	switch {
	case errors.Is(err, access.ErrNoAccount):
		return nil, rest.Fail(http.StatusUnprocessableEntity, err.Error(), "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout reader.key -subj / makes one")
	case errors.Is(err, ErrMany):
		return nil, rest.Fail(http.StatusConflict, err.Error(), "revoke one that you do not need")
	case err != nil:
		return nil, err
	}
	return &struct{ Body Certified }{Certified{c, string(pem), string(d.CA.PEM())}}, nil
}

func (d *Desk) owner(ctx context.Context) *string {
	if who := d.Who(ctx); who != "" {
		return &who
	}
	return nil
}

func (d *Desk) list(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Items []Certificate `json:"items"`
	}
}, error) {
	out := &struct {
		Body struct {
			Items []Certificate `json:"items"`
		}
	}{}
	out.Body.Items = d.List(d.owner(ctx))
	return out, nil
}

func (d *Desk) revoke(ctx context.Context, in *struct {
	Serial string `path:"serial" maxLength:"64"`
}) (*struct{}, error) {
	err := d.Revoke(ctx, in.Serial, d.owner(ctx))
	if errors.Is(err, ErrUnknown) {
		return nil, rest.Fail(http.StatusNotFound, err.Error(), "GET "+Path+" lists those that are out")
	}
	return nil, err
}
