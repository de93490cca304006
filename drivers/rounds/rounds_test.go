package rounds

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

type named struct {
	Turn
	name string
}

func TestTurnsComeAtTheirPaceAndLateOnesAreNotMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		all := []*named{{Turn{Every: 3 * time.Second}, "a"}, {Turn{Every: 5 * time.Second}, "b"}}
		ctx, stop := context.WithTimeout(t.Context(), 21*time.Second)
		defer stop()
		Begin(all)
		var got []string
		for {
			x, ok := Next(ctx, all)
			if !ok {
				break
			}
			got = append(got, fmt.Sprintf("%s%d", x.name, int(time.Since(start).Seconds())))
			if len(got) == 3 {
				time.Sleep(7 * time.Second) // an instrument that takes long
			}
			x.Taken()
		}
		if want := []string{"a0", "b0", "a3", "b10", "a13", "b15", "a16", "a19", "b20"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
