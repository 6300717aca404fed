package guide_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

var A2 = mat.NewDense(2, 3, []float64{1, 1, 0, 0.5, -1, 2})

// exactCases are the guides that theory says are exact, with the posterior.
func exactCases(sched sde.Schedule) []struct {
	name  string
	prior *sde.Gaussian
	term  guide.Term
	want  sde.Law
} {
	g := full(sched)
	diag := gaussian(sched, []float64{1, -1, 0.5}, 0.5, 0, 0, 0, 2, 0, 0, 0, 1.3)
	iso := gaussian(sched, []float64{0.3, 0, -2}, 3, 0, 0, 0, 3, 0, 0, 0, 3)
	A1 := mat.NewDense(1, 3, []float64{1, 1, 1})
	cols := sde.Columns{Dim: 3, Index: []int{2, 0}}
	C := mat.NewDense(2, 3, []float64{0, 0, 1, 1, 0, 0})
	scaled := sde.Observation{A: sde.NewLinearMap(A2), Y: row(2, -1),
		Error: sde.ScaledError{Error: sde.NormalError{SD: 2}, Scale: []float64{0.1, 0.4}}}
	return []struct {
		name  string
		prior *sde.Gaussian
		term  guide.Term
		want  sde.Law
	}{
		{"MMPS, m = 1", g, guide.MMPS{Observation: obs(sde.NewLinearMap(A1), 0.5, 3)}, exact(g, A1, []float64{0.5}, 3)},
		{"MMPS, m = 2", g, guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)}, exact(g, A2, []float64{0.3, 0.3}, 2, -1)},
		{"MMPS, an SD for each", g, guide.MMPS{Observation: scaled}, exact(g, A2, []float64{0.2, 0.8}, 2, -1)},
		{"MMPS, columns", g, guide.MMPS{Observation: obs(cols, 0.1, 1, 2)}, exact(g, C, []float64{0.1, 0.1}, 1, 2)},
		{"MMPS, without error", g, guide.MMPS{Observation: obs(cols, 0, 1, 2)}, exact(g, C, []float64{0, 0}, 1, 2)},
		{"MMPS, iterative", g, guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1), Solver: guide.Iterative, Iters: 4, Tol: 1e-14},
			exact(g, A2, []float64{0.3, 0.3}, 2, -1)},
		{"PiGDM, independent", diag, guide.PiGDM{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)}, exact(diag, A2, []float64{0.3, 0.3}, 2, -1)},
		{"PiGDM, τ² given", iso, guide.PiGDM{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1), DataVariance: 3},
			exact(iso, A2, []float64{0.3, 0.3}, 2, -1)},
		{"PiGDM, pseudo-inverse", iso, guide.PiGDM{Observation: obs(cols, 0.3, 2, -1), Pseudo: true}, exact(iso, C, []float64{0.3, 0.3}, 2, -1)},
	}
}

var schedules = map[string]sde.Schedule{"VP": sde.VP{}, "VE": sde.VE{}, "sub-VP": sde.SubVP{}, "cosine": sde.Cosine{}, "rectified": sde.Rectified{}}

// Where theory says exact, the guided denoiser is that of the exact posterior.
func TestExactGuidesEqualTheExactPosterior(t *testing.T) {
	for name, sched := range schedules {
		for _, c := range exactCases(sched) {
			p := guide.New(c.prior, c.term)
			if s := equal(t, p, c.want, c.prior); s != "" {
				t.Errorf("%s, %s: %s", name, c.name, s)
			}
			if e := p.Exactness(); e != guide.Exact || len(p.Caveats()) != 0 {
				t.Errorf("%s, %s: said to be %v, caveats %q", name, c.name, e, p.Caveats())
			}
			if equal(t, broken{p, c.prior, 1.05, 1}, c.want, c.prior) == "" {
				t.Errorf("%s, %s: 5 %% more strength passes", name, c.name)
			}
			if _, ve := sched.(sde.VE); !ve && equal(t, broken{p, c.prior, 1, 0}, c.want, c.prior) == "" {
				t.Errorf("%s, %s: σ² for σ²/α passes", name, c.name)
			}
			if equal(t, guide.New(flat{c.prior}, c.term), c.want, c.prior) == "" {
				t.Errorf("%s, %s: a dropped Jacobian passes", name, c.name)
			}
		}
	}
}

