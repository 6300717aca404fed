package tabular

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// tempered is a posterior whose twist counts less where noise hides the data: its
// log p̃(y|x_t), and the shift of its mean, are multiplied by
//
//	w = α²/(α² + tempering σ²).
//
// Particles are exact for any twist. The posterior variance of x_0 that learned
// Jacobians give is far too small at high noise: there an untempered twist would
// select particles, early and for good, by differences without meaning.
type tempered struct{ *guide.Posterior }

var (
	_ sample.JointEvaluator     = tempered{}
	_ sample.LikelihoodDenoiser = tempered{}
	_ sde.PerRow                = tempered{}
)

const tempering = 4

// weight is w of row i.
func (e tempered) weight(t []float64, i int) float64 {
	c := e.Schedule().Coeff(sde.Time(t, i))
	a := c.Alpha * c.Alpha
	return a / (a + tempering*c.Sigma*c.Sigma)
}

func (e tempered) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
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

func (e tempered) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	if err := e.Posterior.LogProb(dst, x, t); err != nil {
		return err
	}
	for i := range dst {
		dst[i] *= e.weight(t, i)
	}
	return nil
}

func (e tempered) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	return e.Evaluate(mat.NewDense(n, d, nil), dst, make([]float64, n), x, t)
}

func (e tempered) Rows(idx []int) sde.Denoiser {
	return tempered{e.Posterior.Rows(idx).(*guide.Posterior)}
}
