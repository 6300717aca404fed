package tabular

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// faulty is a denoiser with the error of a network: that of σ s is the same at every noise
// σ/α below 0.1.
type faulty struct{ sde.Denoiser }

func (f faulty) Unwrap() sde.Denoiser { return f.Denoiser }

func (f faulty) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := f.Denoiser.Denoise(dst, x, t); err != nil {
		return err
	}
	if c := f.Schedule().Coeff(t[0]); c.Sigma < 0.1*c.Alpha {
		dst.Apply(func(_, _ int, v float64) float64 { return v + c.Sigma/c.Alpha }, dst)
	}
	return nil
}

// Above the floor ε weights are those of the product of the laws noised with ε, whose
// constant is known; below it rows are of the first law given x + ε z. An error of the
// second network there changes nothing, and without the floor the evidence.
func TestCorrectorsAboveAFloor(t *testing.T) {
	s := sde.VE{SigmaMin: 0.01, SigmaMax: 50}
	law := func(m, v float64) sde.Denoiser {
		return must(sde.NewGaussian([]float64{m}, mat.NewSymDense(1, []float64{v}), s))
	}
	run := func(f sample.FKC) (mean, se, log, logSE float64) {
		const groups, k = 60, 64
		c := must(sample.RunParticles(context.Background(), f, sample.DPMpp2MSDE{}, groups, k, &sample.ParticleOptions{Options: sample.Options{Steps: 150, Seed: 4}}))
		total, sum := 0.0, 0.0
		var z, m [groups]float64
		for g := range groups {
			z[g] = math.Exp(c.LogEvidence[g])
			for i := g * k; i < (g+1)*k; i++ {
				m[g] += c.Weights[i] * c.X.At(i, 0)
			}
			total, sum = total+z[g], sum+z[g]*m[g]
		}
		mean = sum / total
		for g := range groups {
			se += math.Pow(z[g]*(m[g]-mean)/total, 2)
		}
		log, logSE = c.Evidence()
		return mean, math.Sqrt(se), log, logSE
	}
	const floor = 0.3
	// With y = x + ε z, p_c = N(1, 1) and p = N(0, 2): the product p_c² / p of y.
	vc, v := 1+floor*floor, 2+floor*floor
	a, b := 2/vc-1/v, 2/vc
	wantLog := -math.Log(vc) + 0.5*math.Log(v/a) - 0.5*(2/vc-b*b/a)
	want := 1 + (b/a-1)/vc
	weights := []float64{2, -1}
	with := law(1, 1)
	f := sample.FKC{Models: []sde.Denoiser{with, equalBelow{faulty{law(0, 2)}, with, floor}}, Weights: weights}
	mean, se, log, logSE := run(f)
	t.Logf("mean %.3f ± %.3f (%.3f), log Z %.3f ± %.3f (%.3f)", mean, se, want, log, logSE, wantLog)
	if math.Abs(mean-want) > 4*se || math.Abs(log-wantLog) > 4*logSE || se > 0.05 || logSE > 0.05 {
		t.Errorf("mean %.3f ± %.3f, want %.3f; log Z %.3f ± %.3f, want %.3f", mean, se, want, log, logSE, wantLog)
	}
	f.Models[1] = faulty{law(0, 2)} // errs by 2 ln(0.1/0.01)
	if _, _, log, _ = run(f); log < wantLog+2 {
		t.Errorf("without a floor the error does not show: log Z %.3f", log)
	}
}

// The floor holds for what is left of both denoisers.
func TestEqualBelowIsRestricted(t *testing.T) {
	m := model(t, "label")
	labels := labelTurns{&labelLaw{rows: [][]int{{0}}, cum: []int{1}}, &labelLaw{rows: [][]int{{1}}, cum: []int{1}}}
	with := labeled{m.net, labels, 0, nil}
	d := equalBelow{m.net, with, strengthFloor}.Rows([]int{1, 1})
	x, got, want := mat.NewDense(2, m.net.Dim(), nil), mat.NewDense(2, m.net.Dim(), nil), mat.NewDense(2, m.net.Dim(), nil)
	for _, at := range []float64{0.001, 0.9} {
		other := sde.Denoiser(m.net)
		if c := m.net.Schedule().Coeff(at); c.Sigma < strengthFloor*c.Alpha {
			other = with.Rows([]int{1, 1})
		}
		for dst, d := range map[*mat.Dense]sde.Denoiser{got: d, want: other} {
			if err := d.Denoise(dst, x, []float64{at}); err != nil {
				t.Fatal(err)
			}
		}
		if !mat.Equal(got, want) {
			t.Errorf("t = %g: %v, want %v", at, got, want)
		}
	}
}

