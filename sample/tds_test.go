package sample

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// With a last step to the posterior mean all others are guided, and the target is
// the law of that mean.
func TestTDSEndsAtThePosteriorMean(t *testing.T) {
	w := newLine(t, 4, 4)
	ts := uniform(32)[:32]
	a, s := oracle.Squared(1)
	_, v := affine(t, w.Gaussian, DDIM{Eta: 1}, ts).Push(0, a*a*w.C+s*s)
	a, s = oracle.Squared(ts[31])
	j := a * w.C / (a*a*w.C + s*s)
	v *= j * j
	c := particles(t, w.tds(), DDIM{Eta: 1}, 200, 24, ParticleOptions{Options: Options{Times: ts, Seed: 5, Denoise: true}})
	if diff := unbiased(c, v/(v+w.R)*w.Y, v*w.R/(v+w.R), logNormal(w.Y, 0, v+w.R)); diff != "" {
		t.Error(diff)
	}
	if len(c.ESS[0]) != 33 || c.ESS[0][32] == 0 {
		t.Errorf("%d effective numbers, last %g", len(c.ESS[0]), c.ESS[0][len(c.ESS[0])-1])
	}
}

// planeTwist guides N(0, [1 r; r 1]) by an exact value of the first coordinate.
type planeTwist struct {
	*sde.Gaussian
	r, y float64
	wide float64 // of the twist's variance
}

// at returns the Jacobian ((p, q), (q, p)) of the denoiser at t and the variance
// that the twist believes.
func (w planeTwist) at(t float64) (p, q, v, k float64) {
	a, s := oracle.Squared(t)
	up, down := a*(1+w.r)/(a*a*(1+w.r)+s*s), a*(1-w.r)/(a*a*(1-w.r)+s*s)
	p, q, k = (up+down)/2, (up-down)/2, s*s/a
	return p, q, w.wide * k * p, k
}

func (w planeTwist) LogProb(dst []float64, x *mat.Dense, t []float64) error {
	p, q, v, _ := w.at(t[0])
	for i := range dst {
		dst[i] = logNormal(w.y, p*x.At(i, 0)+q*x.At(i, 1), v)
	}
	return nil
}

func (w planeTwist) Denoise(dst, x *mat.Dense, t []float64) error {
	p, q, v, k := w.at(t[0])
	n, _ := x.Dims()
	for i := range n {
		a, b := p*x.At(i, 0)+q*x.At(i, 1), q*x.At(i, 0)+p*x.At(i, 1)
		g := k * (w.y - a) / v
		dst.Set(i, 0, a+g*p)
		dst.Set(i, 1, b+g*q)
	}
	return nil
}

// Exact values: the rows have them, and the other coordinate and the evidence
// are those of the chain, in which both axes of the covariance shrink alike.
func TestTDSSetsExactValues(t *testing.T) {
	const r, y = 0.8, 1.0
	ts := LogSNRGrid{}.Times(squares{}, 1, 0.02, 40)
	g, err := sde.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, r, r, 1}), squares{})
	if err != nil {
		t.Fatal(err)
	}
	axis := func(c float64) float64 {
		a, s := oracle.Squared(1)
		_, v := affine(t, gauss1(t, 0, c, squares{}), DDIM{Eta: 1}, ts).Push(0, a*a*c+s*s)
		return v
	}
	up, down := axis(1+r), axis(1-r)
	v, cov := (up+down)/2, (up-down)/2
	mean, logZ := cov/v*y, logNormal(y, 0, v)
	run := func(wide, shift float64) *Particles {
		w := planeTwist{g, r, y, wide}
		tds := TDS{Model: g, Guided: w, Exact: &ValueCondition{Index: []int{0}, Values: mat.NewDense(1, 1, []float64{y})}, MaxShift: shift}
		return particles(t, tds, DDIM{Eta: 1}, 200, 32, ParticleOptions{Options: Options{Times: ts, Seed: 2}})
	}
	check := func(c *Particles, mean float64) string {
		var z, zx []float64
		for g := range c.Groups {
			e, m := math.Exp(c.LogEvidence[g]-logZ), 0.0
			for i := range c.PerGroup {
				if c.rows(g).At(i, 0) != y {
					return "a row has another value"
				}
				m += c.Weights[g*c.PerGroup+i] * c.rows(g).At(i, 1)
			}
			z, zx = append(z, e), append(zx, e*m)
		}
		return within("evidence", z, 1, 3) + within("mean", zx, mean, 3)
	}
	for _, c := range []struct{ wide, shift float64 }{{1, 0}, {2, 0}, {1, 1.5}} {
		if diff := check(run(c.wide, c.shift), mean); diff != "" {
			t.Errorf("twist %g times as wide, shifts up to %g: %s", c.wide, c.shift, diff)
		}
	}
	if check(run(1, 0), 0.8*mean) == "" {
		t.Error("another mean passes")
	}
}

// A shift beyond MaxShift deviations is shortened to it, in its direction; a smaller one stays.
func TestShiftsAreShortened(t *testing.T) {
	w := &twisted{TDS: TDS{MaxShift: 1.5}}
	mp, mq := mat.NewDense(2, 2, []float64{1, 2, 1, 2}), mat.NewDense(2, 2, []float64{301, -398, 1.3, 1.6})
	w.limit(mq, mp, 0.4)
	if want := mat.NewDense(2, 2, []float64{1 + 0.6*0.6, 2 - 0.8*0.6, 1.3, 1.6}); !mat.EqualApprox(mq, want, 1e-12) {
		t.Errorf("shifted to %v, want %v", mq.RawMatrix().Data, want.RawMatrix().Data)
	}
	w.MaxShift = 0
	if w.limit(mq, mp, 1e-9); math.Abs(mq.At(0, 0)-1.36) > 1e-12 {
		t.Error("shortened without a bound")
	}
	// In a run: one particle, undefended, whose guide is wild.
	line := newLine(t, 4, 4)
	wild := line
	wild.Y, wild.R = 1e6, 1e-3
	far := func(shift float64) float64 {
		tds := TDS{Model: line.Gaussian, Guided: wild, LogLikelihood: line.logLikelihood, MaxShift: shift}
		return math.Abs(particles(t, tds, DDIM{Eta: 1}, 1, 1, ParticleOptions{Undefended: true, Options: Options{Times: uniform(20), Seed: 3}}).X.At(0, 0))
	}
	if far(1) > 20 || far(0) < 1e3 {
		t.Errorf("rows end at %g with a bound and %g without", far(1), far(0))
	}
}

