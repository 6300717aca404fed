package guide_test

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// onePerRow is a law for each row, as a conditional model is.
type onePerRow struct {
	laws []sde.Law
	idx  []int
}

func (p onePerRow) Schedule() sde.Schedule { return p.laws[0].Schedule() }
func (p onePerRow) Dim() int               { return p.laws[0].Dim() }

func (p onePerRow) Rows(idx []int) sde.Denoiser {
	to := make([]int, len(idx))
	for i, k := range idx {
		if to[i] = k; p.idx != nil {
			to[i] = p.idx[k]
		}
	}
	return onePerRow{p.laws, to}
}

func (p onePerRow) at(m *mat.Dense, i int) *mat.Dense {
	return m.Slice(i, i+1, 0, p.Dim()).(*mat.Dense)
}

func (p onePerRow) Denoise(dst, x *mat.Dense, t []float64) error {
	for i, k := range p.idx {
		if err := p.laws[k].Denoise(p.at(dst, i), p.at(x, i), []float64{sde.Time(t, i)}); err != nil {
			return err
		}
	}
	return nil
}

func (p onePerRow) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pulls := make([]sde.Pullback, len(p.idx))
	for i, k := range p.idx {
		var err error
		if pulls[i], err = p.laws[k].Linearize(p.at(mean, i), p.at(x, i), []float64{sde.Time(t, i)}); err != nil {
			return nil, err
		}
	}
	return func(dst, v *mat.Dense) error {
		for i, pull := range pulls {
			if err := pull(p.at(dst, i), p.at(v, i)); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// observedBy returns posteriors of a prior given each of n observations y_i = A_i x + e_i, their
// covariances, and the posterior given all.
func observedBy(prior sde.Observable, n int) (each []sde.Law, cov []mat.Symmetric, all sde.Law) {
	d := prior.Dim()
	A, y := mat.NewDense(n, d, nil), make([]float64, n)
	R := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range d {
			A.Set(i, j, math.Cos(float64(1+i*(3+j)+2*j)))
		}
		y[i] = math.Sin(float64(5*i + 1))
		R.SetSym(i, i, 0.3+0.1*float64(i%4))
		one := must(prior.Posterior(A.Slice(i, i+1, 0, d), y[i:i+1], mat.NewSymDense(1, []float64{R.At(i, i)})))
		each, cov = append(each, one), append(cov, one.Covariance())
	}
	return each, cov, must(prior.Posterior(A, y, R))
}

func denoisers(l []sde.Law) []sde.Denoiser {
	list := make([]sde.Denoiser, len(l))
	for i, p := range l {
		list[i] = p
	}
	return list
}
