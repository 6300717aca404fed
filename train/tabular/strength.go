package tabular

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// strengthFloor is the noise σ/α below which correctors take the network without labels
// for the one with them.
//
// The weights of p_c^W p^{1-W} grow by W(W-1) σ² |s_c - s|² in λ = ln(α/σ), which falls
// as σ² for the scores of laws. For those of a network σ (s_c - s) is a difference of two
// outputs, whose errors stay: the rate stays too, the log evidence grows with ln 1/σ
// for ever, and resampling prefers the rows where the errors are largest, which are outside the
// data. On a table of 1338 rows (W = 2, a label of probability 0.2, so log Z ≤ 1.6; rows
// of the model reweighted give 1.5) the rate falls until σ/α = 0.4, stays until 0.2 and
// grows again below, and log Z is
//
//	floor  0     0.02  0.05  0.1  0.2  0.3  0.4  0.5
//	log Z  29.5  13.3  7.3   2.3  1.8  1.6  1.4  1.3
//
// Rows follow p_c alone below the floor ε: their law is p_c(x) E p_ε(c|x + ε z)^{W-1},
// normal z, up to a constant, that is the labels count as they can be told at that noise.
const strengthFloor = 0.4

var strengthCaveat = fmt.Sprintf("cfg counts labels as they can be told at a noise of %g standard deviations: below it the difference of a network's two scores is error", strengthFloor)

// equalBelow is a denoiser that is another one below a noise.
type equalBelow struct {
	sde.Denoiser
	other sde.Denoiser
	floor float64 // σ/α
}

// Unwrap implements sde.Wrapper.
func (e equalBelow) Unwrap() sde.Denoiser { return e.Denoiser }

// Rows implements sde.PerRow.
func (e equalBelow) Rows(idx []int) sde.Denoiser {
	return equalBelow{sde.Restrict(e.Denoiser, idx), sde.Restrict(e.other, idx), e.floor}
}

// Denoise implements sde.Denoiser, for rows of one time.
func (e equalBelow) Denoise(dst, x *mat.Dense, t []float64) error {
	if c := e.Schedule().Coeff(t[0]); c.Sigma < e.floor*c.Alpha {
		return e.other.Denoise(dst, x, t)
	}
	return e.Denoiser.Denoise(dst, x, t)
}

// evidenceBound is what the log evidence of p_c^W p^{1-W} is at most, for W > 1, because
// p(c|x) ≤ 1:
//
//	Z = E_{p_c} (p(c|x)/p(c))^{W-1} ≤ P(c)^{-(W-1)},
//
// on average over the combinations c that the rows have, by their frequency. It is +Inf
// where nothing is known: with numbers as labels, powers and guides.
func (r *query) evidenceBound() float64 {
	w := r.CFG
	if r.Conditioning.Method != "fkc" || !(w > 1) || r.CFGFormula != "" || r.Conditioning.Anneal != 1 ||
		r.Guide != nil || r.Classifier != nil || len(r.Terms) > 0 || len(r.labels) == 0 || r.model.labels.Values != nil {
		return math.Inf(1)
	}
	all, mean := 0, 0.0
	for _, n := range r.model.labels.Count {
		all += n
	}
	for _, law := range r.labels {
		before, total := 0, law.cum[len(law.cum)-1]
		for _, c := range law.cum {
			n := float64(c - before)
			mean += n / float64(total) * math.Pow(n/float64(all), 1-w) / float64(len(r.labels))
			before = c
		}
	}
	return math.Log(mean)
}

// beyond says that the log evidence is beyond its bound by more than three of its
// standard errors, or nothing.
func (e *Evidence) beyond() string {
	if e == nil || e.LogEvidence == nil || !(*e.LogEvidence > e.bound+3**e.SE) {
		return ""
	}
	return fmt.Sprintf("the log evidence %.3g ± %.2g is beyond its bound %.3g, (W-1) ln 1/P(labels): the network's two scores differ by error, and the rows are not of the law p(x|labels)^W p(x)^(1-W); take guided rows with a small W, or a classifier", *e.LogEvidence, *e.SE, e.bound)
}
