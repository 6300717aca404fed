package guide_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// event is the classifier of "y was observed", exact by Bayes' rule.
type event struct{ prior, post sde.Law }

func (e event) LogProbGrad(dst *mat.Dense, logp []float64, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	s := mat.NewDense(n, d, nil)
	e.prior.Score(s, x, t)
	e.post.Score(dst, x, t)
	dst.Sub(dst, s)
	sde.LogLikelihoodAt(logp, e.prior, e.post, 0, x, t)
	return nil
}

// naive is a guide written without this package: g = Jᵀ a k, with the Jacobian by
// differences of the prior and the factor k a function of D, of a·Cov[x_0|x_t]·a
// and of the row.
type naive struct {
	sde.Denoiser
	a []float64
	k func(c sde.Coeff, u, v float64, i int) float64
}

func (p naive) Denoise(dst, x *mat.Dense, t []float64) error {
	n, d := x.Dims()
	if err := p.Denoiser.Denoise(dst, x, t); err != nil {
		return err
	}
	ja := mat.NewDense(n, d, nil) // Jᵀ a: the derivatives of u = a·D
	up, down := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	for l := range d {
		const h = 2e-5
		y := mat.DenseCopyOf(x)
		for i := range n {
			y.Set(i, l, x.At(i, l)+h)
		}
		if err := p.Denoiser.Denoise(up, y, t); err != nil {
			return err
		}
		for i := range n {
			y.Set(i, l, x.At(i, l)-h)
		}
		if err := p.Denoiser.Denoise(down, y, t); err != nil {
			return err
		}
		for i := range n {
			for j, a := range p.a {
				ja.Set(i, l, ja.At(i, l)+a*(up.At(i, j)-down.At(i, j))/(2*h))
			}
		}
	}
	for i := range n {
		c := p.Schedule().Coeff(sde.Time(t, i))
		u, v := 0.0, 0.0
		for j, a := range p.a {
			u += a * dst.At(i, j)
			v += a * ja.At(i, j) * c.Sigma * c.Sigma / c.Alpha
		}
		k := p.k(c, u, v, i) * c.Sigma * c.Sigma / c.Alpha
		for j := range d {
			dst.Set(i, j, dst.At(i, j)+k*ja.At(i, j))
		}
	}
	return nil
}

// cell is a guide on a prior, with what it must equal.
type cell struct {
	name     string
	guide    sde.Denoiser
	want     sde.Denoiser
	exact    bool // want is the denoiser of the exact posterior
	jacobian func(sde.Differentiable) sde.Denoiser
}

const (
	seen    = 1 // the coordinate that is observed
	seenY   = 0.7
	seenSD  = 0.4
	matchTo = 1e-5
)

