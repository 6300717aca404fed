package sde

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// The checks of this file hold for every law. Each returns a description of
// what is wrong, or "": the tests run them on the laws, and on laws with a
// planted error.

// randomCov returns a well-conditioned covariance with correlations.
func randomCov(d int, scale float64, r *rand.Rand) *mat.SymDense {
	b := mat.NewDense(d, d, nil)
	for i := range d {
		for j := range d {
			b.Set(i, j, r.NormFloat64())
		}
	}
	c := mat.NewSymDense(d, nil)
	c.SymOuterK(scale/float64(d), b)
	for i := range d {
		c.SetSym(i, i, c.At(i, i)+0.1*scale)
	}
	return c
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func randomGaussian(d int, seed uint64, s Schedule) *Gaussian {
	r := stream.New(seed, "gaussian")
	mu := make([]float64, d)
	for i := range mu {
		mu[i] = 2 * r.NormFloat64()
	}
	return must(NewGaussian(mu, randomCov(d, 0.5, r), s))
}

func randomMixture(d, n int, s Schedule) *Mixture {
	comps, w := make([]*Gaussian, n), make([]float64, n)
	for k := range comps {
		comps[k] = randomGaussian(d, uint64(100+k), s)
		w[k] = float64(k + 1)
	}
	return must(NewMixture(w, comps))
}

// truncatedLaw has a wide, a one-sided, a narrow, a far and a flat coordinate.
func truncatedLaw(s Schedule) *Box {
	inf := math.Inf(1)
	return must(NewTruncatedNormal([]float64{0.5, 0, 0, -3, 0}, []float64{1, 4, 1, 0.25, inf},
		[]float64{-1, 0, 0.4, 0, -1}, []float64{2, inf, 0.5, 3, 1}, s))
}

// batchAt draws n rows of x_t from l.
func batchAt(l Law, n int, t []float64, seed uint64) *mat.Dense {
	x, z := mat.NewDense(n, l.Dim(), nil), mat.NewDense(n, l.Dim(), nil)
	l.Sample(x, seed, 0)
	NewStreams(seed, "batch", 0).Normal(z, 1, 0, 0)
	for i := range n {
		c := at(l.Schedule(), t, i)
		for j := range l.Dim() {
			x.Set(i, j, c.Alpha*x.At(i, j)+c.Sigma*z.At(i, j))
		}
	}
	return x
}

// checkTimes are between the smallest useful time and 1.
var checkTimes = []float64{0.01, 0.1, 0.3, 0.6, 1}

// checkScore compares Score with central differences of LogProb, and Denoise
// with Tweedie's formula.
func checkScore(l Law) string {
	const n = 6
	d := l.Dim()
	score, mean := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	hi, lo := make([]float64, n), make([]float64, n)
	for _, u := range checkTimes {
		t := []float64{u}
		x := batchAt(l, n, t, 11)
		c := l.Schedule().Coeff(u)
		l.Score(score, x, t)
		if err := l.Denoise(mean, x, t); err != nil {
			return err.Error()
		}
		h := 1e-4 * c.Sigma
		for j := range d {
			shifted := mat.DenseCopyOf(x)
			for i := range n {
				shifted.Set(i, j, x.At(i, j)+h)
			}
			l.LogProb(hi, shifted, t)
			for i := range n {
				shifted.Set(i, j, x.At(i, j)-h)
			}
			l.LogProb(lo, shifted, t)
			for i := range n {
				want := (hi[i] - lo[i]) / (2 * h)
				if got := score.At(i, j); math.Abs(got-want)*c.Sigma > 1e-6*(1+math.Abs(want)*c.Sigma) {
					return fmt.Sprintf("t=%g: score %g, difference of log p %g", u, got, want)
				}
				tw := (x.At(i, j) + c.Sigma*c.Sigma*score.At(i, j)) / c.Alpha
				scale := (math.Abs(x.At(i, j)) + c.Sigma) / c.Alpha
				if got := mean.At(i, j); math.Abs(got-tw) > 1e-12*scale {
					return fmt.Sprintf("t=%g: denoiser %g, Tweedie %g", u, got, tw)
				}
			}
		}
	}
	return ""
}

// checkLinearize compares Jᵀv with central differences of v·D.
func checkLinearize(l Differentiable, x *mat.Dense, t []float64) string {
	n, d := x.Dims()
	mean, want, got := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	v := mat.NewDense(n, d, nil)
	NewStreams(5, "v", 0).Normal(v, 1, 0, 0)
	pull, err := l.Linearize(mean, x, t)
	if err != nil {
		return err.Error()
	}
	if err := l.Denoise(want, x, t); err != nil {
		return err.Error()
	}
	if !mat.Equal(mean, want) {
		return "the mean of Linearize is not that of Denoise"
	}
	for range 2 { // a pullback may be called any number of times
		if err := pull(got, v); err != nil {
			return err.Error()
		}
	}
	hi, lo := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	for j := range d {
		up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
		h := make([]float64, n)
		for i := range n {
			h[i] = 1e-4 * at(l.Schedule(), t, i).Sigma
			up.Set(i, j, x.At(i, j)+h[i])
			down.Set(i, j, x.At(i, j)-h[i])
		}
		if err := l.Denoise(hi, up, t); err != nil {
			return err.Error()
		}
		if err := l.Denoise(lo, down, t); err != nil {
			return err.Error()
		}
		for i := range n {
			sum := 0.0
			for k := range d {
				sum += v.At(i, k) * (hi.At(i, k) - lo.At(i, k)) / (2 * h[i])
			}
			if g := got.At(i, j); math.Abs(g-sum) > 1e-6*(1+math.Abs(sum)) {
				return fmt.Sprintf("row %d, t=%g: (Jᵀv)_%d = %g, difference %g", i, Time(t, i), j, g, sum)
			}
		}
	}
	return ""
}

// checkRows demands that a row's results are the same bits alone and in a batch
// with other times.
func checkRowsAlone(l Law) string {
	t := []float64{0.01, 0.9, 0.3, 1, 0.5}
	n, d := len(t), l.Dim()
	x := batchAt(l, n, t, 3)
	mean, score, jv, v := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	NewStreams(5, "v", 0).Normal(v, 1, 0, 0)
	logp := make([]float64, n)
	run := func(mean, score, jv, x, v *mat.Dense, logp, t []float64) {
		pull, err := l.Linearize(mean, x, t)
		if err == nil {
			err = pull(jv, v)
		}
		if err != nil {
			panic(err)
		}
		l.Score(score, x, t)
		l.LogProb(logp, x, t)
	}
	run(mean, score, jv, x, v, logp, t)
	m1, s1, j1, p1 := mat.NewDense(1, d, nil), mat.NewDense(1, d, nil), mat.NewDense(1, d, nil), make([]float64, 1)
	for i := range n {
		row := func(m *mat.Dense) *mat.Dense { return m.Slice(i, i+1, 0, d).(*mat.Dense) }
		run(m1, s1, j1, row(x), row(v), p1, t[i:i+1])
		if !mat.Equal(m1, row(mean)) || !mat.Equal(s1, row(score)) || !mat.Equal(j1, row(jv)) || p1[0] != logp[i] {
			return fmt.Sprintf("row %d differs when alone", i)
		}
	}
	part := mat.NewDense(2, d, nil)
	whole := mat.NewDense(5, d, nil)
	l.Sample(whole, 9, 4)
	l.Sample(part, 9, 6)
	if !mat.Equal(part, whole.Slice(2, 4, 0, d)) {
		return "draws depend on the batch"
	}
	return ""
}

// checkMoments compares the sample mean and covariance of n draws with Mean and
// Covariance, to 5 standard errors estimated from the draws themselves.
func checkMoments(l Law, n int) string {
	d := l.Dim()
	x := mat.NewDense(n, d, nil)
	l.Sample(x, 21, 0)
	mean, cov := l.Mean(), l.Covariance()
	for j := range d {
		for k := range j + 1 {
			var s, sj, q float64
			for i := range n {
				p := (x.At(i, j) - mean[j]) * (x.At(i, k) - mean[k])
				s += p
				q += p * p
				sj += x.At(i, j) - mean[j]
			}
			s, sj, q = s/float64(n), sj/float64(n), q/float64(n)
			if se := math.Sqrt((q - s*s) / float64(n)); math.Abs(s-cov.At(j, k)) > 5*se {
				return fmt.Sprintf("Cov[%d,%d] of the draws %g, want %g ± %g", j, k, s, cov.At(j, k), se)
			}
			if se := math.Sqrt(cov.At(j, j) / float64(n)); math.Abs(sj) > 5*se {
				return fmt.Sprintf("mean %d of the draws off by %g, standard error %g", j, sj, se)
			}
		}
	}
	return ""
}

// testLaws are laws of every kind under several schedules.
func testLaws() map[string]Law {
	diag := mat.NewSymDense(3, []float64{0.5, 0, 0, 0, 2, 0, 0, 0, 1e-4})
	return map[string]Law{
		"gaussian VP":       randomGaussian(3, 1, VP{}),
		"gaussian VE":       randomGaussian(4, 2, VE{}),
		"gaussian sub-VP":   randomGaussian(1, 3, SubVP{}),
		"gaussian diagonal": must(NewGaussian([]float64{1, -2, 0}, diag, Rectified{})),
		"point":             must(NewGaussian([]float64{1, -2}, mat.NewSymDense(2, nil), Cosine{})),
		"mixture VP":        randomMixture(3, 4, VP{}),
		"mixture sub-VP":    randomMixture(2, 3, SubVP{}),
		"mixture VE":        randomMixture(1, 2, VE{}),
		"box VP":            must(NewBox([]float64{-1, 0}, []float64{1, 5}, VP{})),
		"box VE":            must(NewBox([]float64{-1, 2}, []float64{1, 2.01}, VE{})),
		"box cosine":        must(NewBox([]float64{-3}, []float64{1}, Cosine{})),
		"truncated VP":      truncatedLaw(VP{}),
		"truncated VE":      truncatedLaw(VE{}),
		"product": must(NewProduct(randomMixture(2, 3, VP{}), must(NewBox([]float64{-1, 0}, []float64{1, 5}, VP{})),
			randomGaussian(2, 8, VP{}))),
	}
}

func TestLaws(t *testing.T) {
	for name, l := range testLaws() {
		t.Run(name, func(t *testing.T) {
			times := []float64{0.01, 0.1, 0.4, 0.7, 1}
			for _, msg := range []string{
				checkScore(l), checkLinearize(l, batchAt(l, len(times), times, 8), times),
				checkRowsAlone(l), checkMoments(l, 4000),
			} {
				if msg != "" {
					t.Error(msg)
				}
			}
		})
	}
}

// bent is a law with planted errors.
type bent struct {
	Law
	mean, score, jac, logp, cov, batch float64
}

func (b bent) Denoise(dst, x *mat.Dense, t []float64) error {
	err := b.Law.Denoise(dst, x, t)
	dst.Apply(func(_, _ int, v float64) float64 { return v * (1 + b.mean) }, dst)
	return err
}

func (b bent) Score(dst, x *mat.Dense, t []float64) {
	b.Law.Score(dst, x, t)
	n, _ := dst.Dims()
	dst.Scale(1+b.score+b.batch*float64(n), dst)
}

func (b bent) LogProb(dst []float64, x *mat.Dense, t []float64) {
	b.Law.LogProb(dst, x, t)
	for i := range dst {
		dst[i] *= 1 + b.logp
	}
}

func (b bent) Linearize(mean, x *mat.Dense, t []float64) (Pullback, error) {
	p, err := b.Law.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		err := p(dst, v)
		dst.Scale(1+b.jac, dst)
		return err
	}, err
}

