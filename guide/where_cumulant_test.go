package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// A number that depends on the levels is not normal given x_t: its guide is the
// gradient of the probability that it reports, with how the variance changes. Within
// leaves that out.
func TestTurnOfNumbers(t *testing.T) {
	prior := table(sde.VP{}, false, all)
	for _, tm := range []float64{0.3, 0.5, 0.8} {
		for _, lo := range []float64{0.5, 1.5, 2.5} {
			e := twistGradError(t, guide.New(prior, guide.Where{guide.Between(otherAt, lo, math.Inf(1))}), prior, tm)
			twin := twistGradError(t, guide.New(prior, guide.Within{guide.Interval(8, otherAt, lo, math.Inf(1))}), prior, tm)
			if !(e <= 0.03) || !(twin > 5*e) {
				t.Errorf("t = %g, from %g on: off by %.4f, and by %.4f without the turn", tm, lo, e, twin)
			}
		}
	}
}

// Where the tail of a number is told by the levels, the guide finds them: the
// probabilities of the colors given x_t and the event, by Bayes' rule on the
// components, against those of the guided mean.
func TestTailsFindTheirLevels(t *testing.T) {
	prior := table(sde.VP{}, false, all)
	const lo, tm = 2, 0.6
	x := points(prior, tm)
	n, _ := x.Dims()
	k := prior.Schedule().Coeff(tm)
	off := func(d sde.Denoiser) (sum float64) {
		got := denoise(t, d, x, tm)
		for i := range n {
			want, total := make([]float64, 3), 0.0
			for c, r := range responsibilities(prior, x, i, tm) {
				mean, sd := otherGiven(prior.Comps[c], x.RawRowView(i), k)
				r *= math.Erfc((lo-mean)/sd/math.Sqrt2) / 2
				total += r
				for l := range want {
					want[l] += r * prior.Comps[c].Mu[l]
				}
			}
			for l, w := range want {
				sum += math.Abs(got.At(i, l)-w/total) / float64(3*n)
			}
		}
		return sum
	}
	blocks := guide.Where{guide.Levels(colors, colors), guide.Levels(states, states)}
	with := off(guide.New(prior, append(guide.Where{guide.Between(otherAt, lo, math.Inf(1))}, blocks...)))
	without := off(guide.New(prior, guide.Within{guide.Interval(8, otherAt, lo, math.Inf(1))}))
	if !(with < 0.6*without) {
		t.Errorf("levels are off by %.4f on average, %.4f by a guide without the turn, %.4f unguided", with, without, off(prior))
	}
}

// otherGiven is the mean and the deviation of the other number given x_t and a
// component: the two numbers are normal together.
func otherGiven(g *sde.Gaussian, x []float64, k sde.Coeff) (mean, sd float64) {
	cov := g.Covariance()
	s := mat.NewSymDense(2, nil)
	for i := range 2 {
		for j := range 2 {
			s.SetSym(i, j, k.Alpha*k.Alpha*cov.At(numberAt+i, numberAt+j))
		}
		s.SetSym(i, i, s.At(i, i)+k.Sigma*k.Sigma)
	}
	var inv mat.Dense
	if err := inv.Inverse(s); err != nil {
		panic(err)
	}
	mean, v := g.Mu[otherAt], cov.At(otherAt, otherAt)
	for i := range 2 {
		for j := range 2 {
			c := k.Alpha * cov.At(otherAt, numberAt+i) * inv.At(i, j)
			mean += c * (x[numberAt+j] - k.Alpha*g.Mu[numberAt+j])
			v -= c * k.Alpha * cov.At(numberAt+j, otherAt)
		}
	}
	return mean, math.Sqrt(v)
}
