package sbi

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

// seen is the range of the data that training had, by column, and how far from their mean
// they lay: the largest Mahalanobis distance in features.
type seen struct {
	Low      []float64 `json:"low"`
	High     []float64 `json:"high"`
	Distance float64   `json:"distance"`
	R        []float64 `json:"factor"` // p×p, lower: features f have the distance |R⁻¹ (f − mean)|
	Mean     []float64 `json:"mean"`
}

func newSeen(x, f *mat.Dense) seen {
	n, w := x.Dims()
	_, p := f.Dims()
	s := seen{Low: make([]float64, w), High: make([]float64, w), Mean: make([]float64, p), R: make([]float64, p*p)}
	for j := range w {
		s.Low[j], s.High[j] = math.Inf(1), math.Inf(-1)
		for i := range n {
			s.Low[j], s.High[j] = min(s.Low[j], x.At(i, j)), max(s.High[j], x.At(i, j))
		}
	}
	for k := range p {
		s.Mean[k], _ = moments(f, k)
	}
	c := mat.NewSymDense(p, nil)
	e := mat.NewDense(n, p, nil)
	for i := range n {
		for k, m := range s.Mean {
			e.Set(i, k, f.At(i, k)-m)
		}
	}
	c.SymOuterK(1/float64(n), e.T())
	for k := range p {
		c.SetSym(k, k, c.At(k, k)*(1+1e-6)+1e-9) // features may be copies of each other
	}
	var ch mat.Cholesky
	if !ch.Factorize(c) {
		s.R, s.Distance = nil, math.MaxFloat64
		return s
	}
	l := mat.NewTriDense(p, mat.Lower, nil)
	ch.LTo(l)
	for a := range p {
		for b := range a + 1 {
			s.R[a*p+b] = l.At(a, b)
		}
	}
	for i := range n {
		s.Distance = max(s.Distance, s.distance(f.RawRowView(i)))
	}
	return s
}

func (s *seen) distance(f []float64) float64 {
	p := len(s.Mean)
	if len(s.R) != p*p {
		return 0
	}
	e, sum := make([]float64, p), 0.0
	for a := range p {
		v := f[a] - s.Mean[a]
		for b := range a {
			v -= s.R[a*p+b] * e[b]
		}
		e[a] = v / s.R[a*p+a]
		sum += e[a] * e[a]
	}
	return math.Sqrt(sum)
}

// caveats say which observations are far from the simulations.
func (s *seen) caveats(x, f *mat.Dense, names []string) (list []string) {
	n, _ := x.Dims()
	const advice = "the posterior is an extrapolation: simulate with a prior that reaches it, or look whether the simulator can produce such data"
	far, first := 0, ""
	for i := range n {
		text := s.far(x.RawRowView(i), f.RawRowView(i), names)
		if text == "" {
			continue
		}
		if far++; far == 1 {
			first = text
			if n > 1 {
				first = fmt.Sprintf("observation %d: %s", i+1, text)
			}
		}
	}
	switch {
	case far == 1:
		list = append(list, first+": "+advice)
	case far > 1:
		list = append(list, fmt.Sprintf("%d of %d observations are unlike all simulations (%s): %s", far, n, first, advice))
	}
	return list
}

// far says in what an observation is unlike all simulations, and "" if in nothing.
func (s *seen) far(x, f []float64, names []string) string {
	text, beyond := "", 0
	for j, v := range x {
		w := s.High[j] - s.Low[j]
		if v >= s.Low[j]-0.02*w && v <= s.High[j]+0.02*w {
			continue
		}
		if beyond++; beyond == 1 {
			number := func(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
			text = fmt.Sprintf("%q is %s, and lies from %s to %s in the simulations", names[j], number(v), number(s.Low[j]), number(s.High[j]))
		}
	}
	switch {
	case beyond == 2:
		return text + ", and another number is out of its range too"
	case beyond > 2:
		return fmt.Sprintf("%s, and %d other numbers are out of their ranges too", text, beyond-1)
	case beyond == 1:
		return text
	}
	if d := s.distance(f); d > 1.2*s.Distance {
		return fmt.Sprintf("it lies %.3g standard deviations from the center of the simulations, of which none is beyond %.3g", d, s.Distance)
	}
	return ""
}
