package nn

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Regressor is a time-dependent Gaussian law of a number E given a noisy row, for
// guidance by its gradient in x_t as a Classifier's is:
//
//	p(E | x_t) = N(E; m + s F_1, s² Variance e^{F_2}),
//
// with m and s the mean and the standard deviation of E (Number), and F_1, F_2 the two
// outputs of the network. An untrained one is N(m, s²) for every row: x_t says nothing.
// It is trained by the negative log-likelihood (Nix & Weigend 1994), a proper score at
// every time. Where E and the rows are jointly Gaussian the family holds the true law;
// elsewhere it has the nearest normal law. It is safe for concurrent use while Params
// are not written.
type Regressor struct {
	inputs
	Params *Params
	Number Condition // Name, Mean and Std of E
	// Variance multiplies the variances; 0 means 1. See Calibrate.
	Variance float64
	free     *freeList[machine[float32]]
}

// NewRegressor returns an untrained regressor of a number with Mean and a positive Std.
// Of c, Conditions must be empty.
func NewRegressor(c Config, number Condition) (*Regressor, error) {
	if err := number.check(); err != nil {
		return nil, err
	}
	if number.Levels != 0 || number.Std == 0 {
		return nil, fmt.Errorf("nn: %q has %d levels and the standard deviation %v: a regressor is of a number that varies", number.Name, number.Levels, number.Std)
	}
	if len(c.Conditions) > 0 {
		return nil, fmt.Errorf("nn: a regressor takes no conditions")
	}
	in, err := c.inputs(gaussianOut)
	if err != nil {
		return nil, err
	}
	return newRegressor(in, in.init(c.Seed), number, 1), nil
}

func newRegressor(in inputs, p *Params, number Condition, variance float64) *Regressor {
	return &Regressor{in, p, number, variance, in.newFreeList(p)}
}

// Labels implements Trainable: Regression.Cond has one column, the number.
func (g *Regressor) Labels() int { return 1 }

func (g *Regressor) Parameters() *Params { return g.Params }

func (g *Regressor) Over(p *Params) Trainable {
	return newRegressor(g.inputs, p, g.Number, g.Variance)
}

func (g *Regressor) Architecture() string { return "regressor " + g.describe() }

func (g *Regressor) factor() float64 {
	if g.Variance == 0 {
		return 1
	}
	return g.Variance
}

// MeanVariance stores the mean and the variance of E given each row of x, in units of E.
func (g *Regressor) MeanVariance(mean, variance []float64, x *mat.Dense, t []float64) error {
	xv, n := g.view(x)
	if len(mean) != n || len(variance) != n || (len(t) != 1 && len(t) != n) {
		panic("nn: size mismatch")
	}
	k, err := g.free.take()
	if err != nil {
		return err
	}
	defer g.free.put(k)
	for first := 0; first < n; first += BlockRows {
		rows := min(BlockRows, n-first)
		g.run(k, xv, t, first, rows)
		for i := range rows {
			mu, v := g.law(k, i)
			mean[first+i], variance[first+i] = g.Number.Mean+float64(g.Number.Std*mu), g.Number.Std*g.Number.Std*v
		}
	}
	return nil
}

func (g *Regressor) run(k *machine[float32], x rowsView, t []float64, first, n int) {
	g.prepare(k, x, t, conds{}, first, n)
	k.fwd.run()
	k.gen++
}

// law is the mean and the variance of the standardized number of row i of a block.
func (g *Regressor) law(k *machine[float32], i int) (mean, variance float64) {
	l, _ := clipLogVariance(float64(k.out[gaussianOut*i+1]))
	return float64(k.out[gaussianOut*i]), g.factor() * math.Exp(l)
}

// ValueLogProb is ln p(E | x_t) as a function of x_t, for values of E bound to the rows:
// one for all, or one per row.
type ValueLogProb struct {
	g *Regressor
	e []float64 // standardized
}

var _ sde.PerRowClassScore = (*ValueLogProb)(nil)

// Of binds values: one for all rows of every batch, or one for each row. It errs for
// one that is not finite.
func (g *Regressor) Of(values ...float64) (*ValueLogProb, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("nn: no value given")
	}
	o := &ValueLogProb{g, make([]float64, len(values))}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("nn: %q is %v: give a finite number", g.Number.Name, v)
		}
		o.e[i] = g.Number.scaled(v)
	}
	return o, nil
}

// Schedule is that of the noise the regressor was trained under.
func (o *ValueLogProb) Schedule() sde.Schedule { return o.g.Sched }

// Dim is the number of columns of the rows.
func (o *ValueLogProb) Dim() int { return o.g.Net.Dim }

// Rows implements sde.PerRowClassScore.
func (o *ValueLogProb) Rows(idx []int) sde.ClassScore {
	if len(o.e) == 1 {
		return o
	}
	r := &ValueLogProb{o.g, make([]float64, len(idx))}
	for i, k := range idx {
		r.e[i] = o.e[k]
	}
	return r
}

// LogProbGrad stores ln p(E_i | x_i), of the density per unit of E, in logp and its
// gradient in x_i in row i of dst, from the graph of the regressor:
//
//	∇ ln p(E|x) = c_in ⊙ J_Fᵀ (r/v, (r²/v − 1)/2),   r = E − F_1, v = Variance e^{F_2},
//
// E being standardized.
func (o *ValueLogProb) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	g := o.g
	xv, n := g.view(x)
	gv, nd := g.view(dst)
	if nd != n || len(logp) != n || (len(t) != 1 && len(t) != n) || (len(o.e) != 1 && len(o.e) != n) {
		panic("nn: size mismatch")
	}
	k, err := g.free.take()
	if err != nil {
		return err
	}
	defer g.free.put(k)
	for first := 0; first < n; first += BlockRows {
		rows := min(BlockRows, n-first)
		g.run(k, xv, t, first, rows)
		for i := range rows {
			e := o.e[0]
			if len(o.e) > 1 {
				e = o.e[first+i]
			}
			logp[first+i] = g.cotangent(k, i, e) - math.Log(g.Number.Std)
		}
		clear(k.v[gaussianOut*rows:])
		k.bwd.run()
		for i := range rows {
			g.pullRow(k, gv.row(first+i, g.Net.Dim), i)
		}
	}
	return nil
}

// cotangent fills the machine's v of row i, and returns the log density.
func (g *Regressor) cotangent(k *machine[float32], i int, e float64) float64 {
	mean, v := g.law(k, i)
	_, slope := clipLogVariance(float64(k.out[gaussianOut*i+1]))
	r := e - mean
	k.v[gaussianOut*i], k.v[gaussianOut*i+1] = float32(r/v), float32(slope*(r*r/v-1)/2)
	return float64(-0.5*(r*r/v+math.Log(v))) - halfLogTau
}
