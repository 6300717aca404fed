package sbi

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/sde"
)

// weight is the log weight of parameters, log p'(θ)/p(θ) + r(θ), and -Inf beyond bounds, as a
// function of the latent w.
type weight struct {
	m    *Model
	to   *prior.Prior // p'; nil leaves the prior
	says []statement  // of the guide file
	l    []float64    // L, row-major

	tables []table // of each parameter, where all are independent; nil without
	free   *sync.Pool
}

// statement is what an entry of a guide file adds: its log weight at θ.
type statement struct {
	value      func(theta []float64) float64
	bound      bool
	name       string  // of the entry
	impossible float64 // share of the prior where value is -Inf, but for bounds
}

// table has θ and log p'(θ)/p(θ) of one parameter at z from -tableEnd to tableEnd.
type table struct{ theta, ratio []float64 }

const (
	tableEnd  = 8.25
	tableStep = 1. / 64
)

func newWeight(m *Model, g Guidance) (*weight, error) {
	d := m.prior.Dim()
	w := &weight{m: m, to: g.Prior, l: make([]float64, d*d), free: &sync.Pool{New: func() any { return newParameters(d) }}}
	e := mat.NewDense(d, d, nil) // row j is L e_j
	for j := range d {
		e.Set(j, j, 1)
	}
	m.space.fromLatent(e, e)
	for i := range d {
		for j := range d {
			w.l[i*d+j] = e.At(j, i)
		}
	}
	if w.to != nil {
		if err := checkSwap(m.prior, w.to); err != nil {
			return nil, err
		}
	}
	if g.Guide != nil {
		var err error
		from, at := cmp.Or(w.to, m.prior), mat.NewDense(probes, d, nil)
		from.Sample(at, 0, 0)
		if w.says, err = statements(g.Guide, m.prior, at); err != nil {
			return nil, err
		}
	}
	w.tabulate()
	return w, nil
}

// checkSwap errs unless to can be in the place of from.
func checkSwap(from, to *prior.Prior) error {
	if !slices.Equal(from.Names(), to.Names()) {
		return fmt.Errorf("sbi: the new prior has the parameters %s, and the model has %s: give both the same names, in the same order", strings.Join(to.Names(), ", "), strings.Join(from.Names(), ", "))
	}
	lo, hi := from.Support()
	a, b := to.Support()
	for j, name := range from.Names() {
		if a[j] < lo[j] || b[j] > hi[j] {
			return fmt.Errorf("sbi: the new prior lets %q lie from %g to %g, and the simulations had it from %g to %g: truncate the new prior, or simulate under a wider one", name, a[j], b[j], lo[j], hi[j])
		}
	}
	return nil
}

// tabulate makes the tables, where the parameters are independent under both priors.
func (w *weight) tabulate() {
	d := w.m.prior.Dim()
	for j := range d {
		if !w.m.prior.Independent(j) || w.to != nil && !w.to.Independent(j) {
			return
		}
	}
	n := int(2*tableEnd/tableStep) + 1
	w.tables = make([]table, d)
	for j := range d {
		t := table{theta: make([]float64, n), ratio: make([]float64, n)}
		old := w.m.prior.Marginal(j)
		for i := range n {
			t.theta[i] = old.Value(-tableEnd + float64(i)*tableStep)
			if w.to != nil {
				t.ratio[i] = w.to.Marginal(j).LogProb(t.theta[i]) - old.LogProb(t.theta[i])
			}
		}
		w.tables[j] = t
	}
}

// at is v at z, linear between its values.
func (t table) at(v []float64, z float64) float64 {
	u := (z + tableEnd) / tableStep
	i := min(max(int(u), 0), len(v)-2)
	f := min(max(u-float64(i), 0), 1)
	a, b := v[i], v[i+1]
	if f == 0 || a == b {
		return a
	}
	return a + f*(b-a)
}

// parameters is memory for one row.
type parameters struct {
	z, theta *mat.Dense
	lp, old  []float64
}

