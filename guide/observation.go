package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Observation is y = A(x_0) with the errors of Error. Y has one row for all
// samples, or one for each; in the latter case it stays with its rows through
// blocks and shards. It is not copied and must not be modified.
type Observation struct {
	A     Operator
	Y     *mat.Dense // 1×m or n×m
	Error Likelihood
	// Missing allows NaN in Y: a number that was not observed in that row.
	Missing bool
}

// Check errs if the parts do not fit each other or a prior.
func (o Observation) Check(prior sde.Differentiable) error {
	if o.A == nil || o.Y == nil {
		return errors.New("an observation needs A and Y")
	}
	d, m := o.A.Dims()
	if d != prior.Dim() {
		return fmt.Errorf("the operator takes rows of %d, the prior has rows of %d", d, prior.Dim())
	}
	if m == 0 {
		return errors.New("the operator observes nothing")
	}
	if c, ok := o.A.(interface{ check() error }); ok {
		if err := c.check(); err != nil {
			return err
		}
	}
	n, c := o.Y.Dims()
	if c != m {
		return fmt.Errorf("the observation Y has %d columns, the operator gives %d numbers", c, m)
	}
	if err := checkLikelihood(o.Error, m); err != nil {
		return err
	}
	valid := validator(o.Error)
	for i := range n {
		for j, y := range o.Y.RawRowView(i) {
			if math.IsNaN(y) && o.Missing {
				continue
			}
			if math.IsNaN(y) {
				return fmt.Errorf("observation Y, row %d, entry %d is NaN: set Missing if it was not observed", i, j)
			}
			if math.IsInf(y, 0) {
				return fmt.Errorf("observation Y, row %d, entry %d is %g", i, j, y)
			}
			if valid != nil {
				if err := valid(j, y); err != nil {
					return fmt.Errorf("observation Y, row %d, entry %d: %w", i, j, err)
				}
			}
		}
	}
	return nil
}

// rows restricts the observation.
func (o Observation) rows(idx []int) Observation {
	if n, _ := o.Y.Dims(); n == 1 {
		return o
	}
	_, m := o.Y.Dims()
	y := mat.NewDense(len(idx), m, nil)
	for i, r := range idx {
		y.SetRow(i, o.Y.RawRowView(r))
	}
	o.Y = y
	return o
}

func (o Observation) y(i int) []float64 {
	if n, _ := o.Y.Dims(); n == 1 {
		return o.Y.RawRowView(0)
	}
	return o.Y.RawRowView(i)
}

// fits errs unless there is a row of Y for each row of the batch.
func (o Observation) fits(at At) error {
	if n, _ := o.Y.Dims(); n != 1 && n != at.Rows() {
		return fmt.Errorf("%d observations for a batch of %d rows", n, at.Rows())
	}
	return nil
}

// predict returns A(D), n×m.
func (o Observation) predict(at At) (*mat.Dense, error) {
	if err := o.fits(at); err != nil {
		return nil, err
	}
	_, m := o.A.Dims()
	a := at.Scratch(at.Rows(), m)
	return a, o.A.Apply(a, at.Mean)
}

// gradients replaces a, A(D), by ∂ log p(y|a)/∂a, and stores log p(y|A(D)) in
// logp unless that is nil.
func (o Observation) gradients(logp []float64, a *mat.Dense, at At) {
	for i := range at.Rows() {
		t, row, sum := at.Time(i), a.RawRowView(i), 0.0
		for j, y := range o.y(i) {
			if math.IsNaN(y) {
				row[j] = 0
				continue
			}
			lp, g := o.Error.LogProb(j, y, row[j], t)
			sum += lp
			row[j] = g
		}
		if logp != nil {
			logp[i] = sum
		}
	}
}

// residuals replaces a, A(D), by z - a and stores the variances of the local
// Gaussian errors in v: y - a and SD² for normal ones, 0 and +Inf for what was
// not observed.
func (o Observation) residuals(v, a *mat.Dense, at At) {
	for i := range at.Rows() {
		t, row, vs := at.Time(i), a.RawRowView(i), v.RawRowView(i)
		for j, y := range o.y(i) {
			if math.IsNaN(y) {
				row[j], vs[j] = 0, math.Inf(1)
				continue
			}
			if n, ok := o.Error.(Normal); ok { // also with SD 0, which has no density
				row[j], vs[j] = y-row[j], n.SD*n.SD
				continue
			}
			p := o.Error.(Local).Precision(j, y, row[j], t)
			_, g := o.Error.LogProb(j, y, row[j], t)
			row[j], vs[j] = g/p, 1/p
		}
	}
}

// LogLikelihood stores log p(y|x_0), for every guide of an observation (Final).
func (o Observation) LogLikelihood(dst []float64, at At) error {
	if err := density(o.Error); err != nil {
		return err
	}
	a, err := o.predict(at)
	if err != nil {
		return err
	}
	o.gradients(dst, a, at)
	return nil
}

// AddResidual implements Residual.
func (o Observation) AddResidual(sum, count []float64, mean *mat.Dense, at At) error {
	at.Mean = mean
	a, err := o.predict(at)
	if err != nil {
		return err
	}
	for i := range at.Rows() {
		t, row := at.Time(i), a.RawRowView(i)
		for j, y := range o.y(i) {
			if math.IsNaN(y) {
				continue
			}
			r := y - row[j]
			switch e := o.Error.(type) {
			case Normal:
				if e.SD > 0 {
					r /= e.SD
				}
				sum[i] += r * r
			case Local:
				p := e.Precision(j, y, row[j], t)
				_, g := e.LogProb(j, y, row[j], t)
				sum[i] += g * g / p
			default:
				sum[i] += r * r
			}
			count[i]++
		}
	}
	return nil
}

// pull stores Jᵀ A'(D)ᵀ v in dst.
func (o Observation) pull(dst, v *mat.Dense, at At) error {
	p, ok := puller(o.A)
	if !ok {
		return errNoPull
	}
	u := at.Scratch(at.X.Dims())
	if err := p.Pull(u, at.Mean, v); err != nil {
		return err
	}
	return at.Pull(dst, u)
}

// needPull errs unless A can be differentiated.
func (o Observation) needPull() error {
	if _, ok := puller(o.A); !ok {
		return errNoPull
	}
	return nil
}

// needLocal errs unless the error has a Gaussian approximation.
func (o Observation) needLocal() error {
	if !local(o.Error) {
		return fmt.Errorf("%T has no Gaussian approximation (method Precision): use DPS, or Normal", o.Error)
	}
	return nil
}

var errNoPull = errors.New("the operator has no derivative (method Pull, or Grad of a Func): PiGDM does with a pseudo-inverse")

// density errs if some error has none.
func density(l Likelihood) error {
	switch l := l.(type) {
	case Normal:
		if l.SD == 0 {
			return errors.New("an error with SD 0 has no density: use MMPS or PiGDM, which need none, or give it an SD")
		}
	case Scaled:
		return density(l.Error)
	case Annealed:
		return density(l.Error)
	case PerEntry:
		for _, p := range l {
			if err := density(p); err != nil {
				return err
			}
		}
	}
	return nil
}
