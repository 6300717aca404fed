package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/internal/oracle"
	"tweedie/sde"
)

func TestCFGConvention(t *testing.T) {
	u, c := modes(sde.VP{}), modes(sde.VP{}).Comps[1]
	for _, w := range []float64{0, 1, 2.5, -1} {
		g := &guide.CFG{Cond: c, Uncond: u, W: w}
		eff := w
		if w == 0 {
			eff = 1
		}
		for _, tt := range times {
			x := points(u, tt)
			got, a, b := denoise(t, g, x, tt), denoise(t, c, x, tt), denoise(t, u, x, tt)
			var want mat.Dense
			want.Sub(a, b)
			want.Scale(eff, &want)
			want.Add(&want, b)
			if !mat.EqualApprox(got, &want, 1e-12) {
				t.Errorf("w = %g, t = %g: not D_u + w (D_c - D_u)", w, tt)
			}
		}
	}
	if s := equal(t, &guide.CFG{Cond: c, Uncond: u}, c, u); s != "" {
		t.Errorf("w = 1: %s", s)
	}
}

// counted counts its evaluations.
type counted struct {
	sde.Differentiable
	n *int
}

func (c counted) Denoise(dst, x *mat.Dense, t []float64) error {
	*c.n++
	return c.Differentiable.Denoise(dst, x, t)
}

func TestCFGInterval(t *testing.T) {
	u, c := modes(sde.VE{}), modes(sde.VE{}).Comps[1]
	var nu, nc int
	g := &guide.CFG{Cond: counted{c, &nc}, Uncond: counted{u, &nu}, W: 3, SigmaMin: 0.19, SigmaMax: 1.61}
	always := &guide.CFG{Cond: c, Uncond: u, W: 3}
	inside, outside := sde.TimeAt(sde.VE{}, -math.Log(1)), sde.TimeAt(sde.VE{}, -math.Log(5))
	x := points(u, inside)
	if !mat.Equal(denoise(t, g, x, inside), denoise(t, always, x, inside)) || nu != 1 {
		t.Error("inside, the strength does not apply")
	}
	if !mat.Equal(denoise(t, g, x, outside), denoise(t, c, x, outside)) || nu != 1 {
		t.Error("outside, it does, or costs two evaluations")
	}
	ts := []float64{inside, outside, inside, outside, inside, inside, inside}
	mixed := denoise(t, g, x, ts...)
	a, b := denoise(t, always, x, inside), denoise(t, c, x, outside)
	for i, tt := range ts {
		want := a
		if tt == outside {
			want = b
		}
		if !mat.EqualApprox(mixed.RowView(i), want.RowView(i), 1e-14) {
			t.Errorf("row %d of a batch of mixed times", i)
		}
	}
}

func TestCFGVariances(t *testing.T) {
	sched := sde.VE{SigmaMin: 1e-3, SigmaMax: 1e3}
	c, u := line(sched, 0, 1), line(sched, 0, 2)
	for _, w := range []float64{1, 2, 3, 5} {
		g := &guide.CFG{Cond: c, Uncond: u, W: w}
		_, ode := limit(t, g, 0, 2, 0)
		_, sdev := limit(t, g, 0, 2, 1)
		if want := oracle.CFGFlow(w); math.Abs(ode-want) > 2e-3*want {
			t.Errorf("w = %g: the flow has variance %.5f, want %.5f", w, ode, want)
		}
		if want := oracle.CFGReverse(w); math.Abs(sdev-want) > 4e-3*want {
			t.Errorf("w = %g: the SDE has variance %.5f, want %.5f", w, sdev, want)
		}
		// The other convention, ω = w - 1.
		other := &guide.CFG{Cond: c, Uncond: u, W: w + 1}
		if _, v := limit(t, other, 0, 2, 0); math.Abs(v-oracle.CFGFlow(w)) < 2e-3 {
			t.Errorf("w = %g: the other convention passes", w)
		}
		if cav := g.Caveats(); (w == 1) != (len(cav) == 0) {
			t.Errorf("w = %g: caveats %q", w, cav)
		}
	}
}

