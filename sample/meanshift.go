package sample

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// MeanShift is classifier guidance as published for DDPM, the Taylor form (Dhariwal &
// Nichol 2021, alg. 1, arXiv:2105.05233): the mean μ of a step x_s ~ N(μ, sd² I) of Inner
// becomes
//
//	μ + sd² Scale ∇_{x_t} log p(c|x_t).
//
// It agrees with guidance of the score to first order in the step: with more steps the
// rows become those of guide.ClassifierGuidance. A step without noise is not guided, so
// that Inner must have noise: its steps err otherwise, and unless they are a Kernel.
type MeanShift struct {
	Inner Method
	Score sde.ClassScore // bound to one event for all rows
	Scale float64        // zero means 1
	// ScaleFunc, when set, is the scale at t, finite and not negative, and Scale must be 0.
	ScaleFunc func(t float64) float64
}

func (m MeanShift) Info() Info {
	in := m.Inner.Info()
	in.Name += ", guided in its mean"
	in.Kind, in.Order, in.Stochastic = Weak, min(in.Order, 1), true
	in.Source = "Dhariwal & Nichol 2021, alg. 1 (arXiv:2105.05233)"
	return in
}

// Caveats are those of the inner method, and that of the form.
func (m MeanShift) Caveats() []string {
	list := append([]string(nil), caveats(m.Inner)...)
	if s := cmp.Or(m.Scale, 1); m.ScaleFunc != nil {
		list = append(list, "classifier guidance of a scale that is a function of time is the score of no law; scale 1 samples p(x|c)")
	} else if s != 1 {
		list = append(list, fmt.Sprintf("classifier guidance of scale %g sharpens p(c|x_t) at every noise level, which is the score of no law; scale 1 samples p(x|c)", s))
	}
	return append(list, "the mean of a step is guided to first order in the step: take more steps, or the score form")
}

// New implements Method. It panics without Inner or Score, and with both scales.
func (m MeanShift) New(d sde.Denoiser, n int) Stepper {
	if m.Inner == nil || m.Score == nil {
		panic("sample: MeanShift without Inner or Score")
	}
	if m.Scale != 0 && m.ScaleFunc != nil {
		panic("sample: MeanShift with Scale and ScaleFunc")
	}
	inner, _ := m.Inner.New(d, n).(Kernel)
	w := d.Dim()
	st := &meanShift{
		inner: inner, score: m.Score, scale: cmp.Or(m.Scale, 1), over: m.ScaleFunc, name: m.Inner.Info().Name,
		mean: mat.NewDense(n, w, nil), g: mat.NewDense(n, w, nil), logp: make([]float64, n),
		sched: d.Schedule(),
	}
	if _, law := sde.As[sde.Law](d); !law {
		st.center, st.variance, _ = sde.Moments(d)
	}
	return st
}

// meanSpan is the largest distance of a guided mean from that of the noised data of a
// network, in their standard deviations: a network is not trained beyond, and rows that
// get there do not come back.
const meanSpan = 20

type meanShift struct {
	inner   Kernel
	score   sde.ClassScore
	scale   float64
	over    func(t float64) float64 // in place of scale; nil for none
	name    string
	mean, g *mat.Dense
	logp    []float64
	t       [1]float64
	sched   sde.Schedule

	center, variance []float64 // of the data; nil for a law, which is exact everywhere
}

var _ Kernel = (*meanShift)(nil)

func (st *meanShift) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	sd, err := st.Moments(st.mean, x, t, s)
	if err != nil {
		return err
	}
	z.Normal(st.g, t, s, 0)
	x.Copy(st.mean)
	accumulate(x, sd, st.g)
	return nil
}

// Moments implements Kernel.
func (st *meanShift) Moments(mean, x *mat.Dense, t, s float64) (float64, error) {
	if st.inner == nil {
		return 0, fmt.Errorf("%s: the mean form of a classifier is for steps with Gaussian noise: take ddim with eta 1, or ancestral", st.name)
	}
	sd, err := st.inner.Moments(mean, x, t, s)
	if err != nil {
		return 0, err
	}
	if sd == 0 && s > 0 {
		return 0, fmt.Errorf("%s: a step without noise is not guided in the mean form of a classifier: take ddim with eta 1, or ancestral", st.name)
	}
	st.t[0] = t
	if err := st.score.LogProbGrad(st.g, st.logp, x, st.t[:]); err != nil {
		return 0, err
	}
	scale := st.scale
	if st.over != nil {
		scale = st.over(t)
		if err := numeric.CheckAt("ScaleFunc", scale, t); err != nil {
			return 0, err
		}
	}
	accumulate(mean, scale*sd*sd, st.g)
	st.bound(mean, s)
	return sd, nil
}

// bound keeps means within meanSpan of the noised data at time s.
func (st *meanShift) bound(mean *mat.Dense, s float64) {
	c := st.sched.Coeff(s)
	n, _ := mean.Dims()
	for i := range n {
		row := mean.RawRowView(i)
		for j, v := range st.variance {
			m, reach := c.Alpha*st.center[j], meanSpan*math.Sqrt(c.Alpha*c.Alpha*v+c.Sigma*c.Sigma)
			row[j] = max(m-reach, min(row[j], m+reach))
		}
	}
}
