package sample

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/numeric"
	"tweedie/sde"
)

// defense keeps particles that follow a twist or a reward from being misled by it. In
// place of ψ_k they are weighted before the end by a mixture of its powers (defensive
// mixtures: Hesterberg 1995, Technometrics 37(2); Owen & Zhou 2000),
//
//	ψ'_k(x) = ⅓ Σ_j ψ_k(x)^{β_j}/⟨ψ_k^{β_j}⟩,   β = 0, w, 1,   w = α²/(α² + 4σ²),
//
// with ⟨·⟩ the mean over the particles, counted as draws of the model's chain. A
// proposal of mean m' where the model's is m becomes the mixture
//
//	Σ_j τ_j N(m + β_j (m' - m), sd²),   τ_j(x_t) the share of the term j in ψ'_k(x_t).
//
// So a third of the particles stand for the model itself, and a third for a twist
// that counts less where noise hides the data, as many derivatives of networks must.
// Weights relative to the model's chain are at most 3 times those without ψ, however
// bad ψ is. Where ψ is right a third of the particles suffices. As ψ'_k is
// a function of the particles at hand, target and lack of bias stay what they are for
// any potentials. ψ_k = 0 is allowed: where all are 0, β_j is 0.
type defense struct {
	beta [3]float64
	part [3][]float64 // log of the terms of ψ', of the particles
	buf  []float64
}

// easing is the factor of σ² in the exponent w.
const easing = 4

func newDefense(k int) *defense {
	m := &defense{buf: make([]float64, k)}
	for j := range m.part {
		m.part[j] = make([]float64, k)
	}
	return m
}

// exactTwist reports whether a twist on an exact law says that it is exact, by having
// Caveats and none. Such a one needs no defense.
func exactTwist(tg Target) bool {
	g, ok := tg.(TDS)
	if f, steers := tg.(FK); steers && f.Guided != nil && f.plain() {
		g, ok = f.twist(), true
	}
	if !ok {
		return false
	}
	_, law := sde.As[sde.Law](g.Model)
	v, speaks := g.Guided.(interface{ Caveats() []string })
	return law && speaks && len(v.Caveats()) == 0
}

// soften replaces log ψ in psi by log ψ', at a time of coefficients c. logw are the
// log-weights, in which the potentials before are counted.
func (m *defense) soften(psi, logw, before []float64, c sde.Coeff) {
	a := c.Alpha * c.Alpha
	m.beta = [...]float64{0, a / (a + easing*c.Sigma*c.Sigma), 1}
	for i, v := range logw {
		m.buf[i] = v - before[i]
	}
	all := numeric.LogSumExp(m.buf)
	for j, p := range m.part {
		clear(p)
		if !(m.beta[j] > 0) {
			continue
		}
		for i, v := range psi {
			p[i] = m.beta[j]*v + m.buf[i]
		}
		top := numeric.LogSumExp(p) - all
		if math.IsInf(top, -1) {
			m.beta[j] = 0
			clear(p)
			continue
		}
		for i, v := range m.buf {
			p[i] -= v + top
		}
	}
	for i := range psi {
		psi[i] = m.mix(i, 0, 0) - math.Log(3)
	}
}

// mix is the log of the sum of the terms of particle i, each times q_j/p at a point e
// standard deviations from the mean of p, q_j being β_j d from it: with e·d and |d|²,
// log q_j/p = β_j e·d - ½ β_j² |d|².
func (m *defense) mix(i int, ed, dd float64) float64 {
	var l [3]float64
	for j, b := range m.beta {
		l[j] = m.part[j][i] + b*ed - 0.5*b*b*dd
	}
	top := max(l[0], l[1], l[2])
	return top + math.Log(math.Exp(l[0]-top)+math.Exp(l[1]-top)+math.Exp(l[2]-top))
}

// propose stores draws of the mixture of steps from mp towards mq in x, made of the
// normals z and of uniforms, and adds log p/q of them to logw. psi is log ψ'.
func (m *defense) propose(logw, psi []float64, x, mp, mq, z *mat.Dense, sd float64, uniform func() float64) {
	for i := range logw {
		total, u := psi[i]+math.Log(3), uniform()
		j := 0
		for ; j < 2; j++ {
			if u -= math.Exp(m.part[j][i] - total); u < 0 {
				break
			}
		}
		p, q, e, row := mp.RawRowView(i), mq.RawRowView(i), z.RawRowView(i), x.RawRowView(i)
		ed, dd := 0.0, 0.0
		for k, v := range p {
			d := (q[k] - v) / sd
			at := e[k] + m.beta[j]*d
			row[k] = v + sd*at
			ed += at * d
			dd += d * d
		}
		logw[i] += total - m.mix(i, ed, dd)
	}
}

func (m *defense) gather(idx []int) {
	for _, p := range m.part {
		gatherFloats(p, m.buf, idx)
	}
}

// checkPotentials errs on log ψ that are no potentials. -Inf is one before the end only
// with a defense.
func checkPotentials(psi []float64, defended bool) error {
	for i, v := range psi {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 1):
			return &rowError{i, fmt.Errorf("the log-potential is %g: check the reward or the twist", v)}
		case math.IsInf(v, -1) && !defended:
			return &rowError{i, errors.New("the log-potential is -Inf before the end, which would take the particle away for good and bias the evidence: leave Undefended false, or make the potential finite (FK.Intermediate)")}
		}
	}
	return nil
}
