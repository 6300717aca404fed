package sbi

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// A corner plot names the parameters; the prior in it is a function of the seed.
func TestCorner(t *testing.T) {
	m := &Model{prior: mixedPrior(t)}
	theta := mat.NewDense(60, 4, nil)
	m.prior.Sample(theta, 1, 0)
	svg := func(truth []float64, seed uint64) string {
		t.Helper()
		f, err := m.Corner(&Draws{Theta: theta}, truth, seed)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := f.WriteSVG(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	one := svg(nil, 1)
	for _, name := range []string{">a<", ">d<", "posterior", "prior"} {
		if !strings.Contains(one, name) {
			t.Errorf("the figure does not have %s", name)
		}
	}
	if svg(nil, 1) != one || svg(nil, 2) == one || svg([]float64{0, 1, math.NaN(), 0.5}, 1) == one {
		t.Error("the figure is not that of its seed and truth")
	}
	if _, err := m.Corner(&Draws{Theta: theta.Slice(0, 3, 0, 4).(*mat.Dense)}, nil, 1); err == nil {
		t.Error("three draws are drawn")
	}
}
