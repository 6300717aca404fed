package tabular

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// The joint law of the test: x ~ N(0, Σ) in the plane, E = w·x + e with e ~ N(0, noise),
// so that E | x_t ~ N(gain·x_t, wᵀ V w + noise) in closed form.
var (
	planeCov = []float64{1, 0.6, 0.6, 2}
	planeW   = []float64{1.2, -0.5}
)

const planeNoise = 0.4

// planeLaw is the gain and the variance of E given x_t.
func planeLaw(c sde.Coeff) (gain [2]float64, variance float64) {
	a, s2 := c.Alpha, c.Sigma*c.Sigma
	p, q, r := a*a*planeCov[0]+s2, a*a*planeCov[1], a*a*planeCov[3]+s2
	det := p*r - q*q
	// Σ w, then Σ_t⁻¹ of it.
	u := [2]float64{planeCov[0]*planeW[0] + planeCov[1]*planeW[1], planeCov[2]*planeW[0] + planeCov[3]*planeW[1]}
	gain = [2]float64{a * (r*u[0] - q*u[1]) / det, a * (p*u[1] - q*u[0]) / det}
	variance = planeNoise + planeW[0]*u[0] + planeW[1]*u[1] - a*(gain[0]*u[0]+gain[1]*u[1])
	return gain, variance
}

func planeRows(n int) train.Data {
	r := stream.New(3, "tabular/test/plane")
	d := train.Data{X: mat.NewDense(n, 2, nil), Cond: mat.NewDense(n, 1, nil)}
	for i := range n {
		a, b, e := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		x, y := a, 0.6*a+math.Sqrt(2-0.36)*b
		d.X.SetRow(i, []float64{x, y})
		d.Cond.Set(i, 0, 5+planeW[0]*x+planeW[1]*y+math.Sqrt(planeNoise)*e)
	}
	return d
}

// On a jointly Gaussian law the trained regressor has the mean and the variance of the
// closed form, and rows guided by it those of the posterior p(x|E).
//
// The tolerance: P weights fitted to n rows cost about P/2n nats more than the true law
// (Akaike). An error of δ standard deviations in the mean costs δ²/2 nats, one of ε in the
// log variance ε²/4: so δ ≤ √(P/n), and ε ≤ √(2P/n), as means over x_t. A guide that is
// off by δ moves the mean of the rows by about δ of the shift, of a standard deviation here.
func TestRegressorOnAGaussianLaw(t *testing.T) {
	const n = 1 << 15
	g, err := nn.NewRegressor(nn.Config{Hidden: 16, Layers: 2, Mean: []float64{0, 0}, Variance: []float64{1, 2}, Seed: 1},
		nn.Condition{Name: "E", Mean: 5, Std: 1.3})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := train.New(g, planeRows(n), nil, train.Config{
		Steps: 800, Batch: 512, Seed: 1, Rate: train.Rate{Peak: 5e-3, Decay: "cosine"}, EMA: 0.99,
		Objective: losses.Denoising{Sched: sde.VP{}, Times: must(losses.ParseTimes(ClassifierTimes))},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	g = tr.Result().(*nn.Regressor)
	bound := math.Sqrt(float64(g.Params.Count()) / n)
	prior := must(sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, planeCov), sde.VP{}))
	const m = 400
	x, mean, variance := mat.NewDense(m, 2, nil), make([]float64, m), make([]float64, m)
	z := stream.New(4, "tabular/test/noise")
	for _, at := range []float64{0.05, 0.2, 0.4, 0.7} {
		c := g.Schedule().Coeff(at)
		prior.Sample(x, 7, 0)
		for i := range m {
			for j := range 2 {
				x.Set(i, j, c.Alpha*x.At(i, j)+c.Sigma*z.NormFloat64())
			}
		}
		if err := g.MeanVariance(mean, variance, x, []float64{at}); err != nil {
			t.Fatal(err)
		}
		gain, want := planeLaw(c)
		var delta, eps float64
		for i := range m {
			e := (mean[i] - 5 - gain[0]*x.At(i, 0) - gain[1]*x.At(i, 1)) / math.Sqrt(want)
			delta += e * e / m
			l := math.Log(variance[i] / want)
			eps += l * l / m
		}
		delta, eps = math.Sqrt(delta), math.Sqrt(eps)
		t.Logf("t = %g: mean off by %.3f sd (bound %.3f), log variance by %.3f (bound %.3f)", at, delta, bound, eps, math.Sqrt2*bound)
		if delta > bound || eps > math.Sqrt2*bound {
			t.Errorf("t = %g: mean off by %.3f sd (bound %.3f), log variance by %.3f (bound %.3f)", at, delta, bound, eps, math.Sqrt2*bound)
		}
	}
	guidedByNumber(t, prior, g, bound)
}

