package sbi

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/nn"
	"tweedie/sample"
)

// mostScored bounds the rows that the score is the mean of, for their densities cost time.
const mostScored = 1000

// farBelow is how far under the base, in nats, the log density of a held-out row counts: the
// flow of one at the border of the prior can end at −10⁷, which says nothing of the other rows.
const farBelow = 20

// score finds the log density of held-out rows, and gives the networks up unless they are
// better than their base.
func (f *fit) score(ctx context.Context, b *member, h part, labels []*mat.Dense, fold, most int) (result, error) {
	m := f.m
	n, d := h.w.Dims()
	r := result{member: b, held: n}
	n = min(n, most)
	first := func(a *mat.Dense) *mat.Dense { return a.Slice(0, n, 0, a.RawMatrix().Cols).(*mat.Dense) }
	w := first(h.w)
	own := make([]*mat.Dense, len(labels))
	for k, l := range labels {
		own[k] = first(l)
	}
	z := mat.NewDense(n, d, nil)
	m.space.fromLatent(z, w)
	prior := m.space.logDet() + meanNormal(z)
	alone := normalLogProb(w, first(h.mean), first(h.variance))
	r.base = mean(alone) - prior
	den, err := b.denoiser(own)
	if err != nil {
		return r, err
	}
	l, err := sample.LogProb(ctx, den, w, &sample.LogProbOptions{RTol: 1e-4, ATol: 1e-4, Workers: f.o.Workers})
	if err != nil {
		return r, err
	}
	floored(l.LogProb, alone)
	if r.score = mean(l.LogProb) - prior; !pays(l.LogProb, alone) {
		r.score, r.gaveUp = r.base, true
		for k, q := range b.inputs {
			if b.nets[k], err = nn.New(f.config(q, fold)); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// floored keeps log densities of a network from lying more than farBelow under those of its
// base, in place.
func floored(a, base []float64) {
	for i, v := range base {
		a[i] = max(a[i], v-farBelow)
	}
}

// pays reports whether log densities are above others of the same rows by more than a
// standard error of the mean.
func pays(a, than []float64) bool {
	n := float64(len(a))
	s, s2 := 0.0, 0.0
	for i, v := range a {
		e := v - than[i]
		s, s2 = s+e/n, s2+e*e/n
	}
	return s > math.Sqrt(max(s2-s*s, 0)/n)
}

// normalLogProb is log N(w_i; mean_i, diag variance_i).
func normalLogProb(w, mean, variance *mat.Dense) []float64 {
	n, _ := w.Dims()
	lp := make([]float64, n)
	for i := range lp {
		v := variance.RawRowView(i)
		for j, m := range mean.RawRowView(i) {
			e := w.At(i, j) - m
			lp[i] -= (e*e/v[j]+math.Log(v[j]))/2 + halfLogTau
		}
	}
	return lp
}

func mean(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

// meanNormal is the mean log density of the rows of z under N(0, I).
func meanNormal(z *mat.Dense) float64 {
	n, d := z.Dims()
	s := 0.0
	for i := range n {
		for _, v := range z.RawRowView(i) {
			s -= v * v / 2
		}
	}
	return s/float64(n) - float64(d)*halfLogTau
}
