package sample

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

// laws returns a Gaussian with correlations, a mixture and a box in d dimensions.
func laws(tb testing.TB, d int, s sde.Schedule) map[string]sde.Law {
	tb.Helper()
	comp := func(at, corr float64) *sde.Gaussian {
		mu, cov := make([]float64, d), mat.NewSymDense(d, nil)
		for i := range d {
			mu[i] = at * math.Cos(float64(i))
			for j := range i + 1 {
				cov.SetSym(i, j, 0.3*math.Pow(corr, float64(i-j)))
			}
		}
		g, err := sde.NewGaussian(mu, cov, s)
		if err != nil {
			tb.Fatal(err)
		}
		return g
	}
	m, err := sde.NewMixture([]float64{0.7, 0.3}, []*sde.Gaussian{comp(-1, 0.5), comp(1.2, -0.3)})
	if err != nil {
		tb.Fatal(err)
	}
	lo, hi := make([]float64, d), make([]float64, d)
	for j := range lo {
		lo[j], hi[j] = -1-0.1*float64(j), 1.5
	}
	b, err := sde.NewBox(lo, hi, s)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]sde.Law{"Gaussian": comp(0.5, 0.5), "mixture": m, "box": b}
}

// exactLogProb is the density of x_t/α of a law.
func exactLogProb(l sde.Law, x *mat.Dense, t float64) []float64 {
	n, d := x.Dims()
	a := l.Schedule().Coeff(t).Alpha
	scaled, lp := mat.NewDense(n, d, nil), make([]float64, n)
	scaled.Scale(a, x)
	l.LogProb(lp, scaled, []float64{t})
	for i := range lp {
		lp[i] += float64(d) * math.Log(a)
	}
	return lp
}

// worst returns the largest difference.
func worst(a, b []float64) float64 {
	var w float64
	for i := range a {
		if d := math.Abs(a[i] - b[i]); !(d <= w) {
			w = d
		}
	}
	return w
}

func TestLogProbOfExactLaws(t *testing.T) {
	for _, d := range []int{1, 2, 8, 32} {
		if testing.Short() && d > 8 {
			break
		}
		for name, l := range laws(t, d, sde.VP{}) {
			x := mat.NewDense(max(20/d, 3), d, nil)
			l.Sample(x, 3, 0)
			got, err := LogProb(context.Background(), l, x, nil)
			if err != nil {
				t.Fatalf("%s, d = %d: %v", name, d, err)
			}
			// The start is matched in moments, and off diagonal it is not: p_1
			// differs from it by α(1)² times a correlation of order 1.
			tol := 2e-4 * float64(d)
			if w := worst(got.LogProb, exactLogProb(l, x, sde.MinTime(l.Schedule()))); !(w < tol) {
				t.Errorf("%s, d = %d: log density off by %g, NFE %.0f", name, d, w, got.NFE)
			}
		}
	}
}

