package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// coefficients give the step from t to s of a one-evaluation method,
//
//	x_s = a x_t + b D(x_t, t) + sd z,   z ~ N(0, I).
//
// Every predictor of Song et al. 2021 and DDIM are of this form and differ in
// the three numbers alone. An error says why the step has no meaning.
type coefficients func(t, s float64) (a, b, sd float64, err error)

// eval evaluates a denoiser at one time for all rows without allocating.
type eval struct {
	d sde.Denoiser
	t [1]float64
}

func (e *eval) denoise(dst, x *mat.Dense, t float64) error {
	e.t[0] = t
	return e.d.Denoise(dst, x, e.t[:])
}

// linear is the stepper of all methods that are given by coefficients.
type linear struct {
	eval
	coef    coefficients
	mean, z *mat.Dense
}

var _ Kernel = (*linear)(nil)

func newLinear(d sde.Denoiser, n int, c coefficients) *linear {
	return &linear{eval{d: d}, c, mat.NewDense(n, d.Dim(), nil), mat.NewDense(n, d.Dim(), nil)}
}

func (st *linear) Step(x *mat.Dense, t, s float64, z sde.Noise) error {
	sd, err := st.Moments(x, x, t, s)
	if err != nil || sd == 0 {
		return err
	}
	addNoise(x, sd, z, st.z, t, s)
	return nil
}

// Moments implements Kernel. Here mean may be x.
func (st *linear) Moments(mean, x *mat.Dense, t, s float64) (float64, error) {
	a, b, sd, err := st.coef(t, s)
	if err != nil {
		return 0, err
	}
	if err := st.denoise(st.mean, x, t); err != nil {
		return 0, err
	}
	combine(mean, a, x, b, st.mean)
	return sd, nil
}

// etaOf evaluates a noise scale that may be a function of time; nil means def.
func etaOf(f func(float64) float64, t, def float64) (float64, error) {
	return overTime("eta", f, t, def)
}

// overTime evaluates what may be a function of time; nil means def. It errs with t and the
// value where that is negative or not finite.
func overTime(what string, f func(float64) float64, t, def float64) (float64, error) {
	if f == nil {
		return def, nil
	}
	v := f(t)
	return v, numeric.CheckAt(what, v, t)
}
