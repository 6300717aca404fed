package sbi

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/guide/spec"
)

// probes is the number of draws of the prior at which the entries of a guide file are tried.
const probes = 1000

// probe sets the share of the rows of θ that s is impossible at. It errs for all rows, and for
// an infinite reward: such an entry says nothing of a posterior. Bounds may hold nowhere there.
func (s *statement) probe(at *mat.Dense) error {
	if s.bound {
		return nil
	}
	n, _ := at.Dims()
	none := 0
	for i := range n {
		switch v := s.value(at.RawRowView(i)); {
		case math.IsInf(v, 1):
			return fmt.Errorf("its log weight is infinite at a draw of the prior, %.4g: give a formula that is finite", at.RawRowView(i))
		case math.IsInf(v, -1):
			none++
		}
	}
	if none > n-max(2, n/500) {
		return fmt.Errorf("its log weight is no finite number at %d of %d draws of the prior, such as %.4g: mend the formula, or give another value or noise", none, n, at.RawRowView(0))
	}
	s.impossible = float64(none) / float64(n)
	return nil
}

// caveats say where entries are impossible.
func (w *weight) caveats() (list []string) {
	for _, s := range w.says {
		if s.impossible > 0 {
			list = append(list, fmt.Sprintf("%s has no finite log weight at %.2g of the draws of the prior: such parameters are taken as impossible", s.name, s.impossible))
		}
	}
	return list
}

// mostErrors is how many scales of its noise an observed parameter may be beyond the support.
const mostErrors = 5

// observable errs for an observed value of a parameter that its prior and the noise rule out.
func observable(p *prior.Prior, name string, y float64, noise *spec.ErrorLaw) error {
	j := slices.Index(p.Names(), name)
	if j < 0 || noise.Scale == 0 { // noise of other laws than of an error
		return nil
	}
	lo, hi := p.Support()
	if far := max(lo[j]-y, y-hi[j]); far > mostErrors*noise.Scale {
		return fmt.Errorf("observe: %s is %g, and the prior has it from %g to %g, which noise of %g does not reach: give a value in the support", name, y, lo[j], hi[j], noise.Scale)
	}
	return nil
}

// Draws further than far standard deviations of a normal prior are where simulations had
// hardly any (6e-5 of them), and more than farShare of such draws have a caveat.
const far, farShare = 4, 0.02

// farCaveat says of draws w that what guides them leads to where the model saw nothing, and
// where shifts are clipped.
func (w *weight) farCaveat(draws *mat.Dense) []string {
	n, d := draws.Dims()
	z, count := make([]float64, d), 0
	for i := range n {
		w.whitened(z, draws.RawRowView(i))
		if slices.ContainsFunc(z, func(v float64) bool { return math.Abs(v) > far }) {
			count++
		}
	}
	share := float64(count) / float64(n)
	if share <= farShare {
		return nil
	}
	return []string{fmt.Sprintf("%.2g of the draws are at the edge of the prior of the simulations, beyond %d standard deviations of a normal one: the model saw no such parameters, and shifts there are clipped; the draws fall short of what is asked for: ask for less, or simulate there", share, far)}
}
