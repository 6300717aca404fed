package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

// Observe is the observation y = s(x_0) + e of sums, in units of the table, with errors
// of the law given. y is 1×len(sums), or has a row for each sample. If all sums are
// affine in encoded rows, s(x) = A x + b, the operator of the result is the
// sde.LinearMap A and its Y is y - b, or, where errors are not added to what is observed
// (counts and outcomes), the map keeps b and Y is y; otherwise it is an Operator and Y is y.
func Observe(c *datasets.Codec, sums []ColumnSum, y *mat.Dense, law sde.Likelihood) sde.Observation {
	n, _ := y.Dims()
	a, shifted, offsets := mat.NewDense(len(sums), c.Dim(), nil), mat.DenseCopyOf(y), make([]float64, len(sums))
	for k, s := range sums {
		row, offset, ok := s.affine(c)
		if !ok {
			return sde.Observation{A: NewSumOperator(c, sums...), Y: y, Error: law}
		}
		a.SetRow(k, row)
		if offsets[k] = offset; !added(law) {
			continue
		}
		for i := range n {
			shifted.Set(i, k, y.At(i, k)-offset)
		}
	}
	op := sde.NewLinearMap(a)
	if !added(law) {
		op.Offset = offsets
	}
	return sde.Observation{A: op, Y: shifted, Error: law}
}

// Observations returns the observation of each term. It errs if one is no observation.
func (f *File) Observations(c *datasets.Codec) ([]sde.Observation, error) {
	list := make([]sde.Observation, len(f.Terms))
	for i, t := range f.Terms {
		err := errors.New("within and reward are no observations: leave them out")
		if t.changes() {
			err = errors.New("prior and truncate are no observations, nor is affine without one: leave them out")
		}
		if t.observes() {
			list[i], err = t.drawnObservation(c)
		}
		if err != nil {
			return nil, f.errorAt(i, err)
		}
	}
	return list, nil
}

// Guides returns the guides of observations, one for each term, with the methods of the
// terms; see Build for method.
func (f *File) Guides(obs []sde.Observation, method string) ([]guide.Term, error) {
	if len(obs) != len(f.Terms) {
		panic("spec: not one observation for each term")
	}
	if err := f.checkAffine(); err != nil {
		return nil, err
	}
	list := make([]guide.Term, len(obs))
	for i, t := range f.Terms {
		var err error
		if t.subject = f.subject; t.subject != nil {
			t.codec = t.subject.codec
		}
		if list[i], err = t.guide(obs[i], method); err != nil {
			return nil, f.errorAt(i, err)
		}
	}
	return list, nil
}

var errNoNoise = errors.New("noise is missing: the standard deviation of the error, in units of what is observed (small, not 0, if it is exact)")

// observation is the one of a term that observes: its sums come before its columns.
func (t Entry) observation(c *datasets.Codec) (sde.Observation, error) {
	var none sde.Observation
	switch {
	case t.Formula != nil && t.Command != "":
		return none, errors.New("formula and command are two observations: give each an entry of its own")
	case t.Formula != nil && (t.Inverse != "" || t.Timeout != 0):
		return none, errors.New("inverse and timeout are keys of a command: leave them out")
	case t.Formula != nil:
		return t.formulas(c)
	case t.Command != "":
		return t.commandObservation(c)
	case t.Value != nil || t.Inverse != "" || t.Timeout != 0:
		return none, errors.New("value is that of a formula or a command, inverse and timeout of a command: give one, or put the value beside its column")
	}
	rows := slices.Clone(t.Linear)
	for _, name := range slices.Sorted(maps.Keys(t.Observe)) {
		rows = append(rows, LinearEntry{map[string]float64{name: 1}, t.Observe[name]})
	}
	if len(rows) == 0 {
		return none, errors.New("nothing is observed: give observe, linear or formula (or within, or reward)")
	}
	if t.Noise == nil {
		return none, errNoNoise
	}
	sums, y := make([]ColumnSum, len(rows)), mat.NewDense(1, len(rows), nil)
	for k, r := range rows {
		var err error
		if sums[k], err = NewColumnSum(c, r.Weights); err != nil {
			return none, err
		}
		y.Set(0, k, r.Value)
	}
	law, err := t.errorLaw(y.RawRowView(0))
	if err != nil {
		return none, err
	}
	return Observe(c, sums, y, law), nil
}

// errorLaw is the law of the observed numbers y. It errs on those that it does not give.
func (t Entry) errorLaw(y []float64) (sde.Likelihood, error) {
	if t.Noise == nil {
		return nil, errNoNoise
	}
	law, err := t.Noise.Build()
	if err == nil {
		law, err = t.annealed(law)
	}
	if err != nil {
		return nil, err
	}
	if n := len(t.Noise.Each); n > 0 && n != len(y) {
		return nil, fmt.Errorf("noise has %d laws for %d observed numbers: give one law, or one for each, those of linear first, then those of observe by the names of their columns", n, len(y))
	}
	for k, v := range y {
		if err := t.Noise.of(k).observable(v); err != nil {
			return nil, err
		}
	}
	return law, nil
}
