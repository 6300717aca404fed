package sample

import (
	"fmt"
	"math"

	"tweedie/internal/numeric"
)

// MeanLogEvidence is ln of the mean of Ẑ over the groups, for groups that have
// the same target: less low than their log Ẑ are.
func (c *Particles) MeanLogEvidence() float64 {
	mean, _ := c.Evidence()
	return mean
}

// Evidence is MeanLogEvidence and its standard error, those of MeanEvidence.
func (c *Particles) Evidence() (mean, se float64) {
	return MeanEvidence(c.LogEvidence[:c.Done], c.Variance[:c.Done])
}

// lowest is how far below the mean a group counts: at a twentieth it has little of it.
const lowest = 3

// MeanEvidence returns ln of the mean of estimates Ẑ of one evidence and its standard
// error, both in nats. log has the ln Ẑ, one for each group, and variance estimates of
// the variances of Ẑ/Z within the groups (Particles.Variance). With Ẑ relative to their mean,
// s² their sample variance and v the mean of Ẑ² times the variance of a group,
//
//	se² = ((n - 1) s² + v)/n²,
//
// so that the variance within counts as one group more: it is all there is for a single
// one, and hardly matters for many. Estimates of long tails have an s that is too
// small where none is in the tail. So se² is at least what normal ln Ẑ of variance l²
// have, l²/n + l⁴/(2(n - 1)), those more than 3 below the mean counted as 3. It is -Inf, and the error infinite, when every Ẑ is 0.
// It panics without groups.
func MeanEvidence(log, variance []float64) (mean, se float64) {
	if len(log) == 0 || len(log) != len(variance) {
		panic("sample: the evidence of no groups, or of others than its variances")
	}
	n := float64(len(log))
	mean = numeric.LogSumExp(log) - math.Log(n)
	if math.IsInf(mean, -1) {
		return mean, math.Inf(1)
	}
	s2, v := 0.0, 0.0
	var finite []float64
	for g, l := range log {
		z := math.Exp(l - mean)
		s2 += (z - 1) * (z - 1)
		v += z * z * variance[g] / n
		if !math.IsInf(l, -1) {
			finite = append(finite, max(l, mean-lowest))
		}
	}
	se2 := (s2 + v) / (n * n)
	if n := float64(len(finite)); n > 1 {
		m, l2 := 0.0, 0.0
		for _, l := range finite {
			m += l / n
		}
		for _, l := range finite {
			l2 += (l - m) * (l - m) / (n - 1)
		}
		se2 = max(se2, l2/n+l2*l2/(2*(n-1)))
	}
	return mean, math.Sqrt(se2)
}

// What is worth a caveat: fewer effective particles than these, or than a tenth of a
// group, and an evidence less certain than this.
const (
	fewMidway    = 5
	fewAtTheEnd  = 10
	uncertainLog = 0.5
)

// WeightCaveats says where the effective numbers of particles, means over the groups
// that did not collapse, are small, and whether the evidence is uncertain.
func (c *Particles) WeightCaveats() (list []string) {
	ess := c.MeanESS()
	if ess == nil {
		return nil
	}
	const remedy = "take more particles, more noise in the observation, or a twist that knows the spread of x_0 given x_t (MMPS, PiGDM)"
	least, last := 0, len(ess)-1
	for k, e := range ess[:last] {
		if e < ess[least] {
			least = k
		}
	}
	few := func(e, bound float64) bool { return e < min(bound, float64(c.PerGroup)/10) }
	if few(ess[least], fewMidway) {
		list = append(list, fmt.Sprintf("the weights collapsed: at t = %.3g only %.1f of %d particles counted, so rows and evidence rest on few: %s", c.time(least), ess[least], c.PerGroup, remedy))
	}
	if few(ess[last], fewAtTheEnd) && least != last {
		list = append(list, fmt.Sprintf("at the end only %.1f of %d particles count: %s", ess[last], c.PerGroup, remedy))
	}
	if _, se := c.Evidence(); se > uncertainLog {
		list = append(list, fmt.Sprintf("the log evidence has a standard error of %.2g over %d groups, which is itself uncertain: %s", se, c.Done, remedy))
	}
	return list
}

// MeanESS is the mean of ESS over the groups that did not collapse, or nil.
func (c *Particles) MeanESS() (ess []float64) {
	alive := 0.0
	for g := range c.Done {
		if c.Collapsed[g] >= 0 {
			continue
		}
		if ess == nil {
			ess = make([]float64, len(c.ESS[g]))
		}
		for k, e := range c.ESS[g] {
			ess[k] += e
		}
		alive++
	}
	for k := range ess {
		ess[k] /= alive
	}
	return ess
}

// addCaveats adds the caveats, and returns how many of the finished groups collapsed.
func (c *Particles) addCaveats(first int) (collapsed int) {
	for g := range c.Done {
		if k := c.Collapsed[g]; k >= 0 {
			collapsed++
			c.Caveats = append(c.Caveats, fmt.Sprintf("group %d collapsed at t = %.4g: all its weights are 0", first+g, c.time(k)))
		}
	}
	c.Caveats = append(c.Caveats, c.WeightCaveats()...)
	return collapsed
}

// relativeVariance is Σ_e S_e² - 1/K, S_e the weight of the particles that descend from
// the first particle e. It is that of importance sampling where nothing was resampled.
func relativeVariance(w []float64, root []int) float64 {
	share := make([]float64, len(w))
	for i, v := range w {
		share[root[i]] += v
	}
	sum := 0.0
	for _, s := range share {
		sum += s * s
	}
	return max(0, sum-1/float64(len(w)))
}

// normalize stores the weights proportional to exp(l_i) in w and returns their
// effective number 1/Σ w² (Kong 1992), and ln Σ exp(l_i). When every l_i is -Inf
// all three are 0, 0 and -Inf: there is nothing to be in proportion to.
func normalize(w, l []float64) (ess, sum float64) {
	sum = numeric.LogSumExp(l)
	if math.IsInf(sum, -1) {
		clear(w)
		return 0, sum
	}
	q := 0.0
	for i, v := range l {
		w[i] = math.Exp(v - sum)
		q += w[i] * w[i]
	}
	return 1 / q, sum
}
