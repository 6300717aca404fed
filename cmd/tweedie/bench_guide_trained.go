package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// modesModel is a prior with a network that was trained on its draws.
type modesModel struct {
	prior *sde.Mixture
	net   *nn.Model
}

func (m *modesModel) law() *sde.Mixture {
	if m == nil {
		return nil
	}
	return m.prior
}

// modesError is how far the network is from the exact denoiser at one noise.
type modesError struct {
	Sigma float64 `json:"sigma"`
	// Error is the root mean square of D - D* per coordinate, at rows of the
	// prior noised by σ, and Spread that of x_0 - D*, the error of D* itself.
	Error  float64 `json:"error"`
	Spread float64 `json:"spread"`
	Slope  float64 `json:"jacobian_error"` // |(J - J*)ᵀe| over |J*ᵀe|, both rms, e random
}

// learnModes trains the network, if asked to, and measures it.
func (a *app) learnModes(ctx context.Context, o *modesFlags, key stream.Key, r *modesReport) (*modesModel, error) {
	if !o.trained {
		return nil, nil
	}
	prior, err := modesPrior(modesDim, stream.NewSource(key.At(0)))
	if err != nil {
		return nil, err
	}
	data := mat.NewDense(100000, modesDim, nil)
	prior.Sample(data, 1, 0)
	times, err := losses.ParseTimes(defaultTimes)
	if err != nil {
		return nil, err
	}
	variance, cov := make([]float64, modesDim), prior.Covariance()
	for j := range variance {
		variance[j] = cov.At(j, j)
	}
	net, err := nn.New(nn.Config{Hidden: 128, Layers: 4, Schedule: modesSchedule, Mean: prior.Mean(), Variance: variance, Seed: a.seed})
	if err != nil {
		return nil, err
	}
	loss := losses.Denoising{Sched: modesSchedule, Times: times, Weight: losses.EDM{}}
	t, err := train.New(net, train.Data{X: data}, train.Data{}, train.Config{Steps: o.trainSteps, Objective: loss, Seed: a.seed, Workers: a.workers})
	if err != nil {
		return nil, err
	}
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	m := &modesModel{prior, t.Model()}
	r.TrainSteps = o.trainSteps
	for _, sigma := range []float64{0.03, 0.1, 0.3, 1, 3, 6, 10, 20, 40, 80} {
		e, err := m.err(sigma)
		if err != nil {
			return nil, err
		}
		r.Errors = append(r.Errors, e)
	}
	return m, nil
}

// err measures the network at rows that training has not seen.
func (m *modesModel) err(sigma float64) (modesError, error) {
	const n = 2000
	x0, z, x := mat.NewDense(n, modesDim, nil), mat.NewDense(n, modesDim, nil), mat.NewDense(n, modesDim, nil)
	m.prior.Sample(x0, 2, 0)
	sde.NewStreams(3, "bench/modes/errors", 0).Normal(z, 1, 0, 0)
	t := []float64{sde.TimeAt(modesSchedule, -math.Log(sigma))}
	x.Scale(sigma, z)
	x.Add(x, x0)
	exact, got := mat.NewDense(n, modesDim, nil), mat.NewDense(n, modesDim, nil)
	p, err := m.prior.Linearize(exact, x, t)
	if err != nil {
		return modesError{}, err
	}
	q, err := m.net.Linearize(got, x, t)
	if err != nil {
		return modesError{}, err
	}
	je, jg := mat.NewDense(n, modesDim, nil), mat.NewDense(n, modesDim, nil)
	for i := range n { // directions
		row := z.RawRowView(i)
		s := math.Sqrt(mat.Dot(z.RowView(i), z.RowView(i)))
		for j := range row {
			row[j] /= s
		}
	}
	if err := p(je, z); err != nil {
		return modesError{}, err
	}
	if err := q(jg, z); err != nil {
		return modesError{}, err
	}
	got.Sub(got, exact)
	x0.Sub(x0, exact)
	jg.Sub(jg, je)
	rms := func(a *mat.Dense) float64 { return mat.Norm(a, 2) / math.Sqrt(n*modesDim) }
	return modesError{Sigma: sigma, Error: rms(got), Spread: rms(x0), Slope: mat.Norm(jg, 2) / mat.Norm(je, 2)}, nil
}

func (r *modesReport) printErrors(w io.Writer) {
	if r.TrainSteps == 0 {
		return
	}
	fmt.Fprintf(w, "network of %d steps against the exact denoiser\nσ\trms of D - D*\trms of x_0 - D*\tof the Jacobian, relative\n", r.TrainSteps)
	for _, e := range r.Errors {
		fmt.Fprintf(w, "%g\t%.3f\t%.3f\t%.3f\n", e.Sigma, e.Error, e.Spread, e.Slope)
	}
	fmt.Fprintln(w)
}
