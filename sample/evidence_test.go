package sample

import (
	"math"
	"strings"
	"testing"

	"tweedie/sde"
)

// The error of a mean of evidences by hand: by the spread of the groups and the variance
// within them, and not below that of a logarithm of so much spread.
func TestMeanEvidence(t *testing.T) {
	ln, inf := math.Log, math.Inf(-1)
	for _, c := range []struct {
		log, variance []float64
		mean, se      float64
	}{
		{[]float64{-1000}, []float64{0.04}, -1000, 0.2},
		{[]float64{-1000 + ln(1), -1000 + ln(3)}, []float64{0, 0}, -1000 + ln(2), math.Sqrt(ln(3)*ln(3)/4 + math.Pow(ln(3), 4)/8)},
		{[]float64{0, 0, 0}, []float64{0.1, 0.2, 0.6}, 0, math.Sqrt(0.3) / 3},
		{[]float64{ln(0.9), ln(1.1)}, []float64{0.5, 0.1}, 0, math.Sqrt(0.02+(0.81*0.5+1.21*0.1)/2) / 2},
		{[]float64{inf, ln(2)}, []float64{0, 0.1}, 0, math.Sqrt(2+0.2) / 2},
		{[]float64{inf, inf}, []float64{0, 0}, inf, math.Inf(1)},
	} {
		mean, se := MeanEvidence(c.log, c.variance)
		if !(mean == c.mean || math.Abs(mean-c.mean) < 1e-12) || !(se == c.se || math.Abs(se-c.se) < 1e-9) {
			t.Errorf("%v: %g ± %g, want %g ± %g", c.log, mean, se, c.mean, c.se)
		}
	}
	// Spread over orders of magnitude is no certainty, although the largest of few outweighs the others.
	if _, se := MeanEvidence([]float64{0, -3, -4, -5}, make([]float64, 4)); se < 1.5 {
		t.Errorf("four groups that are far apart: error %.2f", se)
	}
}

// Weights in proportion, their effective number and ln of their sum; none where all are 0.
func TestNormalize(t *testing.T) {
	w, inf := make([]float64, 3), math.Inf(-1)
	ess, sum := normalize(w, []float64{-800 + math.Log(2), -800, -800})
	if math.Abs(ess-1/0.375) > 1e-12 || math.Abs(sum+800-math.Log(4)) > 1e-12 || math.Abs(w[0]-0.5) > 1e-12 || math.Abs(w[2]-0.25) > 1e-12 {
		t.Errorf("weights %v, %g effective, log sum %g", w, ess, sum)
	}
	if ess, sum := normalize(w, []float64{inf, inf, inf}); ess != 0 || sum != inf || w[0] != 0 {
		t.Errorf("all weights 0: %v, %g effective, log sum %g", w, ess, sum)
	}
}

func TestRelativeVariance(t *testing.T) {
	w := []float64{0.5, 0.25, 0.25, 0}
	for _, c := range []struct {
		root []int
		want float64
	}{{[]int{0, 1, 2, 3}, 0.375 - 0.25}, {[]int{2, 2, 2, 2}, 0.75}, {[]int{0, 3, 3, 1}, 0.25}} {
		if got := relativeVariance(w, c.root); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("from %v: %g, want %g", c.root, got, c.want)
		}
	}
	if got := relativeVariance([]float64{0.5, 0.5}, []int{0, 1}); got != 0 {
		t.Errorf("equal weights: %g", got)
	}
}

// The variance in a group is that of the lineages that Ancestry shows.
func TestVarianceIsOfLineages(t *testing.T) {
	w := newLine(t, 4, 1)
	c := particles(t, w.tds(), DDIM{Eta: 1}, 3, 16, ParticleOptions{Options: Options{Times: uniform(20), Seed: 3}, Threshold: 1, Ancestry: true})
	for g := range 3 {
		if want := relativeVariance(c.Weights[g*16:(g+1)*16], c.Lineage(g)); c.Variance[g] != want || c.Resampled[g] < 2 {
			t.Errorf("group %d, resampled %d times: variance %g, want %g", g, c.Resampled[g], c.Variance[g], want)
		}
	}
}