// The likelihood of an observation compares each number with its own, and a group with its row.
func TestLogLikelihoodOfAnObservation(t *testing.T) {
	o := sde.Observation{A: sde.Columns{Dim: 3, Index: []int{2, 0}}, Y: mat.NewDense(2, 2, []float64{0.3, -1, 2, 5}), Error: sde.NormalError{SD: 0.5}}
	x, got := mat.NewDense(2, 3, []float64{1, 9, 0.5, -0.2, 9, 3}), make([]float64, 2)
	for group, y := range [][]float64{{0.3, -1}, {2, 5}} {
		if err := LogLikelihood(o)(got, x, group); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if want := logNormal(y[0], x.At(i, 2), 0.25) + logNormal(y[1], x.At(i, 0), 0.25); math.Abs(got[i]-want) > 1e-12 {
				t.Errorf("group %d, row %d: %g, want %g", group, i, got[i], want)
			}
		}
	}
}

// evaluated is a twist that gives all three answers in one call.
type evaluated struct{ lineTwist }

func (w evaluated) Evaluate(prior, guided *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	return errors.Join(w.lineTwist.Denoise(guided, x, t), w.Gaussian.Denoise(prior, x, t), w.LogProb(logp, x, t))
}

func TestOneEvaluationGivesWhatThreeDo(t *testing.T) {
	w := newLine(t, 4, 1)
	o := ParticleOptions{Options: Options{Times: uniform(20), Seed: 3}}
	three := particles(t, w.tds(), DPMpp2MSDE{}, 2, 16, o)
	tds := w.tds()
	tds.Guided = evaluated{w}
	one := particles(t, tds, DPMpp2MSDE{}, 2, 16, o)
	if !mat.Equal(one.X, three.X) || three.NFE != 60 || one.NFE != 20 {
		t.Errorf("%g and %g evaluations, or other rows", three.NFE, one.NFE)
	}
}

// likely is a twist that knows log p(y|x_0).
type likely struct{ lineTwist }

func (w likely) LogLikelihood(dst []float64, x *mat.Dense) error { return w.logLikelihood(dst, x, 0) }

func TestTheTwistMayKnowTheLikelihood(t *testing.T) {
	w := newLine(t, 4, 1)
	o := ParticleOptions{Options: Options{Times: uniform(20), Seed: 3}}
	want := particles(t, w.tds(), DDIM{Eta: 1}, 2, 16, o)
	got := particles(t, TDS{Model: w.Gaussian, Guided: likely{w}}, DDIM{Eta: 1}, 2, 16, o)
	if !mat.Equal(got.X, want.X) || got.LogEvidence[1] != want.LogEvidence[1] {
		t.Error("other rows or evidence")
	}
}

// rowwise is a twist with an observation for each group.
type rowwise struct {
	lineTwist
	ys []float64
}

func (w rowwise) Rows(idx []int) sde.Denoiser {
	w.lineTwist.Y = w.ys[idx[0]]
	for _, i := range idx {
		if i != idx[0] {
			panic("the particles of a group stand for several rows")
		}
	}
	return w.lineTwist
}

// Each group has its own observation.
func TestGroupsHaveTheirObservations(t *testing.T) {
	base := newLine(t, 4, 4)
	w := rowwise{base, []float64{1.5, -0.7, 3}}
	tds := TDS{Model: base.Gaussian, Guided: w, LogLikelihood: LogLikelihood(sde.Observation{A: identity{}, Y: mat.NewDense(3, 1, w.ys), Error: normalError{0.5}})}
	o := ParticleOptions{Options: Options{Times: uniform(20), Seed: 3}}
	all := particles(t, tds, DDIM{Eta: 1}, 3, 16, o)
	o.First = 1
	one := base
	one.Y = -0.7
	c := particles(t, one.tds(), DDIM{Eta: 1}, 1, 16, o)
	if !mat.EqualApprox(c.X, all.X.Slice(16, 32, 0, 1), 1e-12) || math.Abs(c.LogEvidence[0]-all.LogEvidence[1]) > 1e-12 {
		t.Error("group 1 differs from a run with its observation alone")
	}
	o.First = 2
	if _, err := RunParticles(context.Background(), TDS{Model: base.Gaussian, Guided: one, LogLikelihood: LogLikelihood(sde.Observation{A: identity{}, Y: mat.NewDense(2, 1, nil), Error: normalError{0.5}})}, DDIM{Eta: 1}, 1, 4, &o); err == nil {
		t.Error("fewer observations than groups: no error")
	}
}

// identity and normalError have the methods of an operator and an error model of
// package guide.
type identity struct{}

func (identity) Dims() (d, m int)              { return 1, 1 }
func (identity) Apply(dst, x *mat.Dense) error { dst.Copy(x); return nil }

type normalError struct{ sd float64 }

func (e normalError) LogProb(_ int, y, a, _ float64) (logp, grad float64) {
	return logNormal(y, a, e.sd*e.sd), (y - a) / (e.sd * e.sd)
}
