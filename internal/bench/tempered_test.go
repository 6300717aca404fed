package bench

import (
	"context"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// The law that scaling is about: a prior N(0, 1), 1 observed with a variance of .3, and the
// likelihood to the power 4. Its mean and variance are those of precisions 1 and 4/.3.
const temperedPower = 4.0

var temperedVariance = 1 / (1 + temperedPower/0.3)
var temperedMean = temperedPower / 0.3 * temperedVariance

func temperedParts(t testing.TB, s sde.Schedule) (*sde.Gaussian, guide.AffineScore) {
	t.Helper()
	prior, err := sde.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1}), s)
	if err != nil {
		t.Fatal(err)
	}
	seen := sde.Observation{A: sde.Columns{Dim: 1, Index: []int{0}}, Y: mat.NewDense(1, 1, []float64{1}), Error: sde.NormalError{SD: math.Sqrt(0.3)}}
	return prior, guide.AffineScore{Likelihood: guide.MMPS{Observation: seen}, LikelihoodScale: []float64{temperedPower}}
}

// pulse is a noise of which row 2+k is 1 in draw k of a step, and 0 in all others.
type pulse struct{ draws int }

func (z *pulse) Normal(dst *mat.Dense, _, _ float64, _ int) {
	dst.Zero()
	if n, _ := dst.Dims(); 2+z.draws < n {
		dst.Set(2+z.draws, 0, 1)
	}
	z.draws++
}

// moments are mean and variance at the end of a method of one step each, on a denoiser of
// which every step is affine: no draw is made.
func moments(t testing.TB, d sde.Denoiser, m sample.Method, ts []float64, mean, variance float64) (float64, float64) {
	t.Helper()
	for k := range len(ts) - 1 {
		probe := func(rows int) (*mat.Dense, int) {
			x, z := mat.NewDense(rows, 1, nil), &pulse{}
			x.Set(1, 0, 1)
			if err := m.New(d, rows).Step(x, ts[k], ts[k+1], z); err != nil {
				t.Fatal(err)
			}
			return x, z.draws
		}
		_, draws := probe(2)
		x, _ := probe(2 + draws)
		offset := x.At(0, 0)
		gain, noise := x.At(1, 0)-offset, 0.0
		for i := range draws {
			noise += (x.At(2+i, 0) - offset) * (x.At(2+i, 0) - offset)
		}
		mean, variance = offset+gain*mean, gain*gain*variance+noise
	}
	return mean, variance
}

// Recurrence, which repeats each step, comes nearer to the tempered law the more often, and
// particles weighted by correctors have it; the flow and the reverse SDE miss it. With -v
// this prints the table of docs/measurements/guidance.md.
func TestRecurrenceNearsTheTemperedLaw(t *testing.T) {
	s := sde.VP{}
	prior, scaled := temperedParts(t, s)
	d := guide.New(prior, scaled)
	const steps = 200
	ts := make([]float64, steps+1)
	l0, l1 := s.Coeff(1).Lambda(), s.Coeff(1e-3).Lambda()
	for k := range ts {
		ts[k] = sde.TimeAt(s, l0+(l1-l0)*float64(k)/steps)
	}
	ts[0], ts[steps] = 1, 1e-3
	alpha := s.Coeff(1e-3).Alpha
	miss := func(name string, m sample.Method) float64 {
		mean, v := moments(t, d, m, ts, 0, 1)
		mean, v = mean/alpha, v/alpha/alpha
		t.Logf("%-22s mean %.3f variance %.4f", name, mean, v)
		return math.Abs(mean-temperedMean) + math.Abs(v-temperedVariance)
	}
	t.Logf("%-22s mean %.3f variance %.4f", "the tempered law", temperedMean, temperedVariance)
	flow := miss("the flow", sample.DDIM{})
	last := miss("the reverse SDE", sample.DDIM{Eta: 1})
	if flow < 0.1 || last < 0.05 {
		t.Errorf("the flow misses by %.3f, the SDE by %.3f: no need of a remedy", flow, last)
	}
	for _, times := range []int{1, 5, 20} {
		e := miss(fmt.Sprintf("recurrence %d", times), sample.Recurrence{Inner: sample.DDIM{Eta: 1}, Times: times})
		if e > 0.8*last {
			t.Errorf("recurrence %d misses by %.4f, less of it by %.4f", times, e, last)
		}
		last = e
	}
}