// The sum over independent conditions at strength 1 is the joint condition.
func TestCFGSeveralConditions(t *testing.T) {
	sched := sde.VP{}
	u := gaussian(sched, []float64{1, -1}, 0.5, 0, 0, 2) // coordinates are independent
	see := func(j int, y float64) sde.Law {
		A := mat.NewDense(1, 2, nil)
		A.Set(0, j, 1)
		return exact(u, A, []float64{0.3}, y)
	}
	joint := exact(u, mat.NewDense(2, 2, []float64{1, 0, 0, 1}), []float64{0.3, 0.3}, 2, 0.5)
	g := &guide.CFG{Cond: see(0, 2), Uncond: u, More: []guide.WeightedCondition{{Cond: see(1, 0.5), W: 1}}}
	if s := equal(t, g, joint, u); s != "" {
		t.Error(s)
	}
	g.More[0].W = 1.05
	if equal(t, g, joint, u) == "" {
		t.Error("another strength passes")
	}
	if len(g.Caveats()) == 0 {
		t.Error("no caveat")
	}
}

func TestCFGRescale(t *testing.T) {
	u, c := modes(sde.VP{}), modes(sde.VP{}).Comps[1]
	x := points(u, 0.5)
	plain := denoise(t, &guide.CFG{Cond: c, Uncond: u, W: 4}, x, 0.5)
	cond := denoise(t, c, x, 0.5)
	got := denoise(t, &guide.CFG{Cond: c, Uncond: u, W: 4, Rescale: 1}, x, 0.5)
	half := denoise(t, &guide.CFG{Cond: c, Uncond: u, W: 4, Rescale: 0.5}, x, 0.5)
	sd := func(v []float64) float64 {
		m := (v[0] + v[1] + v[2]) / 3
		return math.Sqrt(((v[0]-m)*(v[0]-m) + (v[1]-m)*(v[1]-m) + (v[2]-m)*(v[2]-m)) / 3)
	}
	for i := range 7 {
		if math.Abs(sd(got.RawRowView(i))-sd(cond.RawRowView(i))) > 1e-12 {
			t.Errorf("row %d: standard deviation %g, want %g", i, sd(got.RawRowView(i)), sd(cond.RawRowView(i)))
		}
		for j := range 3 {
			if want := (got.At(i, j) + plain.At(i, j)) / 2; math.Abs(half.At(i, j)-want) > 1e-12 {
				t.Errorf("half way: %g, want %g", half.At(i, j), want)
			}
		}
	}
}

// perRow is a prior with a mean for each row.
type perRow struct {
	*sde.Gaussian
	shift []float64
}

func (p perRow) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := p.Gaussian.Denoise(dst, x, t); err != nil {
		return err
	}
	for i, s := range p.shift {
		dst.Set(i, 0, dst.At(i, 0)+s)
	}
	return nil
}

func (p perRow) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := p.Gaussian.Linearize(mean, x, t)
	if err != nil {
		return nil, err
	}
	return pull, p.Denoise(mean, x, t)
}

func (p perRow) Rows(idx []int) sde.Denoiser {
	s := make([]float64, len(idx))
	for i, r := range idx {
		s[i] = p.shift[r]
	}
	return perRow{p.Gaussian, s}
}

// Conditions of rows stay with them through every wrapper.
func TestConditionsStayWithTheirRows(t *testing.T) {
	g := full(sde.VP{})
	p := perRow{g, []float64{1, 2, 3, 4, 5, 6, 7}}
	cfg := &guide.CFG{Cond: p, Uncond: g, W: 2, More: []guide.WeightedCondition{{Cond: p, W: 0.5}}}
	post := guide.New(cfg, guide.MMPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)})
	x := points(g, 0.4)
	idx := []int{5, 0, 3}
	part := mat.NewDense(3, 3, nil)
	for i, r := range idx {
		part.SetRow(i, x.RawRowView(r))
	}
	for name, d := range map[string]sde.PerRow{"CFG": cfg, "Posterior": post, "ByDifferences": sde.ByDifferences(cfg, 0).(sde.PerRow)} {
		all, got := denoise(t, d, x, 0.4), denoise(t, d.Rows(idx), part, 0.4)
		swap := denoise(t, d.Rows([]int{0, 5, 3}), part, 0.4)
		for i, r := range idx {
			if !mat.Equal(got.RowView(i), all.RowView(r)) {
				t.Errorf("%s: row %d", name, r)
			}
		}
		if mat.Equal(swap, got) {
			t.Errorf("%s: swapped rows pass", name)
		}
	}
}

