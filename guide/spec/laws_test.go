package spec

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// blockOf is the one block of laws of columns.
func blockOf(t *testing.T, laws string, standard bool) (block, func(z float64) float64) {
	t.Helper()
	f, c := parse(t, "{prior: {from: fitted, to: "+laws+"}}"), pair(t, standard)
	b := must(f.Terms[0].Prior.To.blocks(c, sde.VP{}))
	return b[0], func(z float64) float64 { v, _ := c.ToValue(b[0].index[0], z); return v }
}

// Draws of encoded laws have, in units of the table, the mean and the variance of the law:
// to four standard errors of 20000 draws, where columns are standardized and where they
// are encoded by quantiles.
func TestLawsOfColumns(t *testing.T) {
	ptr := math.Sqrt(2 * math.Pi)
	phi := func(z float64) float64 { return math.Exp(-z*z/2) / ptr }
	a, b := -1.0, 0.5 // of the restricted normal
	mass := (math.Erfc(a/math.Sqrt2) - math.Erfc(b/math.Sqrt2)) / 2
	shift := (phi(a) - phi(b)) / mass
	for law, want := range map[string][2]float64{
		"{law: normal, mean: 4, sd: 2}":                                                       {4, 4},
		"{law: uniform, min: 1, max: 7}":                                                      {4, 3},
		"{law: log-normal, mean: 1, sd: 0.4}":                                                 {math.Exp(1.08), (math.Exp(0.16) - 1) * math.Exp(2.16)},
		"{law: normal, mean: 4, sd: 2, min: 2, max: 5}":                                       {4 + 2*shift, 4 * (1 + (a*phi(a)-b*phi(b))/mass - shift*shift)},
		"{law: mixture, parts: [{weight: 3, mean: 2, sd: 1}, {weight: 1, mean: 6, sd: 0.5}]}": {3, 0.75*(1+1) + 0.25*(0.25+9)},
	} {
		for _, standard := range []bool{true, false} {
			k, value := blockOf(t, "{a: "+law+"}", standard)
			const n = 20000
			x := mat.NewDense(n, 1, nil)
			k.law.Sample(x, 3, 0)
			moments := func(at func(i int) float64, n int) (m, v, fourth float64) {
				for i := range n {
					m += at(i) / float64(n)
				}
				for i := range n {
					d := at(i) - m
					v += d * d / float64(n)
					fourth += d * d * d * d / float64(n)
				}
				return m, v, fourth
			}
			m, v, fourth := moments(func(i int) float64 { return value(x.At(i, 0)) }, n)
			tol := 4 * math.Sqrt(v/n)
			tolV := 4 * math.Sqrt((fourth-v*v)/n)
			if !standard && strings.Contains(law, "mixture") { // fitted there
				tol, tolV = 0.1, 0.2
			}
			if math.Abs(m-want[0]) > tol || math.Abs(v-want[1]) > tolV {
				t.Errorf("%s, standard %v: mean %.4f variance %.4f, want %.4f and %.4f", law, standard, m, v, want[0], want[1])
			}
			m, v, _ = moments(func(i int) float64 { return value(k.points[i]) }, len(k.points))
			if math.Abs(m-want[0]) > 0.01 || math.Abs(v-want[1]) > 0.03 {
				t.Errorf("%s, standard %v: quantiles have mean %.4f variance %.4f, want %.4f and %.4f", law, standard, m, v, want[0], want[1])
			}
		}
	}
}

// A law that is not normal becomes the new prior by normals fitted to it, and says so: of a
// model whose prior it replaces, rows without noise have its mean, nearly.
func TestSwapToALawThatIsNotNormal(t *testing.T) {
	c := pair(t, true)
	model := bell2(4, -2.3, 9, 0, 0.2)
	law := model.law(c)
	for to, mean := range map[string]float64{"{law: uniform, min: 2, max: 5}": 3.5, "{law: log-normal, mean: 1, sd: 0.3}": math.Exp(1.045)} {
		terms := must(parse(t, "{prior: {from: {a: {law: normal, mean: 4, sd: 3}}, to: {a: "+to+"}}}").On(law, c, 0).Build(c, ""))
		g := guide.New(law, terms...)
		d := mat.NewDense(1, 2, nil)
		if err := g.Denoise(d, mat.NewDense(1, 2, nil), []float64{1}); err != nil {
			t.Fatal(err)
		}
		if v, _ := c.ToValue(0, d.At(0, 0)); math.Abs(v-mean) > 0.05 {
			t.Errorf("%s: mean %.3f, want %.3f", to, v, mean)
		}
		if s := strings.Join(g.Caveats(), "\n"); !strings.Contains(s, "6 normals fitted to 2000") {
			t.Errorf("%s: caveats %q", to, s)
		}
	}
}