// Correctors reach the tempered law, within .01 in the mean and .005 in the variance and
// within five standard errors: with the likelihood as a quotient of noised laws, of the
// model's own or of a wide one, and as a reward. The plain sampler does not.
func TestCorrectorsReachTheTemperedLaw(t *testing.T) {
	s := sde.VP{}
	prior, scaled := temperedParts(t, s)
	wide, err := sde.NewGaussian([]float64{0.5}, mat.NewSymDense(1, []float64{3}), s)
	if err != nil {
		t.Fatal(err)
	}
	tempered := func(f guide.AffineScore) guide.Tempered {
		w, err := f.Tempered(prior)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	under, asReward, softer := scaled, scaled, scaled
	mmps := scaled.Likelihood.(guide.MMPS)
	if under.Likelihood, err = guide.NewLawLikelihood(wide, mmps.Observation); err != nil {
		t.Fatal(err)
	}
	o := mmps.Observation
	o.A = sde.OperatorFunc{Dim: 1, Out: 1, F: func(dst, x []float64) { dst[0] = x[0] }, Grad: func(dst, x, v []float64) { dst[0] = v[0] }}
	asReward.Likelihood = guide.MMPS{Observation: o}
	softer.PriorScale = []float64{0.5}
	mean := func(p float64) float64 { return temperedPower / 0.3 / (p + temperedPower/0.3) }
	variance := func(p float64) float64 { return 1 / (p + temperedPower/0.3) }
	// log ∫ N(x; 0, 1)ᵖ N(1; x, .3)ᵃ dx
	evidence := func(p float64) float64 {
		prec := p + temperedPower/0.3
		return -p/2*math.Log(2*math.Pi) - temperedPower/2*math.Log(2*math.Pi*0.3) + math.Log(2*math.Pi/prec)/2 - temperedPower/0.3/2 + temperedPower/0.3*temperedPower/0.3/prec/2
	}
	groups, far, wrong := 50, 0.01, 0.005
	if testing.Short() { // five standard errors alone
		groups, far, wrong = 8, 1, 1
	}
	for _, c := range []struct {
		name  string
		w     guide.Tempered
		p     float64
		slack float64 // of the log evidence, for steps that are not small
	}{{"own law", tempered(scaled), 1, 0.02}, {"a wide law", tempered(under), 1, 0.02}, {"a reward", tempered(asReward), 1, 0.15}, {"prior to the half", tempered(softer), 0.5, 0.02}} {
		f := sample.FKC{Models: c.w.Laws, Weights: c.w.Powers}
		if len(c.w.Rewards) > 0 {
			r := c.w.Rewards[0]
			f.Tilt = &sample.Tilt{
				Reward: func(dst []float64, x *mat.Dense, _ int) error {
					for i := range dst {
						dst[i] = r.R(make([]float64, 1), x.RawRowView(i), 0)
					}
					return nil
				},
				Gradient: func(dst, x *mat.Dense, _ int) error {
					dst.Zero()
					for i := range dst.RawMatrix().Rows {
						r.R(dst.RawRowView(i), x.RawRowView(i), 0)
					}
					return nil
				},
			}
		}
		cloud, err := sample.RunParticles(context.Background(), f, sample.DPMpp2MSDE{}, groups, 400, &sample.ParticleOptions{Options: sample.Options{Steps: 200, Seed: 5}})
		if err != nil {
			t.Fatal(err)
		}
		m, v, se, sev := weightedMoments(cloud)
		log, logSE := cloud.Evidence()
		log += c.w.LogScale
		t.Logf("%s: mean %.4f ± %.4f (%.4f), variance %.4f ± %.4f (%.4f), log evidence %.3f ± %.3f (%.3f)", c.name, m, se, mean(c.p), v, sev, variance(c.p), log, logSE, evidence(c.p))
		if math.Abs(m-mean(c.p)) > math.Min(far, 5*se+0.002) || math.Abs(v-variance(c.p)) > math.Min(wrong, 5*sev+0.001) {
			t.Errorf("%s: mean %.4f ± %.4f, want %.4f; variance %.4f ± %.4f, want %.4f", c.name, m, se, mean(c.p), v, sev, variance(c.p))
		}
		if math.Abs(log-evidence(c.p)) > 5*logSE+c.slack {
			t.Errorf("%s: log evidence %.3f ± %.3f, want %.3f", c.name, log, logSE, evidence(c.p))
		}
	}
	const plain = 4000
	res, err := sample.Run(context.Background(), guide.New(prior, scaled), sample.DPMpp2MSDE{}, plain, &sample.Options{Steps: 100, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	m, v := 0.0, 0.0
	for i := range plain {
		m += res.X.At(i, 0) / plain
	}
	for i := range plain {
		v += (res.X.At(i, 0) - m) * (res.X.At(i, 0) - m) / plain
	}
	t.Logf("plain: mean %.4f, variance %.4f", m, v)
	if math.Abs(m-temperedMean) < 0.04 || math.Abs(v-temperedVariance) < 0.015 {
		t.Errorf("the plain sampler reaches the tempered law: mean %.4f, variance %.4f", m, v)
	}
}

// weightedMoments are mean and variance of weighted particles, and their standard errors by
// the spread of groups.
func weightedMoments(c *sample.Particles) (mean, variance, se, sev float64) {
	n := float64(c.Groups)
	ms, vs := make([]float64, c.Groups), make([]float64, c.Groups)
	for g := range ms {
		for i := g * c.PerGroup; i < (g+1)*c.PerGroup; i++ {
			ms[g] += c.Weights[i] * c.X.At(i, 0)
		}
		mean += ms[g] / n
	}
	for g := range vs {
		for i := g * c.PerGroup; i < (g+1)*c.PerGroup; i++ {
			vs[g] += c.Weights[i] * (c.X.At(i, 0) - mean) * (c.X.At(i, 0) - mean)
		}
		variance += vs[g] / n
	}
	for g := range ms {
		se += (ms[g] - mean) * (ms[g] - mean) / n / (n - 1)
		sev += (vs[g] - variance) * (vs[g] - variance) / n / (n - 1)
	}
	return mean, variance, math.Sqrt(se), math.Sqrt(sev)
}
