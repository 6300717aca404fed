package spec

import (
	"errors"
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
// sde.LinearMap A and its Y is y - b; otherwise it is an Operator and Y is y.
func Observe(c *datasets.Codec, sums []ColumnSum, y *mat.Dense, law sde.Likelihood) sde.Observation {
	n, _ := y.Dims()
	a, shifted := mat.NewDense(len(sums), c.Dim(), nil), mat.DenseCopyOf(y)
	for k, s := range sums {
		row, offset, ok := s.affine(c)
		if !ok {
			return sde.Observation{A: NewSumOperator(c, sums...), Y: y, Error: law}
		}
		a.SetRow(k, row)
		for i := range n {
			shifted.Set(i, k, y.At(i, k)-offset)
		}
	}
	return sde.Observation{A: sde.NewLinearMap(a), Y: shifted, Error: law}
}

// Observations returns the observation of each term. It errs if one is no observation.
func (f *File) Observations(c *datasets.Codec) ([]sde.Observation, error) {
	list := make([]sde.Observation, len(f.Terms))
	for i, t := range f.Terms {
		err := errors.New("within and reward are no observations: leave them out")
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
	list := make([]guide.Term, len(obs))
	for i, t := range f.Terms {
		var err error
		if list[i], err = t.guide(obs[i], method); err != nil {
			return nil, f.errorAt(i, err)
		}
	}
	return list, nil
}

// observation is the one of a term that observes: its sums come before its columns.
func (t Entry) observation(c *datasets.Codec) (sde.Observation, error) {
	var none sde.Observation
	rows := slices.Clone(t.Linear)
	for _, name := range slices.Sorted(maps.Keys(t.Observe)) {
		rows = append(rows, LinearEntry{map[string]float64{name: 1}, t.Observe[name]})
	}
	if len(rows) == 0 {
		return none, errors.New("nothing is observed: give observe or linear (or within, or reward)")
	}
	if t.Noise == nil {
		return none, errors.New("noise is missing: the standard deviation of the error, in units of what is observed (small, not 0, if it is exact)")
	}
	sums, y := make([]ColumnSum, len(rows)), mat.NewDense(1, len(rows), nil)
	for k, r := range rows {
		var err error
		if sums[k], err = NewColumnSum(c, r.Weights); err != nil {
			return none, err
		}
		y.Set(0, k, r.Value)
	}
	law, err := t.Noise.Build()
	if err != nil {
		return none, err
	}
	return Observe(c, sums, y, law), nil
}