// The twists integrate to the evidence: log p̃(y|x_t) is log p(y|x_t), which
// Bayes' rule on exact densities gives.
func TestExactTwistsEqualBayesRule(t *testing.T) {
	g := full(sde.VP{})
	R := mat.NewSymDense(2, []float64{0.09, 0, 0, 0.09})
	y := []float64{2, -1}
	post := must(g.Posterior(A2, y, R))
	p := guide.New(g, guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, y...)})
	wrong := guide.New(g, guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.31, y...)})
	for _, tt := range times {
		x := points(g, tt)
		n, _ := x.Dims()
		got, bad, want := make([]float64, n), make([]float64, n), make([]float64, n)
		sde.LogLikelihoodAt(want, g, post, g.LogEvidence(A2, y, R), x, []float64{tt})
		if err := errors.Join(p.LogProb(got, x, []float64{tt}), wrong.LogProb(bad, x, []float64{tt})); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-9*math.Max(1, math.Abs(want[i])) {
				t.Errorf("t = %g, row %d: %.12g, want %.12g", tt, i, got[i], want[i])
			}
			if math.Abs(bad[i]-want[i]) < 1e-6 {
				t.Errorf("t = %g, row %d: another SD passes", tt, i)
			}
		}
	}
}

// rowTerm has an observation for each row.
func rowTerms(n int) []guide.Term {
	y := mat.NewDense(n, 2, nil)
	for i := range n {
		y.SetRow(i, []float64{float64(i) - 2, math.Sin(float64(i))})
	}
	A := sde.NewLinearMap(A2)
	o := sde.Observation{A: A, Y: y, Error: sde.NormalError{SD: 0.4}}
	robust := o
	robust.Error = sde.StudentTError{Scale: 0.4, DF: 3}
	return []guide.Term{
		guide.MMPS{Observation: o}, guide.MMPS{Observation: robust},
		guide.MMPS{Observation: o, Solver: guide.Iterative, Iters: 2},
		guide.PiGDM{Observation: o}, guide.PiGDM{Observation: o, Pseudo: true},
		guide.DPS{Observation: o}, guide.DPS{Observation: robust}, guide.DPSNorm{Observation: o, Zeta: 3},
	}
}

// batchNorm has the error of taking one norm over the batch.
type batchNorm struct{ guide.Term }

func (b batchNorm) AddScore(dst *mat.Dense, at guide.State) error {
	g := mat.NewDense(at.Rows(), dst.RawMatrix().Cols, nil)
	if err := b.Term.AddScore(g, at); err != nil {
		return err
	}
	g.Scale(1/mat.Norm(g, 2), g)
	dst.Add(dst, g)
	return nil
}

func (b batchNorm) Rows(idx []int) guide.Term { return batchNorm{b.Term.(guide.RowsTerm).Rows(idx)} }

// swapped has the error of giving rows away in another order.
type swapped struct{ guide.Term }

func (s swapped) Rows(idx []int) guide.Term {
	other := append([]int(nil), idx...)
	for i, j := range idx {
		other[len(idx)-1-i] = j
	}
	return s.Term.(guide.RowsTerm).Rows(other)
}

// keepsRows reports the rows whose bits depend on the batch that they stand in.
func keepsRows(t *testing.T, prior *sde.Mixture, term guide.Term, n int) bool {
	t.Helper()
	p := guide.New(prior, term)
	x, ts := mat.NewDense(n, 3, nil), make([]float64, n)
	prior.Sample(x, 1, 0)
	for i := range ts {
		ts[i] = 0.1 + 0.8*float64(i)/float64(n)
	}
	all := denoise(t, p, x, ts...)
	ok := true
	for _, idx := range [][]int{{3}, {4, 0, 2}, {5, 1}} {
		part, tp := mat.NewDense(len(idx), 3, nil), make([]float64, len(idx))
		for i, r := range idx {
			part.SetRow(i, x.RawRowView(r))
			tp[i] = ts[r]
		}
		got := denoise(t, p.Rows(idx), part, tp...)
		for i, r := range idx {
			for j := range 3 {
				ok = ok && got.At(i, j) == all.At(r, j)
			}
		}
	}
	return ok
}

