package sample

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// TDS is FK with difference potentials and guided proposals: bit for bit but for
// the order in which logarithms are added up.
func TestTDSIsSteering(t *testing.T) {
	w := newLine(t, 4, 1)
	for _, m := range []Method{DDIM{Eta: 1}, DPMpp2MSDE{}} {
		o := ParticleOptions{Options: Options{Times: uniform(30), Seed: 2}, Threshold: 0.6}
		a := particles(t, w.tds(), m, 5, 30, o)
		same := func(f FK) string {
			b := particles(t, f, m, 5, 30, o)
			for g := range 5 {
				if math.Abs(a.LogEvidence[g]-b.LogEvidence[g]) > 1e-10 {
					return fmt.Sprintf("group %d: evidence %.12g, want %.12g", g, b.LogEvidence[g], a.LogEvidence[g])
				}
			}
			if !mat.EqualApprox(a.X, b.X, 1e-10) {
				return "other rows"
			}
			return ""
		}
		f := FK{Model: w.Gaussian, Reward: w.logLikelihood, Intermediate: w.twist, Proposal: w}
		if diff := same(f); diff != "" {
			t.Errorf("%s: %s", m.Info().Name, diff)
		}
		f.Proposal = nil
		if same(f) == "" {
			t.Errorf("%s: plain proposals pass", m.Info().Name)
		}
		f.Proposal, f.Potential = w, SumPotential()
		if same(f) == "" {
			t.Errorf("%s: sums of potentials pass", m.Info().Name)
		}
	}
}

// With Guided and the difference potential steering is TDS to the bit, with and without the
// defense; with another proposal, potential or scale it is not.
func TestGuidedSteeringIsTDSBitForBit(t *testing.T) {
	w := newLine(t, 4, 1)
	for _, m := range []Method{DDIM{Eta: 1}, DPMpp2MSDE{}, Ancestral{Posterior: true}} {
		for _, undefended := range []bool{false, true} {
			o := ParticleOptions{Options: Options{Times: uniform(30), Seed: 2}, Threshold: 0.6, Undefended: undefended}
			a := particles(t, w.tds(), m, 5, 30, o)
			same := func(f FK) bool {
				b := particles(t, f, m, 5, 30, o)
				return mat.Equal(a.X, b.X) && slices.Equal(a.Weights, b.Weights) && slices.Equal(a.LogEvidence, b.LogEvidence) && a.NFE == b.NFE
			}
			if !same(FK{Model: w.Gaussian, Reward: w.logLikelihood, Guided: w}) || !same(FK{Model: w.Gaussian, Reward: w.logLikelihood, Guided: w, Potential: DifferencePotential(), Lambda: 1}) {
				t.Errorf("%s, undefended %t: rows are not those of TDS", m.Info().Name, undefended)
			}
			for _, f := range []FK{
				{Model: w.Gaussian, Reward: w.logLikelihood}, {Model: w.Gaussian, Reward: w.logLikelihood, Guided: w, Potential: MaxPotential()},
				{Model: w.Gaussian, Reward: w.logLikelihood, Guided: w, Lambda: 1.01},
			} {
				if same(f) {
					t.Errorf("%s: another target passes", m.Info().Name)
				}
			}
		}
	}
}

// Guided proposals mend any potential: the evidence is that of the problem.
func TestGuidedSteeringFindsTheEvidence(t *testing.T) {
	w := newLine(t, 4, 1)
	o := ParticleOptions{Options: Options{Times: uniform(60), Seed: 3}}
	_, _, logZ := w.chainLaw(60)
	for name, p := range map[string]Potential{"difference": DifferencePotential(), "max": MaxPotential().dividedBy(60), "sum": SumPotential().dividedBy(60 * 61 / 2)} {
		got := particles(t, FK{Model: w.Gaussian, Reward: w.logLikelihood, Guided: w, Potential: p}, DDIM{Eta: 1}, 40, 200, o)
		if e, se := got.Evidence(); math.Abs(e-logZ) > 4*se || se > 0.05 {
			t.Errorf("%s: log evidence %g ± %g, want %g", name, e, se, logZ)
		}
	}
	for _, f := range []FK{{Model: w.Gaussian, Guided: w, Proposal: w, Reward: w.logLikelihood}, {Model: w.Gaussian, Guided: w}} {
		if _, err := RunParticles(t.Context(), f, DDIM{Eta: 1}, 1, 4, nil); err == nil {
			t.Errorf("%+v passes", f)
		}
	}
}

