package sbi

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// The functions of a smooth are orthonormal on the values, have no linear part there, and
// come in order of roughness; the splines they are made of sum to 1.
func TestSmoothFunctions(t *testing.T) {
	rng := stream.New(1, "test/smooth")
	v := make([]float64, 2000)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	s := newSmooth(v)
	k := s.size()
	row, f := make([]float64, len(s.Knots)+2), make([]float64, k)
	g, one, lin := mat.NewDense(k, k, nil), make([]float64, k), make([]float64, k)
	for _, x := range v {
		s.values(f, row, x)
		sum := 0.0
		for _, b := range row {
			sum += b
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("splines at %g sum to %g", x, sum)
		}
		for a := range k {
			one[a] += f[a] / 2000
			lin[a] += f[a] * x / 2000
			for b := range k {
				g.Set(a, b, g.At(a, b)+f[a]*f[b]/2000)
			}
		}
	}
	for a := range k {
		if math.Abs(one[a]) > 1e-4 || math.Abs(lin[a]) > 1e-4 {
			t.Errorf("function %d has the mean %g and the linear part %g", a, one[a], lin[a])
		}
		for b := range k {
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(g.At(a, b)-want) > 1e-4 {
				t.Errorf("functions %d and %d have the product %g", a, b, g.At(a, b))
			}
		}
		if a > 0 && s.Rough[a] < s.Rough[a-1] {
			t.Errorf("roughness falls from %g to %g", s.Rough[a-1], s.Rough[a])
		}
	}
	// The roughness is ∫ f″², by differences.
	const h = 1e-3
	lo, hi := s.Knots[0], s.Knots[len(s.Knots)-1]
	found := make([]float64, k)
	at := func(x float64) []float64 {
		f := make([]float64, k)
		s.values(f, row, x)
		return f
	}
	for x := lo + h; x < hi-h; x += h {
		a, b, c := at(x-h), at(x), at(x+h)
		for j := range k {
			d := (a[j] - 2*b[j] + c[j]) / (h * h)
			found[j] += d * d * h
		}
	}
	for j := 1; j < 4; j++ {
		if r := found[j] / found[0]; math.Abs(r/s.Rough[j]-1) > 0.05 {
			t.Errorf("function %d has the roughness %.2f, by differences %.2f", j, s.Rough[j], r)
		}
	}
	if newSmooth([]float64{0, 1, 0, 1, 1, 0, 2}) != nil {
		t.Error("three values have smooth functions")
	}
}

// column is what linear regression by evidence keeps of many features, of which some matter.
func TestEvidenceKeepsWhatMatters(t *testing.T) {
	const n, p = 2000, 12
	rng := stream.New(3, "test/evidence")
	f, y := mat.NewDense(n, p, nil), mat.NewDense(n, 2, nil)
	for i := range n {
		row := f.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		row[11] = row[0] + 0.01*rng.NormFloat64() // nearly a copy
		y.Set(i, 0, 0.7*row[0]+0.5*math.Sin(2*row[3])+0.3*rng.NormFloat64())
		y.Set(i, 1, 0.4*row[5]+rng.NormFloat64())
	}
	a := newAdditive(f, y)
	r := a.regression(f, 1)
	c := r.fit(y, nil, nil)
	fit := mat.NewDense(n, 2, nil)
	r.values(fit, c)
	miss := [2]float64{}
	for i := range n {
		row := f.RawRowView(i)
		for j, want := range []float64{0.7*row[0] + 0.5*math.Sin(2*row[3]), 0.4 * row[5]} {
			e := fit.At(i, j) - want
			miss[j] += e * e / n
		}
	}
	// About ten coefficients of variance s²/n each: without relevance it would be 120 of them.
	if miss[0] > 25*0.09/n || miss[1] > 6*1.0/n {
		t.Errorf("the regression is off by %.2g and %.2g", miss[0], miss[1])
	}
	b := &base{space: &space{}, terms: a, C: c, V: mat.NewDense(2, a.columns(), nil)}
	if r := b.relevant(1); len(r) > 2 || r[0] != 5 {
		t.Errorf("the second depends on %v, want 5", r)
	}
}

// Log variances that are a function of a feature are found.
func TestLogVariances(t *testing.T) {
	const n = 4000
	rng := stream.New(4, "test/variance")
	f, u := mat.NewDense(n, 2, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		f.SetRow(i, []float64{rng.NormFloat64(), rng.NormFloat64()})
		u.Set(i, 0, math.Exp(0.5*math.Sin(2*f.At(i, 0)))*rng.NormFloat64())
	}
	a := newAdditive(f, u)
	r := a.regression(f, 1)
	eta := mat.NewDense(n, 1, nil)
	r.values(eta, r.logVariances(u))
	miss := 0.0
	for i := range n {
		e := eta.At(i, 0) - math.Sin(2*f.At(i, 0))
		miss += e * e / n
	}
	if miss > 0.02 {
		t.Errorf("log variances are off by %.3f", math.Sqrt(miss))
	}
}

// The factor of the residuals is that of their covariance, and independent residuals keep
// next to no correlation.
func TestFactor(t *testing.T) {
	const n, d = 1000, 6
	rng := stream.New(5, "test/factor")
	e := mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			e.Set(i, j, rng.NormFloat64())
		}
	}
	s := &space{}
	if err := s.factor(e); err != nil {
		t.Fatal(err)
	}
	for i := range d {
		for j := range i {
			if math.Abs(s.L.At(i, j)) > 0.03 {
				t.Errorf("independent residuals have L[%d,%d] = %.3f", i, j, s.L.At(i, j))
			}
		}
	}
	for i := range n {
		row := e.RawRowView(i)
		row[1] = 0.8*row[0] + 0.6*row[1]
	}
	if err := s.factor(e); err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.L.At(1, 0)-0.8) > 0.06 {
		t.Errorf("L[1,0] = %.3f, want 0.8", s.L.At(1, 0))
	}
	w, z := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	s.toLatent(w, e)
	s.fromLatent(z, w)
	if !mat.EqualApprox(z, e, 1e-12) {
		t.Error("z → w → z is another")
	}
}

// The variances of a linear base are those of its residuals, also where smooth functions of
// the data leave a ten-thousandth of them: of a simulator without noise, z = ln x.
func TestLinearBaseWithoutNoise(t *testing.T) {
	const n = 1000
	rng := stream.New(1, "test/noiseless")
	z, x := mat.NewDense(n, 1, nil), mat.NewDense(n, 1, nil)
	for i := range n {
		v := rng.NormFloat64()
		z.Set(i, 0, v)
		x.Set(i, 0, math.Exp(v/2))
	}
	features, err := newFeatures(x, Blocks{})
	if err != nil {
		t.Fatal(err)
	}
	f := features.of(x)
	terms := newAdditive(f, z)
	s, err := newSpace(z, f, terms, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := mat.NewDense(n, 1, nil)
	s.toLatent(w, z)
	for _, smooth := range []bool{false, true} {
		b := newBase(z, f, s, terms, smooth, 1)
		m, v := b.moments(f)
		sum := 0.0
		for i := range n {
			e := w.At(i, 0) - m.At(i, 0)
			sum += e * e / v.At(i, 0) / n
		}
		if sum > 1.5 || !smooth && sum < 0.7 { // the least log variance of a smooth one is bounded
			t.Errorf("smooth %v: squared residuals are %.3g times the variances (log variance %.2f)", smooth, sum, math.Log(v.At(0, 0)))
		}
	}
}