// guidedByNumber compares rows guided towards E with the posterior.
func guidedByNumber(t *testing.T, prior *sde.Gaussian, g *nn.Regressor, bound float64) {
	t.Helper()
	const n, e = 4000, 6.5
	gain, total := planeLaw(sde.VP{}.Coeff(0))
	_ = gain
	// Posterior of x: Σ w/(wᵀΣw + noise) (E − 5), and Σ less the outer product.
	u := [2]float64{planeCov[0]*planeW[0] + planeCov[1]*planeW[1], planeCov[2]*planeW[0] + planeCov[3]*planeW[1]}
	s := planeW[0]*u[0] + planeW[1]*u[1] + planeNoise
	if math.Abs(total-planeNoise) > 1e-12 {
		t.Fatalf("at t = 0 the variance is %g", total)
	}
	of, err := g.Of(e)
	if err != nil {
		t.Fatal(err)
	}
	ancestral := sample.DDIM{Eta: 1}
	for name, run := range map[string]func() (*sample.Result, error){
		"score": func() (*sample.Result, error) {
			return sample.Run(context.Background(), guide.New(prior, guide.ClassifierGuidance{ClassScore: of}), ancestral, n, &sample.Options{NFE: 200, Seed: 1})
		},
		"mean": func() (*sample.Result, error) {
			return sample.Run(context.Background(), prior, sample.MeanShift{Inner: ancestral, Score: of}, n, &sample.Options{NFE: 200, Seed: 1})
		},
	} {
		r, err := run()
		if err != nil {
			t.Fatal(err)
		}
		for j := range 2 {
			want, v := u[j]*(e-5)/s, planeCov[3*j]-u[j]*u[j]/s
			sum, square := 0.0, 0.0
			for i := range n {
				sum += r.X.At(i, j)
				square += (r.X.At(i, j) - want) * (r.X.At(i, j) - want)
			}
			mean, variance := sum/n, square/n-(sum/n-want)*(sum/n-want)
			t.Logf("%s, coordinate %d: mean %.3f (%.3f), variance %.3f (%.3f)", name, j, mean, want, variance, v)
			if d := math.Abs(mean-want) / math.Sqrt(v); d > 4/math.Sqrt(n)+bound {
				t.Errorf("%s, coordinate %d: the mean is %.3f, that of the posterior %.3f", name, j, mean, want)
			}
			if d := math.Abs(math.Log(variance / v)); d > 4*math.Sqrt(2./n)+math.Sqrt2*bound {
				t.Errorf("%s, coordinate %d: the variance is %.3f, that of the posterior %.3f", name, j, variance, v)
			}
		}
	}
}

// doseText is a table of a, b | dose, a = 2 dose + N(0, 1) and b = a/2 + N(0, 1), with a
// kind that is u where dose is above 2.5 and otherwise v.
func doseText(rows int, columns string) string {
	r := stream.New(8, "tabular/test/dose")
	var b strings.Builder
	b.WriteString(columns + "\n")
	for range rows {
		dose := math.Round(500*r.Float64()) / 100
		x := 2*dose + r.NormFloat64()
		kind := "v"
		if dose > 2.5 {
			kind = "u"
		}
		cells := map[string]string{"a": fmt.Sprintf("%.3f", x), "b": fmt.Sprintf("%.3f", x/2+r.NormFloat64()), "dose": fmt.Sprint(dose), "kind": kind}
		for k, c := range strings.Split(columns, ",") {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteString(cells[c])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// A column of numbers makes the classifier a regressor: it goes through a file, guides in
// three forms, and refuses what it has not seen.
func TestClassifierOfANumber(t *testing.T) {
	o := quick()
	o.Steps, o.Conditional = 300, -1
	m := fit(doseText(1000, "a,b"), *o)
	c := must(m.FitClassifier(t.Context(), source("c.csv", doseText(1000, "a,b,dose")), "dose", &Options{Hidden: 24, Layers: 1, Steps: 300, Batch: 128, Holdout: 0.2, Seed: 5}))
	if c.Levels() != nil || c.Number() == nil || c.Number().Name != "dose" || c.Regressor().Variance == 0 {
		t.Fatalf("%+v", c)
	}
	path := t.TempDir() + "/c.st"
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	back := must(LoadClassifier(path))
	mean := func(q Query) float64 {
		sum := 0.0
		r := draw(m, 300, &q)
		for i := range 300 {
			sum += r.Number(i, 0) / 300
		}
		return sum
	}
	free := mean(Query{Sampler: sample.Sampler{NFE: 40}})
	for _, form := range ClassifierForms() {
		low, high := mean(Query{Classifier: c, Class: "0.5", ClassifierForm: form}), mean(Query{Classifier: back, Class: "4.5", ClassifierForm: form})
		// Without the noise of E the posterior means would be 2·0.5 and 2·4.5; the spread of
		// 300 rows is below 0.1.
		t.Logf("%s: %.2f towards 0.5, %.2f free, %.2f towards 4.5", form, low, free, high)
		if !(low < free-2 && high > free+2) {
			t.Errorf("%s: %.2f towards 0.5, %.2f free, %.2f towards 4.5", form, low, free, high)
		}
	}
	for value, want := range map[string]string{"7": "0 to 5", "many": "is not a number", "": "0.0 to 5.0"} {
		_, err := m.Sample(t.Context(), 1, &Query{Classifier: c, Class: value})
		if value == "" {
			want = "need each other"
		}
		if err := refused(err, "class", want); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
	zero := 0.0
	for want, q := range map[string]Query{
		"is another":   {ClassifierForm: "mean", Sampler: sample.Sampler{Name: "heun"}},
		"ddim":         {ClassifierForm: "epsilon", Sampler: sample.Sampler{Name: "euler"}},
		"with noise":   {ClassifierForm: "mean", Sampler: sample.Sampler{Name: "ddim", Eta: &zero}},
		"one by one":   {ClassifierForm: "mean", Conditioning: Conditioning{Particles: 8}},
		"use score, e": {ClassifierForm: "taylor"},
		"no corrector": {ClassifierForm: "mean", Sampler: sample.Sampler{Name: "ancestral", Corrector: "langevin"}},
	} {
		q.Classifier, q.Class = c, "2"
		if err := refused(m.Check(10, &q), "classifier-form", want); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
	f := must(c.File())
	if err := f.SetJSON("column", c.table); err != nil {
		t.Fatal(err)
	}
	if err := spoiled(f, path); err == nil || !strings.Contains(err.Error(), "another than that of the network") {
		t.Errorf("a file of another column: %v", err)
	}
}
