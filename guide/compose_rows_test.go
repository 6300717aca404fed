package guide_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sde"
)

// The derivative is that of differences: of GAUSS and FNPE for any posteriors, of JAC for
// normal ones.
func TestComposedDerivative(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, _ := observedBy(prior, 3)
	mixed := []sde.Denoiser{modes(sde.VP{}), each[1], each[2]}
	for name, d := range map[string]*guide.Composed{
		"JAC":   must(guide.Compose(prior, guide.ComposeOptions{Block: 5}, denoisers(each)...)),
		"GAUSS": must(guide.Compose(prior, guide.ComposeOptions{Composition: guide.GAUSS, Covariances: cov, Block: 5}, mixed...)),
		"FNPE":  must(guide.Compose(prior, guide.ComposeOptions{Composition: guide.FNPE, Block: 5}, mixed...)),
		"one":   must(guide.Compose(prior, guide.ComposeOptions{}, mixed[0])),
	} {
		for _, u := range []float64{0.05, 0.4, 0.9} {
			x := points(prior, u)
			if e := pullbackError(t, d, x, u, 1); !(e < 1e-6) {
				t.Errorf("%s, t = %g: off by %.2g", name, u, e)
			}
			if e := pullbackError(t, d, x, u, 1.01); !(e > 1e-4) {
				t.Errorf("%s, t = %g: 1 %% more passes", name, u)
			}
		}
	}
	jac := must(guide.Compose(prior, guide.ComposeOptions{}, mixed...))
	if e := pullbackError(t, jac, points(prior, 0.4), 0.4, 1); e < 1e-6 {
		t.Error("JAC's derivative is said to leave out that of precisions, and does not")
	}
}

// pullbackError compares k times the pullback with differences.
func pullbackError(tb testing.TB, d sde.Differentiable, x *mat.Dense, t, k float64) float64 {
	tb.Helper()
	n, w := x.Dims()
	v, a, b, mean := mat.NewDense(n, w, nil), mat.NewDense(n, w, nil), mat.NewDense(n, w, nil), mat.NewDense(n, w, nil)
	for i := range n {
		for j := range w {
			v.Set(i, j, math.Cos(float64(i+2*j)))
		}
	}
	pull, err := d.Linearize(mean, x, []float64{t})
	if err != nil {
		tb.Fatal(err)
	}
	if !mat.Equal(mean, denoise(tb, d, x, t)) {
		tb.Error("Linearize has another mean than Denoise")
	}
	for range 2 { // any number of times
		if err := pull(a, v); err != nil {
			tb.Fatal(err)
		}
	}
	slow, err := sde.ByDifferences(d, 0).Linearize(mean, x, []float64{t})
	if err != nil {
		tb.Fatal(err)
	}
	if err := slow(b, v); err != nil {
		tb.Fatal(err)
	}
	worst := 0.0
	for i := range n {
		for j := range w {
			worst = math.Max(worst, math.Abs(k*a.At(i, j)-b.At(i, j)))
		}
	}
	return worst / mat.Max(absolute(b))
}

func absolute(m *mat.Dense) *mat.Dense {
	var a mat.Dense
	a.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, m)
	return &a
}

// Rows do not depend on the block, on the other rows, or on each other's observations.
func TestComposedRowsAreIndependent(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, _ := observedBy(prior, 7)
	groups := [][]int{{0, 1}, {2}, {3, 4, 5, 6, 0}, {6, 2, 1}}
	model := onePerRow{laws: each}
	for _, o := range []guide.ComposeOptions{{}, {Composition: guide.GAUSS, Covariances: cov}, {Composition: guide.FNPE}} {
		o.Block = 3
		many := must(guide.ComposeRows(prior, o, model, 7, groups...))
		x, u := mat.NewDense(4, 3, nil), []float64{0.1, 0.4, 0.7, 0.9}
		x.Copy(points(prior, 0.5).Slice(0, 4, 0, 3))
		got := denoise(t, many, x, u...)
		for i, g := range groups {
			o.Block = 0
			one := must(guide.ComposeRows(prior, o, model, 7, g))
			for j, v := range denoise(t, one, row(x.RawRowView(i)...), u[i]).RawRowView(0) {
				if v != got.At(i, j) {
					t.Errorf("%v: row %d, column %d: %v alone, %v among others", o.Composition, i, j, v, got.At(i, j))
				}
			}
		}
		back := many.Rows([]int{3, 0})
		pair := mat.NewDense(2, 3, append(append([]float64(nil), x.RawRowView(3)...), x.RawRowView(0)...))
		again := denoise(t, back, pair, u[3], u[0])
		for j := range 3 {
			if again.At(0, j) != got.At(3, j) || again.At(1, j) != got.At(0, j) {
				t.Errorf("%v: rows taken out differ", o.Composition)
			}
		}
	}
}

