package losses

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/internal/stream"
	"tweedie/sde"
)

var laws = []TimeLaw{UniformTime{}, UniformLogSNR{}, LogNormalSigma{}, LogNormalSigma{Mean: -0.5, Std: 2}, LogNormalSigma{Mean: 1, Std: 0.7}}

func span(s sde.Schedule) Span { return Denoising{Sched: s}.Span() }

// A density is the derivative of its quantile's inverse, and integrates to one.
func checkDensity(density func(TimeLaw, Span, float64) float64) error {
	var errs []error
	for name, sched := range schedules {
		s := span(sched)
		for _, law := range laws {
			what := name + " " + law.String()
			for _, u := range []float64{0.05, 0.3, 0.5, 0.71, 0.95} {
				const h = 1e-5
				dt := math.Abs(law.Quantile(s, u+h) - law.Quantile(s, u-h))
				p := density(law, s, law.Quantile(s, u))
				errs = append(errs, near(fmt.Sprintf("%s at u = %g", what, u), p*dt/(2*h), 1, 1e-4))
			}
			// Substituting t = Lo + (Hi-Lo) v⁴ spends points where λ moves fast.
			const n = 20000
			var sum float64
			for k := range n {
				v := (float64(k) + 0.5) / n
				sum += density(law, s, s.Lo+(s.Hi-s.Lo)*math.Pow(v, 4)) * (s.Hi - s.Lo) * 4 * v * v * v / n
			}
			errs = append(errs, near(what+" integral", sum, 1, 1e-3))
		}
	}
	return errors.Join(errs...)
}

func TestDensityMatchesQuantile(t *testing.T) {
	exact := func(l TimeLaw, s Span, t float64) float64 { return l.Density(s, t) }
	if err := checkDensity(exact); err != nil {
		t.Error(err)
	}
	mustFail(t, "log-SNR density without σ'/σ", checkDensity(func(l TimeLaw, s Span, t float64) float64 {
		if l == (UniformLogSNR{}) {
			c := s.Sched.Coeff(t)
			return -c.DAlpha / c.Alpha / (s.LambdaLo - s.LambdaHi)
		}
		return l.Density(s, t)
	}))
	mustFail(t, "log-normal that is not conditioned on its span", checkDensity(func(l TimeLaw, s Span, t float64) float64 {
		if n, ok := l.(LogNormalSigma); ok {
			lo, hi := n.ends(s)
			return l.Density(s, t) * (hi - lo)
		}
		return l.Density(s, t)
	}))
}

// The closed-form inverses of the cumulative g²/σ² that score_flow bisects for,
// written out for VP and sub-VP, against UniformLogSNR through the schedule's inverse.
func TestLogSNRIsTheLikelihoodsImportanceSampler(t *testing.T) {
	const b0, b1, eps = 0.1, 20.0, 1e-5
	b := func(t float64) float64 { return t * (b0 + t*(b1-b0)/2) }
	inv := func(b float64) float64 { return 2 * b / (b0 + math.Sqrt(b0*b0+2*(b1-b0)*b)) }
	for _, k := range []struct {
		sched sde.Schedule
		z     float64
		at    func(u float64) float64
	}{
		{sde.VP{}, 23.864, func(u float64) float64 { return inv(math.Log1p(math.Expm1(b(eps)) * math.Exp(u))) }},
		{sde.SubVP{}, 37.679, func(u float64) float64 { return inv(2 * math.Asinh(math.Sinh(b(eps)/2)*math.Exp(u/2))) }},
	} {
		s := newSpan(k.sched, eps, 1)
		z := 2 * (s.LambdaLo - s.LambdaHi)
		if math.Abs(z-k.z) > 5e-4 {
			t.Errorf("%T: Z = %.4f, want %.3f", k.sched, z, k.z)
		}
		for _, u := range []float64{0, 0.2, 0.5, 0.9, 1} {
			got := UniformLogSNR{}.Quantile(s, u)
			err := errors.Join(near("closed form", got, k.at(u*z), 1e-13), near("sde", got, sde.LikelihoodTime(k.sched, u, eps), 1e-13))
			if err != nil {
				t.Errorf("%T at u = %g: %v", k.sched, u, err)
			}
		}
	}
	s := newSpan(sde.VE{}, 0, 1)
	for _, u := range []float64{0, 0.37, 1} {
		if err := near("t", (UniformLogSNR{}).Quantile(s, u), u, 1e-13); err != nil {
			t.Errorf("VE: %v", err)
		}
	}
}

