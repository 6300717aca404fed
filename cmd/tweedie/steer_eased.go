package main

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// eased is a posterior that is believed little where noise hides the data: its
// log p̃(y|x_t), and the shift of its mean, count by
//
//	w = α²/(α² + easing σ²).
//
// Particles are exact for any twist, and the spread that learned Jacobians give x_0 is
// far too small at much noise: a twist of it would choose particles, early and for
// good, by differences that mean nothing.
type eased struct{ *guide.Posterior }

var (
	_ sample.Evaluated = eased{}
	_ sample.Likely    = eased{}
	_ sde.PerRow       = eased{}
)

const easing = 4

// weight is w of row i.
func (e eased) weight(t []float64, i int) float64 {
	c := e.Schedule().Coeff(sde.Time(t, i))
	a := c.Alpha * c.Alpha
	return a / (a + easing*c.Sigma*c.Sigma)
}

// Evaluate implements sample.Evaluated.
func (e eased) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	if err := e.Posterior.Evaluate(prior, guided, logp, x, t); err != nil {
		return err
	}
	for i := range logp {
		w := e.weight(t, i)
		logp[i] *= w
		to, from := guided.RawRowView(i), prior.RawRowView(i)
		for j, v := range from {
			to[j] = v + w*(to[j]-v)
		}
	}
	return nil
}

// LogProb implements sample.Twisted.
func (e eased) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	if err := e.Posterior.LogProb(dst, x, t); err != nil {
		return err
	}
	for i := range dst {
		dst[i] *= e.weight(t, i)
	}
	return nil
}

// Denoise implements sde.Denoiser.
func (e eased) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	return e.Evaluate(mat.NewDense(n, d, nil), dst, make([]float64, n), x, t)
}

// Rows implements sde.PerRow.
func (e eased) Rows(idx []int) sde.Denoiser {
	return eased{e.Posterior.Rows(idx).(*guide.Posterior)}
}
