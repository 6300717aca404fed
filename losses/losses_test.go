package losses

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

var schedules = map[string]sde.Schedule{
	"vp": sde.VP{}, "subvp": sde.SubVP{}, "ve": sde.VE{}, "cosine": sde.Cosine{}, "rectified": sde.Rectified{},
}

var weightings = []Weighting{EDM{}, EDM{0.5}, Sigma2{}, LikelihoodWeighting{}, MinSNR{}, MinSNR{0.5}, Constant{}}

var targets = []Prediction{X0, Eps, Score, V}

// mustFail is the twin of a check: the same check on a broken variant.
func mustFail(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("the check passes with a planted error: %s", what)
	}
}

func near(what string, got, want, tol float64) error {
	if d := math.Abs(got - want); !(d <= tol*math.Max(1, math.Abs(want))) {
		return fmt.Errorf("%s: got %.12g, want %.12g (relative tolerance %g)", what, got, want, tol)
	}
	return nil
}

// normals returns an n×d matrix of standard normals.
func normals(n, d int, name string) *mat.Dense {
	r := stream.New(11, name)
	m := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			m.Set(i, j, r.NormFloat64())
		}
	}
	return m
}

// gaussian is a law of two correlated columns, off center.
func gaussian(t testing.TB, s sde.Schedule) *sde.Gaussian {
	g, err := sde.NewGaussian([]float64{0.5, -1}, mat.NewSymDense(2, []float64{1, 0.6, 0.6, 0.8}), s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// moments accumulates a mean and its standard error.
type moments struct{ n, sum, sq float64 }

func (m *moments) add(v float64) { m.n++; m.sum += v; m.sq += v * v }

func (m *moments) mean() float64 { return m.sum / m.n }

func (m *moments) variance() float64 {
	mu := m.mean()
	return (m.sq/m.n - mu*mu) * m.n / (m.n - 1)
}

func (m *moments) stderr() float64 { return math.Sqrt(m.variance() / m.n) }

// within fails if the mean is more than k standard errors from want.
func (m *moments) within(what string, want, k float64) error {
	if d := math.Abs(m.mean() - want); !(d <= k*m.stderr()) {
		return fmt.Errorf("%s: mean %.6g, want %.6g within %g standard errors of %.2g", what, m.mean(), want, k, m.stderr())
	}
	return nil
}
