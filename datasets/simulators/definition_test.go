package simulators

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"
	"gonum.org/v1/gonum/stat/distuv"
)

// The priors are those of the definition, by other densities of the same laws.
func TestPriors(t *testing.T) {
	linear := distuv.Normal{Sigma: math.Sqrt(.1)}
	rate, small := distuv.LogNormal{Mu: -.125, Sigma: .5}, distuv.LogNormal{Mu: -3, Sigma: .5}
	for name, want := range map[string]float64{
		"gaussian_linear":         10 * linear.LogProb(.2),
		"gaussian_linear_uniform": -10 * math.Log(2),
		"gaussian_mixture":        -2 * math.Log(20),
		"two_moons":               -2 * math.Log(2),
		"slcp":                    -5 * math.Log(6),
		"slcp_distractors":        -5 * math.Log(6),
		"sir":                     distuv.LogNormal{Mu: math.Log(.4), Sigma: .5}.LogProb(.2) + distuv.LogNormal{Mu: math.Log(.125), Sigma: .2}.LogProb(.2),
		"lotka_volterra":          2*rate.LogProb(.2) + 2*small.LogProb(.2),
	} {
		p := lookup(t, name).Prior()
		theta, got := mat.NewDense(1, p.Dim(), nil), []float64{0}
		for j := range p.Dim() {
			theta.Set(0, j, .2)
		}
		if p.LogProb(got, theta); math.Abs(got[0]-want) > 1e-10 {
			t.Errorf("%s: log density %.12g of the prior, want %.12g", name, got[0], want)
		}
		if lo, hi := p.Support(); name == "slcp" && (lo[4] != -3 || hi[4] != 3) {
			t.Errorf("support of slcp from %g to %g", lo[4], hi[4])
		}
	}
}

// The prior of the neuron has the precision Q: second differences of the filter, and its
// size growing with the lag.
func TestNeuronPrior(t *testing.T) {
	for _, name := range []string{"bernoulli_glm", "bernoulli_glm_raw"} {
		p := lookup(t, name).Prior()
		th := []float64{.7, .3, -.5, 1.2, .1, -.9, .4, 2, -1.1, .6}
		got := make([]float64, 2)
		p.LogProb(got, mat.NewDense(2, 10, append(append([]float64(nil), th...), make([]float64, 10)...)))
		q, f := .5*th[0]*th[0], th[1:]
		for k, v := range f {
			r := v * (1 + math.Sqrt(float64(k)/9))
			if k > 0 {
				r -= 2 * f[k-1]
			}
			if k > 1 {
				r += f[k-2]
			}
			q += r * r
		}
		if ratio := got[0] - got[1]; math.Abs(ratio+q/2) > 1e-9*q {
			t.Errorf("%s: θᵀQθ is %g, want %g", name, -2*ratio, q)
		}
	}
	x := glmDesign()
	for k, want := range []float64{0.49671414, -0.13826430, 0.64768857, 1.5230298} { // RandomState(42).randn, float32
		if x[k][1] != float64(float32(want)) && math.Abs(x[k][1]-want) > 5e-8 || x[k+2][3] != x[k][1] || x[k][0] != 1 {
			t.Errorf("stimulus %d is %g, want %g", k, x[k][1], want)
		}
	}
	if x[3][5] != 0 || x[99][9] != x[91][1] {
		t.Error("lags of the design")
	}
}

// Draws of exact posteriors satisfy Stein's identities of their task, without any file.
func TestExactDrawsAreThePosteriors(t *testing.T) {
	for _, name := range []string{"gaussian_linear", "gaussian_linear_uniform", "gaussian_mixture"} {
		task := lookup(t, name).(Exact)
		d, _ := task.Dims()
		_, x, err := Observation(task, 1)
		if err != nil {
			t.Fatal(err)
		}
		b := &Benchmark{X: x, Reference: mat.NewDense(4000, d, nil)}
		if err := task.SamplePosterior(b.Reference, x, 5, 0); err != nil {
			t.Fatal(err)
		}
		if z, where := stein(t, task, b, nil); !(z < steinLimit) {
			t.Errorf("%s: the identity of the %s is off by %.1f standard errors", name, where, z)
		}
	}
}

