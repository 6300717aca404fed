package sample_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// Against weighted draws, where A is not linear: within half a standard deviation, which
// is the bias of one gain for all (MMPS, with a gain for each row, is off by .15).
func TestEnKGOfACurve(t *testing.T) {
	g := correlated(t, sde.VP{})
	o := sde.Observation{A: sde.OperatorFunc{Dim: 2, Out: 1, F: func(dst, x []float64) { dst[0] = math.Exp(0.4*x[0]) + 0.3*x[1]*x[1] }}, Y: mat.NewDense(1, 1, []float64{2}), Error: sde.NormalError{SD: 0.2}}
	draws := mat.NewDense(200000, 2, nil)
	g.Sample(draws, 8, 0)
	logw := make([]float64, 200000)
	if err := sample.LogLikelihood(o)(logw, draws, 0); err != nil {
		t.Fatal(err)
	}
	sum, want, square := 0.0, [2]float64{}, [2]float64{}
	for i, l := range logw {
		w := math.Exp(l)
		sum += w
		for j, v := range draws.RawRowView(i) {
			want[j] += w * v
			square[j] += w * v * v
		}
	}
	res, err := sample.RunEnKG(t.Context(), sample.EnKG{Model: g, Observations: []sde.Observation{o}}, sample.DPMpp2MSDE{}, 4, 256, &sample.Options{Steps: 50})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Caveats) != 1 || !strings.Contains(res.Caveats[0], "EnKG is approximate") {
		t.Errorf("caveats %q", res.Caveats)
	}
	mean, cov := moments(res.X)
	// FK is the remedy that the caveat names.
	c, err := sample.RunParticles(t.Context(), sample.FK{Model: g, Reward: sample.LogLikelihood(o)}, sample.DDIM{Eta: 1}, 4, 512, &sample.ParticleOptions{Options: sample.Options{Steps: 50}})
	if err != nil {
		t.Fatal(err)
	}
	for j := range want {
		m := want[j] / sum
		steered := 0.0
		for i, w := range c.Weights {
			steered += w / 4 * c.X.At(i, j)
		}
		if t.Logf("%d: by FK %.3f", j, steered); math.Abs(steered-m) > 0.15 {
			t.Errorf("coordinate %d: mean %.3f by FK, want %.3f", j, steered, m)
		}
		sd := math.Sqrt(square[j]/sum - m*m)
		t.Logf("%d: mean %.3f, want %.3f; sd %.3f, want %.3f", j, mean[j], m, math.Sqrt(cov.At(j, j)), sd)
		if math.Abs(mean[j]-m) > 0.5*sd || math.Abs(math.Sqrt(cov.At(j, j))/sd-1) > 0.35 {
			t.Errorf("coordinate %d: mean %.3f, want %.3f; sd %.3f, want %.3f", j, mean[j], m, math.Sqrt(cov.At(j, j)), sd)
		}
	}
}

// Numbers that are missing do not count, and errors that are all but normal count as that.
func TestEnKGOfOtherObservations(t *testing.T) {
	g := correlated(t, sde.VP{})
	one, _ := observedSums(1)
	two, _ := observedSums(2)
	two.Y, two.Missing = mat.NewDense(1, 2, []float64{2.1, math.NaN()}), true
	heavy := one
	heavy.Error = sde.StudentTError{Scale: sumSD, DF: 1e9}
	run := func(o ...sde.Observation) *mat.Dense {
		res, err := sample.RunEnKG(t.Context(), sample.EnKG{Model: g, Observations: o}, sample.DPMpp2M{}, 1, 20, &sample.Options{Steps: 12})
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	want := run(one)
	for name, got := range map[string]*mat.Dense{"missing": run(two), "student-t": run(heavy)} {
		if !mat.EqualApprox(got, want, 1e-5) {
			t.Errorf("%s: other rows", name)
		}
	}
	both := run(one, sde.Observation{A: sde.Columns{Dim: 2, Index: []int{1}}, Y: mat.NewDense(1, 1, []float64{-1}), Error: sde.NormalError{SD: 0.1}})
	if m, _ := moments(both); math.Abs(m[1]+1) > 0.1 {
		t.Errorf("the second observation is at %.2f", m[1])
	}
}

// A wrong slope of D, as of a network near t = 1, moves no row out of the range of the data.
func TestEnKGBoundsTheSpread(t *testing.T) {
	g := correlated(t, sde.VP{})
	o, a := observedSums(1)
	post := posteriorOf(t, g, o, a)
	res, err := sample.RunEnKG(t.Context(), sample.EnKG{Model: wavy{g}, Observations: []sde.Observation{o}}, sample.DPMpp2MSDE{}, 1, 256, &sample.Options{Steps: 50})
	if err != nil {
		t.Fatal(err)
	}
	mean, _ := moments(res.X)
	for j, want := range post.Mean() {
		if sd := math.Sqrt(post.Covariance().At(j, j)); math.Abs(mean[j]-want) > 0.5*sd {
			t.Errorf("coordinate %d: mean %.3f, want %.3f (sd %.3f)", j, mean[j], want, sd)
		}
	}
}

// wavy has an error in its means that is small, and large in their slopes at t = 1.
type wavy struct{ *sde.Gaussian }

func (w wavy) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := w.Gaussian.Denoise(dst, x, t); err != nil {
		return err
	}
	for i := range dst.RawMatrix().Rows {
		s := w.Schedule().Coeff(sde.Time(t, i)).Sigma
		for j, v := range x.RawRowView(i) {
			dst.Set(i, j, dst.At(i, j)+0.1*s*math.Sin(v+float64(j)))
		}
	}
	return nil
}