// cells are the guides on one prior with independent coordinates, of which one is
// observed.
func cells(prior sde.Observable) []cell {
	d := prior.Dim()
	A := mat.NewDense(1, d, nil)
	A.Set(0, seen, 1)
	a := A.RawRowView(0)
	post := exact(prior, A, []float64{seenSD}, seenY)
	o := obs(sde.Columns{Dim: d, Index: []int{seen}}, seenSD, seenY)
	tau := prior.Covariance().At(seen, seen)
	_, normal := prior.(*sde.Gaussian)
	// gauss is the naive guide that believes y to have the variance f.
	gauss := func(f func(c sde.Coeff, v float64) float64) sde.Denoiser {
		return naive{prior, a, func(c sde.Coeff, u, v float64, _ int) float64 { return (seenY - u) / f(c, v) }}
	}
	r2 := func(c sde.Coeff) float64 { return 1 / (1/tau + c.Alpha*c.Alpha/(c.Sigma*c.Sigma)) }
	twice := &guide.CFG{Cond: post, Uncond: prior, W: 2}
	list := []cell{
		{"function", guide.New(prior, toward(prior, post, 1)), post, true, nil},
		{"classifier", guide.New(prior, guide.ClassifierGuidance{ClassScore: event{prior, post}}), post, true, nil},
		{"CFG, w = 1", &guide.CFG{Cond: post, Uncond: prior}, post, true, nil},
		{"affine", guide.New(post, guide.AffineScore{Prior: prior}), post, true, nil},
		{"classifier, scale 2", guide.New(prior, guide.ClassifierGuidance{ClassScore: event{prior, post}, Scale: 2}), twice, false, nil},
		{"affine, a = 2", guide.New(post, guide.AffineScore{Prior: prior, LikelihoodScale: []float64{2}}), twice, false, nil},
	}
	term := func(name string, t guide.Term, isExact bool, want sde.Denoiser) {
		if isExact {
			want = post
		}
		list = append(list, cell{name, guide.New(prior, t), want, isExact,
			func(p sde.Differentiable) sde.Denoiser { return guide.New(p, t) }})
	}
	term("MMPS", guide.MMPS{Observation: o}, normal, gauss(func(_ sde.Coeff, v float64) float64 { return seenSD*seenSD + v }))
	term("MMPS, iterative", guide.MMPS{Observation: o, Solver: guide.Iterative}, normal,
		gauss(func(_ sde.Coeff, v float64) float64 { return seenSD*seenSD + v }))
	term("PiGDM", guide.PiGDM{Observation: o}, normal, gauss(func(c sde.Coeff, _ float64) float64 { return seenSD*seenSD + r2(c) }))
	term("PiGDM, by A⁺", guide.PiGDM{Observation: o, Pseudo: true, DataVariance: tau}, false,
		gauss(func(c sde.Coeff, _ float64) float64 { return seenSD*seenSD + r2(c) }))
	term("DPS", guide.DPS{Observation: o}, false, gauss(func(sde.Coeff, float64) float64 { return seenSD * seenSD }))
	term("DPS, norm", guide.DPSNorm{Observation: o, Zeta: 0.8}, false, naive{prior, a, func(c sde.Coeff, u, _ float64, _ int) float64 {
		return 0.8 * (1 + c.Alpha*c.Alpha/(c.Sigma*c.Sigma)) * math.Copysign(1, seenY-u)
	}})
	term("within", guide.Within{guide.Interval(d, seen, 0.2, 1.1)}, false, naive{prior, a, func(_ sde.Coeff, u, v float64, _ int) float64 {
		s := math.Sqrt(v)
		lo, hi := (0.2-u)/s, (1.1-u)/s
		z := (math.Erf(hi/math.Sqrt2) - math.Erf(lo/math.Sqrt2)) / 2
		return (math.Exp(-lo*lo/2) - math.Exp(-hi*hi/2)) / math.Sqrt(2*math.Pi) / z / s
	}})
	term("reward", guide.Reward{R: func(grad, x []float64, _ int) float64 { grad[seen] = math.Cos(x[seen]); return math.Sin(x[seen]) }}, false,
		naive{prior, a, func(_ sde.Coeff, u, _ float64, _ int) float64 { return math.Cos(u) }})
	return append(list, swapCells(prior, post, normal)...)
}

// swapCells are the prior swaps, where the prior has a density to divide by.
func swapCells(prior, post sde.Law, normal bool) []cell {
	g, ok := prior.(*sde.Gaussian)
	if !ok {
		return nil
	}
	to := must(sde.NewGaussian([]float64{0.5, 0, 0.2}, mat.NewSymDense(3, []float64{0.3, 0, 0, 0, 0.5, 0, 0, 0, 0.4}), g.Sched))
	swap := must(guide.NewPriorSwap(g, to))
	A := mat.NewDense(1, 3, nil)
	A.Set(0, seen, 1)
	want := exact(to, A, []float64{seenSD}, seenY)
	model := post.(sde.Differentiable)
	return []cell{{"prior swap", guide.New(model, swap), want, normal,
		func(p sde.Differentiable) sde.Denoiser { return guide.New(flat{model}, swap) }}}
}

// matrixPriors have independent coordinates, for which all posteriors are known.
func matrixPriors(sched sde.Schedule) map[string]sde.Observable {
	return map[string]sde.Observable{
		"Gaussian": gaussian(sched, []float64{1, -1, 0.5}, 0.5, 0, 0, 0, 2, 0, 0, 0, 1.3),
		"mixture": must(sde.NewMixture([]float64{0.4, 0.6}, []*sde.Gaussian{
			gaussian(sched, []float64{1, -1, 0.5}, 0.3, 0, 0, 0, 0.4, 0, 0, 0, 0.2),
			gaussian(sched, []float64{-1, 1.5, 0}, 0.2, 0, 0, 0, 0.3, 0, 0, 0, 0.5)})),
		"box": box(sched),
	}
}

// distance is the largest difference of the ends of two trajectories; +Inf if the
// first does not get there.
func distance(tb testing.TB, st stepper, a, b sde.Denoiser) float64 {
	tb.Helper()
	v, err := trajectory(st, b, 0, matrixRows)
	if err != nil {
		tb.Fatal(err)
	}
	u, err := trajectory(st, a, 0, matrixRows)
	if err != nil {
		return math.Inf(1)
	}
	u.Sub(u, v)
	worst := 0.0
	for _, e := range u.RawMatrix().Data {
		if !(math.Abs(e) <= worst) {
			worst = math.Abs(e)
		}
	}
	return worst
}

