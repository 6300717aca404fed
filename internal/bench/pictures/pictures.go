// Package pictures draws what each guide does: rows drawn with it, over the density of
// the exact law that it aims at.
package pictures

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/figure"
	"tweedie/sample"
	"tweedie/sde"
)

// Picture is a guide and the exact law that it aims at.
type Picture struct {
	File  string // name without extension
	Title string

	d     sde.Denoiser
	m     sample.Method
	exact sde.Law // of x_0
	line  [][2]float64
}

const rows = 300 // of a picture

// newLaw returns a mixture of three normals in the plane, the observation x₁ + x₂/2 =
// .6 with an error of .25, which has two likely explanations, and the posterior.
func newLaw() (prior *sde.Mixture, obs sde.Observation, post sde.Law, err error) {
	part := func(x, y, xx, xy, yy float64) *sde.Gaussian {
		g, e := sde.NewGaussian([]float64{x, y}, mat.NewSymDense(2, []float64{xx, xy, xy, yy}), sde.VP{})
		if e != nil {
			err = e
		}
		return g
	}
	comps := []*sde.Gaussian{part(-1.2, 1.4, .15, .1, .25), part(1.2, -0.9, .2, -.1, .15), part(0.4, 1.6, .1, 0, .1)}
	if err != nil {
		return nil, obs, nil, err
	}
	if prior, err = sde.NewMixture([]float64{.4, .35, .25}, comps); err != nil {
		return nil, obs, nil, err
	}
	a := mat.NewDense(1, 2, []float64{1, 0.5})
	obs = sde.Observation{A: sde.NewLinearMap(a), Y: mat.NewDense(1, 1, []float64{0.6}), Error: sde.NormalError{SD: 0.25}}
	post, err = prior.Posterior(a, []float64{0.6}, mat.NewSymDense(1, []float64{0.25 * 0.25}))
	return prior, obs, post, err
}

// ratio is a classifier with the exact p(y|x_t).
type ratio struct{ prior, post sde.Law }

func (r ratio) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	s := mat.DenseCopyOf(x)
	r.prior.Score(s, x, t)
	r.post.Score(dst, x, t)
	dst.Sub(dst, s)
	sde.LogLikelihoodAt(logp, r.prior, r.post, 0, x, t)
	return nil
}

func (ratio) Exact() bool { return true }

// All returns a picture of each guide.
func All() ([]Picture, error) {
	prior, obs, post, err := newLaw()
	if err != nil {
		return nil, err
	}
	line := [][2]float64{{-9, 19.2}, {9, -16.8}} // x₁ + x₂/2 = .6
	anc := sample.DDIM{Eta: 1}
	one, err := sde.NewMixture([]float64{1}, prior.Comps[:1])
	if err != nil {
		return nil, err
	}
	to, err := sde.NewGaussian([]float64{0.3, 0.2}, mat.NewSymDense(2, []float64{0.3, 0.2, 0.2, 0.4}), sde.VP{})
	if err != nil {
		return nil, err
	}
	wide, err := sde.NewBox([]float64{-2, -2}, []float64{2.5, 2.5}, sde.VP{})
	if err != nil {
		return nil, err
	}
	swap, err := guide.NewPriorSwap(wide, to)
	if err != nil {
		return nil, err
	}
	observed := func(file, title string, t guide.Term) Picture {
		return Picture{"guide-" + file, title, guide.New(prior, t), anc, post, line}
	}
	inf := math.Inf(1)
	half := guide.New(prior, guide.Within{guide.Interval(2, 0, -0.5, inf)})
	return []Picture{
		{"guide-none", "no guide: the prior", prior, anc, prior, line},
		observed("mmps", "MMPS", guide.MMPS{Observation: obs}),
		observed("mmps-curvature", "MMPS, curvature", guide.MMPS{Observation: obs, Curvature: true}),
		observed("pigdm", "ΠGDM", guide.PiGDM{Observation: obs}),
		observed("dps", "DPS", guide.DPS{Observation: obs}),
		observed("dps-norm", "DPS, norm, ζ = .2", guide.DPSNorm{Observation: obs, Zeta: 0.2}),
		{"guide-within", "Within: x₁ ≥ −.5", half, anc, truncatedLaw{prior}, [][2]float64{{-.5, -9}, {-.5, 9}}},
		{"guide-classified", "an exact classifier", guide.New(prior, guide.ClassifierGuidance{ClassScore: ratio{prior, one}}), anc, one, nil},
		{"guide-cfg", "CFG, w = 3", &guide.CFG{Cond: one, Uncond: prior, W: 3}, anc, one, nil},
		{"guide-swap", "PriorSwap: box to normal", guide.New(wide, swap), anc, to, nil},
	}, nil
}

// truncatedLaw is a law restricted to x₁ ≥ -.5. Its LogProb lacks the constant.
type truncatedLaw struct{ sde.Law }

func (l truncatedLaw) LogProb(dst []float64, x *mat.Dense, t []float64) {
	l.Law.LogProb(dst, x, t)
	for i := range dst {
		if x.At(i, 0) < -0.5 {
			dst[i] = math.Inf(-1)
		}
	}
}

// Draw draws rows with the guide and plots them.
func (p Picture) Draw(ctx context.Context, seed uint64, workers int) (*figure.Figure, error) {
	res, err := sample.Run(ctx, p.d, p.m, rows, &sample.Options{Steps: 200, Seed: seed, Workers: workers, Denoise: true})
	if err != nil {
		return nil, err
	}
	lp, x := make([]float64, 1), mat.NewDense(1, 2, nil)
	return figure.Cloud(figure.CloudOptions{
		Title: p.Title, XMin: -3.5, XMax: 3.5, YMin: -3.5, YMax: 3.5, Line: p.line,
		LogDensity: func(u, v float64) float64 {
			x.Set(0, 0, u)
			x.Set(0, 1, v)
			p.exact.LogProb(lp, x, []float64{0})
			return lp[0]
		},
	}, res.X)
}
