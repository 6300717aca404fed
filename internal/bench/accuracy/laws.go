package accuracy

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// Curve is the error of a sampler for each budget of evaluations; -1 stands for no
// step within the budget, or an error of 10 or more.
type Curve struct {
	Sampler string    `json:"sampler"`
	Random  bool      `json:"stochastic"`
	NFE     []int     `json:"nfe"`
	Error   []float64 `json:"error"`
}

// lawsEnd is the last time of the measurements on exact laws.
const lawsEnd = 1e-3

// compare measures every sampler of onLaws along its times for each budget.
func compare(ctx context.Context, budgets []int, measure func(s setting, ts []float64) (float64, error)) ([]Curve, error) {
	var out []Curve
	for _, s := range onLaws() {
		row := Curve{Sampler: s.name, Random: s.method.Info().Stochastic, NFE: budgets}
		for _, nfe := range budgets {
			e := -1.0
			if ts := s.times(nfe, sde.VP{}, lawsEnd); ts != nil {
				var err error
				if e, err = measure(s, ts); err != nil {
					return nil, fmt.Errorf("%s, NFE %d: %w", s.name, nfe, err)
				}
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if !(e < 10) {
				e = -1
			}
			row.Error = append(row.Error, e)
		}
		out = append(out, row)
	}
	return out, nil
}

// Gaussian measures samplers on N(1, 0.5²) with the exact denoiser: the 2-Wasserstein
// distance of the law of the result, which has no sampling error.
func Gaussian(ctx context.Context) ([]Curve, error) {
	d := normal1(1, 0.5)
	return compare(ctx, []int{5, 10, 20, 40, 80, 160, 320}, func(s setting, ts []float64) (float64, error) {
		return affineError(d, s.method, ts)
	})
}

// normal1 is the law N(mean, sd²) under the schedule VP.
func normal1(mean, sd float64) *sde.Gaussian {
	g, err := sde.NewGaussian([]float64{mean}, mat.NewSymDense(1, []float64{sd * sd}), sde.VP{})
	if err != nil {
		panic("accuracy: a variance that is not positive")
	}
	return g
}

// impulses is noise whose k-th vector is 1 in row 2+k and 0 elsewhere. The rows of a run
// of an affine sampler are then its offset, its gain and the weights of all its draws,
// which give mean and variance of the result without sampling.
type impulses struct{ n int }

func (z *impulses) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Zero()
	if rows, _ := dst.Dims(); 2+z.n < rows {
		dst.Set(2+z.n, 0, 1)
	}
	z.n++
}

// affineError is the 2-Wasserstein distance of the law of the result of m along ts to
// the exact law.
func affineError(d *sde.Gaussian, m sample.Method, ts []float64) (float64, error) {
	move := func(x *mat.Dense) (*impulses, error) {
		rows, _ := x.Dims()
		st, z := m.New(d, rows), &impulses{}
		for k := range len(ts) - 1 {
			if err := st.Step(x, ts[k], ts[k+1], z); err != nil {
				return nil, err
			}
		}
		return z, nil
	}
	count, err := move(mat.NewDense(2, 1, nil))
	if err != nil {
		return 0, err
	}
	x := mat.NewDense(2+count.n, 1, nil)
	x.Set(1, 0, 1)
	if _, err := move(x); err != nil {
		return 0, err
	}
	marginal := func(t float64) (mean, variance float64) {
		c := d.Schedule().Coeff(t)
		return c.Alpha * d.Mu[0], c.Alpha*c.Alpha*d.Cov.At(0, 0) + c.Sigma*c.Sigma
	}
	offset := x.At(0, 0)
	gain := x.At(1, 0) - offset
	mean, variance := marginal(ts[0])
	mean, variance = offset+gain*mean, gain*gain*variance
	for i := 2; i < 2+count.n; i++ {
		variance += (x.At(i, 0) - offset) * (x.At(i, 0) - offset)
	}
	wantMean, wantVariance := marginal(ts[len(ts)-1])
	return math.Hypot(mean-wantMean, math.Sqrt(variance)-math.Sqrt(wantVariance)), nil
}
