package bench

import (
	"context"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
)

// Guides are the names of the guides that Sample measures.
func Guides() []string { return []string{"dps", "pigdm", "mmps"} }

// newTerm returns the term of that name for one observed number: the first column,
// with a normal error of standard deviation 0.5.
func newTerm(name string, dim int) guide.Term {
	first := make([]float64, dim)
	first[0] = 1
	obs := sde.Observation{
		A: sde.NewLinearMap(mat.NewDense(1, dim, first)), Y: mat.NewDense(1, 1, []float64{0.5}), Error: sde.NormalError{SD: 0.5},
	}
	return map[string]guide.Term{
		"dps": guide.DPS{Observation: obs}, "pigdm": guide.PiGDM{Observation: obs}, "mmps": guide.MMPS{Observation: obs},
	}[name]
}

// pullbacks returns the mean number of backward passes per evaluation of a row.
func (b *sampleBench) pullbacks(ctx context.Context, m *nn.Model, term guide.Term) (float64, error) {
	c := &counted{Model: m}
	if _, err := sample.Run(ctx, guide.New(c, term), b.method, min(b.rows, nn.BlockRows), &b.opts); err != nil {
		return 0, err
	}
	return float64(c.pulls.Load()) / float64(c.evals.Load()), nil
}

// counted is a model that counts the rows it evaluates and pulls back.
type counted struct {
	*nn.Model
	evals, pulls atomic.Int64
}

func (c *counted) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	c.evals.Add(int64(n))
	return c.Model.Denoise(dst, x, t)
}

func (c *counted) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	n, _ := x.Dims()
	c.evals.Add(int64(n))
	pull, err := c.Model.Linearize(mean, x, t)
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		n, _ := v.Dims()
		c.pulls.Add(int64(n))
		return pull(dst, v)
	}, nil
}
