package inference

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
	"tweedie/internal/stream"
)

// A fault is planted in draws of an exact posterior.
type fault string

const (
	right    fault = "exact"
	wide     fault = "too wide ×1.3"
	narrow   fault = "too narrow ÷1.3"
	shifted  fault = "shifted by 0.3 sd"
	unlinked fault = "correlation dropped"
	blind    fault = "the prior"
)

// oracle is an exact posterior with a fault. Center and spread of a fault are those of some
// further draws.
type oracle struct {
	task  simulators.Exact
	fault fault
}

func newOracle(t testing.TB, name string, f fault) *oracle {
	t.Helper()
	if name == "line" {
		return &oracle{line{}, f}
	}
	task, err := simulators.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return &oracle{task.(simulators.Exact), f}
}

func (p *oracle) simulations(t testing.TB, n int, seed uint64) Simulations {
	t.Helper()
	d, w := p.task.Dims()
	s := Simulations{Theta: mat.NewDense(n, d, nil), X: mat.NewDense(n, w, nil), XNames: p.task.Columns()}
	for j := range d {
		s.ThetaNames = append(s.ThetaNames, fmt.Sprintf("t%d", j+1))
	}
	if _, ok := p.task.(line); ok {
		rng := stream.New(seed, "line/theta")
		for i := range n {
			s.Theta.SetRow(i, []float64{rng.NormFloat64(), rng.NormFloat64()})
		}
		line{}.Simulate(s.X, s.Theta, seed, 0)
		return s
	}
	var err error
	if s.Theta, s.X, err = simulators.Draw(context.Background(), p.task, nil, n, seed, 0, 1); err != nil {
		t.Fatal(err)
	}
	return s
}

const probes = 50

// probe returns the mean and the standard deviation of some draws at x.
func (p *oracle) probe(x []float64) (mean, sd []float64, err error) {
	d, _ := p.task.Dims()
	m := mat.NewDense(probes, d, nil)
	if err = p.task.SamplePosterior(m, x, 77, 1<<40); err != nil {
		return nil, nil, err
	}
	for j := range d {
		a, v := meanVariance(probes, func(i int) float64 { return m.At(i, j) })
		mean, sd = append(mean, a), append(sd, math.Sqrt(v))
	}
	return mean, sd, nil
}

func (p *oracle) Sample(_ context.Context, x *mat.Dense, first, n int, seed uint64) (*mat.Dense, error) {
	rows, _ := x.Dims()
	d, _ := p.task.Dims()
	out := mat.NewDense(rows*n, d, nil)
	more := 1
	if p.fault == unlinked {
		more = d
	}
	for i := range rows {
		part := mat.NewDense(n*more, d, nil)
		if err := p.task.SamplePosterior(part, x.RawRowView(i), ^seed, (first+i)*n*more); err != nil {
			return nil, err
		}
		mean, sd, err := p.probe(x.RawRowView(i))
		if err != nil {
			return nil, err
		}
		for k := range n {
			for j := range d {
				v := part.At(k*more, j)
				switch p.fault {
				case wide:
					v = mean[j] + 1.3*(v-mean[j])
				case narrow:
					v = mean[j] + (v-mean[j])/1.3
				case shifted:
					v += 0.3 * sd[j]
				case unlinked:
					v = part.At(k*more+j, j)
				}
				out.Set(i*n+k, j, v)
			}
		}
	}
	if p.fault == blind {
		prior := p.simulationsOf(rows*n, seed+1+uint64(first))
		out.Copy(prior)
	}
	return out, nil
}

func (p *oracle) simulationsOf(n int, seed uint64) *mat.Dense {
	if _, ok := p.task.(line); ok {
		m, rng := mat.NewDense(n, 2, nil), stream.New(seed, "line/prior")
		for i := range n {
			m.SetRow(i, []float64{rng.NormFloat64(), rng.NormFloat64()})
		}
		return m
	}
	d, _ := p.task.Dims()
	m := mat.NewDense(n, d, nil)
	p.task.Prior().Sample(m, seed, 1<<30)
	return m
}

// LogProb is that of the fault as well, but for unlinked and blind, which have that of a
// normal law.
func (p *oracle) LogProb(_ context.Context, theta, x *mat.Dense) ([]float64, error) {
	n, d := theta.Dims()
	out, row := make([]float64, n), mat.NewDense(1, d, nil)
	var mean, sd []float64
	for i := range n {
		at := x.RawRowView(i)
		if i == 0 || !same(at, x.RawRowView(i-1)) {
			var err error
			if mean, sd, err = p.probe(at); err != nil {
				return nil, err
			}
		}
		for j, v := range theta.RawRowView(i) {
			switch p.fault {
			case wide:
				v = mean[j] + (v-mean[j])/1.3
			case narrow:
				v = mean[j] + (v-mean[j])*1.3
			case shifted:
				v -= 0.3 * sd[j]
			case unlinked:
				out[i] -= (v - mean[j]) * (v - mean[j]) / sd[j] / sd[j] / 2
			case blind:
				out[i] -= v * v / 2
			}
			row.Set(0, j, v)
		}
		if p.fault == unlinked || p.fault == blind {
			continue
		}
		if err := p.task.LogLikelihood(out[i:i+1], row, at); err != nil {
			return nil, err
		}
		if l, ok := p.task.(line); ok {
			out[i] += l.logPrior(row.RawRowView(0))
		} else {
			prior := []float64{0}
			p.task.Prior().LogProb(prior, row)
			out[i] += prior[0]
		}
	}
	return out, nil
}

func same(a, b []float64) bool {
	for j, v := range a {
		if v != b[j] {
			return false
		}
	}
	return true
}

// line is a task whose posterior is a normal law with a correlation of -0.84:
// θ ~ N(0, I), x = θ_1 + θ_2 + 0.4 ε.
type line struct{ simulators.Exact }

func (line) Name() string      { return "line" }
func (line) Dims() (d, w int)  { return 2, 1 }
func (line) Columns() []string { return []string{"x"} }
func (line) Simulate(dst, theta *mat.Dense, seed uint64, first int) error {
	n, _ := theta.Dims()
	rng := stream.New(seed, "line/x", uint64(first))
	for i := range n {
		dst.Set(i, 0, theta.At(i, 0)+theta.At(i, 1)+0.4*rng.NormFloat64())
	}
	return nil
}

// SamplePosterior draws u = θ_1 + θ_2 ~ N(0, 2) given x, and θ_1 - θ_2 ~ N(0, 2) of the prior.
func (line) SamplePosterior(dst *mat.Dense, x []float64, seed uint64, first int) error {
	n, _ := dst.Dims()
	key, rng := stream.NewKey(seed, "line/posterior"), stream.NewSource(stream.Key{})
	gain := 2 / (2 + 0.16)
	for i := range n {
		rng.Seek(key.At(uint64(first + i)))
		u := gain*x[0] + math.Sqrt(2*(1-gain))*rng.NormFloat64()
		v := math.Sqrt2 * rng.NormFloat64()
		dst.SetRow(i, []float64{(u + v) / 2, (u - v) / 2})
	}
	return nil
}

func (line) LogLikelihood(dst []float64, theta *mat.Dense, x []float64) error {
	for i := range dst {
		e := (x[0] - theta.At(i, 0) - theta.At(i, 1)) / 0.4
		dst[i] = -e * e / 2
	}
	return nil
}

func (line) logPrior(t []float64) float64 { return -(t[0]*t[0] + t[1]*t[1]) / 2 }