func TestObservationsStayWithTheirRows(t *testing.T) {
	const n = 6
	prior := modes(sde.VP{})
	for k, term := range rowTerms(n) {
		if !keepsRows(t, prior, term, n) {
			t.Errorf("term %d: bits of a row depend on its batch", k)
		}
		if keepsRows(t, prior, swapped{term}, n) {
			t.Errorf("term %d: swapped rows pass", k)
		}
		if keepsRows(t, prior, batchNorm{term}, n) {
			t.Errorf("term %d: a norm over the batch passes", k)
		}
	}
}

// Restricting twice is restricting once, and Index names the original row.
type indexed struct{ seen *[]int }

func (x indexed) AddScore(_ *mat.Dense, at guide.State) error {
	*x.seen = nil
	for i := range at.Rows() {
		*x.seen = append(*x.seen, at.Index(i))
	}
	return nil
}

func TestRowsComposes(t *testing.T) {
	var seen []int
	p := guide.New(full(sde.VP{}), indexed{&seen})
	q := p.Rows([]int{5, 3, 4}).(sde.PerRow).Rows([]int{2, 0})
	denoise(t, q, mat.NewDense(2, 3, nil), 0.5)
	if len(seen) != 2 || seen[0] != 4 || seen[1] != 5 {
		t.Errorf("rows %v, want 4 and 5", seen)
	}
}

func TestNothingIsAddedWithoutNoise(t *testing.T) {
	g := full(sde.VP{})
	for k, term := range rowTerms(7) {
		x := points(g, 0)
		if d := denoise(t, guide.New(g, term), x, 0); !mat.EqualApprox(d, x, 1e-14) {
			t.Errorf("term %d: at σ = 0 the denoised row is not the row", k)
		}
	}
}

func TestObserverSeesEveryEvaluationAndChangesNothing(t *testing.T) {
	g := full(sde.VP{})
	term := guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)}
	var m guide.Monitor
	calls := 0
	var mu sync.Mutex
	p := guide.New(g, term)
	o := p.WithObserver(func(d guide.Diagnostics) {
		mu.Lock()
		defer mu.Unlock()
		calls++
		m.Observe(d)
		if d.Pulls != 2 || len(d.Ratio) != 7 || len(d.Residual) != 7 || d.Residual[0] < 0 {
			t.Errorf("diagnostics %+v", d)
		}
	})
	for _, tt := range times {
		x := points(g, tt)
		if !mat.Equal(denoise(t, p, x, tt), denoise(t, o, x, tt)) {
			t.Errorf("t = %g: observing changes the result", tt)
		}
	}
	if calls != len(times) || len(m.Bins()) == 0 {
		t.Errorf("%d calls, %d stages", calls, len(m.Bins()))
	}
	strong := guide.DPS{Observation: obs(sde.NewLinearMap(A2), 1e-3, 2, -1)}
	if denoise(t, guide.New(g, strong).WithObserver(m.Observe), points(g, 0.3), 0.3); len(m.Warnings()) == 0 {
		t.Error("a guide a thousand times too strong is not warned of")
	}
}

// laws.Linearize allocates its closure; everything else is allowed nothing.
type fixed struct {
	sde.Differentiable
	pull sde.Pullback
}

func (f fixed) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return f.pull, f.Denoise(mean, x, t)
}