// Draws of the posterior of two_moons, simulated again, are at the observation: p is the
// crescent's, and both signs of θ_1 + θ_2 come up.
func TestTwoMoonsPosterior(t *testing.T) {
	task := lookup(t, "two_moons").(Exact)
	x := []float64{-.1, .05}
	draws, l := mat.NewDense(2000, 2, nil), make([]float64, 2000)
	if err := task.SamplePosterior(draws, x, 1, 0); err != nil {
		t.Fatal(err)
	}
	if err := task.LogLikelihood(l, draws, x); err != nil {
		t.Fatal(err)
	}
	positive, radius := 0.0, 0.0
	for i := range l {
		th := draws.RawRowView(i)
		if th[0]+th[1] > 0 {
			positive++
		}
		radius += math.Hypot(x[0]+math.Abs(th[0]+th[1])/math.Sqrt2-.25, x[1]-(th[1]-th[0])/math.Sqrt2) / 2000
		if math.IsInf(l[i], -1) {
			t.Fatalf("draw %v has no likelihood", th)
		}
	}
	// Where half of the crescent has no θ, the rest is the crescent still; its radius is
	// larger by 0.0006 because more of a larger one is left.
	cut := mat.NewDense(2000, 2, nil)
	if err := task.SamplePosterior(cut, []float64{.3, 0}, 1, 0); err != nil {
		t.Fatal(err)
	}
	mean := 0.0
	for i := range 2000 {
		th := cut.RawRowView(i)
		mean += math.Hypot(.05+math.Abs(th[0]+th[1])/math.Sqrt2, (th[1]-th[0])/math.Sqrt2) / 2000
	}
	if math.Abs(mean-.1006) > 4.5*.01/math.Sqrt(2000) {
		t.Errorf("radius %.4f of what is left of the crescent", mean)
	}
	if math.Abs(positive/2000-.5) > 4.5*.5/math.Sqrt(2000) || math.Abs(radius-.1) > 4.5*.01/math.Sqrt(2000) {
		t.Errorf("%.3f above the diagonal, radius %.4f", positive/2000, radius)
	}
}

// The points of slcp have the covariance of the definition, also where it is nearly
// singular, and the density of gonum's normal law.
func TestPointsAreTheDefinitions(t *testing.T) {
	for _, th := range [][]float64{{.5, -1, 1.3, -.8, .7}, {0, 0, 2, 3, -3}, {1, 2, .01, .02, 2.5}} {
		s1, s2, rho := th[2]*th[2], th[3]*th[3], math.Tanh(th[4])
		want := [3]float64{s1*s1 + 1e-6, rho * s1 * s2, s2*s2 + 1e-6}
		a, b, c := slcpRoot(th)
		for k, got := range [3]float64{a * a, a * b, b*b + c*c} {
			if math.Abs(got-want[k]) > 1e-12*(1+want[0]+want[2]) {
				t.Errorf("θ = %v: element %d of the covariance is %g, want %g", th, k, got, want[k])
			}
		}
		law, ok := distmv.NewNormal(th[:2], mat.NewSymDense(2, []float64{want[0], want[1], want[1], want[2]}), nil)
		if !ok {
			t.Fatal("no law")
		}
		x, sum := []float64{.4, -1, .6, -.9, .5, -1.2, .45, -1.1}, 0.0
		for i := range slcpPoints {
			sum += law.LogProb(x[2*i : 2*i+2])
		}
		if got := slcpLikelihood(th, x); math.Abs(got-sum) > 1e-6*(1+math.Abs(sum)) {
			t.Errorf("θ = %v: log likelihood %g, want %g", th, got, sum)
		}
	}
}
