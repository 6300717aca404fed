package tabular

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
	"tweedie/sde"
)

// seeded are models of one table from two seeds and of two sizes.
func seeded(conditions ...string) (a, b *Model) {
	o := quick(conditions...)
	a = fit(mixedText(300), *o)
	o.Seed, o.Hidden, o.Steps = 9, 16, 60
	return a, fit(mixedText(300), *o)
}

// The denoiser of an ensemble is the mean of those of its members, given labels and values
// too; so is its derivative.
func TestAverageIsTheMean(t *testing.T) {
	a, b := seeded("label")
	m := must(Average(a, b))
	d := m.net.Dim()
	x, labels, known := mat.NewDense(3, d, nil), mat.NewDense(3, 1, []float64{0, 1, 1}), mat.NewDense(3, d, nil)
	for i := range 3 {
		for j := range d {
			x.Set(i, j, math.Sin(float64(3*i+j)))
			known.Set(i, j, math.NaN())
		}
	}
	known.Set(1, 0, 0.4)
	at := []float64{0.3}
	for name, of := range map[string]func(n *network) sde.Differentiable{
		"model":  func(n *network) sde.Differentiable { return n },
		"labels": func(n *network) sde.Differentiable { return must(n.Conditional(labels, nil)) },
		"values": func(n *network) sde.Differentiable { return must(n.Conditional(labels, known)) },
		"thinned": func(n *network) sde.Differentiable {
			return must(n.Thinned(labels, known, 0.3, 1, []uint64{4, 5, 6}))
		},
	} {
		var mean, one, two mat.Dense
		mean.ReuseAs(3, d)
		one.ReuseAs(3, d)
		two.ReuseAs(3, d)
		back := must(of(m.net).Linearize(&mean, x, at))
		back1 := must(of(a.net).Linearize(&one, x, at))
		back2 := must(of(b.net).Linearize(&two, x, at))
		check := func(what string) {
			far, apart := 0.0, 0.0
			for i := range 3 {
				for j := range d {
					far = max(far, math.Abs(mean.At(i, j)-(one.At(i, j)+two.At(i, j))/2))
					apart = max(apart, math.Abs(mean.At(i, j)-one.At(i, j)))
				}
			}
			if far > 1e-12 || apart < 1e-6 {
				t.Errorf("%s: %s is %g from the mean of two, and %g from the first", name, what, far, apart)
			}
		}
		check("D by Linearize")
		for _, p := range []struct {
			back sde.Pullback
			dst  *mat.Dense
		}{{back, &mean}, {back1, &one}, {back2, &two}} {
			if err := p.back(p.dst, x); err != nil {
				t.Fatal(err)
			}
		}
		check("the pullback")
		for _, p := range []struct {
			n   *network
			dst *mat.Dense
		}{{m.net, &mean}, {a.net, &one}, {b.net, &two}} {
			if err := of(p.n).Denoise(p.dst, x, at); err != nil {
				t.Fatal(err)
			}
		}
		check("D")
	}
}

// An ensemble samples, imputes, scores and is checked as any model; of one model twice it is
// that model, to the bit.
func TestAverageInUse(t *testing.T) {
	a, b := seeded()
	m, twice := must(Average(a, b)), must(Average(a, a))
	if m.Members() != 2 || a.Members() != 1 || must(Average(a)) != a {
		t.Errorf("%d members, and %d", m.Members(), a.Members())
	}
	few := sample.Sampler{NFE: 4}
	q := &Query{Given: map[string]string{"kind": "red"}, Sampler: few}
	one, two, both := text(t, draw(a, 20, q).Cells), text(t, draw(twice, 20, q).Cells), text(t, draw(m, 20, q).Cells)
	if one != two || one == both {
		t.Error("the ensemble of a model and itself is another, or that of two is the first")
	}
	c := must(m.Impute(t.Context(), source("t.csv", mixedText(20)), &Imputation{Sampler: few, Dropout: 0.1}))
	if text(t, c[0]) == text(t, must(a.Impute(t.Context(), source("t.csv", mixedText(20)), &Imputation{Sampler: few, Dropout: 0.1}))[0]) {
		t.Error("the ensemble imputes as its first member")
	}
	rows := must(a.ReadAnyRows(source("t.csv", mixedText(20))))
	o := &DensityOptions{Probes: 4}
	if x, y := must(m.Densities(t.Context(), rows, o)), must(a.Densities(t.Context(), rows, o)); x.LogProb[1] == y.LogProb[1] {
		t.Error("the ensemble scores as its first member")
	}
	r := must(m.Calibrate(t.Context(), &Query{Given: map[string]string{"kind": ""}, Sampler: few}, &CalibrationOptions{Replicas: 20, Draws: 9}))
	if r.Replicas != 20 {
		t.Errorf("%d replicas", r.Replicas)
	}
	if _, err := m.File(); err == nil {
		t.Error("an ensemble has a file")
	}
}

func TestAverageRefuses(t *testing.T) {
	a, b := seeded()
	labeled, _ := seeded("label")
	with := func(edit func(*Options), text string) *Model {
		o := quick()
		edit(o)
		return fit(text, *o)
	}
	none := func(*Options) {}
	wider := strings.ReplaceAll(strings.ReplaceAll(mixedText(300), "\n", ",1.5\n"), "label,1.5\n", "label,more\n")
	for want, m := range map[string]*Model{
		"schedule":                            with(func(o *Options) { o.Schedule = "ve" }, mixedText(300)),
		`column "size" is encoded in another`: with(none, strings.Replace(mixedText(300), "10.", "9.", 1)),
		`column "label" is encoded`:           labeled,
		`has the column "more"`:               with(none, wider),
		"can be given columns":                with(func(o *Options) { o.Conditional = -1 }, mixedText(300)),
		"is an ensemble":                      must(Average(a, b)),
	} {
		if _, err := Average(a, b, m); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "model 3 ") {
			t.Errorf("error %v, want %q of model 3", err, want)
		}
	}
	if _, err := Average(); err == nil {
		t.Error("no models have a mean")
	}
}