func TestNothingIsAllocatedPerStep(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector, which runs the short tests, empties pools at random")
	}
	g := full(sde.VP{})
	prior := fixed{g, func(dst, v *mat.Dense) error { dst.Copy(v); return nil }}
	terms := append(rowTerms(7),
		guide.Within{guide.Interval(3, 1, 0, 2)},
		guide.AffineScore{Prior: g, PriorScale: []float64{0.5}},
		must(guide.NewPriorSwap(g, gaussian(sde.VP{}, make([]float64, 3), 0.05, 0, 0, 0, 0.05, 0, 0, 0, 0.05))),
		guide.CustomScore{F: func(v []float64, p guide.RowState) error { v[0] = p.D[1]; return nil }},
		guide.Reward{R: func(v, d []float64, _ int) float64 { v[0] = 1; return d[0] }},
	)
	var ds []sde.Denoiser
	for _, term := range terms {
		ds = append(ds, guide.New(prior, term).WithObserver(func(guide.Diagnostics) {}))
	}
	ds = append(ds, &guide.CFG{Cond: g, Uncond: full(sde.VP{}), W: 3, Rescale: 0.5, More: []guide.WeightedCondition{{Cond: g, W: 2}}})
	for k, d := range ds {
		x, dst, at := points(g, 0.5), mat.NewDense(7, 3, nil), []float64{0.5}
		step := func() {
			if err := d.Denoise(dst, x, at); err != nil {
				t.Fatal(err)
			}
		}
		step()
		// A collection may empty the pools, which the mean of many runs forgets.
		if a := testing.AllocsPerRun(200, step); a >= 1 {
			t.Errorf("guide %d: %g allocations per evaluation", k, a)
		}
	}
}

func TestMeaninglessCombinationsAreRefused(t *testing.T) {
	g := full(sde.VP{})
	A := sde.NewLinearMap(A2)
	o := obs(A, 0.3, 2, -1)
	with := func(f func(*sde.Observation)) sde.Observation { p := o; f(&p); return p }
	blind := sde.OperatorFunc{Dim: 3, Out: 2, F: func(dst, x []float64) { copy(dst, x) }}
	for _, c := range []struct {
		term guide.Term
		want string
	}{
		{guide.MMPS{}, "needs A and Y"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.Y = row(1) })}, "Y has 1 columns"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.Y = row(1, math.NaN()) })}, "entry 1 is NaN: set Missing"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.Y = row(1, math.Inf(1)); o.Missing = true })}, "entry 1 is +Inf"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.Error = nil })}, "no error model"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.A = sde.Columns{Dim: 2, Index: []int{0, 1}} })}, "rows of 2"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.A = sde.Columns{Dim: 3, Index: []int{0, 3}} })}, "column 3 of 3"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) { o.A = blind })}, "no derivative"},
		{guide.PiGDM{Observation: with(func(o *sde.Observation) { o.A = blind })}, "neither a derivative nor a pseudo-inverse"},
		{guide.MMPS{Observation: o, Iters: 3}, "the solver is dense"},
		{guide.MMPS{Observation: with(func(o *sde.Observation) {
			o.A = sde.OperatorFunc{Dim: 3, Out: 2, F: blind.F, Grad: func(dst, x, v []float64) {}}
		}), Solver: guide.Iterative}, "needs the operator's Push"},
		{guide.DPS{Observation: with(func(o *sde.Observation) { o.Error = sde.NormalError{} })}, "has no density"},
		{guide.DPS{Observation: o, Strength: -1}, "Strength is -1"},
		{guide.DPSNorm{Observation: o}, "Zeta is 0"},
		{guide.DPSNorm{Observation: with(func(o *sde.Observation) { o.Error = sde.LaplaceError{Scale: 1} }), Zeta: 1}, "would be ignored"},
		{guide.DPS{Observation: with(func(o *sde.Observation) { o.Error = sde.PoissonLikelihood{} })}, "is not a count"},
		{guide.DPS{Observation: with(func(o *sde.Observation) { o.Error = sde.BernoulliLikelihood{} })}, "neither 0 nor 1"},
		{guide.DPS{Observation: with(func(o *sde.Observation) {
			o.Y = row(1, 0)
			o.Error = sde.ScaledError{Error: sde.BernoulliLikelihood{}, Scale: []float64{1, 2}}
		})}, "has no scale"},
		{guide.PiGDM{Observation: with(func(o *sde.Observation) { o.Error = pointwise{} })}, "no Gaussian approximation"},
	} {
		p := guide.New(g, c.term)
		err := p.Err()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: %v, want %q", c.term, err, c.want)
			continue
		}
		if e := p.Denoise(mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil), []float64{0.5}); e == nil {
			t.Errorf("%T: refused, but evaluated", c.term)
		}
	}
	y := mat.NewDense(5, 2, nil)
	p := guide.New(g, guide.DPS{Observation: with(func(o *sde.Observation) { o.Y = y })})
	if err := p.Denoise(mat.NewDense(4, 3, nil), mat.NewDense(4, 3, nil), []float64{0.5}); err == nil || !strings.Contains(err.Error(), "5 observations for a batch of 4") {
		t.Errorf("another number of rows: %v", err)
	}
}

