package mixture25

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sde"
)

// The prior is 25 unit normals on a grid of spacing 8, repeated over the coordinates,
// and its weights are squares of normal numbers (Cardoso et al. 2024, §4).
func TestPrior(t *testing.T) {
	key := stream.NewKey(3, "prior")
	prior, err := newPrior(Dim, stream.NewSource(key))
	if err != nil {
		t.Fatal(err)
	}
	src, sum := stream.NewSource(key), 0.0
	var squares []float64
	for range 25 {
		z := src.NormFloat64()
		squares, sum = append(squares, z*z), sum+z*z
	}
	seen := map[[2]float64]bool{}
	for k, g := range prior.Comps {
		if math.Abs(prior.Weights[k]-squares[k]/sum) > 1e-12 {
			t.Errorf("weight %d is %g, want %g", k, prior.Weights[k], squares[k]/sum)
		}
		seen[[2]float64{g.Mu[0], g.Mu[1]}] = true
		for j, m := range g.Mu {
			if m != g.Mu[j%2] || math.Mod(m, 8) != 0 || math.Abs(m) > 16 {
				t.Errorf("component %d has the mean %v", k, g.Mu)
			}
			for i := range Dim {
				if want := float64(1 - min(1, (i-j)*(i-j))); g.Cov.At(i, j) != want {
					t.Errorf("component %d has the covariance %g at %d, %d", k, g.Cov.At(i, j), i, j)
				}
			}
		}
	}
	if len(prior.Comps) != 25 || len(seen) != 25 {
		t.Errorf("%d components at %d points", len(prior.Comps), len(seen))
	}
}

// The singular values of an operator lie in (0, 1), and the largest is told.
func TestOperator(t *testing.T) {
	for m := 1; m <= Dim; m++ {
		a, top, err := newOperator(Dim, m, stream.NewSource(stream.NewKey(uint64(m), "operator")))
		if err != nil {
			t.Fatal(err)
		}
		var svd mat.SVD
		if rows, cols := a.Dims(); rows != m || cols != Dim || !svd.Factorize(a, mat.SVDNone) {
			t.Fatalf("%d×%d", rows, cols)
		}
		s := svd.Values(nil)
		if math.Abs(s[0]-top) > 1e-12 || s[0] >= 1 || s[m-1] <= 0 {
			t.Errorf("m = %d: singular values %v, the largest said to be %g", m, s, top)
		}
	}
}

// An observation is A x plus a normal error of standard deviation sd, uniform between
// zero and the largest singular value of A. The draws of a problem come one after the
// other from its stream: A, sd, x, the error.
func TestObservations(t *testing.T) {
	const n, m = 400, 2
	key := stream.NewKey(8, "observations")
	prior, err := newPrior(Dim, stream.NewSource(key.At(n)))
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for i := range n {
		at := key.At(uint64(i))
		p, err := newProblem(Dim, m, at, prior)
		if err != nil {
			t.Fatal(err)
		}
		src := stream.NewSource(at)
		_, top, err := newOperator(Dim, m, src)
		if err != nil {
			t.Fatal(err)
		}
		sd := p.obs.Error.(sde.NormalError).SD
		if want := top * src.Float64(); math.Abs(sd-want) > 1e-12 || p.prior != prior {
			t.Fatalf("an error of %g, want %g, or another prior", sd, want)
		}
		x, y := mat.NewDense(1, Dim, nil), mat.NewDense(1, m, nil)
		prior.Sample(x, src.Uint64(), 0)
		p.obs.A.Apply(y, x)
		for k := range m {
			r := (p.obs.Y.At(0, k) - y.At(0, k)) / sd
			square += r * r / (n * m)
		}
	}
	if math.Abs(square-1) > 4*math.Sqrt(2./(n*m)) {
		t.Errorf("mean square of the errors over their variance %.3f, want 1", square)
	}
}

// The ends of the schedule are 2 ln(α/σ) apart.
func TestSpan(t *testing.T) {
	a, b := schedule.Coeff(0), schedule.Coeff(1)
	if want := 2 * (math.Log(a.Alpha/a.Sigma) - math.Log(b.Alpha/b.Sigma)); math.Abs(span(schedule)-want) > 1e-9 {
		t.Errorf("%g, want %g", span(schedule), want)
	}
}

// An untrained network is the denoiser of a normal law with the variances v of the
// prior. At small σ no two modes overlap: D* = μ + (x - μ)/(1 + σ²), so that the error of
// D* is σ/√(1+σ²), and the Jacobians are v/(v+σ²) and 1/(1+σ²) times the identity.
func TestScoreErrors(t *testing.T) {
	prior, err := newPrior(Dim, stream.NewSource(stream.NewKey(4, "errors")))
	if err != nil {
		t.Fatal(err)
	}
	mean, cov := prior.Mean(), prior.Covariance()
	v := make([]float64, Dim)
	for j := range v {
		v[j] = cov.At(j, j)
	}
	net, err := nn.New(nn.Config{Hidden: 4, Layers: 1, Schedule: schedule, Mean: mean, Variance: v})
	if err != nil {
		t.Fatal(err)
	}
	m := &network{prior, net}
	if m.law() != prior || (*network)(nil).law() != nil {
		t.Error("not the law of the network")
	}
	for _, sigma := range []float64{0.1, 0.3, 0.6} {
		e, err := m.err(sigma)
		if err != nil {
			t.Fatal(err)
		}
		s2 := sigma * sigma
		slope, square := 0.0, 0.0 // by coordinate: of D - D* at x = μ_k + √(1+s2) z
		for j := range v {
			gain := v[j]/(v[j]+s2) - 1/(1+s2)
			slope += gain * gain * (1 + s2) * (1 + s2) / Dim
			square += gain * gain * (1 + s2) / Dim
			for k, g := range prior.Comps {
				shift := s2 / (v[j] + s2) * (mean[j] - g.Mu[j])
				square += prior.Weights[k] * shift * shift / Dim
			}
		}
		for _, c := range []struct {
			name      string
			got, want float64
		}{{"spread", e.Spread, sigma / math.Sqrt(1+s2)}, {"error", e.Error, math.Sqrt(square)}, {"slope", e.Slope, math.Sqrt(slope)}} {
			if math.Abs(c.got/c.want-1) > 0.05 {
				t.Errorf("σ = %g: %s %.4g, want %.4g", sigma, c.name, c.got, c.want)
			}
		}
		if e.Sigma != sigma {
			t.Errorf("σ = %g is reported as %g", sigma, e.Sigma)
		}
	}
}

func TestSummarize(t *testing.T) {
	r := Result{Each: []float64{9, 1, 2}}
	r.summarize()
	if r.Mean != 4 || r.Median != 2 || math.Abs(r.SE-math.Sqrt(38)/3) > 1e-12 || !slices.Equal(r.Each, []float64{9, 1, 2}) {
		t.Errorf("%+v", r)
	}
	r = Result{Failed: 2}
	if r.summarize(); r.Mean != 0 {
		t.Errorf("of none: %+v", r)
	}
}