// Errors are honest: over 64 runs of one group, and 16 of four, the distances from the
// evidence that brute force gives are of the size of the errors.
func TestErrorsOfTheEvidenceAreHonest(t *testing.T) {
	const steps, k, groups = 30, 200, 64
	line, err := sde.NewMixture([]float64{0.7, 0.3}, []*sde.Gaussian{gauss1(t, -2, 0.25, sde.VP{}), gauss1(t, 2, 1, sde.VP{})})
	if err != nil {
		t.Fatal(err)
	}
	log := func(x []float64) float64 { return logNormal(1, x[0], 0.09) }
	logZ, _, _ := bruteForce(t, line, 100000, steps, LogSNRGrid{}, log)
	for name, threshold := range map[string]float64{"adaptive": 0, "never": -1} {
		c := particles(t, FK{Model: line, Reward: rewardOf(log)}, DDIM{Eta: 1}, groups, k, ParticleOptions{Threshold: threshold, Options: Options{Steps: steps, Seed: 8, Grid: LogSNRGrid{}}})
		for _, n := range []int{1, 4} {
			far, square := 0.0, 0.0
			for g := 0; g < groups; g += n {
				mean, se := MeanEvidence(c.LogEvidence[g:g+n], c.Variance[g:g+n])
				z := (mean - logZ) / se
				if math.Abs(z) > 3 {
					far++
				}
				square += z * z * float64(n) / groups
			}
			if far > 1 || square < 0.25 || square > 2.5 {
				t.Errorf("%s, %d groups: %g beyond 3 errors, mean square %.2f", name, n, far, square)
			}
		}
	}
}

// What is worth a caveat: few effective particles on the way, few at the end, an
// evidence that is uncertain; of groups that did not collapse.
func TestWeightCaveats(t *testing.T) {
	group := func(variance float64, ess ...float64) *Particles {
		return &Particles{PerGroup: 200, Groups: 2, Done: 2, Times: []float64{1, 0.5, 0.01}, Collapsed: []int{-1, 1},
			ESS: [][]float64{ess, {200, 0, 0}}, LogEvidence: []float64{-3, math.Inf(-1)}, Variance: []float64{variance, 0}}
	}
	for _, c := range []struct {
		c    *Particles
		want []string
	}{
		{group(0.01, 200, 4.9, 60), []string{"at t = 0.5 only 4.9 of 200", "standard error of"}},
		{group(0.01, 200, 5.1, 60), []string{"standard error of"}},
		{group(0.01, 200, 60, 9.9), []string{"at the end only 9.9 of 200", "standard error of"}},
		{group(0.01, 200, 60, 10.1), []string{"standard error of"}},
		{group(0.01, 1.1, 60, 7), []string{"at t = 1 only 1.1 of 200", "at the end only 7.0 of 200", "standard error of"}},
	} {
		got := c.c.WeightCaveats()
		for i, w := range c.want {
			if len(got) != len(c.want) || !strings.Contains(got[i], w) || !strings.Contains(got[i], "take more particles") {
				t.Errorf("%v: %q, want %q", c.c.ESS[0], got, c.want)
				break
			}
		}
	}
	one := group(0.24, 200, 60, 30)
	one.Done, one.Groups = 1, 1
	if got := one.WeightCaveats(); len(got) != 0 {
		t.Errorf("all is well: %q", got)
	}
	if one.Variance[0] = 0.26; len(one.WeightCaveats()) != 1 {
		t.Error("an uncertain evidence is not worth a caveat")
	}
	one.PerGroup, one.Variance[0], one.ESS[0] = 40, 0.1, []float64{40, 4.1, 4.1}
	if got := one.WeightCaveats(); len(got) != 0 {
		t.Errorf("a tenth of a small group: %q", got)
	}
	if one.ESS[0][2] = 3.9; len(one.WeightCaveats()) != 1 {
		t.Error("less than a tenth of a small group at the end is not worth a caveat")
	}
	one.Collapsed[0] = 0
	if got := one.WeightCaveats(); got != nil {
		t.Errorf("every group collapsed: %q", got)
	}
}

// A twist that is of no use anywhere, where the model hardly reaches: the caveats say so.
func TestHopelessTwistsHaveCaveats(t *testing.T) {
	b := misfits["x0"]
	b.Differentiable, b.y, b.spread = ring(t), 5, 0
	c := particles(t, TDS{Model: b.Differentiable, Guided: b, LogLikelihood: rewardOf(b.log)}, DDIM{Eta: 1}, 4, 60, ParticleOptions{Options: Options{Steps: 20, Seed: 1}})
	if len(c.Caveats) == 0 {
		z, e := c.Evidence()
		t.Errorf("log evidence %.2f ± %.2f without a caveat", z, e)
	}
}