// pointwise is an error law that says no more than it must.
type pointwise struct{}

func (pointwise) LogProb(_ int, y, a, _ float64) (float64, float64) { return -math.Abs(y - a), 1 }

func TestCaveatsNameTheRemedy(t *testing.T) {
	o := obs(sde.NewLinearMap(A2), 0.3, 2, -1)
	for _, c := range []struct {
		prior sde.Differentiable
		term  guide.Term
		want  guide.Exactness
		word  string
	}{
		{full(sde.VP{}), guide.DPS{Observation: o}, guide.Heuristic, "use MMPS"},
		{full(sde.VP{}), guide.DPSNorm{Observation: o, Zeta: 1}, guide.Heuristic, "use MMPS"},
		{full(sde.VP{}), guide.PiGDM{Observation: o}, guide.Heuristic, "use MMPS"},
		{full(sde.VP{}), guide.MMPS{Observation: o, Solver: guide.Iterative, Iters: 1}, guide.Asymptotic, "raise Iters"},
		{modes(sde.VP{}), guide.MMPS{Observation: o}, guide.Heuristic, "particles"},
		{full(sde.VP{}), indexed{new([]int)}, guide.Heuristic, "calibration"},
	} {
		p := guide.New(c.prior, c.term)
		if e, s := p.Exactness(), strings.Join(p.Caveats(), " "); e != c.want || !strings.Contains(s, c.word) {
			t.Errorf("%T: %v, %q", c.term, e, s)
		}
	}
	two := guide.New(full(sde.VP{}), guide.MMPS{Observation: o}, guide.MMPS{Observation: o})
	if two.Exactness() != guide.Heuristic || !strings.Contains(strings.Join(two.Caveats(), " "), "Stack") {
		t.Errorf("two observations: %v, %q", two.Exactness(), two.Caveats())
	}
}

// lazy says that it does not pull, and then does.
type lazy struct{ guide.Term }

func (lazy) UsesJacobian() bool { return false }

func TestPullIsThereForThoseWhoSaidNo(t *testing.T) {
	g := modes(sde.VP{})
	term := guide.DPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)}
	if s := equal(t, guide.New(g, lazy{term}), guide.New(g, term), g); s != "" {
		t.Error(s)
	}
}

// A prior that is itself refused stays refused.
func TestRefusalsPassThrough(t *testing.T) {
	bad := &guide.CFG{Cond: modes(sde.VP{}), Uncond: modes(sde.VE{}), W: 2}
	if err := guide.New(bad, indexed{new([]int)}).Err(); err == nil || !strings.Contains(err.Error(), "different schedules") {
		t.Errorf("%v", err)
	}
	hot := sde.AnnealedError{Error: sde.NormalError{SD: 1}, Epsilon: func(t float64) float64 { return 2 + t }}
	o := obs(sde.NewLinearMap(A2), 0.3, 2, -1)
	o.Error = hot
	if err := guide.New(full(sde.VP{}), guide.DPS{Observation: o}).Err(); err == nil || !strings.Contains(err.Error(), "Epsilon(0) is 2, want 1") {
		t.Errorf("%v", err)
	}
}
