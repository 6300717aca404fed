package sample

import (
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

const pathRows = 200

// pathEnd carries rows of a bimodal law along the times ts, from 1 to .01, on
// one Brownian path each. The law is not Gaussian: on one of those, methods for
// additive noise gain half an order.
func pathEnd(tb testing.TB, m Method, ts []float64) []float64 {
	tb.Helper()
	d, err := sde.NewMixture([]float64{0.5, 0.5}, []*sde.Gaussian{
		gauss1(tb, -0.7, 0.16, sde.VP{}), gauss1(tb, 0.7, 0.16, sde.VP{}),
	})
	if err != nil {
		tb.Fatal(err)
	}
	x := mat.NewDense(pathRows, 1, nil)
	sde.NewStreams(9, "start", 0).Normal(x, 1, 1, 0)
	st, z := m.New(d, pathRows), NewBrownian(7, "strong", 0)
	for k := range len(ts) - 1 {
		if err := st.Step(x, ts[k], ts[k+1], z); err != nil {
			tb.Fatal(err)
		}
	}
	return x.RawMatrix().Data
}

var (
	fineOnce sync.Once
	fineEnd  []float64
)

// strongError is the root mean square distance of m, along ts, to a fine
// solution on the same paths.
func strongError(tb testing.TB, m Method, ts []float64) float64 {
	tb.Helper()
	fineOnce.Do(func() { fineEnd = pathEnd(tb, ShARK{}, steps(800)) })
	return oracle.RMS(pathEnd(tb, m, ts), fineEnd)
}

func steps(n int) []float64 { return UniformGrid{}.Times(sde.VP{}, 1, 0.01, n) }

func strongOrder(tb testing.TB, m Method) float64 {
	return oracle.Order(strongError(tb, m, steps(80)), strongError(tb, m, steps(160)), 2)
}

// Euler-Maruyama has strong order 1, because the noise is additive. The check
// of order 3/2, which the conformance test makes of ShARK, tells the two apart.
func TestStrongOrder(t *testing.T) {
	if p := strongOrder(t, EulerMaruyama{}); p < 0.8 || p > 1.2 {
		t.Errorf("Euler-Maruyama: strong order %.2f", p)
	}
}