// The Gaussian approximation of an error that is not normal is one for each row.
func TestEnKGTakesErrorsRowByRow(t *testing.T) {
	g := correlated(t, sde.VP{})
	o, a := observedSums(1)
	law := sde.StudentTError{Scale: 0.3, DF: 3}
	o.Error = law
	const u, k = 0.3, 9
	x, mean, want := mat.NewDense(k, 2, nil), mat.NewDense(k, 2, nil), mat.NewDense(k, 2, nil)
	for i := range k {
		x.SetRow(i, []float64{math.Sin(float64(3 * i)), math.Cos(float64(5*i)) - 1})
	}
	pull, err := g.Linearize(mean, x, []float64{u})
	if err != nil {
		t.Fatal(err)
	}
	rows := mat.NewDense(k, 2, nil)
	for i := range k {
		rows.SetRow(i, a.RawRowView(0))
	}
	if err := pull(want, rows); err != nil { // α/σ² V Aᵀ
		t.Fatal(err)
	}
	for i := range k {
		va, h := want.RawRowView(i), a.At(0, 0)*mean.At(i, 0)+a.At(0, 1)*mean.At(i, 1)
		for j := range va {
			va[j] *= g.Sched.Coeff(u).Tweedie()
		}
		_, grad := law.LogProb(0, o.Y.At(0, 0), h, u)
		p := law.Precision(0, o.Y.At(0, 0), h, u)
		s := 1/p + a.At(0, 0)*va[0] + a.At(0, 1)*va[1]
		for j := range va {
			va[j] = mean.At(i, j) + va[j]*grad/p/s
		}
	}
	got := mat.NewDense(k, 2, nil)
	e := sample.EnKG{Model: g, Observations: []sde.Observation{o}}
	if _, err := sample.RunEnKG(t.Context(), e, keeper{got}, 1, k, &sample.Options{Times: []float64{u, u / 2}, From: x}); err != nil {
		t.Fatal(err)
	}
	if !mat.EqualApprox(got, want, 1e-9) {
		t.Errorf("means\n%.5f\nwant\n%.5f", mat.Formatted(got), mat.Formatted(want))
	}
}

// keeper is a method of which a step keeps the means.
type keeper struct{ to *mat.Dense }

func (keeper) Info() sample.Info { return sample.Info{Name: "keeper", EvalsPerStep: 1} }

func (p keeper) New(d sde.Denoiser, _ int) sample.Stepper { return &keeping{p, d} }

type keeping struct {
	keeper
	of sde.Denoiser
}

func (p *keeping) Step(x *mat.Dense, t, _ float64, _ sde.Noise) error {
	return p.of.Denoise(p.to, x, []float64{t})
}

func TestEnKGRefuses(t *testing.T) {
	g := correlated(t, sde.VP{})
	o, _ := observedSums(1)
	short := o
	short.Y = mat.NewDense(2, 1, []float64{1, 2})
	ok := sample.EnKG{Model: g, Observations: []sde.Observation{o}}
	for want, f := range map[string]func() (*sample.Result, error){
		"needs Model and Observations": func() (*sample.Result, error) {
			return sample.RunEnKG(t.Context(), sample.EnKG{Model: g}, sample.DDIM{}, 1, 9, nil)
		},
		"3 rows are too small for 2 coordinates: take at least 4, better 8": func() (*sample.Result, error) {
			return sample.RunEnKG(t.Context(), ok, sample.DDIM{}, 1, 3, nil)
		},
		"Block is not for ensembles": func() (*sample.Result, error) {
			return sample.RunEnKG(t.Context(), ok, sample.DDIM{}, 1, 9, &sample.Options{Block: 4})
		},
		"takes steps of its own": func() (*sample.Result, error) {
			return sample.RunEnKG(t.Context(), ok, sample.AdaptiveSDE{}, 1, 9, nil)
		},
		"2 rows of Y for 3 ensembles": func() (*sample.Result, error) {
			return sample.RunEnKG(t.Context(), sample.EnKG{Model: g, Observations: []sde.Observation{short}}, sample.DDIM{}, 3, 9, nil)
		},
		"no rain": func() (*sample.Result, error) {
			return sample.RunEnKG(t.Context(), sample.EnKG{Model: g, Observations: []sde.Observation{{A: failing{}, Y: o.Y, Error: o.Error}}}, sample.DDIM{}, 3, 9, nil)
		},
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

type failing struct{}

func (failing) Dims() (d, m int)            { return 2, 1 }
func (failing) Apply(_, _ *mat.Dense) error { return fmt.Errorf("no rain") }

func ExampleRunEnKG() {
	prior, _ := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0.8, 0.8, 1}), sde.VP{})
	observed := sde.Observation{ // the first coordinate is 1, ± 0.5, by a simulator without derivatives
		A:     sde.OperatorFunc{Dim: 2, Out: 1, F: func(dst, x []float64) { dst[0] = x[0] }},
		Y:     mat.NewDense(1, 1, []float64{1}),
		Error: sde.NormalError{SD: 0.5},
	}
	e := sample.EnKG{Model: prior, Observations: []sde.Observation{observed}}
	res, err := sample.RunEnKG(context.Background(), e, sample.DPMpp2M{}, 4, 1024, &sample.Options{Seed: 1})
	if err != nil {
		panic(err)
	}
	second := mat.Col(nil, 1, res.X)
	sum := 0.0
	for _, v := range second {
		sum += v
	}
	fmt.Printf("mean of the second coordinate %.1f, exactly %.2f\n", sum/float64(len(second)), 0.8/1.25)
	// Output: mean of the second coordinate 0.6, exactly 0.64
}
