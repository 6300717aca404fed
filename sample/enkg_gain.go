package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// ensemble is the guided denoiser of one ensemble. It is used by one goroutine.
type ensemble struct {
	*ensembles
	model    sde.Denoiser
	rows     []sde.Observation // of the ensemble
	variance []float64         // of the coordinates of the data
	m        int

	mean, h, xc, dc, hc *mat.Dense    // rows of the ensemble: D, A(D), and less their mean
	slopeD, slopeA      slopes        // G and B
	spread              *mat.SymDense // V
	gain, spare         *mat.Dense    // V B, and d×d
	inner, s            *mat.SymDense // Bᵀ V B, and R more
	r, v, w, f          []float64     // m numbers, and d
}

var _ sde.Conditional = (*ensemble)(nil)

// newEnsemble is the ensemble of index g, counted from e.first.
func newEnsemble(e *ensembles, g int) *ensemble {
	group, k, d := e.first+g, e.k, e.Dim()
	w := &ensemble{ensembles: e, model: sde.Restrict(e.Model, repeated(group, k))}
	_, w.variance = e.Moments()
	for _, o := range e.Observations {
		w.rows = append(w.rows, o.Rows([]int{group}))
		_, m := o.A.Dims()
		w.m += m
	}
	for _, p := range []struct {
		of         **mat.Dense
		rows, cols int
	}{{&w.mean, k, d}, {&w.h, k, w.m}, {&w.xc, k, d}, {&w.dc, k, d}, {&w.hc, k, w.m}, {&w.gain, d, w.m}, {&w.spare, d, d}} {
		*p.of = mat.NewDense(p.rows, p.cols, nil)
	}
	w.slopeD, w.slopeA = newSlopes(d, d), newSlopes(d, w.m)
	w.spread, w.inner, w.s = mat.NewSymDense(d, nil), mat.NewSymDense(w.m, nil), mat.NewSymDense(w.m, nil)
	w.r, w.v, w.w, w.f = make([]float64, w.m), make([]float64, w.m), make([]float64, w.m), make([]float64, d)
	return w
}

// Known implements sde.Conditional: guidance leaves what the model knows.
func (w *ensemble) Known(dst *mat.Dense) { sde.KnownValues(dst, w.model) }

// Denoise stores the guided means of the whole ensemble.
func (w *ensemble) Denoise(dst, x *mat.Dense, t []float64) error {
	n, _ := x.Dims()
	for _, u := range t {
		if u != t[0] || n != w.k {
			return errors.New("EnKG needs all rows of an ensemble, at one time: use a sampler of fixed steps")
		}
	}
	if err := w.model.Denoise(w.mean, x, t); err != nil {
		return err
	}
	dst.Copy(w.mean)
	c := w.Schedule().Coeff(t[0])
	if c.Sigma == 0 {
		return nil
	}
	if i := numeric.NonFinite(w.mean); i >= 0 {
		return &rowError{i, errNonFinite}
	}
	if err := w.apply(); err != nil {
		return err
	}
	if err := w.statistics(x, c); err != nil {
		return err
	}
	return w.update(dst, t[0])
}

// apply stores A(D) in h.
func (w *ensemble) apply() error {
	at := 0
	for _, o := range w.rows {
		_, m := o.A.Dims()
		part := w.h.Slice(0, w.k, at, at+m).(*mat.Dense)
		if err := o.A.Apply(part, w.mean); err != nil {
			return err
		}
		at += m
	}
	if i := numeric.NonFinite(w.h); i >= 0 {
		return &rowError{i, errors.New("the operator is infinite or NaN at the mean")}
	}
	return nil
}

