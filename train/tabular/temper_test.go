package tabular

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// bellText is a table of one column of normal quantiles of mean m and deviation s.
func bellText(rows int, m, s float64) string {
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range rows {
		u := math.Mod((float64(i)+0.5)*0.6180339887, 1)
		w := math.Mod((float64(i)+0.5)*0.7548776662, 1)
		fmt.Fprintf(&b, "%.4f,%.4f\n", m-s*math.Sqrt2*math.Erfcinv(2*u), 7-2*math.Sqrt2*math.Erfcinv(2*w))
	}
	return b.String()
}

// meanAndVariance are the mean and the variance of a column.
func meanAndVariance(t *testing.T, r *DrawnRows, column string) (mean, variance float64) {
	t.Helper()
	cells := columnOf(t, r, column)
	v := make([]float64, len(cells))
	for i, c := range cells {
		v[i] = must(strconv.ParseFloat(c, 64))
		mean += v[i] / float64(len(v))
	}
	for _, x := range v {
		variance += (x - mean) * (x - mean) / float64(len(v))
	}
	return mean, variance
}

// The law that a scaled likelihood names is reached by fkc from a guide file, in units of
// the table: a column N(m, s²), an error of variance .3 s² and the power 4 of a likelihood
// give the precision (1 + 4/.3)/s². The guide alone misses it.
func TestTheTemperedLawFromAFile(t *testing.T) {
	const m, s = 50.0, 10.0
	b := fit(bellText(400, m, s), Options{Encoding: "standard", Conditional: -1, Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
	mean, variance := b.net.Moments()
	shift, scale, _ := b.codec.Affine(0)
	mu, v := shift+scale*mean[0], scale*scale*variance[0]
	file := func(affine string) string {
		return fmt.Sprintf("{observe: {a: %g}, noise: %g, affine: {%s}}", m+s, s*math.Sqrt(0.3), affine)
	}
	r := 0.3 * s * s
	for _, c := range []struct {
		name, affine string
		p, a         float64
	}{
		{"the model's moments", "likelihood_scale: 4", 1, 4},
		{"a prior that is not the model's", "likelihood_scale: 4, prior: {a: {law: normal, mean: 45, sd: 14}, b: {law: normal, mean: 7, sd: 3}}", 1, 4},
		{"fitted normals", "likelihood_scale: 4, prior: {fitted: 2}", 1, 4},
		{"prior to the half", "likelihood_scale: 2, prior_scale: 0.5", 0.5, 2},
	} {
		if testing.Short() && c.name != "the model's moments" {
			continue
		}
		prec := c.p/v + c.a/r
		wantMean, wantV := (c.p/v*mu+c.a/r*(m+s))/prec, 1/prec
		q := Query{Guide: guideFile(file(c.affine)), Conditioning: Conditioning{Method: "fkc", Particles: 500}, Sampler: sample.Sampler{NFE: 100}, Seed: 2}
		n := 4000
		if c.a == 4 && !strings.Contains(c.affine, "prior") && !testing.Short() {
			n = 20000
		}
		rows := draw(b, n, &q)
		gm, gv := meanAndVariance(t, rows, "a")
		q.Conditioning = Conditioning{}
		pm, pv := meanAndVariance(t, draw(b, 1000, &q), "a")
		t.Logf("%s: mean %.2f (%.2f), variance %.2f (%.2f); the guide alone: %.2f, %.2f", c.name, gm, wantMean, gv, wantV, pm, pv)
		// in units of s .01 and .005, which are more than five standard errors of 20000 rows;
		// fewer, weighted by more, have five of half their number
		far, wrong := 0.01*s, 0.005*s*s
		if n < 20000 {
			far, wrong = 5*math.Sqrt(2*wantV/float64(n)), 5*wantV*math.Sqrt(4/float64(n))
		}
		if math.Abs(gm-wantMean) > far || math.Abs(gv-wantV) > wrong {
			t.Errorf("%s: mean %.3f variance %.3f, want %.3f and %.3f", c.name, gm, gv, wantMean, wantV)
		}
		if c.p == 1 && math.Abs(pv-wantV) < 0.01*s*s {
			t.Errorf("%s: the guide alone has the variance %.2f, and no need of fkc", c.name, pv)
		}
		if e := rows.Evidence; c.p == 1 {
			// log ∫ N(x; mu, v) N(y; x, r)⁴ dx
			want := -2*math.Log(2*math.Pi*r) + math.Log(2*math.Pi*r/4)/2 - (m+s-mu)*(m+s-mu)/(v+r/4)/2 - math.Log(2*math.Pi*(v+r/4))/2
			if math.Abs(*e.LogEvidence-want) > 5**e.SE+0.03 {
				t.Errorf("%s: log evidence %.3f ± %.3f, want %.3f", c.name, *e.LogEvidence, *e.SE, want)
			}
		}
	}
}

// What affine cannot be part of is refused.
func TestAffineRefuses(t *testing.T) {
	b, labeled := normalModel(), model(t, "label")
	scaled := guideFile("{observe: {a: 1.5}, noise: 0.3, affine: {likelihood_scale: 4}}")
	alone := guideFile("{affine: {likelihood_scale: 4, prior: {fitted: 1}}}")
	uneven := guideFile("{observe: {a: 1.5}, noise: 0.3, affine: {likelihood_scale: {a: 4}}}")
	fkc := Conditioning{Method: "fkc"}
	for _, c := range []struct {
		m    *Model
		q    Query
		want string
	}{
		{b, Query{Guide: scaled, Conditioning: Conditioning{Method: "tds"}}, "tds weighs by likelihoods, and guide 1 is affine"},
		{b, Query{Guide: scaled, Conditioning: Conditioning{Method: "fk"}}, "use fkc"},
		{b, Query{Guide: alone}, "rows are given nothing"},
		{b, Query{Guide: uneven, Conditioning: fkc}, "give one number"},
		{labeled, Query{Guide: alone, Given: map[string]string{"label": "yes"}, CFG: 2, Conditioning: fkc}, "one of cfg and an affine"},
	} {
		if err := c.m.Check(2, &c.q); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// With the strength W of a label fkc draws p_c^W p^{1-W}: the densities of both are those of
// the model's own flow, integrated over a grid. The guide alone has another variance.
func TestStrengthOfALabelByCorrectors(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a network")
	}
	var text strings.Builder
	text.WriteString("a,k\n")
	for i := range 600 {
		u := math.Mod((float64(i)+0.5)*0.6180339887, 1)
		z := -math.Sqrt2 * math.Erfcinv(2*u)
		if i%2 == 0 {
			fmt.Fprintf(&text, "%.4f,u\n", 1+z)
		} else {
			fmt.Fprintf(&text, "%.4f,v\n", -1+1.5*z)
		}
	}
	m := fit(text.String(), Options{Conditions: []string{"k"}, Encoding: "standard", Steps: 1500, Hidden: 64, Layers: 3, Batch: 512})
	const grid = 100
	x := mat.NewDense(grid, 1, nil)
	for i := range grid {
		x.Set(i, 0, -5+10*(float64(i)+0.5)/grid)
	}
	labels := mat.NewDense(1, 1, nil)
	cond := must(m.net.Conditional(labels, nil))
	o := &sample.LogProbOptions{RTol: 1e-5, ATol: 1e-5}
	with := must(sample.LogProb(context.Background(), cond, x, o)).LogProb
	none := must(sample.LogProb(context.Background(), m.net, x, o)).LogProb
	const w = 2
	var mass, mean, square float64
	for i := range grid {
		v, _ := m.codec.ToValue(0, x.At(i, 0))
		p := math.Exp(w*with[i] + (1-w)*none[i])
		mass, mean, square = mass+p, mean+p*v, square+p*v*v
	}
	mean /= mass
	variance := square/mass - mean*mean
	q := Query{Given: map[string]string{"k": "u"}, CFG: w, Conditioning: Conditioning{Method: "fkc", Particles: 500}, Sampler: sample.Sampler{NFE: 100}, Seed: 1}
	const n = 6000
	gm, gv := meanAndVariance(t, draw(m, n, &q), "a")
	q.Conditioning = Conditioning{}
	pm, pv := meanAndVariance(t, draw(m, 2000, &q), "a")
	t.Logf("mean %.3f (%.3f), variance %.3f (%.3f); the guide alone: %.3f, %.3f", gm, mean, gv, variance, pm, pv)
	se := 5 * math.Sqrt(variance/n*6) // weighted rows are worth a sixth
	if math.Abs(gm-mean) > se || math.Abs(gv-variance) > 5*variance*math.Sqrt(2./n*6) {
		t.Errorf("mean %.3f variance %.3f, want %.3f and %.3f", gm, gv, mean, variance)
	}
	if math.Abs(pm-mean) < 5*math.Sqrt(variance/2000) || math.Abs(pm-mean) < 2*math.Abs(gm-mean) {
		t.Errorf("the guide alone: mean %.3f, variance %.3f, and no need of fkc", pm, pv)
	}
}