// checkCorrected compares, by quadrature, the expectation of a test function
// under each corrected law with that under uniform times.
func checkCorrected(at func(Times, Span, float64) (float64, float64)) error {
	const n = 40000
	mean := func(s Span, q Times, f func(float64) float64) (sum float64) {
		for k := range n {
			t, factor := at(q, s, (float64(k)+0.5)/n)
			sum += factor * f(t) / n
		}
		return sum
	}
	var errs []error
	for name, sched := range schedules {
		s := span(sched)
		for _, law := range []TimeLaw{UniformLogSNR{}, LogNormalSigma{Mean: -0.5, Std: 2}} {
			q := Times{Law: law, Corrected: true}
			f := func(t float64) float64 { return math.Cos(3*t) + 2 }
			what := name + " " + q.String()
			errs = append(errs, near(what, mean(s, q, f)/mean(s, Times{}, f), 1, 2e-3))
		}
		// The likelihood weight itself: g² on the score's error, against
		// Z/(Hi-Lo) times σ² on it.
		q := Times{Law: UniformLogSNR{}, Corrected: true}
		for _, u := range []float64{0.1, 0.6} {
			t, factor := at(q, s, u)
			c := sched.Coeff(t)
			z := 2 * (s.LambdaLo - s.LambdaHi)
			errs = append(errs, near(name+" weight", factor*onD(LikelihoodWeighting{}, c)/onD(Sigma2{}, c), z/(s.Hi-s.Lo), 1e-10))
		}
	}
	return errors.Join(errs...)
}

func TestCorrectedTimesKeepTheObjective(t *testing.T) {
	if err := checkCorrected(Times.At); err != nil {
		t.Error(err)
	}
	mustFail(t, "no correction", checkCorrected(func(q Times, s Span, u float64) (float64, float64) {
		t, _ := q.At(s, u)
		return t, 1
	}))
}

// Monte Carlo form of the same: the importance-sampled loss at a wrong denoiser
// has the mean of the likelihood-weighted loss under uniform times.
func TestImportanceSampledLossHasTheSameMean(t *testing.T) {
	const n = 20000
	x := normals(n, 1, "is")
	var mc moments
	var p Problem
	// TMin is raised: under uniform times the loss has a heavy tail in 1/t.
	obj := Denoising{Sched: sde.VP{}, Weight: LikelihoodWeighting{}, TMin: 1e-3, Times: Times{Law: UniformLogSNR{}, Corrected: true, Spread: Independent}}
	obj.Draw(&p, x, Batch{Seed: 2, Total: n})
	for i := range n {
		c := obj.Sched.Coeff(p.T[i])
		d := p.Target.At(i, 0) + 0.1*c.Sigma*c.Sigma // an error of known size
		e := d - p.Target.At(i, 0)
		mc.add(p.Weight[i] * e * e)
	}
	// ∫ g² α²/σ⁴ · 0.01 σ⁴ dt/(1-TMin) by quadrature: VP has g²α² = -dα²/dt.
	lo, hi := obj.Sched.Coeff(1e-3).Alpha, obj.Sched.Coeff(1).Alpha
	want := 0.01 * (lo*lo - hi*hi) / (1 - 1e-3)
	if err := mc.within("importance sampling", want, 4); err != nil {
		t.Error(err)
	}
	mustFail(t, "a forgotten 1/(Hi-Lo)·Z", mc.within("importance sampling", want*1.1, 4))
}

func TestStratifiedQuantiles(t *testing.T) {
	const n = 64
	rng := stream.NewSource(stream.Key{})
	u := make([]float64, n)
	check := func(q Times) error {
		for step := range 20 {
			q.quantiles(u, Batch{Seed: 3, Step: step, Total: n}, false, rng)
			s := slices.Clone(u)
			slices.Sort(s)
			for k, v := range s {
				if int(v*n) != k {
					return fmt.Errorf("step %d: stratum %d has none or several", step, k)
				}
			}
		}
		return nil
	}
	if err := check(Times{}); err != nil {
		t.Error(err)
	}
	mustFail(t, "independent times", check(Times{Spread: Independent}))
}

// Each single row's quantile is uniform over steps, in the first row as in the
// last, for both random spreads.
func TestEachRowIsUniform(t *testing.T) {
	const n, steps = 16, 4000
	rng := stream.NewSource(stream.Key{})
	u := make([]float64, n)
	for _, q := range []Times{{}, {Spread: Independent}} {
		var mean, square [n]moments
		for step := range steps {
			q.quantiles(u, Batch{Seed: 4, Step: step, Total: n}, false, rng)
			for i, v := range u {
				if v < 0 || v >= 1 {
					t.Fatalf("quantile %g", v)
				}
				mean[i].add(v)
				square[i].add(v * v)
			}
		}
		for _, i := range []int{0, 7, n - 1} {
			err := errors.Join(mean[i].within("mean", 1./2, 4), square[i].within("square", 1./3, 4))
			if err != nil {
				t.Errorf("%v row %d: %v", q, i, err)
			}
			mustFail(t, "shifted", mean[i].within("mean", 0.53, 4))
		}
	}
}

