package sbi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/train"
)

// Each network of a fit is announced before it reports: candidates first, then the members,
// and runs to an earlier best step as such.
func TestStages(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	o := rounded(t, t.TempDir(), 1, new(int))
	rng, n := stream.New(1, "test/stage", 0), 120
	theta := mat.NewDense(n, 2, nil)
	o.Fit.Prior.Sample(theta, 1, 0)
	x := mat.DenseCopyOf(theta)
	for i := range n {
		x.Set(i, 0, x.At(i, 0)+0.1*rng.NormFloat64())
	}
	var said []string
	reports := map[string]int{}
	fit := o.Fit
	fit.Steps, fit.Hidden, fit.Layers, fit.many = 600, 8, 1, 2
	fit.Stage = func(s Stage) { said = append(said, s.String()) }
	fit.Observe = func(train.Report) error { reports[said[len(said)-1]]++; return nil }
	if _, err := Fit(context.Background(), &Simulations{Theta: theta, X: x, ThetaNames: fit.Prior.Names(), XNames: []string{"a", "b"}}, &fit); err != nil {
		t.Fatal(err)
	}
	var first []string // of those that are not again
	for _, s := range said {
		if reports[s] == 0 {
			t.Errorf("%s: no report", s)
		}
		if !strings.HasSuffix(s, ", again") {
			first = append(first, s)
		}
	}
	want := []string{"candidate 1 of 3", "candidate 2 of 3", "candidate 3 of 3, network 1 of 2", "candidate 3 of 3, network 2 of 2"}
	if len(first) < 6 || !slices.Equal(first[:4], want) || !strings.HasPrefix(first[4], "member 1 of 2") || !strings.HasPrefix(first[len(first)-1], "member 2 of 2") {
		t.Errorf("%q", said)
	}
	if s := fmt.Sprint(Stage{Round: 3, Part: 1, Parts: 2, Net: 2, Nets: 4, Again: true}); s != "round 3, member 1 of 2, network 2 of 4, again" {
		t.Error(s)
	}
}
