package accuracy

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/internal/bench"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// recipe is a model to train.
type recipe struct {
	name           string
	hidden, layers int
	loss           losses.Denoising
}

// recipes are the models that are compared.
func recipes() ([]recipe, error) {
	chain, err := sde.NewDDPM(sde.VP{}, 1000)
	if err != nil {
		return nil, err
	}
	likely := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Times: losses.Times{Law: losses.UniformLogSNR{}, Corrected: true}, Weight: losses.LikelihoodWeighting{}}
	}
	flat := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Weight: losses.Sigma2{}}
	}
	return []recipe{
		{"VP", 64, 4, bench.Loss(sde.VP{})},
		{"VE", 64, 4, bench.Loss(sde.VE{})},
		{"sub-VP", 64, 4, bench.Loss(sde.SubVP{})},
		{"VP, likelihood weighting", 64, 4, likely(sde.VP{})},
		{"VE, likelihood weighting", 64, 4, likely(sde.VE{})},
		{"sub-VP, likelihood weighting", 64, 4, likely(sde.SubVP{})},
		{"VP, σ² weighting, t uniform", 64, 4, flat(sde.VP{})},
		{"VE, σ² weighting, t uniform", 64, 4, flat(sde.VE{})},
		{"sub-VP, σ² weighting, t uniform", 64, 4, flat(sde.SubVP{})},
		{"VP, σ² weighting, 1000 levels", 64, 4, losses.Discrete(chain)},
		{"VP, 1 layer", 64, 1, bench.Loss(sde.VP{})},
		{"VP, 2 layers", 64, 2, bench.Loss(sde.VP{})},
		{"VP, 8 layers", 64, 8, bench.Loss(sde.VP{})},
	}, nil
}

// lawData are standardized rows of a law in the plane, to train on and to compare with.
type lawData struct {
	law         toy.Law
	train, test *mat.Dense
	entropy     float64 // of the standardized law
}

const testRows = 10000

// newLawData draws the rows of a law.
func newLawData(name string) (*lawData, error) {
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, err
	}
	d := &lawData{law: law, train: mat.NewDense(100000, 2, nil), test: mat.NewDense(testRows, 2, nil)}
	law.Sample(d.train, 1, 0)
	law.Sample(d.test, 2, 0)
	mean, variance := make([]float64, 2), make([]float64, 2)
	for j := range mean {
		mean[j], variance[j] = stat.PopMeanVariance(mat.Col(nil, j, d.train), nil)
	}
	d.entropy, _ = law.Entropy()
	for _, x := range []*mat.Dense{d.train, d.test} {
		n, _ := x.Dims()
		for i := range n {
			row := x.RawRowView(i)
			for j := range row {
				row[j] = (row[j] - mean[j]) / math.Sqrt(variance[j])
			}
		}
	}
	for _, v := range variance {
		d.entropy -= 0.5 * math.Log(v)
	}
	return d, nil
}

// model returns an untrained model of standardized rows.
func (r recipe) model(seed uint64) (*nn.Model, error) {
	return nn.New(nn.Config{
		Hidden: r.hidden, Layers: r.layers, Schedule: r.loss.Sched,
		Mean: []float64{0, 0}, Variance: []float64{1, 1}, Seed: seed,
	})
}

// fit trains a model by a recipe.
func (d *lawData) fit(ctx context.Context, r recipe, steps int, seed uint64, workers int) (*nn.Model, error) {
	m, err := r.model(seed)
	if err != nil {
		return nil, err
	}
	cfg := train.Config{Steps: steps, Objective: r.loss, Seed: seed, Workers: workers}
	return bench.Fit(ctx, m, train.Data{X: d.train}, train.Data{}, cfg)
}

// distance is the sliced 1-Wasserstein distance of testRows draws to the test rows.
func (d *lawData) distance(ctx context.Context, m *nn.Model, s setting, nfe int, seed uint64, workers int) (float64, error) {
	res, err := sample.Run(ctx, m, s.method, testRows, &sample.Options{NFE: nfe, Grid: s.grid, Seed: seed, Workers: workers})
	if err != nil {
		return 0, err
	}
	return metrics.SlicedWasserstein(d.test, res.X, 50, 5), nil
}

// gap is the negative log likelihood of test rows less the entropy. The exact log density
// less the entropy is a control variate that removes most of the sampling error.
func (d *lawData) gap(ctx context.Context, m *nn.Model, workers int) (float64, error) {
	const rows = 2000
	x := d.test.Slice(0, rows, 0, 2).(*mat.Dense)
	l, err := sample.LogProb(ctx, m, x, &sample.LogProbOptions{RTol: 1e-4, ATol: 1e-4, Workers: workers})
	if err != nil {
		return 0, err
	}
	exact, raw := make([]float64, rows), mat.NewDense(rows, 2, nil)
	d.law.Sample(raw, 2, 0)
	d.law.LogProb(exact, raw)
	entropy, _ := d.law.Entropy()
	sum := 0.0
	for i, v := range l.LogProb {
		sum += exact[i] + entropy - v - d.entropy
	}
	return sum / rows, nil
}