// The error follows the tolerance over four decades, and the end σ → 0 does not
// stall the solver.
func TestLogProbFollowsTolerance(t *testing.T) {
	l := laws(t, 1, sde.VP{})["mixture"]
	x := mat.NewDense(16, 1, nil)
	l.Sample(x, 1, 0)
	at := func(tol, end float64) *LogDensity {
		r, err := LogProb(context.Background(), l, x, &LogProbOptions{RTol: tol, ATol: tol, End: end, Terminal: exactTerminal{l}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	last := math.Inf(1)
	for _, tol := range []float64{1e-4, 1e-5, 1e-6, 1e-7, 1e-8} {
		e := worst(at(tol, 1e-5).LogProb, exactLogProb(l, x, 1e-5))
		if e > 30*tol || e >= last {
			t.Errorf("tolerance %g: log density off by %g", tol, e)
		}
		last = e
	}
	long, short := at(1e-5, 1e-13), at(1e-5, 1e-5)
	if long.NFE > 1.5*short.NFE {
		t.Errorf("NFE %g to σ = 1e-7, %g to 1e-3", long.NFE, short.NFE)
	}
	if w := worst(long.LogProb, exactLogProb(l, x, 0)); w > 1e-3 {
		t.Errorf("off by %g from the data's own density", w)
	}
}

// exactTerminal is p_1 of a law itself.
type exactTerminal struct{ l sde.Law }

func (e exactTerminal) Sample(*mat.Dense, sde.Noise) { panic("not drawn from") }
func (e exactTerminal) LogProb(dst []float64, x *mat.Dense) {
	e.l.LogProb(dst, x, []float64{1})
}

// With N(0, I) at t = 1 in place of the law of x_1, the log density of N(1, .5²)
// is off by what theory says: a check that the terminal law matters, and that
// the default is right.
func TestLogProbAgainstPrior(t *testing.T) {
	g := gauss1(t, 1, 0.25, sde.VP{})
	x := mat.NewDense(3, 1, []float64{1, 1.5, 2.5})
	o := LogProbOptions{RTol: 1e-9, ATol: 1e-9, End: 1e-5}
	matched, err := LogProb(context.Background(), g, x, &o)
	if err != nil {
		t.Fatal(err)
	}
	o.Terminal = sde.Prior(sde.VP{}, 1)
	prior, err := LogProb(context.Background(), g, x, &o)
	if err != nil {
		t.Fatal(err)
	}
	if w := worst(matched.LogProb, exactLogProb(g, x, 1e-5)); w > 1e-7 {
		t.Errorf("matched: off by %g", w)
	}
	law := oracle.Gaussian{M: 1, V: 0.25}
	for i, rough := range []float64{-3.8e-5, -6.6e-3, -2.0e-2} { // as tables print them
		z := law.Flow(x.At(i, 0)*oracle.Alpha(1e-5), 1e-5, 1)
		want := -0.5*z*z - 0.5*math.Log(2*math.Pi) - law.LogProb(z, 1)
		if bias := prior.LogProb[i] - matched.LogProb[i]; math.Abs(bias-want) > 1e-7 || math.Abs(bias-rough) > 0.02*math.Abs(rough) {
			t.Errorf("x = %g: bias %.6g, want %.6g", x.At(i, 0), bias, want)
		}
	}
}

func TestLatentIsTheFlowsImage(t *testing.T) {
	g := gauss1(t, 1, 0.25, sde.VE{})
	x := mat.NewDense(3, 1, []float64{1, 1.5, -2})
	r, err := LogProb(context.Background(), g, x, &LogProbOptions{RTol: 1e-9, ATol: 1e-9})
	if err != nil {
		t.Fatal(err)
	}
	c, e := sde.VE{}.Coeff(1), sde.VE{}.Coeff(0)
	for i := range 3 {
		want := 1 + math.Sqrt((0.25+c.Sigma*c.Sigma)/(0.25+e.Sigma*e.Sigma))*(x.At(i, 0)-1)
		if got := r.Latent.At(i, 0); math.Abs(got-want) > 1e-6*c.Sigma {
			t.Errorf("row %d: %g, want %g", i, got, want)
		}
	}
}

func TestLogProbOnEverySchedule(t *testing.T) {
	for _, s := range []sde.Schedule{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.Cosine{}, sde.Rectified{}} {
		l := laws(t, 2, s)["mixture"]
		x := mat.NewDense(10, 2, nil)
		l.Sample(x, 5, 0)
		r, err := LogProb(context.Background(), l, x, &LogProbOptions{Terminal: exactTerminal{l}})
		if err != nil {
			t.Fatal(err)
		}
		if w := worst(r.LogProb, exactLogProb(l, x, sde.MinTime(s))); w > 2e-4 {
			t.Errorf("%T: off by %g", s, w)
		}
	}
}

func TestLogProbIsIndependentOfTheSplit(t *testing.T) {
	l := laws(t, 2, sde.VP{})["mixture"]
	x := mat.NewDense(30, 2, nil)
	l.Sample(x, 9, 0)
	at := func(x *mat.Dense, o FlowOptions) *LogDensity {
		r, err := LogProb(context.Background(), l, x, &LogProbOptions{Workers: o.Workers, Block: o.Block})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := at(x, FlowOptions{Workers: 1})
	for _, o := range []FlowOptions{{Workers: 3, Block: 4}, {Workers: 2, Block: 1}, {Block: 30}} {
		got := at(x, o)
		if worst(got.LogProb, want.LogProb) != 0 || !mat.Equal(got.Latent, want.Latent) || got.NFE < 10 {
			t.Errorf("%+v: other bits", o)
		}
	}
	part := at(mat.DenseCopyOf(x.Slice(7, 19, 0, 2)), FlowOptions{})
	if worst(part.LogProb, want.LogProb[7:19]) != 0 {
		t.Error("rows alone have other bits")
	}
}

func TestLogProbOfConditions(t *testing.T) {
	c := conditions(9)
	x := mat.NewDense(9, 1, nil)
	for i := range 9 {
		x.Set(i, 0, float64(i)+0.1)
	}
	// Each row ends at the law of its own x_1, which is not matched by one
	// Terminal; with a common one the difference is a known quadratic.
	r, err := LogProb(context.Background(), c, x, &LogProbOptions{RTol: 1e-8, ATol: 1e-8, Block: 2, End: 1e-5})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		g := gauss1(t, float64(i), 0.04, sde.VP{})
		own, err := LogProb(context.Background(), g, mat.NewDense(1, 1, []float64{x.At(i, 0)}),
			&LogProbOptions{RTol: 1e-8, ATol: 1e-8, End: 1e-5, Terminal: sde.Prior(sde.VP{}, 1)})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.LogProb[i]-own.LogProb[0]) > 1e-6 {
			t.Errorf("row %d: %g, alone %g", i, r.LogProb[i], own.LogProb[0])
		}
	}
}

func TestLogProbErrors(t *testing.T) {
	l := bimodal(t, sde.VP{})
	x := mat.NewDense(300, 2, nil)
	l.Sample(x, 1, 0)
	if _, err := LogProb(context.Background(), brokenDiff{l}, x, nil); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "rows 0 to 127") {
		t.Errorf("denoiser error: %v", err)
	}
	if _, err := LogProb(context.Background(), l, x, &LogProbOptions{RTol: -1}); err == nil {
		t.Error("a negative tolerance is accepted")
	}
	if _, err := LogProb(context.Background(), l, x, &LogProbOptions{Start: 0.1, End: 0.2}); err == nil {
		t.Error("reversed times are accepted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err := LogProb(ctx, l, x, &LogProbOptions{Workers: 1, Block: 10, Observe: func(rows int) error {
		if rows == 50 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) || r.Rows < 50 || r.Rows == 300 || r.LogProb[49] == 0 || r.LogProb[299] != 0 {
		t.Errorf("cancelled: %v, %d rows", err, r.Rows)
	}
	x.Set(17, 1, math.NaN())
	if _, err := LogProb(context.Background(), l, x, nil); err == nil || !strings.Contains(err.Error(), "row 17") {
		t.Errorf("NaN in row 17: %v", err)
	}
}

type brokenDiff struct{ sde.Law }

func (brokenDiff) Linearize(_, _ *mat.Dense, _ []float64) (sde.Pullback, error) {
	return nil, fmt.Errorf("device: %w", errBroken)
}

// A NaN that the denoiser returns at some point is found, not integrated over.
func TestLogProbFindsNaN(t *testing.T) {
	x := mat.NewDense(2, 2, []float64{0, 0, 60, 0})
	_, err := LogProb(context.Background(), poisonedDiff{bimodal(t, sde.VP{})}, x, nil)
	if err == nil {
		t.Error("no error")
	}
}

type poisonedDiff struct{ sde.Law }

func (p poisonedDiff) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := p.Law.Linearize(mean, x, t)
	if x.At(x.RawMatrix().Rows-1, 0) > 50 {
		mean.Set(x.RawMatrix().Rows-1, 0, math.NaN())
	}
	return pull, err
}
