package nn

import (
	"fmt"
	"math"
	"slices"
)

// Category is a block of positions of a row that hold a category: 1 at its level and 0
// elsewhere. They are noised as numbers are, and the denoiser of these positions is the
// posterior of the level, E[x_0 | x_t] = Σ_k p_k e_k with
//
//	p = softmax(ln π + α x/σ² + F)
//
// where π are the shares of the levels, α x/σ² is the log-likelihood of the noisy
// positions, and F, the output of the network, is trained towards
// ln p(k | other columns)/π_k. An untrained network (F = 0) is exact for a category
// that is independent of the others. The loss is the cross-entropy, as in Dieleman et
// al. 2022 (arXiv:2211.15089).
//
// In place of the noisy positions the network has the input
// q = softmax(ln π + α x/σ²), centered at π and divided by about its standard deviation:
// a sufficient statistic of x for the level. It tends to 0 as noise hides the level,
// whatever the number of levels, and a given level is its limit for σ → 0. With
// Config.Raw the input is the noisy positions themselves, of which most are pure noise.
type Category struct {
	Start  int       `json:"start"`
	Shares []float64 `json:"shares"` // one per level, positive and of sum 1

	logs []float64 // of Shares
}

// withLogs returns copies of the categories with the logarithms of their shares.
func withLogs(cs []Category) []Category {
	cs = slices.Clone(cs)
	for i := range cs {
		cs[i].logs = make([]float64, len(cs[i].Shares))
		for k, p := range cs[i].Shares {
			cs[i].logs[k] = math.Log(p)
		}
	}
	return cs
}

func (c Category) end() int { return c.Start + len(c.Shares) }

// leastVariance is the least variance by which positions are normalized: with that of
// a rare level its input would have rare, very large values.
const leastVariance = 0.03

// checkCategories errs unless they are within dim positions, in order and apart.
func checkCategories(cs []Category, dim int) error {
	at := 0
	for _, c := range cs {
		if c.Start < at || len(c.Shares) == 0 || c.Start > dim-len(c.Shares) {
			return fmt.Errorf("nn: a category at positions %d to %d of %d: they must be in order, apart and within the row", c.Start, c.end()-1, dim)
		}
		at = c.end()
		sum := 0.0
		for _, p := range c.Shares {
			if !(p > 0 && p <= 1) {
				return fmt.Errorf("nn: the category at %d has a share of %v: shares are positive", c.Start, p)
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-6 {
			return fmt.Errorf("nn: the shares of the category at %d add up to %v, not 1", c.Start, sum)
		}
	}
	return nil
}

// part is a category or a number: what a row can be given of itself.
type part struct {
	start, end int
	shares     []float64 // nil for a number
}

// whole reports whether all of the part is known in y, not levels excluded alone.
func (p part) whole(y []float64) bool {
	if y == nil {
		return false
	}
	for _, v := range y[p.start:p.end] {
		if math.IsNaN(v) {
			return false
		}
	}
	return true
}

func partsOf(cs []Category, dim int) []part {
	var ps []part
	for at := 0; at < dim; {
		if len(cs) > 0 && cs[0].Start == at {
			ps = append(ps, part{at, cs[0].end(), cs[0].Shares})
			at, cs = cs[0].end(), cs[1:]
			continue
		}
		ps = append(ps, part{at, at + 1, nil})
		at++
	}
	return ps
}

// given tells whether a row of values, or nil, gives the category, and whether it excludes levels.
func (c *Category) given(y []float64) (whole, part bool) {
	if y == nil {
		return false, false
	}
	unknown := 0
	for _, v := range y[c.Start:c.end()] {
		if math.IsNaN(v) {
			unknown++
		}
	}
	return unknown == 0, 0 < unknown && unknown < len(c.Shares)
}

// pullInput stores in dst what the gradient of row i of a block with respect to the
// inputs is with respect to the positions of a category: with g that of q,
//
//	α/σ² q ⊙ (g − q·g).
func (m *inputs) pullInput(k *machine[float32], dst []float64, c *Category, i int) {
	w, d, wide := k.prep.row(i), m.Net.Dim, m.Net.in()
	lo, hi := c.Start, c.end()
	gx := k.gx[i*wide : i*wide+d]
	if m.Raw {
		for j := lo; j < hi; j++ {
			dst[j] = w.cin[j] * float64(gx[j])
		}
		return
	}
	q, dot := k.own[i*d:(i+1)*d], 0.0
	for j := lo; j < hi; j++ {
		dot += float64(q[j] * m.clean[j] * float64(gx[j]))
	}
	gain := w.c.Alpha / max(w.c.Sigma*w.c.Sigma, math.SmallestNonzeroFloat64)
	for j := lo; j < hi; j++ {
		dst[j] = 0
		if u := q[j] * (float64(m.clean[j]*float64(gx[j])) - dot); u != 0 {
			dst[j] = gain * u
		}
	}
}
