package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// At the data the product of the laws, with its rewards and LogScale, is
// p(x)ᵖ p(y|x)ᵃ e^{(b+q)·x}, whatever law stands for the prior: Tempered is right where it
// is to be.
func TestTemperedIsTheLawAtTheData(t *testing.T) {
	prior := modes(sde.VP{})
	wide, err := sde.NewGaussian([]float64{0.3, -0.2, 1}, mat.NewSymDense(3, []float64{3, 0.5, 0, 0.5, 2, 0.1, 0, 0.1, 4}), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	o := sde.Observation{A: sde.NewLinearMap(A2), Y: mat.NewDense(1, 2, []float64{2, -1}), Error: sde.ErrorPerEntry{sde.NormalError{SD: 0.5}, sde.NormalError{SD: 0.8}}}
	under, err := guide.NewLawLikelihood(wide, o)
	if err != nil {
		t.Fatal(err)
	}
	laplace := o
	laplace.Error = sde.LaplaceError{Scale: 0.7}
	const tiny = 1e-9
	for name, c := range map[string]struct {
		f    guide.AffineScore
		e    sde.Likelihood
		a, p float64
	}{
		"MMPS":          {guide.AffineScore{Likelihood: guide.MMPS{Observation: o}, LikelihoodScale: []float64{4}}, o.Error, 4, 1},
		"another law":   {guide.AffineScore{Likelihood: under, LikelihoodScale: []float64{2.5}, PriorScale: []float64{0.5, 0.5, 0.5}}, o.Error, 2.5, 0.5},
		"a minus":       {guide.AffineScore{Likelihood: under, LikelihoodScale: []float64{-0.5}}, o.Error, -0.5, 1},
		"no likelihood": {guide.AffineScore{Likelihood: under, LikelihoodScale: []float64{0}, PriorScale: []float64{2}}, o.Error, 0, 2},
		"a reward":      {guide.AffineScore{Likelihood: guide.DPS{Observation: laplace}, LikelihoodScale: []float64{3}}, laplace.Error, 3, 1},
		"shifts":        {guide.AffineScore{Likelihood: under, LikelihoodShift: []float64{0.2}, PriorShift: []float64{0, 1, 0}}, o.Error, 1, 1},
	} {
		w, err := c.f.Tempered(prior)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for k := range 3 {
			x := mat.NewDense(1, 3, []float64{math.Sin(float64(k)), 0.5 * float64(k), -0.4})
			xt := mat.DenseCopyOf(x)
			xt.Scale(sde.VP{}.Coeff(tiny).Alpha, xt)
			got, lp := w.LogScale, make([]float64, 1)
			for i, l := range w.Laws {
				l.(sde.Law).LogProb(lp, xt, []float64{tiny})
				got += w.Powers[i] * lp[0]
			}
			grad := make([]float64, 3)
			for _, r := range w.Rewards {
				got += r.R(grad, x.RawRowView(0), 0)
			}
			prior.LogProb(lp, xt, []float64{tiny})
			want := c.p * lp[0]
			y := mat.NewDense(1, 2, nil)
			if err := o.A.Apply(y, x); err != nil {
				t.Fatal(err)
			}
			for j := range 2 {
				l, _ := c.e.LogProb(j, o.Y.At(0, j), y.At(0, j), 0)
				want += c.a * l
			}
			if name == "shifts" {
				want += 0.2*(x.At(0, 0)+x.At(0, 1)+x.At(0, 2)) + x.At(0, 1)
			}
			if math.Abs(got-want) > 1e-5 {
				t.Errorf("%s: log density %.7f, want %.7f", name, got, want)
			}
		}
	}
	// of a model that is a posterior: its power a, that of the prior p - a
	w, err := guide.AffineScore{Prior: wide, LikelihoodScale: []float64{3}, PriorScale: []float64{0.5}}.Tempered(prior)
	if err != nil || len(w.Laws) != 2 || w.Powers[0] != 3 || w.Powers[1] != -2.5 || w.Laws[1] != sde.Denoiser(wide) {
		t.Errorf("%v, %+v", err, w)
	}
}

// A reward has the gradient of its value.
func TestTemperedRewardGradient(t *testing.T) {
	prior := modes(sde.VP{})
	o := sde.Observation{A: sde.OperatorFunc{Dim: 3, Out: 1, F: func(dst, x []float64) { dst[0] = x[0] * x[1] }, Grad: func(dst, x, v []float64) { dst[0], dst[1], dst[2] = x[1]*v[0], x[0]*v[0], 0 }},
		Y: mat.NewDense(1, 1, []float64{2}), Error: sde.PoissonLikelihood{}}
	w, err := guide.AffineScore{Likelihood: guide.MMPS{Observation: o}, LikelihoodScale: []float64{2}}.Tempered(prior)
	if err != nil {
		t.Fatal(err)
	}
	x, grad, none := []float64{0.5, 0.8, -1}, make([]float64, 3), make([]float64, 3)
	w.Rewards[0].R(grad, x, 0)
	for j := range 3 {
		const h = 1e-6
		x[j] += h
		up := w.Rewards[0].R(none, x, 0)
		x[j] -= 2 * h
		down := w.Rewards[0].R(none, x, 0)
		x[j] += h
		if d := (up - down) / (2 * h); math.Abs(d-grad[j]) > 1e-6 {
			t.Errorf("coordinate %d: %.8f, by differences %.8f", j, grad[j], d)
		}
	}
}

func TestTemperedRefuses(t *testing.T) {
	prior := modes(sde.VP{})
	o := obs(sde.Columns{Dim: 3, Index: []int{1}}, 0.5, 0.3)
	rows := o
	rows.Y = mat.NewDense(2, 1, []float64{1, 2})
	for want, f := range map[string]guide.AffineScore{
		"differs between coordinates": {Likelihood: guide.MMPS{Observation: o}, LikelihoodScale: []float64{1, 2, 1}},
		"not of one for each row":     {Likelihood: guide.MMPS{Observation: rows}},
		"strength of its own":         {Likelihood: guide.DPS{Observation: o, Strength: 2}},
		"both Prior and Likelihood":   {Likelihood: guide.MMPS{Observation: o}, Prior: prior},
		"the prior is missing":        {},
		"a scale or shift is NaN":     {Likelihood: guide.MMPS{Observation: o}, PriorShift: []float64{math.NaN()}},
	} {
		if _, err := f.Tempered(prior); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A swap of the priors of some coordinates is that of all, where the others have the same
// law before and after; the order of the coordinates does not matter.
func TestPriorSwapOfSomeCoordinates(t *testing.T) {
	prior := modes(sde.VP{})
	law := func(mean []float64, cov ...float64) *sde.Gaussian {
		g, err := sde.NewGaussian(mean, mat.NewSymDense(len(mean), cov), sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	all, err := guide.NewPriorSwap(law([]float64{0, 0.5, 1}, 9, 0, 2, 0, 7, 0, 2, 0, 8), law([]float64{1, 0.5, 0}, 2, 0, 0.3, 0, 7, 0, 0.3, 0, 3))
	if err != nil {
		t.Fatal(err)
	}
	some, err := guide.NewPriorSwapAt(3, []int{2, 0}, law([]float64{1, 0}, 8, 2, 2, 9), law([]float64{0, 1}, 3, 0.3, 0.3, 2))
	if err != nil {
		t.Fatal(err)
	}
	if s := equal(t, guide.New(prior, some), guide.New(prior, all), prior); s != "" {
		t.Error(s)
	}
	wrong, err := guide.NewPriorSwapAt(3, []int{0, 2}, law([]float64{1, 0}, 8, 2, 2, 9), law([]float64{0, 1}, 3, 0.3, 0.3, 2))
	if err != nil {
		t.Fatal(err)
	}
	if equal(t, guide.New(prior, wrong), guide.New(prior, all), prior) == "" {
		t.Error("coordinates in another order pass")
	}
	for name, index := range map[string][]int{"twice": {1, 1}, "beyond": {0, 3}, "sizes": {1}} {
		if _, err := guide.NewPriorSwapAt(3, index, law([]float64{1, 0}, 8, 2, 2, 9), law([]float64{0, 1}, 3, 0.3, 0.3, 2)); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// An old prior of independent blocks is their product.
func TestPriorSwapFromAProduct(t *testing.T) {
	prior := modes(sde.VP{})
	law := func(mean []float64, cov ...float64) *sde.Gaussian {
		g, err := sde.NewGaussian(mean, mat.NewSymDense(len(mean), cov), sde.VP{})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	to := law([]float64{1, 0.5, 0}, 2, 0, 0.3, 0, 4, 0, 0.3, 0, 3)
	swap := func(from sde.Law) guide.PriorSwap {
		s, err := guide.NewPriorSwap(from, to)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	product, err := sde.NewProduct(law([]float64{0.3}, 9), law([]float64{-0.5, 1}, 7, 2, 2, 8))
	if err != nil {
		t.Fatal(err)
	}
	whole := law([]float64{0.3, -0.5, 1}, 9, 0, 0, 0, 7, 2, 0, 2, 8)
	if s := equal(t, guide.New(prior, swap(product)), guide.New(prior, swap(whole)), prior); s != "" {
		t.Error(s)
	}
	if equal(t, guide.New(prior, swap(product)), guide.New(prior, swap(law([]float64{-0.5, 0.3, 1}, 9, 0, 0, 0, 7, 2, 0, 2, 8))), prior) == "" {
		t.Error("means exchanged pass")
	}
}
