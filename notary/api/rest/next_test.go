package rest

import (
	"net/url"
	"testing"
)

func TestNextPageIsAskedWithTheSameFilters(t *testing.T) {
	u, err := url.Parse("/api/v1/points?site=north-yard&format=csv&limit=2&cursor=old&district=%E6%B5%A6%E4%B8%9C")
	if err != nil {
		t.Fatal(err)
	}
	ctx := asking(t.Context(), u)
	if got, want := Next(ctx, "a b"), `</api/v1/points?cursor=a+b&district=%E6%B5%A6%E4%B8%9C&format=csv&limit=2&site=north-yard>; rel="next"`; got != want {
		t.Errorf("%s\nwanted %s", got, want)
	}
	if got := Next(ctx, ""); got != "" {
		t.Errorf("after the last page: %s", got)
	}
}
