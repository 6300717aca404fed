package guide

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// observationTerm has the methods of the guides of an observation.
type observationTerm interface {
	Twist
	RowsTerm
	LikelihoodTerm
	ResidualTerm
}

// fits errs unless there is a row of Y for each row of the batch.
func fits(o sde.Observation, at State) error {
	if n, _ := o.Y.Dims(); n != 1 && n != at.Rows() {
		return fmt.Errorf("%d observations for a batch of %d rows", n, at.Rows())
	}
	return nil
}

// predict returns A(D), n×m.
func predict(o sde.Observation, at State) (*mat.Dense, error) {
	if err := fits(o, at); err != nil {
		return nil, err
	}
	_, m := o.A.Dims()
	a := at.Scratch(at.Rows(), m)
	return a, o.A.Apply(a, at.Mean)
}

// gradients replaces a, A(D), by ∂ log p(y|a)/∂a; logp, unless nil, gets log p(y|A(D)).
func gradients(o sde.Observation, logp []float64, a *mat.Dense, at State) {
	for i := range at.Rows() {
		t, row, sum := at.Time(i), a.RawRowView(i), 0.0
		for j, y := range o.Row(i) {
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
func residuals(o sde.Observation, v, a *mat.Dense, at State) {
	for i := range at.Rows() {
		t, row, vs := at.Time(i), a.RawRowView(i), v.RawRowView(i)
		for j, y := range o.Row(i) {
			if math.IsNaN(y) {
				row[j], vs[j] = 0, math.Inf(1)
				continue
			}
			if n, ok := o.Error.(sde.NormalError); ok { // also with SD 0, which has no density
				row[j], vs[j] = y-row[j], n.SD*n.SD
				continue
			}
			p := o.Error.(sde.LocallyGaussian).Precision(j, y, row[j], t)
			_, g := o.Error.LogProb(j, y, row[j], t)
			row[j], vs[j] = g/p, 1/p
		}
	}
}

// logLikelihood is the LogLikelihood of the guides of an observation.
func logLikelihood(o sde.Observation, dst []float64, at State) error {
	if err := sde.CheckDensity(o.Error); err != nil {
		return err
	}
	a, err := predict(o, at)
	if err != nil {
		return err
	}
	gradients(o, dst, a, at)
	return nil
}

// addResidual is the AddResidual of every guide of an observation.
func addResidual(o sde.Observation, sum, count []float64, mean *mat.Dense, at State) error {
	at.Mean = mean
	a, err := predict(o, at)
	if err != nil {
		return err
	}
	for i := range at.Rows() {
		t, row := at.Time(i), a.RawRowView(i)
		for j, y := range o.Row(i) {
			if math.IsNaN(y) {
				continue
			}
			r := y - row[j]
			switch e := o.Error.(type) {
			case sde.NormalError:
				if e.SD > 0 {
					r /= e.SD
				}
				sum[i] += r * r
			case sde.LocallyGaussian:
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
func pull(o sde.Observation, dst, v *mat.Dense, at State) error {
	p, ok := sde.PullerOf(o.A)
	if !ok {
		return errNoPull
	}
	u := at.Scratch(at.X.Dims())
	if err := p.Pull(u, at.Mean, v); err != nil {
		return err
	}
	return at.Pull(dst, u)
}

// addPulled adds k Jᵀ A'(D)ᵀ v to dst.
func addPulled(o sde.Observation, dst *mat.Dense, k float64, v *mat.Dense, at State) error {
	s := at.Scratch(at.X.Dims())
	if err := pull(o, s, v, at); err != nil {
		return err
	}
	addScaled(dst, k, s)
	return nil
}

// needPull errs unless A can be differentiated.
func needPull(o sde.Observation) error {
	if _, ok := sde.PullerOf(o.A); !ok {
		return errNoPull
	}
	return nil
}

// needLocal errs unless the error has a Gaussian approximation.
func needLocal(o sde.Observation) error {
	if !sde.IsLocallyGaussian(o.Error) {
		return fmt.Errorf("%T has no Gaussian approximation (method Precision): use DPS, or sde.NormalError", o.Error)
	}
	return nil
}

var errNoPull = errors.New("the operator has no derivative (method Pull, or Grad of an OperatorFunc): PiGDM does with a pseudo-inverse")