// rowsAlone reports whether the end of a row is the same, in every bit, when its
// trajectory runs without the others.
func rowsAlone(tb testing.TB, st stepper, d sde.Denoiser) bool {
	tb.Helper()
	all, err := trajectory(st, d, 0, matrixRows)
	if err != nil {
		tb.Fatal(err)
	}
	one, err := trajectory(st, d, 3, 1)
	if err != nil {
		tb.Fatal(err)
	}
	return mat.Equal(all.Slice(3, 4, 0, d.Dim()), one)
}

// coupled is a guided denoiser whose guidance is divided by its norm over the
// batch, relative to that of its first row.
type coupled struct{ broken }

func (b coupled) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := b.broken.Denoise(dst, x, t); err != nil {
		return err
	}
	n, d := x.Dims()
	p := mat.NewDense(n, d, nil)
	if err := b.prior.Denoise(p, x, t); err != nil {
		return err
	}
	dst.Sub(dst, p)
	dst.Scale(1/(1e-300+mat.Norm(dst, 2)), dst)
	dst.Add(dst, p)
	return nil
}

// TestMatrix runs every guide on every prior under every sampler against what it
// must equal, the exact posterior where theory says so, on the same start and
// noise; and each with planted errors, which must show.
func TestMatrix(t *testing.T) {
	for pname, prior := range matrixPriors(sde.VP{}) {
		for _, c := range cells(prior) {
			t.Run(fmt.Sprintf("%s/%s", pname, c.name), func(t *testing.T) {
				base := sde.Denoiser(prior)
				if c.name == "prior swap" || c.name == "affine" || c.name == "affine, a = 2" {
					A := mat.NewDense(1, prior.Dim(), nil)
					A.Set(0, seen, 1)
					base = exact(prior, A, []float64{seenSD}, seenY)
				}
				for k, st := range steppers {
					if testing.Short() && k != 1 && k != 2 {
						continue // one with noise and one with a history, under the race detector
					}
					tol := matchTo
					if c.exact {
						tol = 1e-8
					}
					if e := distance(t, st, c.guide, c.want); !(e <= tol) {
						t.Errorf("%s: ends %.2g away", st.name, e)
					}
					if !rowsAlone(t, st, c.guide) {
						t.Errorf("%s: a row depends on the others", st.name)
					}
					if c.name == "affine" {
						continue // changes nothing: there is nothing to plant an error in
					}
					if distance(t, st, broken{c.guide, base, 1.05, 1}, c.want) < 10*tol {
						t.Errorf("%s: 5 %% more strength passes", st.name)
					}
					if distance(t, st, broken{c.guide, base, 1, 0}, c.want) < 10*tol {
						t.Errorf("%s: σ² for σ²/α passes", st.name)
					}
					if rowsAlone(t, st, coupled{broken{c.guide, base, 1, 1}}) {
						t.Errorf("%s: a norm over the batch passes", st.name)
					}
					if c.jacobian != nil && distance(t, st, c.jacobian(flat{prior}), c.want) < 10*tol {
						t.Errorf("%s: a dropped Jacobian passes", st.name)
					}
				}
			})
		}
	}
}

// TestMatrixOfObservationsByRow is the matrix for observations that differ by row: every row ends
// where it ends with its own observation alone, and swapped rows do not.
func TestMatrixOfObservationsByRow(t *testing.T) {
	y := mat.NewDense(matrixRows, 1, nil)
	for i := range matrixRows {
		y.Set(i, 0, math.Sin(float64(3*i)))
	}
	for pname, prior := range matrixPriors(sde.VP{}) {
		o := sde.Observation{A: sde.Columns{Dim: 3, Index: []int{seen}}, Y: y, Error: sde.NormalError{SD: seenSD}}
		for _, term := range []guide.Term{guide.MMPS{Observation: o}, guide.PiGDM{Observation: o}, guide.DPS{Observation: o}, guide.DPSNorm{Observation: o, Zeta: 1}} {
			p := guide.New(prior, term)
			for _, st := range steppers {
				all := must(trajectory(st, p, 0, matrixRows))
				one := must(trajectory(st, p.Rows([]int{4}), 4, 1))
				if !mat.Equal(all.Slice(4, 5, 0, 3), one) {
					t.Errorf("%s, %T, %s: row 4 alone ends elsewhere", pname, term, st.name)
				}
				if other := must(trajectory(st, p.Rows([]int{5}), 4, 1)); mat.EqualApprox(other, one, 1e-3) {
					t.Errorf("%s, %T, %s: swapped rows pass", pname, term, st.name)
				}
			}
		}
	}
}
