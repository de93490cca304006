package webhook

import (
	"context"
	"errors"
	"net/http"

	"fieldseal/evidence/batch"
	"fieldseal/notary/api/rest"
	"fieldseal/notary/live"
)

// Path of the webhooks.
const Path = "/api/v1/webhooks"

// Desk puts webhooks on the API.
type Desk struct {
	*Hooks
	// Who is the account that asks; empty: the notary's operator, whose hooks see
	// everything and who sees all hooks.
	Who func(context.Context) string
	// Site finds a site by its configuration id or its random one.
	// One that the asker does not see is not there.
	Site func(context.Context, string) (batch.ID, bool)
}

// Operations puts the requests on a router.
func (d *Desk) Operations(r *rest.Router) {
	need := func(action string) rest.Need { return rest.Need{Resource: "webhook", Action: action} }
	rest.Handle(r, rest.Operation{ID: "add-webhook", Method: http.MethodPost, Path: Path, Tag: "webhooks", Summary: "Send events to an address from now on", Needs: need("add"), Status: http.StatusCreated,
		Detail: "At most 64, and 16 of one account. Deliveries are signed by the Standard Webhooks specification (HMAC-SHA256); the secret is told in this answer only. They stand under the rights of the account that made them.", Errors: []int{http.StatusNotFound}}, d.add)
	rest.Handle(r, rest.Operation{ID: "list-webhooks", Method: http.MethodGet, Path: Path, Tag: "webhooks", Summary: "Webhooks and how they stand", Needs: need("read")}, d.list)
	rest.Handle(r, rest.Operation{ID: "remove-webhook", Method: http.MethodDelete, Path: Path + "/{id}", Tag: "webhooks", Summary: "Send nothing there any more", Needs: need("remove"), Errors: []int{http.StatusNotFound}}, d.remove)
}

// Wanted asks for a webhook.
type Wanted struct {
	URL      string   `json:"url" maxLength:"1024" doc:"https://…"`
	Sites    []string `json:"sites,omitempty" maxItems:"64" doc:"configuration ids or 32 hex digits; none: all that you may see"`
	Gateways []string `json:"gateways,omitempty" maxItems:"64"`
	Devices  []string `json:"devices,omitempty" maxItems:"64"`
	Points   []string `json:"points,omitempty" maxItems:"64"`
	Kinds    []string `json:"kinds,omitempty" maxItems:"3" enum:"admission,state,alarm"`
}

// Made is a new webhook with its secret.
type Made struct {
	State
	Secret string `json:"secret" doc:"whsec_… ; it is not told again"`
}

func (d *Desk) add(ctx context.Context, in *struct{ Body Wanted }) (*struct{ Body Made }, error) {
	f := Filter{Devices: in.Body.Devices, Points: in.Body.Points}
	for _, s := range in.Body.Sites {
		id, ok := d.Site(ctx, s)
		if !ok {
			return nil, rest.Fail(http.StatusNotFound, "there is no site "+s, "GET /api/v1/centre/sites lists those that you may see")
		}
		f.Sites = append(f.Sites, id)
	}
	for _, s := range in.Body.Gateways {
		id, err := batch.ParseID(s)
		if err != nil {
			return nil, rest.Fail(http.StatusUnprocessableEntity, err.Error(), "a gateway is named by 32 hex digits")
		}
		f.Gateways = append(f.Gateways, id)
	}
	for _, k := range in.Body.Kinds {
		f.Kinds = append(f.Kinds, live.Kind(k))
	}
	s, secret, err := d.Add(ctx, d.Who(ctx), in.Body.URL, f)
	if err != nil {
		return nil, explain(err)
	}
	return &struct{ Body Made }{Made{s, secret}}, nil
}

func (d *Desk) maker(ctx context.Context) *string {
	if who := d.Who(ctx); who != "" {
		return &who
	}
	return nil
}

func (d *Desk) list(ctx context.Context, _ *struct{}) (*struct {
	Body struct {
		Items []State `json:"items"`
	}
}, error) {
	out := &struct {
		Body struct {
			Items []State `json:"items"`
		}
	}{}
	out.Body.Items = d.List(d.maker(ctx))
	return out, nil
}

func (d *Desk) remove(ctx context.Context, in *struct {
	ID string `path:"id" maxLength:"64"`
}) (*struct{}, error) {
	return nil, explain(d.Remove(ctx, in.ID, d.maker(ctx)))
}

func explain(err error) error {
	switch {
	case errors.Is(err, ErrUnknown):
		return rest.Fail(http.StatusNotFound, err.Error(), "GET "+Path+" lists those that there are")
	case errors.Is(err, ErrHook):
		return rest.Fail(http.StatusUnprocessableEntity, err.Error(), "docs/api.md says what a webhook may be")
	}
	return err
}
