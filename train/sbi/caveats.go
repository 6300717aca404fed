package sbi

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
)

// beyondChance is the number of standard errors that parameters may be off their prior.
const beyondChance = 5

// priorCaveats name the parameters that are no draws of the prior. Whitened, such draws are
// z ~ N(0, I), so that u = Φ(z_j) is uniform: the mean of u has the standard error
// √(1/12n), that of (u − ½)², whose mean is 1/12, √(1/180n). Both are bounded, so that a few
// parameters at an end of the support, as rounded numbers may be, say nothing.
func priorCaveats(names []string, z *mat.Dense) []string {
	n, _ := z.Dims()
	var list []string
	for j, name := range names {
		var first, second float64
		for i := range n {
			u := math.Erfc(-z.At(i, j)/math.Sqrt2)/2 - 0.5
			first, second = first+u, second+u*u
		}
		m := float64(n)
		off := max(math.Abs(first/m)*math.Sqrt(12*m), math.Abs(second/m-1.0/12)*math.Sqrt(180*m))
		if off <= beyondChance {
			continue
		}
		mean, sd := moments(z, j)
		list = append(list, fmt.Sprintf("parameter %q is not as drawn from the prior: in units in which the prior has mean 0 and standard deviation 1, the simulations have %.3g and %.3g (%.3g standard errors off): give the prior that they were drawn from, or the posterior is wrong", name, mean, sd, off))
	}
	return list
}

// scoreCaveats warn of a model that held-out simulations refute: its mean log density of them
// is less than that of the prior, 0, by more than a tenth of a nat. Data that say nothing have
// a score of about 0.
func scoreCaveats(score float64) []string {
	if !(score < -0.1) {
		return nil
	}
	return []string{fmt.Sprintf("the posterior is worse than the prior on held-out simulations, by %.3g nats: train with more steps, or more simulations", -score)}
}

// whitened returns z(θ) of the rows of theta. It errs for rows outside of the support, for
// parameters all of which are constant, and for numbers beyond largest.
func whitened(p *prior.Prior, theta *mat.Dense) (*mat.Dense, error) {
	n, d := theta.Dims()
	z := mat.NewDense(n, d, nil)
	if err := p.Whiten(z, theta); err != nil {
		return nil, fmt.Errorf("sbi: parameters: %w", err)
	}
	if err := inRange(p.Names(), z, "whitened parameters"); err != nil {
		return nil, err
	}
	for i := range n {
		if !slices.Equal(theta.RawRowView(i), theta.RawRowView(0)) {
			return z, nil
		}
	}
	return nil, errors.New("sbi: all simulations have the same parameters: give draws of the prior")
}

// largest is the magnitude of numbers whose squares, summed, are far from the largest float.
const largest = 1e100

// inRange errs for the first number beyond largest; what is not finite is not its concern.
func inRange(names []string, m *mat.Dense, what string) error {
	n, _ := m.Dims()
	for i := range n {
		for j, v := range m.RawRowView(i) {
			if a := math.Abs(v); a > largest && !math.IsInf(a, 0) {
				return fmt.Errorf("sbi: %s: row %d, column %q: %g is too large to compute with: give numbers up to %g in magnitude, as of another unit or logarithms", what, i+1, names[j], v, largest)
			}
		}
	}
	return nil
}

// unused name the columns of x that are constant or copies, which no feature is of.
func (f *features) unused(names []string, x *mat.Dense) []string {
	if f.Blocks.Points > 0 {
		return nil // features are of summaries
	}
	var constant, twice []string
	for j, name := range names {
		switch mean, sd := moments(x, j); {
		case slices.ContainsFunc(f.Columns, func(c column) bool { return c.Index == j }):
		case sd > 1e-12*math.Abs(mean):
			twice = append(twice, name)
		default:
			constant = append(constant, name)
		}
	}
	var list []string
	if len(constant) > 0 {
		list = append(list, "data that are constant in all simulations are left out: "+brief(constant))
	}
	if len(twice) > 0 {
		list = append(list, "data that are copies of a column before them are left out: "+brief(twice))
	}
	return list
}
