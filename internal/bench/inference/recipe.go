package inference

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/train/sbi"
)

// recipe trains with the defaults of package train/sbi: nothing is chosen by task but the
// exchangeable structure that a case names.
func recipe(workers int) Fit {
	return func(ctx context.Context, c Case, theta, x *mat.Dense, seed uint64) (Posterior, error) {
		t, err := simulators.Lookup(c.Task)
		if err != nil {
			return nil, err
		}
		sims := &sbi.Simulations{Theta: theta, X: x, ThetaNames: t.Prior().Names(), XNames: t.Columns()}
		m, err := sbi.Fit(ctx, sims, &sbi.Options{
			Prior: t.Prior(), Exchangeable: sbi.Blocks{Points: c.Points, Width: c.Width}, Seed: seed, Workers: workers,
		})
		return drawer{m, workers}, err
	}
}

// drawer is a trained model.
type drawer struct {
	model   *sbi.Model
	workers int
}

func (d drawer) LogScore() float64 { return d.model.Summary().LogScore }

func (d drawer) Draw(ctx context.Context, x []float64, n int, seed uint64) (*mat.Dense, error) {
	p, err := d.model.Posterior(mat.NewDense(1, len(x), x))
	if err != nil {
		return nil, err
	}
	draws, err := p.Sample(ctx, n, &sbi.DrawOptions{Seed: seed, Workers: d.workers})
	if err != nil {
		return nil, err
	}
	return draws.Theta, nil
}
