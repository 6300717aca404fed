package guide_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// joint is the exact law of E = w·x + e, e ~ N(0, noise), given a noised row of a
// Gaussian, as a ClassScore for one value of E:
//
//	E | x_t ~ N(w·D(x_t), wᵀ V w + noise),   V = Cov[x_0|x_t],
//
// D and V in closed form; wrong multiplies the variance, as a planted error.
type joint struct {
	of       *sde.Gaussian
	w        []float64
	noise, e float64
	wrong    float64
}

func (j joint) Schedule() sde.Schedule { return j.of.Sched }
func (j joint) Dim() int               { return j.of.Dim() }
func (j joint) Exact() bool            { return true }

func (j joint) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	w := mat.NewVecDense(d, j.w)
	for i := range n {
		c := j.of.Sched.Coeff(sde.Time(t, i))
		// Σ_t = α² Σ + σ² I;  gain = α Σ Σ_t⁻¹;  V = Σ − gain α Σ.
		var st, gain, v mat.Dense
		st.Scale(c.Alpha*c.Alpha, j.of.Cov)
		for k := range d {
			st.Set(k, k, st.At(k, k)+c.Sigma*c.Sigma)
		}
		var inv mat.Dense
		if err := inv.Inverse(&st); err != nil {
			return err
		}
		gain.Mul(j.of.Cov, &inv)
		gain.Scale(c.Alpha, &gain)
		v.Mul(&gain, j.of.Cov)
		v.Scale(-c.Alpha, &v)
		v.Add(&v, j.of.Cov)
		var slope, vw mat.VecDense
		slope.MulVec(gain.T(), w) // of w·D in x_t
		vw.MulVec(&v, w)
		variance := (mat.Dot(w, &vw) + j.noise) * j.wrong
		mean := mat.Dot(w, mat.NewVecDense(d, j.of.Mu))
		for k := range d {
			mean += slope.AtVec(k) * (x.At(i, k) - c.Alpha*j.of.Mu[k])
		}
		r := j.e - mean
		logp[i] = -0.5 * (r*r/variance + math.Log(2*math.Pi*variance))
		for k := range d {
			dst.Set(i, k, r/variance*slope.AtVec(k))
		}
	}
	return nil
}

// posterior is the law of x given E, by the conditioning of a Gaussian.
func (j joint) posterior() *sde.Gaussian {
	d := j.of.Dim()
	w := mat.NewVecDense(d, j.w)
	var cw mat.VecDense
	cw.MulVec(j.of.Cov, w)
	s := mat.Dot(w, &cw) + j.noise
	r := j.e - mat.Dot(w, mat.NewVecDense(d, j.of.Mu))
	mu, cov := make([]float64, d), make([]float64, d*d)
	for a := range d {
		mu[a] = j.of.Mu[a] + cw.AtVec(a)*r/s
		for b := range d {
			cov[a*d+b] = j.of.Cov.At(a, b) - cw.AtVec(a)*cw.AtVec(b)/s
		}
	}
	return gaussian(j.of.Sched, mu, cov...)
}

// Guidance by the exact law of a number is the denoiser of the posterior p(x|E), in the
// score form and in the ε form, on every schedule.
func TestNumberGuidanceIsThePosterior(t *testing.T) {
	for _, sched := range []sde.Schedule{sde.VP{}, sde.VE{}, sde.Cosine{}} {
		prior := full(sched)
		j := joint{prior, []float64{0.7, -0.4, 1.1}, 0.5, 2.3, 1}
		want := j.posterior()
		for _, at := range []float64{0.05, 0.3, 0.7, 0.95} {
			x := points(prior, at)
			n, d := x.Dims()
			exact, score, eps, off := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
			g := guide.ClassifierGuidance{ClassScore: j}
			wide := j
			wide.wrong = 1.05
			for dst, den := range map[*mat.Dense]sde.Denoiser{
				exact: want, score: guide.New(prior, g), eps: &guide.EpsilonForm{Prior: prior, Guidance: g},
				off: guide.New(prior, guide.ClassifierGuidance{ClassScore: wide}),
			} {
				if err := den.Denoise(dst, x, []float64{at}); err != nil {
					t.Fatal(err)
				}
			}
			far := func(a *mat.Dense) float64 {
				var e mat.Dense
				e.Sub(a, exact)
				return math.Max(mat.Max(&e), -mat.Min(&e))
			}
			if e := far(score); e > 1e-10 {
				t.Errorf("%T, t = %g: the score form is off the posterior by %.2g", sched, at, e)
			}
			if e := far(eps); e > 1e-10 {
				t.Errorf("%T, t = %g: the ε form is off the posterior by %.2g", sched, at, e)
			}
			if far(off) < 1e-6 {
				t.Errorf("%T, t = %g: a variance 5 %% too large passes", sched, at)
			}
		}
	}
	// The ε form keeps its scale, restricts to rows, and refuses another schedule.
	prior := full(sde.VP{})
	j := joint{prior, []float64{1, 0, 0}, 0.5, 1, 1}
	g := guide.ClassifierGuidance{ClassScore: j, Scale: 2}
	f := &guide.EpsilonForm{Prior: prior, Guidance: g}
	x := points(prior, 0.4)
	n, d := x.Dims()
	a, b := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	if f.Denoise(a, x, []float64{0.4}) != nil || guide.New(prior, g).Denoise(b, x, []float64{0.4}) != nil {
		t.Fatal("laws do not err")
	}
	if !mat.EqualApprox(a, b, 1e-10) {
		t.Error("scale 2 is another in the ε form")
	}
	if len(f.Caveats()) != 1 || f.Rows([]int{0}).Dim() != 3 {
		t.Errorf("caveats %q", f.Caveats())
	}
	if err := (&guide.EpsilonForm{Prior: full(sde.VE{}), Guidance: g}).Err(); err == nil {
		t.Error("a classifier of another schedule passes")
	}
}
