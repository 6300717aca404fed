package sde

import (
	"errors"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Average is the mean of K denoisers of the same law,
//
//	D(x, t) = 1/K Σ_k D_k(x, t),
//
// such as networks trained from several seeds: its squared error is theirs less their
// spread about D (Krogh & Vedelsby 1995, NIPS 7). Its score is the mean of their scores.
// Beside the values it takes from the members: the mean of their Moments (0 and 1 where
// one has none), the values that the first knows of its rows, all Caveats, and the first
// error. It is no Law, even if they are. Make one with NewAverage. It is safe for
// concurrent use.
type Average struct{ members []Differentiable }

var (
	_ Differentiable = (*Average)(nil)
	_ PerRow         = (*Average)(nil)
	_ Conditional    = (*Average)(nil)
)

// NewAverage returns the mean of members. It errs if there is none, and for one of
// another schedule or dimension than the first.
func NewAverage(members ...Differentiable) (*Average, error) {
	if len(members) == 0 {
		return nil, errors.New("sde: an average of no denoisers: give at least one")
	}
	first := members[0]
	for k, d := range members[1:] {
		if !SameSchedule(d.Schedule(), first.Schedule()) {
			return nil, fmt.Errorf("sde: Average: denoiser %d has another schedule than denoiser 0: all must have one", k+1)
		}
		if d.Dim() != first.Dim() {
			return nil, fmt.Errorf("sde: Average: denoiser %d has %d dimensions and denoiser 0 has %d: all must have one number", k+1, d.Dim(), first.Dim())
		}
	}
	return &Average{append([]Differentiable(nil), members...)}, nil
}

func (a *Average) Schedule() Schedule { return a.members[0].Schedule() }
func (a *Average) Dim() int           { return a.members[0].Dim() }

// Members are the denoisers that are averaged. The slice must not be modified.
func (a *Average) Members() []Differentiable { return a.members }

// mean stores the mean of what f stores for each member in dst.
func (a *Average) mean(dst *mat.Dense, f func(k int, dst *mat.Dense) error) error {
	if err := f(0, dst); err != nil || len(a.members) == 1 {
		return err
	}
	term := terms.Get().(*mat.Dense)
	defer terms.Put(term)
	term.Reset()
	term.ReuseAs(dst.Dims())
	for k := 1; k < len(a.members); k++ {
		if err := f(k, term); err != nil {
			return err
		}
		for i := range dst.RawMatrix().Rows {
			floats.Add(dst.RawRowView(i), term.RawRowView(i))
		}
	}
	for i := range dst.RawMatrix().Rows {
		floats.Scale(1/float64(len(a.members)), dst.RawRowView(i))
	}
	return nil
}

// terms holds matrices for the members of averages.
var terms = sync.Pool{New: func() any { return new(mat.Dense) }}

// Denoise implements Denoiser. It returns the first error of a member.
func (a *Average) Denoise(dst, x *mat.Dense, t []float64) error {
	checkBatch(dst, x, t, a.Dim())
	return a.mean(dst, func(k int, dst *mat.Dense) error { return a.members[k].Denoise(dst, x, t) })
}

// Linearize implements Differentiable. The pullback is the mean of those of the members.
func (a *Average) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	checkBatch(mean, x, t, a.Dim())
	pulls := make([]Pullback, len(a.members))
	err := a.mean(mean, func(k int, dst *mat.Dense) (err error) {
		pulls[k], err = a.members[k].Linearize(dst, x, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(dst, v *mat.Dense) error {
		return a.mean(dst, func(k int, dst *mat.Dense) error { return pulls[k](dst, v) })
	}, nil
}

// Rows implements PerRow: the average of the members restricted to the rows. It panics
// if the restriction of a member is not differentiable.
func (a *Average) Rows(idx []int) Denoiser {
	q := &Average{make([]Differentiable, len(a.members))}
	for k, d := range a.members {
		r, ok := Restrict(d, idx).(Differentiable)
		if !ok {
			panic("sde: Rows of a Differentiable is not one")
		}
		q.members[k] = r
	}
	return q
}

// Known implements Conditional.
func (a *Average) Known(dst *mat.Dense) { KnownValues(dst, a.members[0]) }

// Moments are the means of those of the members, 0 and 1 where one has none.
func (a *Average) Moments() (mean, variance []float64) {
	mean, variance = make([]float64, a.Dim()), make([]float64, a.Dim())
	n := float64(len(a.members))
	for _, d := range a.members {
		m, v, ok := Moments(d)
		for j := range mean {
			if !ok {
				variance[j] += 1 / n
				continue
			}
			mean[j] += m[j] / n
			variance[j] += v[j] / n
		}
	}
	return mean, variance
}

// Caveats are those of all members, each once.
func (a *Average) Caveats() []string {
	var all []string
	seen := map[string]bool{}
	for _, d := range a.members {
		for _, c := range Caveats(d) {
			if !seen[c] {
				seen[c] = true
				all = append(all, c)
			}
		}
	}
	return all
}

// Err is the first error of a member, or nil.
func (a *Average) Err() error {
	for _, d := range a.members {
		if err := Err(d); err != nil {
			return err
		}
	}
	return nil
}
