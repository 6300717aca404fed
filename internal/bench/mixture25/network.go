package mixture25

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/bench"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// network is a prior and a network that was trained on its draws.
type network struct {
	prior *sde.Mixture
	net   *nn.Model
}

func (m *network) law() *sde.Mixture {
	if m == nil {
		return nil
	}
	return m.prior
}

// ScoreError is the error of the network at one noise level.
type ScoreError struct {
	Sigma float64 `json:"sigma"`
	// Error is the root mean square of D - D* per coordinate, with the network D and
	// the exact denoiser D*, at rows of the prior with noise σ. Spread is that of
	// x_0 - D*, the error of D* itself.
	Error  float64 `json:"error"`
	Spread float64 `json:"spread"`
	Slope  float64 `json:"jacobian_error"` // |(J - J*)ᵀe| over |J*ᵀe|, both root mean squares, e random directions
}

// learn trains a network on draws of a prior and measures it.
func learn(ctx context.Context, o *Options, key stream.Key, r *Report) (*network, error) {
	prior, err := newPrior(Dim, stream.NewSource(key.At(0)))
	if err != nil {
		return nil, err
	}
	data := mat.NewDense(100000, Dim, nil)
	prior.Sample(data, 1, 0)
	variance, cov := make([]float64, Dim), prior.Covariance()
	for j := range variance {
		variance[j] = cov.At(j, j)
	}
	net, err := nn.New(nn.Config{Hidden: 128, Layers: 4, Schedule: schedule, Mean: prior.Mean(), Variance: variance, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	cfg := train.Config{Steps: o.TrainSteps, Objective: bench.Loss(schedule), Seed: o.Seed, Workers: o.Workers}
	if net, err = bench.Fit(ctx, net, train.Data{X: data}, train.Data{}, cfg); err != nil {
		return nil, err
	}
	m := &network{prior, net}
	r.TrainSteps = o.TrainSteps
	for _, sigma := range []float64{0.03, 0.1, 0.3, 1, 3, 6, 10, 20, 40, 80} {
		e, err := m.err(sigma)
		if err != nil {
			return nil, err
		}
		r.Errors = append(r.Errors, e)
	}
	return m, nil
}

// err measures the network at rows that it was not trained on.
func (m *network) err(sigma float64) (ScoreError, error) {
	const n = 2000
	x0, z, x := mat.NewDense(n, Dim, nil), mat.NewDense(n, Dim, nil), mat.NewDense(n, Dim, nil)
	m.prior.Sample(x0, 2, 0)
	sde.NewStreams(3, "bench/modes/errors", 0).Normal(z, 1, 0, 0)
	t := []float64{sde.TimeAt(schedule, -math.Log(sigma))}
	x.Scale(sigma, z)
	x.Add(x, x0)
	exact, got := mat.NewDense(n, Dim, nil), mat.NewDense(n, Dim, nil)
	p, err := m.prior.Linearize(exact, x, t)
	if err != nil {
		return ScoreError{}, err
	}
	q, err := m.net.Linearize(got, x, t)
	if err != nil {
		return ScoreError{}, err
	}
	je, jg := mat.NewDense(n, Dim, nil), mat.NewDense(n, Dim, nil)
	for i := range n { // directions
		row := z.RawRowView(i)
		s := math.Sqrt(mat.Dot(z.RowView(i), z.RowView(i)))
		for j := range row {
			row[j] /= s
		}
	}
	if err := p(je, z); err != nil {
		return ScoreError{}, err
	}
	if err := q(jg, z); err != nil {
		return ScoreError{}, err
	}
	got.Sub(got, exact)
	x0.Sub(x0, exact)
	jg.Sub(jg, je)
	rms := func(a *mat.Dense) float64 { return mat.Norm(a, 2) / math.Sqrt(n*Dim) }
	return ScoreError{Sigma: sigma, Error: rms(got), Spread: rms(x0), Slope: mat.Norm(jg, 2) / mat.Norm(je, 2)}, nil
}
