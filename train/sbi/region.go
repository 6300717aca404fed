package sbi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
)

// Region is a highest-density region of a posterior, {θ: q(θ|x) ≥ τ}, or what several of
// them have in common (Deistler, Gonçalves & Macke 2022, arXiv:2210.04815, §3.2). τ is the
// quantile ε of the densities of draws. A box around the draws, in whitened parameters and
// along the principal axes of the draws, bounds it as well: draws fill it but for a mass of
// about 2 d/10,000. Safe for concurrent use.
type Region struct {
	post  *Posterior
	o     DrawOptions
	least float64      // τ: log density per unit of θ, in nats
	axes  *mat.Dense   // d×d: column k is the axis k, in z
	box   *prior.Prior // N(0, I) of z along the axes, within the box
	mass  float64      // of the box under the prior
	step  *mat.Dense   // d×d, lower: Cholesky factor of the covariance of the draws, in z
	outer *Region      // nil for none
}

// regionDraws are the draws that a region is found by.
const regionDraws = 10_000

// Region returns the highest-density region of mass 1 − ε of the posterior of one
// observation. Of the options, seed, workers and tolerance count; the default of the latter
// is 1e-3.
func (p *Posterior) Region(ctx context.Context, epsilon float64, o *DrawOptions) (*Region, error) {
	if p.Observations() != 1 {
		return nil, errors.New("sbi: a region is of one observation")
	}
	if !(epsilon > 0 && epsilon < 0.5) {
		return nil, fmt.Errorf("sbi: epsilon is %v: give a mass between 0 and 0.5, as 1e-4", epsilon)
	}
	v := valueOf(o)
	r := &Region{post: p, o: DrawOptions{Workers: v.Workers, Tolerance: v.Tolerance}}
	set(&r.o.Tolerance, 1e-3)
	draws, err := p.Sample(ctx, regionDraws, &DrawOptions{Seed: v.Seed, Workers: v.Workers})
	if err != nil {
		return nil, err
	}
	logq, err := p.LogProb(ctx, draws.Theta, &r.o)
	if err != nil {
		return nil, err
	}
	for i, l := range logq {
		if math.IsNaN(l) {
			logq[i] = math.Inf(-1)
		}
	}
	slices.Sort(logq)
	if r.least = quantile(logq, epsilon); math.IsInf(r.least, -1) || math.IsNaN(r.least) {
		return nil, errors.New("sbi: draws of the posterior have no density: train longer, or with more simulations")
	}
	z := mat.NewDense(regionDraws, p.m.prior.Dim(), nil)
	if err := p.m.prior.Whiten(z, draws.Theta); err != nil {
		return nil, fmt.Errorf("sbi: %w", err)
	}
	return r, r.enclose(z)
}

// Within returns what r and another region have in common. r must not be within one.
func (r *Region) Within(outer *Region) *Region {
	c := *r
	c.outer = outer
	return &c
}

// enclose finds the box of draws z.
func (r *Region) enclose(z *mat.Dense) error {
	n, d := z.Dims()
	c := covariance(z)
	var e mat.EigenSym
	if !e.Factorize(c, true) {
		return errors.New("sbi: the draws of the posterior have no covariance: train longer, or with more simulations")
	}
	r.axes = mat.NewDense(d, d, nil)
	e.VectorsTo(r.axes)
	var along mat.Dense
	along.Mul(z, r.axes)
	r.mass = 1
	entries := make([]prior.Entry, d)
	for k := range d {
		lo, hi := math.Inf(1), math.Inf(-1)
		for i := range n {
			lo, hi = min(lo, along.At(i, k)), max(hi, along.At(i, k))
		}
		margin := 0.02*(hi-lo) + 1e-9
		lo, hi = lo-margin, hi+margin
		r.mass *= (math.Erfc(-hi/math.Sqrt2) - math.Erfc(-lo/math.Sqrt2)) / 2
		zero, one := any(0.0), 1.0
		entries[k] = prior.Entry{Name: fmt.Sprintf("z%d", k+1), Law: "normal", Mean: zero, SD: &one, Above: &lo, Below: &hi}
	}
	var err error
	if r.box, err = prior.New(entries); err != nil {
		return fmt.Errorf("sbi: the box of the region: %w", err)
	}
	var ch mat.Cholesky
	for k := range d {
		c.SetSym(k, k, c.At(k, k)*(1+1e-9)+1e-12)
	}
	if !ch.Factorize(c) {
		return errors.New("sbi: the draws of the posterior have no covariance: train longer, or with more simulations")
	}
	l := mat.NewTriDense(d, mat.Lower, nil)
	ch.LTo(l)
	r.step = mat.DenseCopyOf(l)
	return nil
}

// covariance is that of rows.
func covariance(z *mat.Dense) *mat.SymDense {
	n, d := z.Dims()
	e := mat.DenseCopyOf(z)
	for j := range d {
		m, _ := moments(z, j)
		for i := range n {
			e.Set(i, j, e.At(i, j)-m)
		}
	}
	c := mat.NewSymDense(d, nil)
	c.SymOuterK(1/float64(n), e.T())
	return c
}

// Contains tells which rows of theta are in the region.
func (r *Region) Contains(ctx context.Context, theta *mat.Dense) ([]bool, error) {
	in, _, err := r.contains(ctx, theta)
	return in, err
}

// contains is Contains, with log q of the rows that are in the box, and -Inf of others.
func (r *Region) contains(ctx context.Context, theta *mat.Dense) (in []bool, logq []float64, err error) {
	n, d := theta.Dims()
	m := r.post.m
	in, logq = make([]bool, n), make([]float64, n)
	m.prior.LogProb(logq, theta)
	var list []int
	one, z, along := mat.NewDense(1, d, nil), mat.NewDense(1, d, nil), mat.NewDense(1, d, nil)
	for i, l := range logq {
		if logq[i] = math.Inf(-1); math.IsInf(l, -1) {
			continue
		}
		one.SetRow(0, theta.RawRowView(i))
		if err := m.prior.Whiten(z, one); err != nil {
			return nil, nil, fmt.Errorf("sbi: %w", err)
		}
		along.Mul(z, r.axes)
		if r.inBox(along.RawRowView(0)) {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return in, logq, nil
	}
	l, err := r.post.LogProb(ctx, pick(theta, list, d), &r.o)
	if err != nil {
		return nil, nil, err
	}
	var left []int
	for k, i := range list {
		if logq[i] = l[k]; l[k] >= r.least {
			left = append(left, i)
		}
	}
	within := make([]bool, len(left))
	for k := range within {
		within[k] = true
	}
	if r.outer != nil && len(left) > 0 {
		if within, err = r.outer.Contains(ctx, pick(theta, left, d)); err != nil {
			return nil, nil, err
		}
	}
	for k, i := range left {
		in[i] = within[k]
	}
	return in, logq, nil
}

func (r *Region) inBox(along []float64) bool {
	lo, hi := r.box.Support()
	for k, v := range along {
		if v < lo[k] || v > hi[k] {
			return false
		}
	}
	return true
}
