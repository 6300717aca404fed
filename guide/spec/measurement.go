package spec

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
)

// Measurement is the observations of a guide file for the methods that take
// y = A(x) + e in their own steps: diffpir, ddnm, daps, dps-step, gibbs and mcgdiff.
type Measurement struct {
	Linear  sample.LinearCondition // all observations as one; A is nil if General is set
	General *sde.Observation       // one that is not linear, or whose error is not normal
	// LogScale is what log p(y) of Linear.Y lacks to that of the values in units of the
	// table.
	LogScale float64
}

// Measurement returns the observations of the file for a method. Errors of several
// standard deviations are scaled to 1. One observation that is not linear, or not with
// normal errors, is for diffpir alone.
func (f *File) Measurement(c *datasets.Codec, method string) (*Measurement, error) {
	for i, t := range f.Terms {
		switch {
		case t.Command != "":
			return nil, f.errorAt(i, fmt.Errorf("%s: %s", method, refusesCommands))
		case !t.observes():
			return nil, f.errorAt(i, fmt.Errorf("%s takes observations y = A x + e alone: leave within and reward to tds", method))
		case t.Affine != nil || t.Curvature:
			return nil, f.errorAt(i, fmt.Errorf("affine and curvature are those of guides, and %s is none: leave them out, or use guided or fkc", method))
		case t.Method != "" || !t.Strength.IsZero() || !t.Zeta.IsZero() || !t.Anneal.IsZero():
			return nil, f.errorAt(i, fmt.Errorf("a method, its strength, zeta and anneal are those of guides, and %s is none: leave them out", method))
		}
	}
	obs, err := f.Observations(c)
	if err != nil {
		return nil, err
	}
	for i, o := range obs {
		err := closedForm(o)
		switch {
		case err == nil:
		case method != "diffpir":
			return nil, f.errorAt(i, err)
		case len(obs) > 1:
			return nil, f.errorAt(i, fmt.Errorf("%w; or give all in one observation", err))
		default:
			return &Measurement{General: &o}, nil
		}
	}
	return join(obs), nil
}

// closedForm errs unless an observation is linear with normal errors.
func closedForm(o sde.Observation) error {
	if _, ok := o.A.(sde.LinearMap); !ok {
		if _, ok := o.A.(*Formula); ok {
			return errors.New("the formula is not a weighted sum of columns with standardized encoding: use tds or diffpir")
		}
		return errors.New("the observation is not linear, for a column is encoded by its quantiles: standardize its encoding, or use tds or diffpir")
	}
	if _, ok := deviations(o); !ok {
		return errors.New("the error is not normal: use tds or diffpir")
	}
	return nil
}

// deviations are the standard deviations of the errors of an observation, if they are normal.
func deviations(o sde.Observation) (sd []float64, ok bool) {
	_, m := o.A.Dims()
	for k := range m {
		law := o.Error
		if each, ok := law.(sde.ErrorPerEntry); ok {
			law = each[k]
		}
		n, ok := law.(sde.NormalError)
		if !ok {
			return nil, false
		}
		sd = append(sd, n.SD)
	}
	return sd, true
}

// join makes one of observations in closed form, of one row each. If their standard
// deviations s differ, it divides each by its own: log p(y) loses Σ log s, which
// LogScale restores.
func join(obs []sde.Observation) *Measurement {
	var a, y, sd []float64
	d, _ := obs[0].A.Dims()
	for _, o := range obs {
		_, k := o.A.Dims()
		errors, _ := deviations(o)
		for r := range k {
			a, y, sd = append(a, o.A.(sde.LinearMap).M.RawRowView(r)...), append(y, o.Y.At(0, r)), append(sd, errors[r])
		}
	}
	m := &Measurement{Linear: sample.LinearCondition{SD: sd[0]}}
	for _, s := range sd {
		if s != sd[0] {
			m.Linear.SD = 1
		}
	}
	for r, s := range sd {
		f := m.Linear.SD / s
		m.LogScale += math.Log(f)
		y[r] *= f
		for j := range d {
			a[r*d+j] *= f
		}
	}
	m.Linear.A, m.Linear.Y = sde.NewLinearMap(mat.NewDense(len(y), d, a)), mat.NewDense(1, len(y), y)
	return m
}