func newParameters(d int) *parameters {
	return &parameters{mat.NewDense(1, d, nil), mat.NewDense(1, d, nil), make([]float64, 1), make([]float64, 1)}
}

// whitened stores z = L w.
func (w *weight) whitened(z, row []float64) {
	d := len(row)
	for i := range d {
		s := 0.0
		for j, v := range row[:i+1] {
			s += w.l[i*d+j] * v
		}
		z[i] = s
	}
}

// exact is the log weight.
func (w *weight) exact(row []float64) float64 {
	p := w.free.Get().(*parameters)
	defer w.free.Put(p)
	w.whitened(p.z.RawRowView(0), row)
	w.m.prior.Unwhiten(p.theta, p.z)
	sum := 0.0
	if w.to != nil {
		w.to.LogProb(p.lp, p.theta)
		w.m.prior.LogProb(p.old, p.theta)
		if math.IsInf(p.lp[0], -1) || math.IsInf(p.old[0], -1) {
			return math.Inf(-1)
		}
		sum = p.lp[0] - p.old[0]
	}
	return sum + w.said(p.theta.RawRowView(0))
}

func (w *weight) said(theta []float64) float64 {
	sum := 0.0
	for _, s := range w.says {
		sum += s.value(theta)
	}
	return sum
}

// fast is exact by the tables, if there are any.
func (w *weight) fast(row []float64) float64 {
	if w.tables == nil {
		return w.exact(row)
	}
	p := w.free.Get().(*parameters)
	defer w.free.Put(p)
	z, theta := p.z.RawRowView(0), p.theta.RawRowView(0)
	w.whitened(z, row)
	sum := 0.0
	for j, t := range w.tables {
		sum += t.at(t.ratio, z[j])
		theta[j] = t.at(t.theta, z[j])
	}
	if math.IsNaN(sum) || math.IsInf(sum, -1) {
		return math.Inf(-1)
	}
	return sum + w.said(theta)
}

// bounded reports whether parameters can have the weight 0.
func (w *weight) bounded() bool {
	if slices.ContainsFunc(w.says, func(s statement) bool { return s.bound || s.impossible > 0 }) {
		return true
	}
	if w.to == nil {
		return false
	}
	lo, hi := w.m.prior.Support()
	a, b := w.to.Support()
	return !slices.Equal(lo, a) || !slices.Equal(hi, b)
}

// normal is the law of w under the new prior, if both are normal in θ and nothing else is
// said.
func (w *weight) normal(old *sde.Gaussian) (*sde.Gaussian, bool) {
	if w.to == nil || len(w.says) > 0 || !normalPrior(w.m.prior) || !normalPrior(w.to) {
		return nil, false
	}
	d := w.m.prior.Dim()
	law, err := w.to.Law(old.Schedule())
	if err != nil {
		return nil, false
	}
	// w(θ) is affine: at 0, at the mean and at each unit vector.
	rows := mat.NewDense(d+2, d, nil)
	rows.SetRow(1, law.Mean())
	for j := range d {
		rows.Set(2+j, j, 1)
	}
	if w.m.Latent(rows, rows) != nil {
		return nil, false
	}
	b := mat.NewDense(d, d, nil)
	for j := range d {
		for i := range d {
			b.Set(i, j, rows.At(2+j, i)-rows.At(0, i))
		}
	}
	var half, c mat.Dense
	half.Mul(b, law.Covariance())
	c.Mul(&half, b.T())
	cov := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			cov.SetSym(i, j, (c.At(i, j)+c.At(j, i))/2)
		}
	}
	g, err := sde.NewGaussian(mat.Row(nil, 1, rows), cov, old.Schedule())
	return g, err == nil
}

// normalPrior reports whether a prior is a normal law of all parameters.
func normalPrior(p *prior.Prior) bool {
	return !slices.ContainsFunc(p.Entries(), func(e prior.Entry) bool {
		return e.Law != "normal" && e.Law != "multivariate-normal" || e.Above != nil || e.Below != nil
	})
}