// Lambda scales the reward before the end and at it: evidence and mean are those of e^{2r},
// and the potential is given 2 r(D).
func TestLambdaScalesEveryReward(t *testing.T) {
	d, log := gauss1(t, 0.5, 1, sde.VP{}), func(x []float64) float64 { return -0.5 * (x[0] - 1) * (x[0] - 1) }
	const k = 50
	m := &meter{ctx: t.Context()}
	w := FK{Model: d, Reward: rewardOf(log), Lambda: 2}.bind(k, m)
	w.selectGroup(0)
	x, mean, psi := mat.NewDense(k, 1, nil), mat.NewDense(k, 1, nil), make([]float64, k)
	sde.NewStreams(3, "x", 0).Normal(x, 1, 1, 0)
	m.x = x
	if err := d.Denoise(mean, x, []float64{0.3}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // differences add up to the last reward
		if err := w.weigh(psi, x, 0.3); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range psi {
		if want := 2 * log(mean.RawRowView(i)); math.Abs(v-want) > 1e-12 {
			t.Fatalf("particle %d: log ψ %g, want %g", i, v, want)
		}
	}
	if err := w.finish(psi, x, nil, 0, 0); err != nil || math.Abs(psi[7]-2*log(x.RawRowView(7))) > 1e-12 {
		t.Errorf("at the end %g, %v", psi[7], err)
	}
	logZ, se, mean1 := bruteForce(t, d, 10000, 20, nil, func(x []float64) float64 { return 2 * log(x) })
	if c := particles(t, FK{Model: d, Reward: rewardOf(log), Lambda: 2}, DDIM{Eta: 1}, 20, 200, ParticleOptions{Options: Options{Steps: 20}}); c.off(logZ, se, mean1) {
		t.Errorf("log evidence %g, want %g, or other rows", c.MeanLogEvidence(), logZ)
	}
}

// steering is the problem of the published faults: a mixture on the line and the
// reward -(x - ½)²/2.
var (
	steering = oracle.Squares{W: []float64{0.3, 0.7}, M: []float64{-2, 1.5}, SD: []float64{0.5, 0.6}}
	centered = func(x float64) float64 { return -0.5 * (x - 0.5) * (x - 0.5) }
)

func centredReward(dst []float64, x *mat.Dense, _ int) error {
	for i := range dst {
		dst[i] = centered(x.At(i, 0))
	}
	return nil
}

func steeredLaw(tb testing.TB) sde.Law {
	tb.Helper()
	m, err := sde.NewMixture([]float64{0.3, 0.7}, []*sde.Gaussian{gauss1(tb, -2, 0.25, squares{}), gauss1(tb, 1.5, 0.36, squares{})})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// exactly is the law of x_1 of the mixture as a Terminal, by the quantiles of
// uniforms; package sample starts from its moments.
type exactly struct{ sde.Law }

func (e exactly) Sample(dst *mat.Dense, z sde.Noise) {
	z.Normal(dst, 1, 1, 0)
	n, _ := dst.Dims()
	x := mat.NewDense(n, 1, nil)
	e.Law.Sample(x, uint64(math.Float64bits(dst.At(0, 0))), 0) // a draw of x_0 for each row
	c := e.Schedule().Coeff(1)
	for i := range n {
		dst.Set(i, 0, c.Alpha*x.At(i, 0)+c.Sigma*dst.At(i, 0))
	}
}

func (e exactly) LogProb(dst []float64, x *mat.Dense) { e.Law.LogProb(dst, x, []float64{1}) }

// tilted reports how the groups of a cloud differ from the tilted law, or "".
func tilted(c *Particles, mean, logZ float64) string {
	z, zx, _ := expectations(c, logZ)
	if diff := within("evidence", z, 1, 3); diff != "" {
		return diff
	}
	return within("mean", zx, mean, 3)
}

// Steering gives the tilted mean of the chain (1.109; 1.098 for the data) with
// every potential, constant and adaptive resampling, and guided proposals.
func TestSteeringTiltsTheChain(t *testing.T) {
	const n, k = 100, 128
	groups := 60
	if testing.Short() {
		groups = 20
	}
	law := steeredLaw(t)
	mean, logZ := steering.Tilt(n, centered)
	if math.Abs(mean-1.109) > 0.001 {
		t.Fatalf("the tilted mean of the chain is %.4f", mean)
	}
	o := ParticleOptions{Options: Options{Times: uniform(n), Seed: 11, Init: exactly{law}}}
	for name, c := range map[string]struct {
		p    Potential
		th   float64
		when func(step, steps int) bool
	}{
		"difference, adaptive": {Potential{}, 0.5, nil},
		"difference, constant": {Potential{}, 1, func(step, _ int) bool { return step%5 == 0 }},
		"difference, never":    {DifferencePotential(), -1, nil},
		"max":                  {MaxPotential(), 0.5, func(step, _ int) bool { return step%20 == 0 }},
		"sum, every 20 steps": {Potential{Next: func(s, r float64) (float64, float64) { // of the user: a mild sum
			return s + r/50, r / 50
		}}, 0.5, nil},
	} {
		if testing.Short() && c.th != 0.5 {
			continue
		}
		o.Threshold, o.When = c.th, c.when
		cloud := particles(t, FK{Model: law, Reward: centredReward, Potential: c.p}, DDIM{Eta: 1}, groups, k, o)
		if diff := tilted(cloud, mean, logZ); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if name == "difference, adaptive" && cloud.Resampled[0] > 10 {
			t.Errorf("resampled %d times", cloud.Resampled[0])
		}
	}
}

// The published fault: weights that are dropped where nothing is resampled.
func TestDroppedWeightsShow(t *testing.T) {
	const n, k, groups = 100, 128, 30
	mean, logZ := steering.Tilt(n, centered)
	c := newParticles(groups, k, 1, 1, nil)
	for g := range groups {
		x, w, z := steering.Steered(n, k, centered, true, uint64(g))
		c.rows(g).Copy(mat.NewDense(k, 1, x))
		copy(c.Weights[g*k:], w)
		c.LogEvidence[g] = z
	}
	if tilted(c, mean, logZ) == "" {
		t.Error("dropped weights pass")
	}
	for g := range groups {
		x, w, z := steering.Steered(n, k, centered, false, uint64(g))
		c.rows(g).Copy(mat.NewDense(k, 1, x))
		copy(c.Weights[g*k:], w)
		c.LogEvidence[g] = z
	}
	if diff := tilted(c, mean, logZ); diff != "" {
		t.Errorf("the same program without the fault: %s", diff)
	}
}