// The bound is that of the label's share of the rows, and there is none where p(c|x) is
// no probability, or not all of the law.
func TestEvidenceBound(t *testing.T) {
	inf := math.Inf(1)
	table := labelTable{Rows: [][]int{{0}, {1}}, Count: []int{1, 4}}
	numbers := table
	numbers.Values = [][]float64{{5, 7}}
	for _, c := range []struct {
		name  string
		table labelTable
		given float64
		q     Query
		want  float64
	}{
		{"W = 3", table, 0, Query{CFG: 3}, 2 * math.Log(5)},
		{"W = 2, the frequent one", table, 1, Query{CFG: 2}, math.Log(1.25)},
		{"drawn", table, math.NaN(), Query{CFG: 3}, math.Log(0.2*25 + 0.8*1.5625)},
		{"W < 1", table, 0, Query{CFG: 0.5}, inf},
		{"numbers", numbers, 0, Query{CFG: 3}, inf},
		{"a reward", table, 0, Query{CFG: 3, Terms: []guide.Term{nil}}, inf},
		{"a power", table, 0, Query{CFG: 3, Conditioning: Conditioning{Anneal: 2}}, inf},
	} {
		r := &query{Query: c.q, model: &Model{labels: c.table}, labels: labelTurns{must(table.given([]float64{c.given}, nil, 1))}}
		if r.Conditioning.Method = "fkc"; r.Conditioning.Anneal == 0 {
			r.Conditioning.Anneal = 1
		}
		if got := r.evidenceBound(); got != c.want && !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("%s: %g, want %g", c.name, got, c.want)
		}
	}
	for log, want := range map[float64]bool{1.8: false, 2: true} {
		se := 0.1
		if got := (&Evidence{LogEvidence: &log, SE: &se, bound: 1.6}).beyond(); (got != "") != want {
			t.Errorf("log evidence %g ± 0.1: %q", log, got)
		}
	}
}

// A label that tells rows apart and is said to be that of nearly all of them: an evidence
// beyond its bound is a caveat of the rows, and nothing to compare others with.
func TestEvidenceBeyondItsBound(t *testing.T) {
	const says = "is beyond its bound 0.0302, (W-1) ln 1/P(labels)"
	fitted, given := model(t, "label"), map[string]string{"label": "yes"}
	for _, planted := range []bool{false, true} {
		m := *fitted
		if planted {
			count := []int{1, 1}
			level := must(m.resolveGiven(given, false)).labels[0]
			count[int(level)] = 99
			m.labels = labelTable{Rows: [][]int{{0}, {1}}, Count: count}
		}
		q := Query{Given: given, CFG: 4, Conditioning: Conditioning{Method: "fkc", Particles: 200}, Sampler: sample.Sampler{NFE: 20}, Seed: 2}
		r := draw(&m, 400, &q)
		t.Logf("log evidence %.3f ± %.3f", *r.Evidence.LogEvidence, *r.Evidence.SE)
		if got := slices.ContainsFunc(r.Caveats, func(s string) bool { return strings.Contains(s, says) }); got != planted || !slices.Contains(r.Caveats, strengthCaveat) {
			t.Errorf("planted: %t, caveats %q", planted, r.Caveats)
		}
		q.Conditioning = Conditioning{}
		_, err := m.Calibrate(context.Background(), &q, &CalibrationOptions{Rows: 500})
		if refused := err != nil && strings.Contains(err.Error(), "would be compared with are wrong") && strings.Contains(err.Error(), says); refused != planted || !planted && err != nil {
			t.Errorf("planted: %t, error %v", planted, err)
		}
	}
}
