package sample

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// pinned is the exact law of rows (y_i, N(0, 1)).
type pinned struct{ y []float64 }

func (p pinned) Schedule() sde.Schedule { return sde.VP{} }
func (p pinned) Dim() int               { return 2 }

func (p pinned) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	for i := range n {
		c := p.Schedule().Coeff(sde.Time(t, i))
		dst.SetRow(i, []float64{p.y[i], c.Alpha * x.At(i, 1) / (c.Alpha*c.Alpha + c.Sigma*c.Sigma)})
	}
	return nil
}

func (p pinned) Known(dst *mat.Dense) {
	n, _ := dst.Dims()
	for i := range n {
		dst.SetRow(i, []float64{p.y[i], math.NaN()})
	}
}

func (p pinned) Rows(idx []int) sde.Denoiser {
	q := pinned{make([]float64, len(idx))}
	for i, k := range idx {
		q.y[i] = p.y[k]
	}
	return q
}

// has reports whether row i of x, or each row of group i, is known as y[i].
func (p pinned) has(t *testing.T, what string, x *mat.Dense, particles int) {
	t.Helper()
	n, _ := x.Dims()
	for i := range n {
		if got := x.At(i, 0); got != p.y[i/particles] {
			t.Errorf("%s: row %d has %g, want exactly %g", what, i, got, p.y[i/particles])
			return
		}
		if x.At(i, 1) == 0 || math.IsNaN(x.At(i, 1)) {
			t.Errorf("%s: row %d has no draw", what, i)
		}
	}
}

func TestFinishedRowsHaveTheirKnownValues(t *testing.T) {
	p := pinned{make([]float64, 20)}
	for i := range p.y {
		p.y[i] = float64(i) / 3
	}
	ctx := context.Background()
	for _, d := range []sde.Denoiser{p, sde.ByDifferences(p, 0)} {
		for _, m := range []Method{DPMpp2M{}, DPMpp2MSDE{}, DDIM{}, EulerMaruyama{}, DormandPrince{}} {
			for _, o := range []Options{{}, {Denoise: true, Block: 3, Workers: 2}} {
				var seen mat.Dense
				o.Sink = func(first int, x *mat.Dense) error {
					if first == 0 {
						seen.CloneFrom(x)
					}
					return nil
				}
				if _, err := Run(ctx, d, m, 20, &o); err != nil {
					t.Fatal(err)
				}
				p.has(t, m.Info().Name+", sink", &seen, 1)
				o.Sink = nil
				res, err := Run(ctx, d, m, 20, &o)
				if err != nil {
					t.Fatal(err)
				}
				p.has(t, m.Info().Name, res.X, 1)
			}
		}
	}
}

func TestFinishedParticlesHaveTheirKnownValues(t *testing.T) {
	p := pinned{[]float64{1. / 3, -2. / 7, 5.1}}
	zero := func(dst []float64, _ *mat.Dense, _ int) error { clear(dst); return nil }
	for name, tg := range map[string]Target{
		"FK":  FK{Model: p, Reward: zero, Potential: DifferencePotential()},
		"FKC": FKC{Models: []sde.Denoiser{p}, Weights: []float64{1}},
	} {
		c, err := RunParticles(context.Background(), tg, DDIM{Eta: 1}, 3, 5, &ParticleOptions{Options: Options{Steps: 10}})
		if err != nil {
			t.Fatal(err)
		}
		p.has(t, name, c.X, 5)
	}
}

func TestSplitGibbsEndsWithKnownValues(t *testing.T) {
	p := pinned{[]float64{1. / 3, -2. / 7, 5.1}}
	d, err := ConditionOnLinear(p, LinearCondition{A: matrix{mat.NewDense(1, 2, []float64{1, 1}), nil}, Y: mat.NewDense(1, 1, []float64{1}), SD: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	res, err := SplitGibbs{Iterations: 2, Steps: 4}.Run(context.Background(), d, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.has(t, "SplitGibbs", res.X, 1)
}
