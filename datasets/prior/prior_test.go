package prior

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/sde"
)

func read(t *testing.T, text string) *Prior {
	t.Helper()
	p, err := Parse([]byte("prior:\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// univariates are laws of one parameter, with an independent density and distribution
// function where there is one.
var univariates = []struct {
	text string
	pdf  func(float64) float64
	cdf  func(float64) float64
}{
	{"law: normal, mean: 2, sd: 3", distuv.Normal{Mu: 2, Sigma: 3}.Prob, distuv.Normal{Mu: 2, Sigma: 3}.CDF},
	{"law: log-normal, mu: -0.5, sd: 0.4", distuv.LogNormal{Mu: -.5, Sigma: .4}.Prob, distuv.LogNormal{Mu: -.5, Sigma: .4}.CDF},
	{"law: uniform, low: -3, high: 5", distuv.Uniform{Min: -3, Max: 5}.Prob, distuv.Uniform{Min: -3, Max: 5}.CDF},
	{"law: beta, a: 2, b: 5", distuv.Beta{Alpha: 2, Beta: 5}.Prob, distuv.Beta{Alpha: 2, Beta: 5}.CDF},
	{"law: beta, a: 0.5, b: 0.5", distuv.Beta{Alpha: .5, Beta: .5}.Prob, distuv.Beta{Alpha: .5, Beta: .5}.CDF},
	{"law: beta, a: 3, b: 1, low: -1, high: 3", func(v float64) float64 { return distuv.Beta{Alpha: 3, Beta: 1}.Prob((v+1)/4) / 4 }, func(v float64) float64 { return distuv.Beta{Alpha: 3, Beta: 1}.CDF((v + 1) / 4) }},
	{"law: gamma, shape: 2.5, rate: 0.5", distuv.Gamma{Alpha: 2.5, Beta: .5}.Prob, distuv.Gamma{Alpha: 2.5, Beta: .5}.CDF},
	{"law: gamma, shape: 0.5, scale: 3", distuv.Gamma{Alpha: .5, Beta: 1. / 3}.Prob, distuv.Gamma{Alpha: .5, Beta: 1. / 3}.CDF},
	{"law: gamma, shape: 300, scale: 1", distuv.Gamma{Alpha: 300, Beta: 1}.Prob, distuv.Gamma{Alpha: 300, Beta: 1}.CDF},
	{"law: normal, mean: 1, sd: 2, above: 0", cut(distuv.Normal{Mu: 1, Sigma: 2}, 0, math.Inf(1)).pdf, cut(distuv.Normal{Mu: 1, Sigma: 2}, 0, math.Inf(1)).cdf},
	{"law: normal, mean: 0, sd: 1, above: -0.3, below: 0.4", cut(distuv.Normal{Sigma: 1}, -.3, .4).pdf, cut(distuv.Normal{Sigma: 1}, -.3, .4).cdf},
	{"law: gamma, shape: 2, rate: 1, below: 3", cut(distuv.Gamma{Alpha: 2, Beta: 1}, 0, 3).pdf, cut(distuv.Gamma{Alpha: 2, Beta: 1}, 0, 3).cdf},
	{"law: normal, mean: 0, sd: 1, above: 12, below: 13", nil, nil},
	{"law: normal, mean: 0, sd: 1, below: -9", nil, nil},
	{"law: mixture, weights: [1, 3], of: [{law: normal, mean: -2, sd: 0.5}, {law: uniform, low: 0, high: 4}]",
		func(v float64) float64 {
			return .25*distuv.Normal{Mu: -2, Sigma: .5}.Prob(v) + .75*distuv.Uniform{Min: 0, Max: 4}.Prob(v)
		},
		func(v float64) float64 {
			return .25*distuv.Normal{Mu: -2, Sigma: .5}.CDF(v) + .75*distuv.Uniform{Min: 0, Max: 4}.CDF(v)
		}},
}

type probability interface {
	Prob(float64) float64
	CDF(float64) float64
}

type restricted struct {
	of     probability
	lo, hi float64
}

func cut(of probability, lo, hi float64) restricted { return restricted{of, lo, hi} }
func (r restricted) pdf(v float64) float64 {
	if v < r.lo || v > r.hi {
		return 0
	}
	return r.of.Prob(v) / (r.of.CDF(r.hi) - r.of.CDF(r.lo))
}
func (r restricted) cdf(v float64) float64 {
	return (r.of.CDF(v) - r.of.CDF(r.lo)) / (r.of.CDF(r.hi) - r.of.CDF(r.lo))
}

// The laws are gonum's, z is Φ⁻¹ of the distribution function, and the density is its
// derivative.
func TestUnivariates(t *testing.T) {
	for _, c := range univariates {
		u := read(t, "  - {name: p, "+c.text+"}").Marginal(0)
		for z := -4.; z <= 4; z += .37 {
			v := u.Value(z)
			if c.pdf != nil {
				if got, want := math.Exp(u.LogProb(v)), c.pdf(v); math.Abs(got-want) > 1e-9*want {
					t.Errorf("%s: density %g at %g, want %g", c.text, got, v, want)
				}
				if got, want := CDF(u, v), c.cdf(v); math.Abs(got-want) > 1e-9 {
					t.Errorf("%s: F(%g) = %g, want %g", c.text, v, got, want)
				}
			}
			h := 1e-5
			slope := (u.Value(z+h) - u.Value(z-h)) / (2 * h) // φ(z)/p(v)
			if got, want := u.LogProb(v), logPhi(z)-math.Log(slope); math.Abs(got-want) > 1e-4 {
				t.Errorf("%s: log density %g at z = %g, the derivative of F gives %g", c.text, got, z, want)
			}
		}
	}
}

// z → θ → z comes back, in the tails as well, as far as θ has the digits.
func TestRoundTrip(t *testing.T) {
	for _, c := range univariates {
		p := read(t, "  - {name: p, "+c.text+"}")
		u := p.Marginal(0)
		lo, hi := u.Support()
		worst := 0.0
		for z := -30.; z <= 30; z += .171 {
			v := u.Value(z)
			back := u.Normal(v)
			// The spacing of numbers at θ, in units of z.
			spacing := u.Normal(math.Nextafter(v, math.Inf(1))) - u.Normal(math.Nextafter(v, math.Inf(-1)))
			if !(spacing < 1e-3) || math.Abs(v) < 1e-300 || v <= lo || v >= hi {
				continue
			}
			worst = math.Max(worst, math.Abs(back-z)-4*spacing)
			if again := u.Value(back); math.Abs(again-v) > 1e-10*math.Abs(v) {
				t.Errorf("%s: θ = %g comes back as %g", c.text, v, again)
			}
		}
		if worst > 1e-10 {
			t.Errorf("%s: z comes back with an error of %.2g", c.text, worst)
		}
	}
}

// The tails, where Φ⁻¹ of a probability in (0, 1) has no digits left.
func TestTails(t *testing.T) {
	for _, z := range []float64{-300, -38, -20.001, -19.999, -9, -1e-9, 0, 1e-9, 3, 8} {
		if got := quantile(logCDF(z)); math.Abs(got-z) > 1e-13*(1+math.Abs(z))/math.Min(1, math.Exp(logPhi(z)-logPhi(0))*1e3) && z <= 0 {
			t.Errorf("quantile(logCDF(%g)) = %.17g", z, got)
		}
	}
	// Abramowitz & Stegun 26.2, tables: ln Φ(-20), ln Φ(-30) from Q = 10^-88.56, 10^-197.3.
	for z, want := range map[float64]float64{-20: -203.917155, -30: -454.321244} {
		if got := logCDF(z); math.Abs(got-want) > 1e-5 {
			t.Errorf("ln Φ(%g) = %.6f, want %.6f", z, got, want)
		}
	}
	u := read(t, "  - {name: p, law: uniform, low: 0, high: 1}").Marginal(0)
	if z := u.Normal(1e-300); math.Abs(z+37.0471) > 1e-3 {
		t.Errorf("z of 1e-300 is %g", z)
	}
	if v := Quantile(u, .25); v != .25 {
		t.Errorf("the quartile is %g", v)
	}
}

const joint = `
  - {name: rate, law: log-normal, mu: -0.9, sd: 0.5}
  - {names: [x, y], law: multivariate-normal, mean: [1, -1], covariance: [[1, 0.8], [0.8, 2]]}
  - names: [u, v]
    law: mixture
    weights: [0.3, 0.7]
    of:
      - {law: multivariate-normal, mean: [0, 0], covariance: [[1, -0.6], [-0.6, 1]]}
      - law: independent
        of: [{law: normal, mean: 3, sd: 0.5}, {law: gamma, shape: 2, rate: 1}]
  - {names: [p, q], law: beta, a: 2, b: 3}
`

// Draws whiten to independent standard normals, and whitening is the inverse of what
// drew them. Densities are the chain rule's.
func TestWhitening(t *testing.T) {
	p := read(t, joint)
	const n = 4000
	d := p.Dim()
	theta, z, back := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	p.Sample(theta, 1, 0)
	if err := p.Whiten(z, theta); err != nil {
		t.Fatal(err)
	}
	p.Unwhiten(back, z)
	for i := range n {
		for j := range d {
			if a, b := theta.At(i, j), back.At(i, j); math.Abs(a-b) > 1e-10*(1+math.Abs(a)) {
				t.Fatalf("row %d, %s: %g comes back as %g", i, p.Names()[j], a, b)
			}
		}
	}
	for j := range d {
		for k := range j + 1 {
			sum := 0.0
			for i := range n {
				sum += z.At(i, j) * z.At(i, k)
			}
			want, sd := 0.0, 1.0
			if j == k {
				want, sd = 1, math.Sqrt2
			}
			if math.Abs(sum/n-want) > 4.5*sd/math.Sqrt(n) {
				t.Errorf("E[z_%d z_%d] = %.3f", j, k, sum/n)
			}
		}
	}
	dets, lp := make([]float64, n), make([]float64, n)
	p.LogDet(dets, theta, z)
	p.LogProb(lp, theta)
	one, h := mat.NewDense(1, d, nil), 1e-5
	for i := range 5 { // the Jacobian is triangular
		want := 0.0
		for j := range d {
			at := func(s float64) float64 {
				one.SetRow(0, z.RawRowView(i))
				one.Set(0, j, one.At(0, j)+s)
				p.Unwhiten(one, one)
				return one.At(0, j)
			}
			want += math.Log((at(h) - at(-h)) / (2 * h))
		}
		if math.Abs(dets[i]-want) > 1e-6 {
			t.Errorf("row %d: log det %g, differences give %g", i, dets[i], want)
		}
	}
}

// A multivariate normal is whitened by a linear map, which is that of its conditionals.
func TestLinearWhitening(t *testing.T) {
	p := read(t, "  - {names: [x, y, w], law: multivariate-normal, mean: [1, -1, 4], covariance: [[1, 0.8, 0.1], [0.8, 2, -0.3], [0.1, -0.3, 1.5]]}")
	m := p.law.blocks[0].(*multivariate)
	theta, z := mat.NewDense(1, 3, []float64{.3, .7, -2}), mat.NewDense(1, 3, nil)
	if err := p.Whiten(z, theta); err != nil {
		t.Fatal(err)
	}
	lp, sum := []float64{0}, 0.0
	p.LogProb(lp, theta)
	for j := range 3 {
		u := m.given(j, theta.RawRowView(0)[:j])
		sum += u.LogProb(theta.At(0, j))
		if got, want := z.At(0, j), u.Normal(theta.At(0, j)); math.Abs(got-want) > 1e-12 {
			t.Errorf("z_%d is %g, the conditionals give %g", j, got, want)
		}
	}
	if math.Abs(lp[0]-sum) > 1e-12 {
		t.Errorf("log density %g, the conditionals give %g", lp[0], sum)
	}
	lo := m.marginal(1).(normal)
	if lo.mean != -1 || math.Abs(lo.sd-math.Sqrt2) > 1e-12 {
		t.Errorf("marginal %v", lo)
	}
}

// The density of a mixture of several parameters is the sum that defines it.
func TestMixtureDensity(t *testing.T) {
	p := read(t, joint)
	theta := mat.NewDense(1, 7, []float64{.4, .5, 0, 1.5, .7, .2, .6})
	got := make([]float64, 1)
	p.LogProb(got, theta)
	gauss := func(a, b, va, vb, c float64) float64 {
		det := va*vb - c*c
		return math.Exp(-(vb*a*a-2*c*a*b+va*b*b)/(2*det)) / (2 * math.Pi * math.Sqrt(det))
	}
	mix := .3*gauss(1.5, .7, 1, 1, -.6) + .7*distuv.Normal{Mu: 3, Sigma: .5}.Prob(1.5)*distuv.Gamma{Alpha: 2, Beta: 1}.Prob(.7)
	want := distuv.LogNormal{Mu: -.9, Sigma: .5}.LogProb(.4) + math.Log(gauss(-.5, 1, 1, 2, .8)*mix) +
		distuv.Beta{Alpha: 2, Beta: 3}.LogProb(.2) + distuv.Beta{Alpha: 2, Beta: 3}.LogProb(.6)
	if math.Abs(got[0]-want) > 1e-9 {
		t.Errorf("log density %.12g, want %.12g", got[0], want)
	}
}

// The law of sde has the density of the prior, and its mean is that of draws.
func TestLaw(t *testing.T) {
	p := read(t, `
  - {name: a, law: normal, mean: 1, sd: 2}
  - {name: b, law: uniform, low: -1, high: 2}
  - {name: c, law: normal, mean: 0, sd: 1, above: 0.5}
  - {name: d, law: gamma, shape: 2, rate: 3}
  - {names: [x, y], law: mixture, weights: [1, 2], of: [{law: multivariate-normal, mean: [0, 0], covariance: [[1, 0.5], [0.5, 1]]}, {law: independent, of: [{law: normal, mean: 3, sd: 1}, {law: normal, mean: 1, sd: 2}]}]}
`)
	l, err := p.Law(sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 2000
	x := mat.NewDense(n, p.Dim(), nil)
	p.Sample(x, 3, 0)
	few := x.Slice(0, 50, 0, p.Dim()).(*mat.Dense)
	ours, theirs := make([]float64, 50), make([]float64, 50)
	p.LogProb(ours, few)
	l.LogProb(theirs, few, []float64{0})
	for i := range ours {
		if math.Abs(ours[i]-theirs[i]) > 1e-5 {
			t.Errorf("row %d: log density %g, of the law %g", i, ours[i], theirs[i])
		}
	}
	c := l.Covariance()
	for j, m := range l.Mean() {
		mean := mat.Sum(x.ColView(j)) / n
		if se := math.Sqrt(c.At(j, j) / n); math.Abs(mean-m) > 4.5*se {
			t.Errorf("mean %g of %s, the law has %g ± %g", mean, p.Names()[j], m, se)
		}
	}
	if _, err := read(t, joint).Law(sde.VP{}); err == nil || !strings.Contains(err.Error(), `parameter "u"`) {
		t.Errorf("a mixture that is not normal: %v", err)
	}
}

// Row i is a function of seed and index; entries make the same prior again, as JSON too.
func TestFunctions(t *testing.T) {
	p := read(t, joint)
	a, b := mat.NewDense(10, 7, nil), mat.NewDense(4, 7, nil)
	p.Sample(a, 5, 0)
	text, err := json.Marshal(p.Entries())
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	if err := json.Unmarshal(text, &entries); err != nil {
		t.Fatal(err)
	}
	q, err := New(entries)
	if err != nil {
		t.Fatal(err)
	}
	q.Sample(b, 5, 6)
	if !mat.Equal(a.Slice(6, 10, 0, 7), b) {
		t.Error("rows 6 to 9 are others when drawn alone")
	}
	if q.Independent(0) != true || q.Independent(1) || q.Independent(3) || !q.Independent(6) {
		t.Error("independence")
	}
	lo, hi := q.Support()
	if got := fmt.Sprint(lo, hi); got != "[0 -Inf -Inf -Inf -Inf 0 0] [+Inf +Inf +Inf +Inf +Inf 1 1]" {
		t.Errorf("support %s", got)
	}
}

func TestWhitenRefuses(t *testing.T) {
	p := read(t, "  - {name: a, law: uniform, low: 0, high: 1}\n  - {name: b, law: normal, mean: 0, sd: 1}")
	z := mat.NewDense(2, 2, nil)
	for _, c := range []struct {
		v    float64
		want string
	}{{1.5, `row 2, parameter "a": 1.5 is outside of the support of the prior, from 0 to 1`}, {math.NaN(), "NaN is outside"}, {-.1, "outside"}} {
		if err := p.Whiten(z, mat.NewDense(2, 2, []float64{.5, 0, c.v, 0})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%g: %v", c.v, err)
		}
	}
	if err := p.Whiten(z, mat.NewDense(2, 2, []float64{0, 0, 1, 0})); err != nil || math.Abs(z.At(0, 0)+8.2) > .1 || z.At(1, 0) != -z.At(0, 0) {
		t.Errorf("the border: %v, %v", mat.Formatted(z), err)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "has no prior: give a list",
		"prior: []":              "at least one entry",
		"prior: [{law: normal}]": "entry 1: no name",
		"prior: [{name: a}]":     "entry 1 (a): no law: give one of normal",
		"prior: [{name: a, law: nomal, mean: 0, sd: 1}]":                                                                        `no law is called "nomal"; did you mean normal`,
		"prior: [{name: a, law: truncated, low: 0}]":                                                                            "with above: and below:",
		"prior: [{name: a, law: normal, mean: 0}]":                                                                              "law normal needs mean, sd",
		"prior: [{name: a, law: normal, mean: 0, sd: 1, low: 3}]":                                                               "law normal has no low",
		"prior: [{name: a, law: normal, mean: 0, sd: -1}]":                                                                      "sd is -1: give a positive number",
		"prior: [{name: a, law: normal, mean: [0], sd: 1}]":                                                                     "give a number",
		"prior: [{name: a, law: normal, mean: .nan, sd: 1}]":                                                                    "mean is NaN",
		"prior: [{name: a, law: uniform, low: 1, high: 1}]":                                                                     "give low below high",
		"prior: [{name: a, law: gamma, shape: 1}]":                                                                              "either scale or rate",
		"prior: [{name: a, law: gamma, shape: 0.01, rate: 1}]":                                                                  "give 0.1 or more",
		"prior: [{name: a, law: uniform, low: 0, high: 1, above: 2}]":                                                           "nothing of [0, 1]",
		"prior: [{name: a, law: normal, mean: 0, sd: 1, above: 3, below: 2}]":                                                   "nothing of",
		"prior: [{names: [a, b], law: multivariate-normal, mean: [0, 0], covariance: [[1, 2], [2, 1]]}]":                        "not positive definite",
		"prior: [{names: [a, b], law: multivariate-normal, mean: [0, 0], covariance: [[1, 0.1], [0, 1]]}]":                      "not symmetric",
		"prior: [{names: [a, b], law: multivariate-normal, mean: [0, 0], covariance: [[1, 0]]}]":                                "2 means and 1 rows",
		"prior: [{names: [a], law: multivariate-normal, mean: [0, 0], covariance: [[1, 0], [0, 1]]}]":                           "1 names for a law of 2 parameters",
		"prior: [{name: a, law: mixture, weights: [1], of: [{law: normal, mean: 0, sd: 1}, {law: normal, mean: 0, sd: 1}]}]":    "1 weights for 2 laws",
		"prior: [{name: a, law: mixture, weights: [1, 0], of: [{law: normal, mean: 0, sd: 1}, {law: normal, mean: 0, sd: 1}]}]": "weight 2 is 0",
		"prior: [{name: a, law: mixture, weights: [1], of: [{name: b, law: normal, mean: 0, sd: 1}]}]":                          "names stand beside",
		"prior: [{name: a, law: normal, mean: 0, sd: 1}, {name: a, law: normal, mean: 0, sd: 1}]":                               `entry 2: a parameter "a" is there already`,
		"prior: [{name: a, law: normal, mean: 0, sd: 1, sigma: 3}]":                                                             `unknown field "sigma"`,
		"prior: [{names: [a, b], law: mixture, weights: [1, 1], of: [{law: normal, mean: 0, sd: 1}, {law: multivariate-normal, mean: [0, 0], covariance: [[1, 0], [0, 1]]}]}]": "law 2 of the mixture has 2 parameters",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "no.yaml")); err == nil || !strings.Contains(err.Error(), "no such file: give a file of a prior, or task:NAME") {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(path, []byte("prior:\n"+joint), 0o666); err != nil {
		t.Fatal(err)
	}
	if p, err := Read(path); err != nil || p.Dim() != 7 {
		t.Errorf("%v, %v", p, err)
	}
}

// FuzzParse: nothing panics, errors have one line, and what is read whitens its draws.
func FuzzParse(f *testing.F) {
	f.Add([]byte("prior:\n" + joint))
	for _, c := range univariates {
		f.Add([]byte("prior: [{name: p, " + c.text + "}]"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		if p.Dim() > 50 {
			return
		}
		x := mat.NewDense(2, p.Dim(), nil)
		p.Sample(x, 1, 0)
		p.Support()
		lp := make([]float64, 2)
		p.LogProb(lp, x)
		_ = p.Whiten(x, x)
	})
}