func (b bent) Covariance() *mat.SymDense {
	c := b.Law.Covariance()
	c.ScaleSym(1+b.cov, c)
	return c
}

func TestPlantedErrorsAreFound(t *testing.T) {
	g := randomGaussian(3, 1, VP{})
	times := []float64{0.01, 0.1, 0.4, 0.7, 1}
	x := batchAt(g, len(times), times, 8)
	for name, msg := range map[string]string{
		"denoiser":     checkScore(bent{Law: g, mean: 1e-6}),
		"score":        checkScore(bent{Law: g, score: 1e-4}),
		"density":      checkScore(bent{Law: g, logp: 1e-4}),
		"jacobian":     checkLinearize(bent{Law: g, jac: 1e-4}, x, times),
		"batch":        checkRowsAlone(bent{Law: g, batch: 1e-15}),
		"covariance":   checkMoments(bent{Law: g, cov: 0.25}, 4000),
		"no planting ": "x" + checkScore(bent{Law: g}) + checkLinearize(bent{Law: g}, x, times) + checkMoments(bent{Law: g}, 4000),
	} {
		if msg == "" || (name == "no planting " && msg != "x") {
			t.Errorf("%s: %q", name, msg)
		}
	}
}

// A call may allocate when the pool has been emptied (by a collection, or at
// random under the race detector), but never per row.
func TestLawsDoNotAllocatePerRow(t *testing.T) {
	const n = 64
	for name, l := range testLaws() {
		u := []float64{0.5}
		x := batchAt(l, n, u, 1)
		dst := mat.NewDense(n, l.Dim(), nil)
		logp := make([]float64, n)
		if a := testing.AllocsPerRun(20, func() {
			l.Denoise(dst, x, u)
			l.Score(dst, x, u)
			l.LogProb(logp, x, u)
		}); a > n/2 {
			t.Errorf("%s: %g allocations for %d rows", name, a, n)
		}
	}
}