// Fixed times are the midpoint rule; over Points steps each row meets each.
func TestFixedQuantiles(t *testing.T) {
	const n, k = 7, 5
	rng := stream.NewSource(stream.Key{})
	u := make([]float64, n)
	var met [n][k]int
	for step := range k {
		Times{Spread: Fixed, Points: k}.quantiles(u, Batch{Seed: uint64(step), Step: step, Total: n}, false, rng)
		for i, v := range u {
			met[i][int(v*k)]++
			if want := (math.Floor(v*k) + 0.5) / k; v != want {
				t.Errorf("quantile %g, want %g", v, want)
			}
		}
	}
	for i := range met {
		if met[i] != [k]int{1, 1, 1, 1, 1} {
			t.Errorf("row %d meets its times %v", i, met[i])
		}
	}
}

func TestParseTimes(t *testing.T) {
	for _, q := range allTimes() {
		if got, err := ParseTimes(q.String()); err != nil || got != q {
			t.Errorf("ParseTimes(%q) = %v, %v", q, got, err)
		}
	}
	for s, want := range map[string]Times{
		"stratified":            {Law: UniformTime{}},
		"fixed:10":              {Law: UniformTime{}, Spread: Fixed, Points: 10},
		"likelihood":            {Law: UniformLogSNR{}, Corrected: true, Spread: Independent},
		"corrected:logsnr":      {Law: UniformLogSNR{}, Corrected: true, Spread: Independent},
		"lognormal":             {Law: LogNormalSigma{Mean: -1.2, Std: 1.2}, Spread: Independent},
		"stratified:likelihood": {Law: UniformLogSNR{}, Corrected: true},
	} {
		if got, err := ParseTimes(s); err != nil || got != want {
			t.Errorf("ParseTimes(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for s, want := range map[string]string{
		"": "lognormal[:mean,std[,floor]]", "gamma": "likelihood", "uniform:3": "uniform", "lognormal:1": "MEAN,STD",
		"lognormal:1,-2": "MEAN,STD", "lognormal:NaN,1": "MEAN,STD", "fixed": "number of points",
		"fixed:0": "number of points", "corrected:likelihood": "unknown", "stratified:stratified": "unknown",
	} {
		if _, err := ParseTimes(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseTimes(%q): %v, want %q", s, err, want)
		}
	}
}

func allTimes() (all []Times) {
	for _, l := range []TimeLaw{UniformTime{}, UniformLogSNR{}, LogNormalSigma{Mean: -1.2, Std: 1.2}, LogNormalSigma{Mean: 0.25, Std: 2}} {
		for _, c := range []bool{false, true} {
			all = append(all, Times{Law: l, Corrected: c}, Times{Law: l, Corrected: c, Spread: Independent},
				Times{Law: l, Corrected: c, Spread: Fixed, Points: 3})
		}
	}
	return all
}

func FuzzParseTimes(f *testing.F) {
	for _, q := range allTimes() {
		f.Add(q.String())
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ParseTimes(s)
		if err != nil {
			return
		}
		if again, err := ParseTimes(q.String()); err != nil || again != q {
			t.Errorf("%q: %q reads back as %v, %v", s, q, again, err)
		}
	})
}

// With a floor, the law is a mixture: averages over u are averages over its
// density.
func TestLogNormalFloorIsAMixture(t *testing.T) {
	s := newSpan(sde.VP{}, sde.MinTime(sde.VP{}), 1)
	law := LogNormalSigma{Mean: -2, Std: 1.5, Floor: 0.2}
	if err := law.Check(s); err != nil {
		t.Fatal(err)
	}
	f := func(tm float64) float64 { return 1 / (1 + math.Exp(s.Sched.Coeff(tm).Lambda())) }
	const n = 200000
	byDraws, byDensity, mass := 0.0, 0.0, 0.0
	h := (s.LambdaLo - s.LambdaHi) / n
	for i := range n {
		u := (float64(i) + 0.5) / n
		byDraws += f(law.Quantile(s, u)) / n
		tm := s.timeAt(s.LambdaHi + (float64(i)+0.5)*h) // dt = dλ/rate
		w := law.Density(s, tm) / s.rate(tm) * h
		mass += w
		byDensity += w * f(tm)
	}
	if math.Abs(mass-1) > 1e-4 || math.Abs(byDraws-byDensity) > 1e-4 {
		t.Errorf("mass %g, averages %g by draws and %g by density", mass, byDraws, byDensity)
	}
	if plain := (LogNormalSigma{Mean: -2, Std: 1.5}); math.Abs(plain.Density(s, 0.5)-law.Density(s, 0.5)) < 1e-3 {
		t.Error("the floor changes nothing")
	}
	if q, err := ParseTimes("stratified:" + law.String()); err != nil || q.Law != law {
		t.Errorf("%s is read as %v, %v", law, q, err)
	}
	for _, bad := range []string{"lognormal:1,1,1", "lognormal:1,1,-0.1", "lognormal:1", "lognormal:1,2,3,4"} {
		if _, err := ParseTimes(bad); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
