package sde

import "gonum.org/v1/gonum/mat"

// Wrapper is a Denoiser that adds something to another one, on the same rows and
// under the same schedule. What the other says of its data and of itself (moments,
// caveats, errors) holds of the wrapper too, unless that says otherwise; As, Moments,
// Caveats and Err find it. A denoiser of other coordinates is no Wrapper.
type Wrapper interface {
	Denoiser
	Unwrap() Denoiser
}

// As returns d, or the first denoiser inside of it, that is a T, as errors.As does.
func As[T any](d Denoiser) (T, bool) {
	for {
		if t, ok := d.(T); ok {
			return t, true
		}
		w, ok := d.(Wrapper)
		if !ok {
			var zero T
			return zero, false
		}
		d = w.Unwrap()
	}
}

// Moments returns the mean and the variance of each coordinate of the data of d,
// and whether they are known: by a method Moments() (mean, variance []float64), or
// because d is a Law, or wraps such a denoiser.
func Moments(d Denoiser) (mean, variance []float64, ok bool) {
	switch l := d.(type) {
	case interface {
		Moments() (mean, variance []float64)
	}:
		mean, variance = l.Moments()
		return mean, variance, true
	case Law:
		mean, variance = l.Mean(), make([]float64, l.Dim())
		c := l.Covariance()
		for j := range variance {
			variance[j] = c.At(j, j)
		}
		return mean, variance, true
	case Wrapper:
		return Moments(l.Unwrap())
	}
	return nil, nil, false
}

// Caveats returns what d says of its own bias, by a method Caveats() []string.
func Caveats(d Denoiser) []string {
	if c, ok := As[interface{ Caveats() []string }](d); ok {
		return c.Caveats()
	}
	return nil
}

// Err returns why d cannot be evaluated, by a method Err() error, or nil.
func Err(d Denoiser) error {
	if r, ok := As[interface{ Err() error }](d); ok {
		return r.Err()
	}
	return nil
}

// Restrict returns d for the rows idx of the batch that it stands for: d itself
// unless it is a PerRow.
func Restrict(d Denoiser, idx []int) Denoiser {
	if p, ok := d.(PerRow); ok {
		return p.Rows(idx)
	}
	return d
}

// Extend returns d with the method of Differentiable unless linearize is nil, and that
// of PerRow unless rows is nil: what a wrapper can do depends on the denoiser inside.
// The result is a Wrapper of d.
func Extend(d Denoiser, linearize func(mean, x *mat.Dense, t []float64) (Pullback, error), rows func(idx []int) Denoiser) Denoiser {
	w := extended{d}
	switch {
	case linearize != nil && rows != nil:
		return struct {
			extended
			linearizer
			restricter
		}{w, linearize, rows}
	case linearize != nil:
		return struct {
			extended
			linearizer
		}{w, linearize}
	case rows != nil:
		return struct {
			extended
			restricter
		}{w, rows}
	}
	return d
}

type (
	extended   struct{ Denoiser }
	linearizer func(mean, x *mat.Dense, t []float64) (Pullback, error)
	restricter func(idx []int) Denoiser
)

func (w extended) Unwrap() Denoiser { return w.Denoiser }

func (f linearizer) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	return f(mean, x, t)
}

func (f restricter) Rows(idx []int) Denoiser { return f(idx) }