// Precisions that a network gets wrong do not make the composition indefinite: it stays
// between the means, whatever the Jacobians are.
func TestComposedStaysDefinite(t *testing.T) {
	prior := gaussian(sde.VP{}, []float64{0, 0}, 1, 0.3, 0.3, 2)
	wrong := make([]sde.Denoiser, 50)
	for i := range wrong {
		wrong[i] = bent{gaussian(sde.VP{}, []float64{math.Sin(float64(i)), 0.5}, 0.2, 0, 0, 0.3), 8 * math.Cos(float64(i))}
	}
	for _, o := range []guide.ComposeOptions{{}, {Composition: guide.GAUSS}} {
		d := must(guide.Compose(prior, o, wrong...))
		for _, u := range times {
			for _, v := range denoise(t, d, points(prior, u), u).RawMatrix().Data {
				if math.IsNaN(v) || math.Abs(v) > 1e6 {
					t.Errorf("%v, t = %g: %g", o.Composition, u, v)
				}
			}
		}
	}
}

// bent is a law whose Jacobian is k times what it is.
type bent struct {
	sde.Law
	k float64
}

func (b bent) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	pull, err := b.Law.Linearize(mean, x, t)
	return func(dst, v *mat.Dense) error {
		err := pull(dst, v)
		dst.Scale(b.k, dst)
		return err
	}, err
}

func TestComposedRefuses(t *testing.T) {
	prior := full(sde.VP{})
	each, cov, _ := observedBy(prior, 2)
	list := denoisers(each)
	for want, f := range map[string]func() error{
		"no posteriors":    func() error { _, err := guide.Compose(prior, guide.ComposeOptions{}); return err },
		"another schedule": func() error { _, err := guide.Compose(full(sde.VE{}), guide.ComposeOptions{}, list...); return err },
		"rows of 1": func() error {
			_, err := guide.Compose(line(sde.VP{}, 0, 1), guide.ComposeOptions{}, list...)
			return err
		},
		"1 covariances of 2": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Covariances: cov[:1]}, list...)
			return err
		},
		"takes no covariances": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Composition: guide.FNPE, Covariances: cov}, list...)
			return err
		},
		"more draws": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Covariances: []mat.Symmetric{mat.NewSymDense(3, nil), cov[1]}}, list...)
			return err
		},
		"is singular": func() error {
			_, err := guide.Compose(gaussian(sde.VP{}, []float64{0, 0, 0}, 1, 0, 0, 0, 1, 0, 0, 0, 0), guide.ComposeOptions{}, list...)
			return err
		},
		"observation 5 of 2": func() error {
			_, err := guide.ComposeRows(prior, guide.ComposeOptions{}, onePerRow{laws: each}, 2, []int{0, 5})
			return err
		},
		"has no observation": func() error {
			_, err := guide.ComposeRows(prior, guide.ComposeOptions{}, onePerRow{laws: each}, 2, nil)
			return err
		},
		"which jac needs": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{}, bare{each[0]}, list[1])
			return err
		},
		"composition 7": func() error {
			_, err := guide.Compose(prior, guide.ComposeOptions{Composition: 7}, list...)
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, _, err := guide.ParseComposition("jaq"); err == nil {
		t.Error("a composition jaq is read")
	}
	for _, name := range guide.CompositionNames() {
		if c, auto, err := guide.ParseComposition(name); err != nil || auto != strings.HasPrefix(name, "auto") || !auto && c.String() != name {
			t.Errorf("%s: %v, %v, %v", name, c, auto, err)
		}
	}
}

type bare struct{ sde.Denoiser }