// statistics makes V B, in gain, and Bᵀ V B, in inner.
func (w *ensemble) statistics(x *mat.Dense, c sde.Coeff) error {
	center(w.xc, x)
	center(w.dc, w.mean)
	center(w.hc, w.h)
	if err := w.slopeD.fit(w.xc, w.dc); err != nil {
		return err
	}
	d := w.Dim()
	for i := range d {
		for j := i; j < d; j++ {
			w.spread.SetSym(i, j, c.Tweedie()*(w.slopeD.At(i, j)+w.slopeD.At(j, i))/2)
		}
	}
	if err := nonNegative(w.spread, w.spare); err != nil {
		return err
	}
	w.bound(c)
	if err := w.slopeA.fit(w.dc, w.hc); err != nil {
		return err
	}
	w.gain.Mul(w.spread, w.slopeA.Dense)
	for a := range w.m {
		for b := a; b < w.m; b++ {
			sum := 0.0
			for j := range d {
				sum += w.slopeA.At(j, a) * w.gain.At(j, b)
			}
			w.inner.SetSym(a, b, sum)
		}
	}
	return nil
}

// spreadSlack is the factor by which V_jj may exceed σ² τ_j²/(α² τ_j² + σ²), which no
// mean of Cov[x_0|x_t] over rows of the data does, τ_j² being their variance: linear
// estimation does as well. A posterior may do, and 4 is for that. Where σ²/α is large, a
// small error of a learned model exceeds it by far.
const spreadSlack = 4

// bound scales V to V_jj within the bound, and keeps its correlations.
func (w *ensemble) bound(c sde.Coeff) {
	s2, d := c.Sigma*c.Sigma, w.Dim()
	f := w.f
	for j, v := range w.variance {
		most := spreadSlack * s2 * v / (c.Alpha*c.Alpha*v + s2)
		f[j] = 1
		if a := w.spread.At(j, j); a > most {
			f[j] = math.Sqrt(most / a)
		}
	}
	for i := range d {
		for j := i; j < d; j++ {
			w.spread.SetSym(i, j, f[i]*f[j]*w.spread.At(i, j))
		}
	}
}

// update adds V B (R + Bᵀ V B)⁻¹ (y - h_i) to row i of dst.
func (w *ensemble) update(dst *mat.Dense, t float64) error {
	var factor mat.Cholesky
	fixed, solved := true, mat.NewVecDense(w.m, w.w)
	for _, o := range w.rows {
		_, normal := o.Error.(sde.NormalError)
		fixed = fixed && normal
	}
	for i := range w.k {
		w.residuals(i, t)
		if i == 0 || !fixed {
			for a := range w.m {
				for b := a; b < w.m; b++ {
					w.s.SetSym(a, b, w.innovation(a, b))
				}
			}
			if !factor.Factorize(w.s) {
				return fmt.Errorf("EnKG: the covariance of y given x_t is singular at t = %.4g: give the errors a positive standard deviation", t)
			}
		}
		if err := factor.SolveVecTo(solved, mat.NewVecDense(w.m, w.r)); err != nil {
			return fmt.Errorf("EnKG: the covariance of y given x_t is nearly singular at t = %.4g: give the errors a larger standard deviation", t)
		}
		row := dst.RawRowView(i)
		for j := range row {
			row[j] += numeric.Dot(w.gain.RawRowView(j), w.w)
		}
	}
	return nil
}

// innovation is entry (a, b) of R + Bᵀ V B, that of the identity where a or b is missing.
func (w *ensemble) innovation(a, b int) float64 {
	missing := math.IsInf(w.v[a], 1) || math.IsInf(w.v[b], 1)
	switch {
	case missing && a == b:
		return 1
	case missing:
		return 0
	case a == b:
		return w.inner.At(a, a) + w.v[a]
	}
	return w.inner.At(a, b)
}

// residuals stores y - h_i and the variances of the errors, in the Gaussian approximation
// at h_i; 0 and +Inf for what is missing.
func (w *ensemble) residuals(i int, t float64) {
	h, at := w.h.RawRowView(i), 0
	for _, o := range w.rows {
		for j, y := range o.Row(0) {
			a := h[at]
			n, normal := o.Error.(sde.NormalError)
			switch {
			case math.IsNaN(y):
				w.r[at], w.v[at] = 0, math.Inf(1)
			case normal:
				w.r[at], w.v[at] = y-a, n.SD*n.SD
			default:
				p := o.Error.(sde.LocallyGaussian).Precision(j, y, a, t)
				_, g := o.Error.LogProb(j, y, a, t)
				w.r[at], w.v[at] = g/p, 1/p
			}
			at++
		}
	}
}