func TestCFGRefuses(t *testing.T) {
	u, c := modes(sde.VP{}), modes(sde.VP{}).Comps[1]
	for _, k := range []struct {
		g    *guide.CFG
		want string
	}{
		{&guide.CFG{}, "needs Cond and Uncond"},
		{&guide.CFG{Cond: c, Uncond: modes(sde.VE{})}, "different schedules"},
		{&guide.CFG{Cond: c, Uncond: line(sde.VP{}, 0, 1)}, "rows of 3 and of 1"},
		{&guide.CFG{Cond: c, Uncond: u, W: math.NaN()}, "strength NaN"},
		{&guide.CFG{Cond: c, Uncond: u, Rescale: 2}, "Rescale 2"},
		{&guide.CFG{Cond: line(sde.VP{}, 0, 1), Uncond: line(sde.VP{}, 0, 2), Rescale: 1}, "no standard deviation"},
		{&guide.CFG{Cond: c, Uncond: u, SigmaMin: 2, SigmaMax: 1}, "empty"},
		{&guide.CFG{Cond: c, Uncond: u, More: []guide.WeightedCondition{{}}}, "without denoiser"},
	} {
		err := k.g.Err()
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%v, want %q", err, k.want)
		} else if k.g.Cond != nil {
			d := k.g.Dim()
			if k.g.Denoise(mat.NewDense(1, d, nil), mat.NewDense(1, d, nil), []float64{0.5}) == nil {
				t.Errorf("%q: refused, but evaluated", k.want)
			}
		}
	}
	if _, err := (&guide.CFG{Cond: c, Uncond: u, W: 2, Rescale: 0.5}).Linearize(mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil), []float64{0.5}); err == nil {
		t.Error("a derivative that leaves the rescaling out")
	}
}

// pullError compares a pullback with differences.
func pullError(tb testing.TB, d sde.Differentiable, x *mat.Dense, t float64) float64 {
	tb.Helper()
	n, w := x.Dims()
	mean, v := mat.NewDense(n, w, nil), mat.NewDense(n, w, nil)
	for i := range n {
		for j := range w {
			v.Set(i, j, math.Sin(float64(1+i+3*j)))
		}
	}
	pull, err := d.Linearize(mean, x, []float64{t})
	if err != nil {
		tb.Fatal(err)
	}
	got := mat.NewDense(n, w, nil)
	if err := pull(got, v); err != nil {
		tb.Fatal(err)
	}
	worst := 0.0
	if !mat.EqualApprox(mean, denoise(tb, d, x, t), 1e-13) {
		return math.Inf(1)
	}
	for k := range w {
		const h = 1e-5
		up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
		for i := range n {
			up.Set(i, k, up.At(i, k)+h)
			down.Set(i, k, down.At(i, k)-h)
		}
		a, b := denoise(tb, d, up, t), denoise(tb, d, down, t)
		for i := range n {
			s := 0.0
			for j := range w {
				s += (a.At(i, j) - b.At(i, j)) / (2 * h) * v.At(i, j)
			}
			worst = math.Max(worst, math.Abs(s-got.At(i, k)))
		}
	}
	return worst
}

func TestWrappersAreDifferentiable(t *testing.T) {
	u := modes(sde.VP{})
	x := points(u, 0.5)
	cfg := &guide.CFG{Cond: u.Comps[1], Uncond: u, W: 2, More: []guide.WeightedCondition{{Cond: u.Comps[0], W: 0.3}}}
	post := guide.New(u, guide.DPS{Observation: obs(sde.NewLinearMap(A2), 0.3, 2, -1)})
	for name, d := range map[string]sde.Differentiable{"CFG": cfg, "ByDifferences": sde.ByDifferences(post, 0)} {
		if e := pullError(t, d, x, 0.5); e > 1e-4 {
			t.Errorf("%s: off by %.2g", name, e)
		}
	}
	g := full(sde.VP{})
	one := guide.MMPS{Observation: obs(sde.Columns{Dim: 3, Index: []int{0}}, 0.3, 2)}
	two := guide.MMPS{Observation: obs(sde.Columns{Dim: 3, Index: []int{1}}, 0.2, -1)}
	// One after the other is both at once, to the error of the differences.
	chain := guide.New(sde.ByDifferences(guide.New(g, one), 0), two)
	want := exact(g, mat.NewDense(2, 3, []float64{1, 0, 0, 0, 1, 0}), []float64{0.3, 0.2}, 2, -1)
	if e := apart(t, chain, want, g); e > 1e-5 {
		t.Errorf("two guides in sequence: off by %.2g", e)
	}
}

func TestAutoguidance(t *testing.T) {
	u, c := modes(sde.VP{}), modes(sde.VP{}).Comps[1]
	g := guide.Autoguidance(c, u, 2)
	if s := equal(t, g, &guide.CFG{Cond: c, Uncond: u, W: 2}, u); s != "" {
		t.Error(s)
	}
	if s := strings.Join(g.Caveats(), ""); !strings.Contains(s, "autoguidance") {
		t.Errorf("caveats %q", s)
	}
}