// Counts and outcomes are drawn by their likelihoods, a mixture by its parts, and the k-th of
// several laws for the k-th number.
func TestDrawsOfOtherLaws(t *testing.T) {
	const n = 40000
	r := rand.New(rand.NewPCG(3, 9))
	each := &ErrorLaw{Each: []ErrorLaw{{Law: "poisson"}, {Law: "bernoulli"},
		{Law: "mixture", Parts: []ErrorLaw{{Law: "normal", Scale: 0.1, Weight: 3}, {Law: "laplace", Scale: 2, Weight: 1}}}}}
	law := must(each.Build())
	if m := law.(sde.ErrorPerEntry)[2].(sde.MixtureError); m.Weights[0] != 0.75 || m.Weights[1] != 0.25 {
		t.Errorf("weights %v", m.Weights)
	}
	for k, a := range []float64{0.7, -0.4, 5} {
		var mean, square float64
		for range n {
			y := each.DrawFor(r, k, a)
			mean += y / n
			square += y * y / n
		}
		var m, v, four float64 // of y by the likelihood; for the mixture in closed form
		if k < 2 {
			for y := range 40 {
				if k == 1 && y > 1 {
					break
				}
				lp, _ := law.LogProb(k, float64(y), a, 0)
				p, f := math.Exp(lp), float64(y)
				m, v, four = m+p*f, v+p*f*f, four+p*f*f*f*f
			}
			v -= m * m
		} else {
			m, v = a, 0.75*0.01+0.25*8
			four = m*m*m*m + 6*m*m*v + 0.25*24*16
		}
		if math.Abs(mean-m) > 4*math.Sqrt(v/n) || math.Abs(square-v-m*m) > 4*math.Sqrt((four-(v+m*m)*(v+m*m))/n) {
			t.Errorf("law %d: mean %.4f square %.4f, want %.4f and %.4f", k, mean, square, m, v+m*m)
		}
	}
}

// An observation of counts keeps the offset of the encoding in the operator: the likelihood
// is that of the log rate in units of the table.
func TestCountsAreOfTheValueInTheTable(t *testing.T) {
	c := pair(t, true)
	o := must(parse(t, "{linear: [{weights: {a: 0.5}, value: 3}], observe: {b: 1}, noise: [{law: poisson}, {law: bernoulli}]}").Observations(c))[0]
	x := mat.NewDense(1, 2, []float64{0.4, -0.3})
	va, _ := c.ToValue(0, 0.4)
	vb, _ := c.ToValue(1, -0.3)
	y := mat.NewDense(1, 2, nil)
	if err := o.A.Apply(y, x); err != nil || !near(y.At(0, 0), va/2, 1e-12) || !near(y.At(0, 1), vb, 1e-12) || o.Y.At(0, 0) != 3 || o.Y.At(0, 1) != 1 {
		t.Errorf("%v: values %v, want %v and %v; observed %v", err, y.RawRowView(0), va/2, vb, o.Y.RawRowView(0))
	}
	if err := o.Check(2); err != nil {
		t.Error(err)
	}
	if !sde.IsLinear(o.A) {
		t.Error("the operator is not known to be affine")
	}
}

// One law for each number, all normal, is in closed form, with their deviations in order:
// those of linear first.
func TestDeviationsOfEachNumber(t *testing.T) {
	c := pair(t, true)
	f := parse(t, "{linear: [{weights: {a: 1, b: 1}, value: 3}], observe: {b: -2, a: 5}, noise: [0.5, 0.25, {law: normal, scale: 2}]}")
	if law := must(f.Terms[0].Noise.Build()).(sde.ErrorPerEntry); law[0] != (sde.NormalError{SD: 0.5}) || law[2] != (sde.NormalError{SD: 2}) {
		t.Errorf("%v", law)
	}
	m := must(f.Measurement(c, "ddnm"))
	ma, sa, _ := c.Affine(0)
	// a is divided by .25, and comes second
	if y := m.Linear.Y.At(0, 1); m.Linear.SD != 1 || !near(y, (5-ma)/0.25, 1e-12) || !near(m.Linear.A.(sde.LinearMap).M.At(1, 0), sa/0.25, 1e-12) {
		t.Errorf("%+v", m.Linear)
	}
}

// Curvature is passed on.
func TestCurvature(t *testing.T) {
	c := pair(t, true)
	if g := must(parse(t, "{observe: {a: 5}, noise: 1, curvature: true}").Build(c, ""))[0].(guide.MMPS); !g.Curvature {
		t.Error("curvature is lost")
	}
}

// Mixtures of two columns multiply: all pairs of parts, by the product of their weights.
func TestMixturesMultiply(t *testing.T) {
	c := pair(t, true)
	f := parse(t, "{prior: {from: fitted, to: {a: {law: mixture, parts: [{weight: 3, mean: 2, sd: 1}, {weight: 1, mean: 6, sd: 0.5}]}, b: {law: mixture, parts: [{weight: 1, mean: -2, sd: 0.1}, {weight: 4, mean: -1, sd: 0.3}]}}}}")
	m := must(mixture(must(f.Terms[0].Prior.To.blocks(c, sde.VP{})), 2, func(p int) int { return p }, false, sde.VP{})).(*sde.Mixture)
	x, lp := mat.NewDense(1, 2, []float64{0.1, 0.7}), make([]float64, 1)
	m.LogProb(lp, x, []float64{0})
	va, sa := c.ToValue(0, 0.1)
	vb, sb := c.ToValue(1, 0.7)
	bell := func(x, m, s float64) float64 { return math.Exp(-(x-m)*(x-m)/2/s/s) / s / math.Sqrt(2*math.Pi) }
	want := (0.75*bell(va, 2, 1) + 0.25*bell(va, 6, 0.5)) * sa * (0.2*bell(vb, -2, 0.1) + 0.8*bell(vb, -1, 0.3)) * sb
	if len(m.Comps) != 4 || !near(lp[0], math.Log(want), 1e-9) {
		t.Errorf("%d parts, log density %.9f, want %.9f", len(m.Comps), lp[0], math.Log(want))
	}
}
