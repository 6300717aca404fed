package spec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sde"
)

// pair is the codec of two columns of numbers, far from 0 and of unlike spread.
func pair(t testing.TB, standard bool) *datasets.Codec {
	t.Helper()
	var text bytes.Buffer
	text.WriteString("a,b\n")
	r := rand.New(rand.NewPCG(7, 11))
	for range 300 {
		u := r.NormFloat64()
		fmt.Fprintf(&text, "%.4f,%.4f\n", 5+3*u, -2+0.2*u+0.3*r.NormFloat64())
	}
	raw := text.Bytes()
	src := datasets.CSVSource("p.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
	meta := must(datasets.Infer(src, nil))
	cells := must(datasets.ReadCells(src, meta))
	o := &datasets.FitOptions{}
	if standard {
		o.Knots = -1
	}
	return must(datasets.Fit(cells, o))
}

// bell is a normal law in units of the table, with what the tests do to it by hand.
type bell struct{ m, c *mat.Dense } // 2×1, 2×2

func bell2(ma, mb, va, cab, vb float64) bell {
	return bell{mat.NewDense(2, 1, []float64{ma, mb}), mat.NewDense(2, 2, []float64{va, cab, cab, vb})}
}

func inverse(a mat.Matrix) *mat.Dense {
	var i mat.Dense
	if err := i.Inverse(a); err != nil {
		panic(err)
	}
	return &i
}

func mul(a ...mat.Matrix) *mat.Dense {
	p := mat.DenseCopyOf(a[0])
	for _, b := range a[1:] {
		var q mat.Dense
		q.Mul(p, b)
		p = &q
	}
	return p
}

func plus(a mat.Matrix, k float64, b mat.Matrix) *mat.Dense {
	p := mat.DenseCopyOf(b)
	p.Scale(k, p)
	p.Add(p, a)
	return p
}

// times is the law n^p N(other)^q, normalized.
func (n bell) times(p float64, o bell, q float64) bell {
	prec := plus(scaled(p, inverse(n.c)), q, inverse(o.c))
	c := inverse(prec)
	return bell{mul(c, plus(scaled(p, mul(inverse(n.c), n.m)), q, mul(inverse(o.c), o.m))), c}
}

func scaled(k float64, a mat.Matrix) *mat.Dense { return plus(mat.NewDense(dims(a)), k, a) }

func dims(a mat.Matrix) (r, c int, none []float64) { r, c = a.Dims(); return r, c, nil }

// observed is the law given that w·x is y, with an error of standard deviation sd.
func (n bell) observed(w *mat.Dense, y, sd float64) bell { // w is 1×2
	s := mul(w, n.c, w.T()).At(0, 0) + sd*sd
	k := scaled(1/s, mul(n.c, w.T()))
	r := y - mul(w, n.m).At(0, 0)
	return bell{plus(n.m, r, k), plus(n.c, -1, mul(k, w, n.c))}
}

// units are the scales and offsets of the encoding.
func units(c *datasets.Codec) (mean *mat.Dense, std *mat.Dense) {
	ma, sa, _ := c.Affine(0)
	mb, sb, _ := c.Affine(1)
	return mat.NewDense(2, 1, []float64{ma, mb}), mat.NewDense(2, 2, []float64{sa, 0, 0, sb})
}

// law is n encoded.
func (n bell) law(c *datasets.Codec) *sde.Gaussian {
	mean, std := units(c)
	m, v := mul(inverse(std), plus(n.m, -1, mean)), mul(inverse(std), n.c, inverse(std))
	return must(sde.NewGaussian([]float64{m.At(0, 0), m.At(1, 0)}, mat.NewSymDense(2, []float64{v.At(0, 0), v.At(0, 1), v.At(0, 1), v.At(1, 1)}), sde.VP{}))
}

// score is the score of n noised, at encoded x, in units of encoded rows, by hand.
func (n bell) score(c *datasets.Codec, x *mat.Dense, t float64) *mat.Dense {
	k := sde.VP{}.Coeff(t)
	mean, std := units(c)
	m, v := mul(inverse(std), plus(n.m, -1, mean)), mul(inverse(std), n.c, inverse(std))
	noised := plus(scaled(k.Alpha*k.Alpha, v), k.Sigma*k.Sigma, mat.NewDense(2, 2, []float64{1, 0, 0, 1}))
	return scaled(-1, mul(inverse(noised), plus(x, -k.Alpha, m)))
}

// yaml is n as the law of both columns, b first.
func (n bell) yaml() string {
	return fmt.Sprintf("{columns: [b, a], mean: [%.17g, %.17g], cov: [[%.17g, %.17g], [%.17g, %.17g]]}", n.m.At(1, 0), n.m.At(0, 0), n.c.At(1, 1), n.c.At(0, 1), n.c.At(0, 1), n.c.At(0, 0))
}

// away is how far the D of the guides of a file on a model is from (x + σ² s)/α, at most.
func away(t *testing.T, c *datasets.Codec, model sde.Differentiable, term string, s func(x *mat.Dense, t float64) *mat.Dense) float64 {
	t.Helper()
	terms, err := parse(t, term).On(model, c, 1).Build(c, "")
	if err != nil {
		t.Fatalf("%s: %v", term, err)
	}
	g, worst := guide.New(model, terms...), 0.0
	if g.Err() != nil {
		t.Fatalf("%s: %v", term, g.Err())
	}
	for i, at := range []float64{0.05, 0.3, 0.6, 1} {
		x := mat.NewDense(1, 2, []float64{math.Sin(float64(3*i + 1)), math.Cos(float64(2 * i))})
		got, k := mat.NewDense(1, 2, nil), sde.VP{}.Coeff(at)
		if err := g.Denoise(got, x, []float64{at}); err != nil {
			t.Log(err)
			return math.Inf(1)
		}
		want := scaled(1/k.Alpha, plus(x.T(), k.Sigma*k.Sigma, s(mat.DenseCopyOf(x.T()), at)))
		for j := range 2 {
			worst = math.Max(worst, math.Abs(got.At(0, j)-want.At(j, 0))/math.Max(1, math.Abs(want.At(j, 0))))
		}
	}
	return worst
}

// Of normal laws every affine score is known: with the guide of an observation, with a
// prior in closed form that is the model's or another, and of a model that is a posterior.
func TestAffineOfAFileIsTheClosedForm(t *testing.T) {
	c := pair(t, true)
	_, std := units(c)
	model, other := bell2(4, -2.3, 9, 0.5, 0.2), bell2(6, -1.5, 6, -0.2, 0.15)
	w := mat.NewDense(1, 2, []float64{2, -1})
	const a, p = 4, 0.5
	b, q := mul(std, mat.NewDense(2, 1, []float64{0.3, 0})), mul(std, mat.NewDense(2, 1, []float64{0, -0.2}))
	see := "{linear: [{weights: {a: 2, b: -1}, value: 12}], noise: 0.8, affine: {likelihood_scale: 4, likelihood_shift: {a: 0.3}, prior_scale: 0.5, prior_shift: {b: -0.2}%s}}"
	// s = a (post - prior) + b + p score + q
	affine := func(post, prior, model bell, a, p float64, b, q mat.Matrix) func(x *mat.Dense, t float64) *mat.Dense {
		return func(x *mat.Dense, t float64) *mat.Dense {
			g := plus(post.score(c, x, t), -1, prior.score(c, x, t))
			return plus(plus(plus(scaled(a, g), 1, b), p, model.score(c, x, t)), 1, q)
		}
	}
	posterior := model.observed(w, 12, 0.8)
	byColumn := "{linear: [{weights: {a: 2, b: -1}, value: 12}], noise: 0.8, affine: {likelihood_scale: {a: 4, b: 4}, likelihood_shift: {a: 0.3}, prior_scale: {a: 0.5, b: 0.5}, prior_shift: {b: -0.2}}}"
	for _, k := range []struct {
		name, term string
		model      bell
		want       func(x *mat.Dense, t float64) *mat.Dense
	}{
		{"an observation", fmt.Sprintf(see, ""), model, affine(posterior, model, model, a, p, b, q)},
		{"scales by column", byColumn, model, affine(posterior, model, model, a, p, b, q)},
		{"the prior of the model", fmt.Sprintf(see, ", prior: "+model.yaml()), model, affine(posterior, model, model, a, p, b, q)},
		{"another prior", fmt.Sprintf(see, ", prior: "+other.yaml()), model, affine(other.observed(w, 12, 0.8), other, model, a, p, b, q)},
		{"by columns", "{observe: {a: 7}, noise: 0.5, affine: {likelihood_scale: 3, prior: {a: {law: normal, mean: 6, sd: 2}, b: {law: normal, mean: -1.5, sd: 0.4}}}}", model,
			affine(bell2(6, -1.5, 4, 0, 0.16).observed(mat.NewDense(1, 2, []float64{1, 0}), 7, 0.5), bell2(6, -1.5, 4, 0, 0.16), model, 3, 1, mat.NewDense(2, 1, nil), mat.NewDense(2, 1, nil))},
		{"alone, on a posterior", "{affine: {likelihood_scale: 4, likelihood_shift: {a: 0.3}, prior_scale: 0.5, prior_shift: {b: -0.2}, prior: " + model.yaml() + "}}", posterior, affine(posterior, model, model, a, p, b, q)},
	} {
		if e := away(t, c, k.model.law(c), k.term, k.want); e > 1e-10 {
			t.Errorf("%s: off by %.2g", k.name, e)
		}
		for wrong, term := range map[string]string{
			"scale and shift":      strings.NewReplacer("likelihood_scale", "likelihood_shift", "likelihood_shift", "likelihood_scale").Replace(k.term),
			"prior and likelihood": strings.NewReplacer("prior_scale", "likelihood_scale", "likelihood_scale", "prior_scale", "prior_shift", "likelihood_shift", "likelihood_shift", "prior_shift").Replace(k.term),
			"variance for sd":      strings.Replace(strings.Replace(k.term, "noise: 0.8", "noise: 0.64", 1), "noise: 0.5", "noise: 0.25", 1),
		} {
			if term == k.term || strings.Contains(term, "scale: {b") && strings.Contains(k.name, "alone") {
				continue
			}
			if wrong == "prior and likelihood" { // the shifts add up: only the scales tell
				term = strings.NewReplacer("prior_shift", "likelihood_shift", "likelihood_shift", "prior_shift").Replace(term)
			}
			if e := away(t, c, k.model.law(c), term, k.want); e < 1e-6 {
				t.Errorf("%s: with %s exchanged it is off by %.2g", k.name, wrong, e)
			}
		}
	}
}

// A swap of normal priors is a product of powers of normals, of both columns and of one.
func TestPriorOfAFileIsTheClosedForm(t *testing.T) {
	c := pair(t, true)
	model, from, to := bell2(4, -2.3, 9, 0.5, 0.2), bell2(4.5, -2, 10, 0.3, 0.4), bell2(6, -1.5, 6, -0.2, 0.15)
	ratio := model.times(1, to, 1).times(1, from, -1)
	score := func(n bell) func(x *mat.Dense, t float64) *mat.Dense {
		return func(x *mat.Dense, t float64) *mat.Dense { return n.score(c, x, t) }
	}
	// of b alone: P gains 1/.2² - 1/.4² there
	one := func(sd float64) bell {
		prec := inverse(model.c)
		h := mul(prec, model.m)
		prec.Set(1, 1, prec.At(1, 1)+1/(sd*sd)-1/0.16)
		h.Set(1, 0, h.At(1, 0)+-1.8/(sd*sd)+2/0.16)
		v := inverse(prec)
		return bell{mul(v, h), v}
	}
	b := "{prior: {from: {b: {law: normal, mean: -2, sd: 0.4}}, to: {b: {law: normal, mean: -1.8, sd: 0.2}}}}"
	for _, k := range []struct {
		name, term string
		want       bell
		same       bool
	}{
		{"both", "{prior: {from: " + from.yaml() + ", to: " + to.yaml() + "}}", ratio, true},
		{"the model's own", "{prior: {from: " + model.yaml() + ", to: " + to.yaml() + "}}", to, true},
		{"from and to exchanged", "{prior: {from: " + to.yaml() + ", to: " + from.yaml() + "}}", ratio, false},
		{"one", b, one(0.2), true},
		{"one, of the law of both", "{prior: {from: {columns: [a, b], mean: [4, -2], cov: [[9, 0.6], [0.6, 0.16]]}, to: {b: {law: normal, mean: -1.8, sd: 0.2}}}}", one(0.2), true},
		{"variance for sd", b, one(0.04), false},
		{"a mixture of one", "{prior: {from: [{b: {law: normal, mean: -2, sd: 0.4}}], to: {b: {law: mixture, parts: [{weight: 3, mean: -1.8, sd: 0.2}]}}}}", one(0.2), true},
		{"uniform before", "{prior: {from: {b: {law: uniform, min: -9, max: 9}}, to: {b: {law: normal, mean: -1.8, sd: 0.2}}}}", model.times(1, bell2(0, -1.8, 1e14, 0, 0.04), 1), true},
	} {
		tol := 1e-10
		if k.name == "uniform before" {
			tol = 1e-8 // of what stands for a flat law in the oracle
		}
		if e := away(t, c, model.law(c), k.term, score(k.want)); (e < tol) != k.same {
			t.Errorf("%s: off by %.2g", k.name, e)
		}
	}
	// from: fitted is the normal law of draws, here of the model itself: to within their error
	if e := away(t, c, model.law(c), "{prior: {from: fitted, to: "+to.yaml()+"}}", score(to)); e > 0.2 || e < 1e-6 {
		t.Errorf("fitted: off by %.2g", e)
	}
	// A mixture of two is the Go-built guide.
	law := model.law(c)
	mb, sb, _ := c.Affine(1)
	part := func(m, sd float64) *sde.Gaussian {
		return must(sde.NewGaussian([]float64{(m - mb) / sb}, mat.NewSymDense(1, []float64{sd * sd / sb / sb}), sde.VP{}))
	}
	swap := must(guide.NewPriorSwapAt(2, []int{1}, part(-2, 0.4), must(sde.NewMixture([]float64{3, 1}, []*sde.Gaussian{part(-1.8, 0.2), part(-2.6, 0.1)}))))
	x, want := mat.NewDense(1, 2, []float64{0.3, -0.2}), mat.NewDense(1, 2, nil)
	if err := guide.New(law, swap).Denoise(want, x, []float64{0.4}); err != nil {
		t.Fatal(err)
	}
	got := mat.NewDense(1, 2, nil)
	terms := must(parse(t, "{prior: {from: {b: {law: normal, mean: -2, sd: 0.4}}, to: {b: {law: mixture, parts: [{weight: 3, mean: -1.8, sd: 0.2}, {weight: 1, mean: -2.6, sd: 0.1}]}}}}").On(law, c, 0).Build(c, ""))
	if err := guide.New(law, terms...).Denoise(got, x, []float64{0.4}); err != nil || !mat.EqualApprox(got, want, 1e-10) {
		t.Errorf("%v, %v, want %v", err, got.RawRowView(0), want.RawRowView(0))
	}
}

// truncate is the truncated law in closed form: the score of the mass that is left.
func TestTruncateOfAFileIsTheClosedForm(t *testing.T) {
	c := pair(t, true)
	model := bell2(4, -2.3, 9, 0.5, 0.2)
	mean, std := units(c)
	want := func(lo, hi float64) func(x *mat.Dense, t float64) *mat.Dense {
		return func(x *mat.Dense, t float64) *mat.Dense {
			// b given x_t is N(m, v): the regression of b on x_t
			k := sde.VP{}.Coeff(t)
			e := bell{mul(inverse(std), plus(model.m, -1, mean)), mul(inverse(std), model.c, inverse(std))}
			noised := inverse(plus(scaled(k.Alpha*k.Alpha, e.c), k.Sigma*k.Sigma, mat.NewDense(2, 2, []float64{1, 0, 0, 1})))
			pick := mat.NewDense(1, 2, []float64{0, 1})
			gain := scaled(k.Alpha, mul(pick, e.c, noised)) // 1×2
			m := mul(pick, e.m).At(0, 0) + mul(gain, plus(x, -k.Alpha, e.m)).At(0, 0)
			v := e.c.At(1, 1) - k.Alpha*mul(gain, e.c, pick.T()).At(0, 0)
			s := math.Sqrt(v)
			end := func(b float64) float64 { return ((b-mean.At(1, 0))/std.At(1, 1) - m) / s }
			phi := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
			mass := (math.Erfc(end(lo)/math.Sqrt2) - math.Erfc(end(hi)/math.Sqrt2)) / 2
			return plus(model.score(c, x, t), (phi(end(lo))-phi(end(hi)))/mass/s, gain.T())
		}
	}
	const (
		term = "{truncate: {column: b, min: -2.5, max: -1.9}}"
		half = 0.00005 // of a step of b
	)
	if e := away(t, c, model.law(c), term, want(-2.5-half, -1.9+half)); e > 1e-10 {
		t.Errorf("off by %.2g", e)
	}
	if e := away(t, c, model.law(c), term, want(-2.5, -1.8)); e < 1e-6 {
		t.Errorf("another end is off by %.2g", e)
	}
	if b := must(parse(t, term).Bounds(c)); len(b) != 1 {
		t.Errorf("%d bounds of cells", len(b))
	}
}
