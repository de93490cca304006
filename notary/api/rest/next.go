package rest

import (
	"context"
	"net/url"
)

type askedKey struct{}

// asking keeps what was asked, for [Next].
func asking(ctx context.Context, u *url.URL) context.Context {
	return context.WithValue(ctx, askedKey{}, u)
}

// Next is the Link header of a table that goes on after a cursor (RFC 8288): the
// request as it was asked, with its filters and its format. Empty without a cursor.
func Next(ctx context.Context, cursor string) string {
	u, _ := ctx.Value(askedKey{}).(*url.URL)
	if cursor == "" || u == nil {
		return ""
	}
	q := u.Query()
	q.Set("cursor", cursor)
	return "<" + u.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
}
