package sde_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

func gaussianOf(t *testing.T, s sde.Schedule, mu []float64, variance ...float64) *sde.Gaussian {
	t.Helper()
	g, err := sde.NewGaussian(mu, mat.NewDiagDense(len(variance), variance), s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// perRow is a Gaussian with a shift of its own for each row, and things to say.
type perRow struct {
	*sde.Gaussian
	shift []float64
}

func (p perRow) Denoise(dst, x *mat.Dense, t []float64) error {
	if err := p.Gaussian.Denoise(dst, x, t); err != nil {
		return err
	}
	for i, s := range p.shift {
		row := dst.RawRowView(i)
		for j := range row {
			row[j] += s
		}
	}
	return nil
}

func (p perRow) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := p.Gaussian.Linearize(mean, x, t)
	if err == nil {
		err = p.Denoise(mean, x, t)
	}
	return pull, err
}

func (p perRow) Rows(idx []int) sde.Denoiser {
	q := perRow{p.Gaussian, nil}
	for _, i := range idx {
		q.shift = append(q.shift, p.shift[i])
	}
	return q
}

func (p perRow) Caveats() []string { return []string{"shifted"} }

func (p perRow) Known(dst *mat.Dense) {
	for i, s := range p.shift {
		dst.SetRow(i, []float64{math.NaN(), s})
	}
}

func TestAverageIsTheMeanOfItsMembers(t *testing.T) {
	s := sde.VP{}
	members := []sde.Differentiable{
		gaussianOf(t, s, []float64{1, 2}, 0.5, 2), gaussianOf(t, s, []float64{-3, 0}, 4, 0.1),
		perRow{gaussianOf(t, s, []float64{0, 0.5}, 1, 1), []float64{0.25, -1, 3}},
	}
	a, err := sde.NewAverage(members...)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(3, 2, []float64{0.3, -1, 2, 0.7, -0.4, 1.1})
	v := mat.NewDense(3, 2, []float64{1, 2, -1, 0.5, 0.2, -3})
	at := []float64{0.1, 0.4, 0.9}
	want, wantPull, term := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	for _, d := range members {
		pull, err := d.Linearize(term, x, at)
		if err != nil {
			t.Fatal(err)
		}
		want.Add(want, term)
		if err := pull(term, v); err != nil {
			t.Fatal(err)
		}
		wantPull.Add(wantPull, term)
	}
	want.Scale(1./3, want)
	wantPull.Scale(1./3, wantPull)
	got, mean, pulled := mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil), mat.NewDense(3, 2, nil)
	if err := a.Denoise(got, x, at); err != nil {
		t.Fatal(err)
	}
	pull, err := a.Linearize(mean, x, at)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a pullback may be called again
		if err := pull(pulled, v); err != nil {
			t.Fatal(err)
		}
	}
	if !mat.EqualApprox(got, want, 1e-14) || !mat.Equal(mean, got) || !mat.EqualApprox(pulled, wantPull, 1e-14) {
		t.Errorf("D is\n%v and\n%v, want\n%v; pullback\n%v, want\n%v", mat.Formatted(got), mat.Formatted(mean), mat.Formatted(want), mat.Formatted(pulled), mat.Formatted(wantPull))
	}
	idx := []int{2, 0}
	xs, some := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	for i, r := range idx {
		xs.SetRow(i, x.RawRowView(r))
	}
	if err := sde.Restrict(a, idx).Denoise(some, xs, []float64{0.9, 0.1}); err != nil {
		t.Fatal(err)
	}
	for i, r := range idx {
		if !slices.Equal(some.RawRowView(i), got.RawRowView(r)) {
			t.Errorf("row %d alone is %v, in the batch %v", r, some.RawRowView(i), got.RawRowView(r))
		}
	}
	if m, v, ok := sde.Moments(a); !ok || math.Abs(m[0]+2./3) > 1e-15 || math.Abs(v[1]-3.1/3) > 1e-15 {
		t.Errorf("moments %v and %v", m, v)
	}
	if c := sde.Caveats(a); !slices.Equal(c, []string{"shifted"}) {
		t.Errorf("caveats %q", c)
	}
	if _, law := sde.As[sde.Law](a); law {
		t.Error("an average of laws is taken for one of them")
	}
}

func TestAverageOfOneAndOfEqualOnes(t *testing.T) {
	g := perRow{gaussianOf(t, sde.VE{}, []float64{1, 2}, 0.5, 2), []float64{0.5, 0.75}}
	x, want, got := mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, nil), mat.NewDense(2, 2, nil)
	if err := g.Denoise(want, x, []float64{0.5}); err != nil {
		t.Fatal(err)
	}
	for _, members := range [][]sde.Differentiable{{g}, {g, g}, {g, g, g, g}} {
		a, err := sde.NewAverage(members...)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Denoise(got, x, []float64{0.5}); err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(got, want) {
			t.Errorf("the average of %d equal denoisers is another", len(members))
		}
		sde.KnownValues(got, a)
		if !math.IsNaN(got.At(0, 0)) || got.At(1, 1) != 0.75 {
			t.Errorf("known values %v", mat.Formatted(got))
		}
		least := math.Inf(1) // the race detector empties pools at random
		for range 30 {
			least = min(least, testing.AllocsPerRun(1, func() { _ = a.Denoise(got, x, []float64{0.5}) }))
		}
		if least > 1 { // the literal
			t.Errorf("%v allocations", least)
		}
	}
}

func TestAverageRefuses(t *testing.T) {
	g := gaussianOf(t, sde.VP{}, []float64{1, 2}, 1, 1)
	for what, members := range map[string][]sde.Differentiable{
		"nothing":           nil,
		"two schedules":     {g, gaussianOf(t, sde.VE{}, []float64{1, 2}, 1, 1)},
		"two dimensions":    {g, gaussianOf(t, sde.VP{}, []float64{1}, 1)},
		"another VP's span": {g, gaussianOf(t, sde.VP{BetaMax: 3}, []float64{1, 2}, 1, 1)},
	} {
		if _, err := sde.NewAverage(members...); err == nil {
			t.Errorf("an average of %s", what)
		}
	}
}
